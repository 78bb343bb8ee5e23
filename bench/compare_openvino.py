#!/usr/bin/env python3
"""deepgap's OpenVINO throughput against OpenVINO's own (openvino_peer.py), side by side on this machine: the same
network file, batch, precision and hint, in turns, so that both meet the same foreign load. Exit 1 when a median
ratio is below --least.

  bench/compare_openvino.py --deepgap build/release/deepgap --model resnet50 --precisions fp32 bf16 int8 --batches 1 8
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def deepgap_throughput(asked, case, folder, turn):
    text = (f"engine=openvino device=cpu model={asked.model} precision={case['precision']} batch={case['batch']} "
            f"threads={asked.threads} hint={case['hint']}")
    store = folder / f"{case['precision']}-{case['batch']}-{case['hint']}-{turn}.db"
    done = subprocess.run([asked.deepgap, "case", text, "--profile", asked.profile, "--json", "-q", "-o", str(store)],
                          env={**os.environ, "DEEPGAP_CACHE_DIR": str(folder / "cache")}, capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"deepgap failed ({done.returncode}) on {text}:\n{done.stdout}{done.stderr}")
    row = json.loads(done.stdout)["rows"][0]
    if row["throughput_ips"] is None:
        sys.exit(f"deepgap measured nothing for {text}: {row['outcome']} {row['why']}")
    return row


def network_file(folder, precision):
    """The file deepgap compiled: int8 networks are written beside the float one."""
    files = sorted((folder / "cache" / "models").glob("*.onnx"))
    wanted = [file for file in files if file.name.endswith(".int8.onnx") == (precision == "int8")]
    if len(wanted) != 1:
        sys.exit(f"expected one network for {precision} in {folder}/cache/models, found {len(wanted)}")
    return wanted[0]


def peer_throughput(asked, case, file):
    paths = [ROOT / ".deps/openvino", ROOT / ".deps/bench"]
    command = [sys.executable, str(ROOT / "bench/openvino_peer.py"), str(file), "--batch", str(case["batch"]),
               "--precision", case["precision"], "--hint", case["hint"], "--threads", str(asked.threads),
               "--seconds", str(asked.seconds)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([*map(str, paths), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"the peer failed (numpy is needed: pip install --target .deps/bench numpy):\n{done.stderr}")
    return json.loads(done.stdout)["images_per_s"][0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--deepgap", default=str(ROOT / "build/release/deepgap"))
    parser.add_argument("--model", default="resnet50")
    parser.add_argument("--precisions", nargs="+", default=["fp32", "bf16", "int8"])
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 8])
    parser.add_argument("--hints", nargs="+", default=["latency"])
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--profile", default="quick")
    parser.add_argument("--seconds", type=float, default=5, help="of the peer, each turn")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--least", type=float, default=0.97)
    asked = parser.parse_args()

    print(f"{asked.model}: images/s, median of {asked.turns} turns")
    print(f"{'precision':<10} {'batch':>5} {'hint':<11} {'deepgap':>9} {'openvino':>9} {'ratio':>6}  ratios")
    low = []
    with tempfile.TemporaryDirectory(prefix="deepgap-peer-") as name:
        folder = pathlib.Path(name)
        for case in ({"precision": p, "batch": b, "hint": h}
                     for p in asked.precisions for b in asked.batches for h in asked.hints):
            ours, theirs = [], []
            for turn in range(asked.turns):
                ours.append(deepgap_throughput(asked, case, folder, turn)["throughput_ips"])
                theirs.append(peer_throughput(asked, case, network_file(folder, case["precision"])))
            ratios = [a / b for a, b in zip(ours, theirs)]
            ratio = statistics.median(ratios)
            low += [case] if ratio < asked.least else []
            print(f"{case['precision']:<10} {case['batch']:>5} {case['hint']:<11} {statistics.median(ours):>9.1f} "
                  f"{statistics.median(theirs):>9.1f} {ratio:>6.3f}  {' '.join(f'{r:.3f}' for r in ratios)}", flush=True)
    if low:
        sys.exit(f"below {asked.least}: {low}")


if __name__ == "__main__":
    main()
