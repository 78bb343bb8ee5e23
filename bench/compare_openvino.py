#!/usr/bin/env python3
"""deepgap's OpenVINO throughput against OpenVINO's own (openvino_peer.py), side by side on this machine: the same
network file, batch, precision and hint, in turns, so that both meet the same foreign load. Exit 1 when a median
ratio is below --least.

  bench/compare_openvino.py --deepgap build/release/deepgap --model resnet50 --precisions fp32 bf16 int8 --batches 1 8
"""

import beside


def main():
    parser = beside.parser(__doc__, ["fp32", "bf16", "int8"])
    parser.add_argument("--hints", nargs="+", default=["latency"])
    asked = parser.parse_args()

    def ours(case, folder, turn):
        return beside.deepgap_row(asked, "openvino", case, folder, turn)["throughput_ips"]

    def theirs(case, file):
        return beside.peer_throughput(asked, "openvino", file,
                                      ["--batch", case["batch"], "--precision", case["precision"], "--hint", case["hint"]])

    cases = [{"precision": p, "batch": b, "hint": h}
             for p in asked.precisions for b in asked.batches for h in asked.hints]
    beside.compare(asked, "openvino", cases, ours, theirs)


if __name__ == "__main__":
    main()
