#!/usr/bin/env python3
"""OpenVINO alone, through its own Python API, as its benchmark_app measures: inputs are set once, then requests
follow each other without a pause. One JSON line with the images per second of every repetition.

  PYTHONPATH=.deps/openvino:.deps/bench bench/openvino_peer.py model.onnx --batch 8 --precision bf16 --hint latency
"""

import argparse
import json
import time

import numpy
import openvino
from openvino import properties


def options(parser):
    parser.add_argument("onnx", help="the network, as deepgap writes it into its cache folder")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--precision", choices=["fp32", "fp16", "bf16", "int8"], default="fp32",
                        help="int8 leaves OpenVINO's own default to what is not quantised")
    parser.add_argument("--hint", choices=["latency", "throughput"], default="latency",
                        help="latency: one request after the other; throughput: the queue that OpenVINO asks for")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--streams", type=int, default=0, help="0: the hint decides")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--repeat", type=int, default=1)
    return parser


def compile_network(core, asked):
    network = core.read_model(asked.onnx)
    network.reshape({port: [asked.batch, *[side.get_length() for side in list(port.partial_shape)[1:]]]
                     for port in network.inputs})
    modes = properties.hint.PerformanceMode
    config = {properties.hint.performance_mode: modes.LATENCY if asked.hint == "latency" else modes.THROUGHPUT}
    types = {"fp32": openvino.Type.f32, "fp16": openvino.Type.f16, "bf16": openvino.Type.bf16}
    if asked.precision in types:
        config[properties.hint.inference_precision] = types[asked.precision]
    if asked.threads:
        config[properties.inference_num_threads] = asked.threads
    if asked.streams:
        config[properties.num_streams] = asked.streams
    return core.compile_model(network, "CPU", config)


def fill(request, seed):
    values = numpy.random.default_rng(seed)
    for tensor in request.input_tensors:
        shape, kind = tensor.data.shape, tensor.data.dtype
        if kind.kind == "f":
            tensor.data[:] = values.standard_normal(shape).astype(kind)
        else:
            tensor.data[:] = values.integers(0, 2, shape).astype(kind)


def one_by_one(compiled, batch, seconds):
    request = compiled.create_infer_request()
    fill(request, 1)
    request.infer()
    calls, start = 0, time.perf_counter()
    while (now := time.perf_counter()) - start < seconds:
        request.infer()
        calls += 1
    return calls * batch / (time.perf_counter() - start), calls


def queue(compiled, batch, seconds):
    requests = openvino.AsyncInferQueue(compiled)
    for index in range(len(requests)):
        fill(requests[index], index)
        requests[index].infer()
    calls, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        requests.start_async()  # waits for an idle one; inputs stay as they are
        calls += 1
    requests.wait_all()
    return calls * batch / (time.perf_counter() - start), calls


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    asked = options(parser).parse_args()
    compiled = compile_network(openvino.Core(), asked)
    measure = one_by_one if asked.hint == "latency" else queue
    measure(compiled, asked.batch, min(1.0, asked.seconds))  # warm-up
    runs = [measure(compiled, asked.batch, asked.seconds) for _ in range(asked.repeat)]
    print(json.dumps({
        "openvino": openvino.__version__,
        "onnx": asked.onnx, "batch": asked.batch, "precision": asked.precision, "hint": asked.hint,
        "streams": int(compiled.get_property(properties.num_streams)),
        "threads": int(compiled.get_property(properties.inference_num_threads)),
        "inference_precision": compiled.get_property(properties.hint.inference_precision).to_string(),
        "images_per_s": [round(rate, 2) for rate, _ in runs],
        "calls": [calls for _, calls in runs],
    }))


if __name__ == "__main__":
    main()
