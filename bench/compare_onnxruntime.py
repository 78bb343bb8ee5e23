#!/usr/bin/env python3
"""deepgap's ONNX Runtime throughput against ONNX Runtime's own (onnxruntime_peer.py), side by side on this machine:
the same network file, batch and threads, in turns, so that both meet the same foreign load. Exit 1 when a median
ratio is below --least.

  bench/compare_onnxruntime.py --deepgap build/release/deepgap --model resnet50 --precisions fp32 int8 --batches 8
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
    text = (f"engine=onnxruntime device=cpu model={asked.model} precision={case['precision']} batch={case['batch']} "
            f"threads={asked.threads}")
    store = folder / f"{case['precision']}-{case['batch']}-{turn}.db"
    done = subprocess.run([asked.deepgap, "case", text, "--profile", asked.profile, "--json", "-q", "-o", str(store)],
                          env={**os.environ, "DEEPGAP_CACHE_DIR": str(folder / "cache")}, capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"deepgap failed ({done.returncode}) on {text}:\n{done.stdout}{done.stderr}")
    row = json.loads(done.stdout)["rows"][0]
    if row["throughput_ips"] is None:
        sys.exit(f"deepgap measured nothing for {text}: {row['outcome']} {row['why']}")
    if row["precision_effective"] != case["precision"]:
        sys.exit(f"{text} ran in {row['precision_effective']}")
    return row["throughput_ips"]


def network_file(folder, precision):
    """The file deepgap compiled: int8 networks are written beside the float one."""
    files = sorted((folder / "cache" / "models").glob("*.onnx"))
    wanted = [file for file in files if file.name.endswith(".int8.onnx") == (precision == "int8")]
    if len(wanted) != 1:
        sys.exit(f"expected one network for {precision} in {folder}/cache/models, found {len(wanted)}")
    return wanted[0]


def peer_throughput(asked, case, file):
    paths = [ROOT / ".deps/onnxruntime", ROOT / ".deps/bench"]
    command = [sys.executable, str(ROOT / "bench/onnxruntime_peer.py"), str(file), "--batch", str(case["batch"]),
               "--threads", str(asked.threads), "--seconds", str(asked.seconds)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([*map(str, paths), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"the peer failed (numpy is needed: pip install --target .deps/bench numpy):\n{done.stderr}")
    return json.loads(done.stdout)["images_per_s"][0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--deepgap", default=str(ROOT / "build/release/deepgap"))
    parser.add_argument("--model", default="resnet50")
    parser.add_argument("--precisions", nargs="+", default=["fp32", "int8"])
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 8])
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--profile", default="quick")
    parser.add_argument("--seconds", type=float, default=5, help="of the peer, each turn")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--least", type=float, default=0.97)
    asked = parser.parse_args()

    print(f"{asked.model}: images/s, median of {asked.turns} turns, load average before {os.getloadavg()[0]:.1f}")
    print(f"{'precision':<10} {'batch':>5} {'deepgap':>9} {'peer':>9} {'ratio':>6}  ratios")
    low = []
    with tempfile.TemporaryDirectory(prefix="deepgap-peer-") as name:
        folder = pathlib.Path(name)
        for case in ({"precision": p, "batch": b} for p in asked.precisions for b in asked.batches):
            ours, theirs = [], []
            for turn in range(asked.turns):
                ours.append(deepgap_throughput(asked, case, folder, turn))
                theirs.append(peer_throughput(asked, case, network_file(folder, case["precision"])))
            ratios = [a / b for a, b in zip(ours, theirs)]
            ratio = statistics.median(ratios)
            low += [case] if ratio < asked.least else []
            print(f"{case['precision']:<10} {case['batch']:>5} {statistics.median(ours):>9.1f} "
                  f"{statistics.median(theirs):>9.1f} {ratio:>6.3f}  {' '.join(f'{r:.3f}' for r in ratios)}", flush=True)
    if low:
        sys.exit(f"below {asked.least}: {low}")


if __name__ == "__main__":
    main()
