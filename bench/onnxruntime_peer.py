#!/usr/bin/env python3
"""ONNX Runtime alone, through its own Python API: input and output are bound once, then calls follow each other
without a pause. One JSON line with the images per second of every repetition.

  PYTHONPATH=.deps/onnxruntime:.deps/bench bench/onnxruntime_peer.py model.onnx --batch 8 --threads 2
"""

import argparse
import json
import os
import time

import numpy
import onnxruntime


def open_session(asked):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = asked.threads or len(os.sched_getaffinity(0))
    options.log_severity_level = 3
    options.add_free_dimension_override_by_name("batch", asked.batch)
    return onnxruntime.InferenceSession(asked.onnx, options, providers=["CPUExecutionProvider"])


def bind(session):
    kinds = {"tensor(float)": numpy.float32, "tensor(uint8)": numpy.uint8, "tensor(int64)": numpy.int64}
    values = numpy.random.default_rng(1)
    binding = session.io_binding()
    kept = []
    for port in session.get_inputs():
        data = values.standard_normal(port.shape).astype(kinds[port.type])
        kept.append(onnxruntime.OrtValue.ortvalue_from_numpy(data))
        binding.bind_ortvalue_input(port.name, kept[-1])
    for port in session.get_outputs():
        kept.append(onnxruntime.OrtValue.ortvalue_from_shape_and_type(port.shape, kinds[port.type]))
        binding.bind_ortvalue_output(port.name, kept[-1])
    return binding, kept


def measure(session, binding, batch, seconds):
    calls, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        session.run_with_iobinding(binding)
        calls += 1
    return calls * batch / (time.perf_counter() - start), calls


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("onnx", help="the network, as deepgap writes it into its cache folder")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--threads", type=int, default=0, help="0: the cores this process may use")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--repeat", type=int, default=1)
    asked = parser.parse_args()
    session = open_session(asked)
    binding, _kept = bind(session)
    measure(session, binding, asked.batch, min(1.0, asked.seconds))  # warm-up
    runs = [measure(session, binding, asked.batch, asked.seconds) for _ in range(asked.repeat)]
    print(json.dumps({
        "onnxruntime": onnxruntime.__version__, "onnx": asked.onnx, "batch": asked.batch,
        "threads": session.get_session_options().intra_op_num_threads,
        "images_per_s": [round(rate, 2) for rate, _ in runs],
        "calls": [calls for _, calls in runs],
    }))


if __name__ == "__main__":
    main()
