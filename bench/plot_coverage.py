#!/usr/bin/env python3
"""Draws `coverage --json` as one SVG: a square for each rule and series, its colour the coverage.

    build/release/bench/coverage --json > coverage.json
    bench/plot_coverage.py coverage.json 1 > docs/measurements/coverage.svg      # series of 1 ms calls
"""
import json
import sys

CELL, LEFT, TOP = 26, 190, 120


def colour(share):
    if share is None:
        return "#dddddd"
    for least, name in ((0.93, "#2b8a5b"), (0.85, "#e0b93b"), (0.5, "#e08a3b")):
        if share >= least:
            return name
    return "#b8383f"


def main():
    cells = [c for c in json.load(open(sys.argv[1]))["cells"] if c["base_ms"] == float(sys.argv[2])]
    rules = list(dict.fromkeys(c["rule"] for c in cells))
    series = list(dict.fromkeys(c["series"] for c in cells))
    found = {(c["rule"], c["series"]): c for c in cells}
    width, height = LEFT + CELL * len(rules) + 40, TOP + CELL * len(series) + 40
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
          f'font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="white"/>')
    for i, rule in enumerate(rules):
        x = LEFT + CELL * i + CELL / 2
        print(f'<text x="{x}" y="{TOP - 8}" transform="rotate(-60 {x} {TOP - 8})">{rule}</text>')
    for j, name in enumerate(series):
        y = TOP + CELL * j
        print(f'<text x="{LEFT - 8}" y="{y + 17}" text-anchor="end">{name}</text>')
        for i, rule in enumerate(rules):
            c = found.get((rule, name))
            share = c and c["covers"]
            x = LEFT + CELL * i
            print(f'<rect x="{x}" y="{y}" width="{CELL - 2}" height="{CELL - 2}" fill="{colour(share)}"/>')
            if c and c["labelled"] >= 0.9:
                print(f'<circle cx="{x + 12}" cy="{y + 12}" r="4" fill="white"/>')
            elif share is not None:
                print(f'<text x="{x + 12}" y="{y + 16}" fill="white" text-anchor="middle" '
                      f'font-size="9">{100 * share:.0f}</text>')
    print(f'<text x="8" y="{height - 12}">% of nominal 95 % intervals that hold; '
          f'white dot: nearly every row says so in its label</text></svg>')


main()
