#!/usr/bin/env python3
"""deepgap's ONNX Runtime throughput against ONNX Runtime's own (onnxruntime_peer.py), side by side on this machine:
the same network file, batch and threads, in turns, so that both meet the same foreign load. Exit 1 when a median
ratio is below --least.

  bench/compare_onnxruntime.py --deepgap build/release/deepgap --model resnet50 --precisions fp32 int8 --batches 8
"""

import sys

import beside


def main():
    asked = beside.parser(__doc__, ["fp32", "int8"]).parse_args()

    def ours(case, folder, turn):
        row = beside.deepgap_row(asked, "onnxruntime", case, folder, turn)
        if row["precision_effective"] != case["precision"]:
            sys.exit(f"{row['case']} ran in {row['precision_effective']}")
        return row["throughput_ips"]

    def theirs(case, file):
        return beside.peer_throughput(asked, "onnxruntime", file, ["--batch", case["batch"]])

    cases = [{"precision": p, "batch": b} for p in asked.precisions for b in asked.batches]
    beside.compare(asked, "onnxruntime", cases, ours, theirs)


if __name__ == "__main__":
    main()
