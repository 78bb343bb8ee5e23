"""What the compare_<engine>.py programs share: deepgap and a vendor's own API in turns on the same network file, so that
both meet the same foreign load."""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def parser(description, precisions):
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawTextHelpFormatter)
    made.add_argument("--deepgap", default=str(ROOT / "build/release/deepgap"))
    made.add_argument("--model", default="resnet50")
    made.add_argument("--precisions", nargs="+", default=precisions)
    made.add_argument("--batches", nargs="+", type=int, default=[1, 8])
    made.add_argument("--threads", type=int, default=0)
    made.add_argument("--profile", default="quick")
    made.add_argument("--seconds", type=float, default=5, help="of the peer, each turn")
    made.add_argument("--turns", type=int, default=3)
    made.add_argument("--least", type=float, default=0.97)
    return made


def deepgap_row(asked, engine, case, folder, turn):
    """case: the keys of a case string that differ from turn to turn."""
    text = f"engine={engine} device=cpu model={asked.model} threads={asked.threads} " + " ".join(
        f"{key}={value}" for key, value in case.items())
    store = folder / ("-".join(map(str, case.values())) + f"-{turn}.db")
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


def peer_throughput(asked, engine, file, arguments):
    """bench/<engine>_peer.py with the vendor's wheel and numpy on its path."""
    paths = [ROOT / ".deps" / engine, ROOT / ".deps/bench"]
    command = [sys.executable, str(ROOT / f"bench/{engine}_peer.py"), str(file), "--threads", str(asked.threads),
               "--seconds", str(asked.seconds), *map(str, arguments)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([*map(str, paths), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"the peer failed (numpy is needed: pip install --target .deps/bench numpy):\n{done.stderr}")
    return json.loads(done.stdout)["images_per_s"][0]


def compare(asked, engine, cases, ours, theirs):
    """Prints a line for each case; ours(case, folder, turn) and theirs(case, file) give images/s. Exit 1 when a median
    ratio is below --least."""
    print(f"{asked.model}: images/s, median of {asked.turns} turns, load average before {os.getloadavg()[0]:.1f}")
    print(f"{'case':<36} {'deepgap':>9} {engine:>11} {'ratio':>6}  ratios")
    low = []
    with tempfile.TemporaryDirectory(prefix="deepgap-peer-") as name:
        folder = pathlib.Path(name)
        for case in cases:
            pairs = [(ours(case, folder, turn), theirs(case, network_file(folder, case["precision"])))
                     for turn in range(asked.turns)]
            ratios = [a / b for a, b in pairs]
            ratio = statistics.median(ratios)
            low += [case] if ratio < asked.least else []
            print(f"{' '.join(f'{key}={value}' for key, value in case.items()):<36} "
                  f"{statistics.median(a for a, _ in pairs):>9.1f} {statistics.median(b for _, b in pairs):>11.1f} "
                  f"{ratio:>6.3f}  {' '.join(f'{r:.3f}' for r in ratios)}", flush=True)
    if low:
        sys.exit(f"below {asked.least}: {low}")
