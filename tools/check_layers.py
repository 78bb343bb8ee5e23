#!/usr/bin/env python3
"""Fails on an #include that tools/layers.txt does not allow.

check_layers.py [--root DIR]    checks DIR/src/deepgap against DIR/tools/layers.txt (default: this checkout)
check_layers.py --selftest      checks the checker
"""

import argparse
import fnmatch
import pathlib
import re
import sys
import tempfile

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')


class Table:
    def __init__(self, text):
        self.allowed = {}  # module -> modules
        self.vendors = {}  # engine -> header patterns
        for number, line in enumerate(text.splitlines(), 1):
            line = line.split("#")[0].strip()
            if not line:
                continue
            head, colon, tail = line.partition(":")
            if not colon:
                raise ValueError(f"layers.txt:{number}: no ':' in '{line}'")
            words = head.split()
            if len(words) == 2 and words[0] == "vendor":
                self.vendors[words[1]] = tail.split()
            elif len(words) == 1 and words[0] not in self.allowed:
                self.allowed[words[0]] = set(tail.split())
            else:
                raise ValueError(f"layers.txt:{number}: cannot read '{line}'")

    def entry(self, module):
        return self.allowed.get("engines/*" if module.startswith("engines/") else module)

    def refusal(self, module, header):
        """Why `module` may not include `header`, or None."""
        for engine, patterns in self.vendors.items():
            if any(fnmatch.fnmatch(header, pattern) for pattern in patterns) and module != f"engines/{engine}":
                return f"only engines/{engine} may include {header}"
        if not header.startswith("deepgap/"):
            return None
        target = module_of(pathlib.PurePosixPath(header).relative_to("deepgap"))
        if target == module:
            return None
        allowed = self.entry(module)
        if self.entry(target) is None:
            return f"{target} is no module of layers.txt"
        if "*" in allowed or target in allowed:
            return None
        return f"{module} may not know {target}; it may know: {', '.join(sorted(allowed)) or 'nothing'}"


def module_of(path):
    """core/error.hpp -> core; engines/null/plugin.cpp -> engines/null."""
    parts = path.parts
    return "/".join(parts[:2]) if parts[0] == "engines" and len(parts) > 2 else parts[0]


def full_name(source, path, header):
    """A header named from the includer's folder ("../engine/plugin.hpp") in full (deepgap/engine/plugin.hpp)."""
    near = (path.parent / header).resolve()
    if not header.startswith("deepgap/") and near.is_file() and near.is_relative_to(source.resolve()):
        return f"deepgap/{near.relative_to(source.resolve()).as_posix()}"
    return header


def check(root):
    table = Table((root / "tools/layers.txt").read_text(encoding="utf-8"))
    source = root / "src/deepgap"
    problems, count = [], 0
    for path in sorted(source.rglob("*")):
        if path.suffix not in {".cpp", ".hpp", ".cu", ".cuh"}:
            continue
        count += 1
        module = module_of(path.relative_to(source))
        if table.entry(module) is None:
            problems.append(f"{path.relative_to(root)}: {module} is no module of layers.txt")
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = INCLUDE.match(line)
            if not found:
                continue
            why = table.refusal(module, full_name(source, path, found.group(1)))
            if why:
                problems.append(f"{path.relative_to(root)}:{number}: {why}")
    return problems, count


def selftest():
    table = "core:\nengine: core\nstudy: core\nengines/*: core engine\ncli: *\nvendor openvino: openvino/*\n"
    cases = [  # file, what it includes, part of the complaint (None: allowed)
        ("study/a.cpp", '"deepgap/core/error.hpp"', None),
        ("study/b.cpp", '"deepgap/study/case.hpp"', None),
        ("study/c.cpp", "<vector>", None),
        ("cli/d.cpp", '"deepgap/study/case.hpp"', None),
        ("engines/openvino/e.cpp", "<openvino/openvino.hpp>", None),
        ("engines/null/f.cpp", '"deepgap/engine/engine.hpp"', None),
        ("core/g.cpp", '"deepgap/study/case.hpp"', "core may not know study; it may know: nothing"),
        ("study/h.cpp", '"deepgap/engine/engine.hpp"', "study may not know engine"),
        ("engines/null/i.cpp", '"deepgap/engines/openvino/engine.hpp"', "engines/null may not know engines/openvino"),
        ("engines/null/j.cpp", "<openvino/openvino.hpp>", "only engines/openvino may include"),
        ("cli/k.cpp", "<openvino/openvino.hpp>", "only engines/openvino may include"),
        ("study/l.cpp", '"deepgap/zebra/a.hpp"', "zebra is no module"),
        ("zebra/m.cpp", "<vector>", "zebra is no module"),
        ("study/n.cpp", '"sibling.hpp"', None),
        ("core/o.cpp", '"../study/sibling.hpp"', "core may not know study"),
    ]
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "tools").mkdir()
        (root / "tools/layers.txt").write_text(table, encoding="utf-8")
        for name, include, _ in cases:
            path = root / "src/deepgap" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"#include {include}\n", encoding="utf-8")
        (root / "src/deepgap/study/sibling.hpp").write_text("", encoding="utf-8")
        problems, _ = check(root)
    wrong = []
    for name, _, expected in cases:
        mine = [problem for problem in problems if problem.startswith(f"src/deepgap/{name}:")]
        if (expected is None) != (not mine) or (expected and expected not in mine[0]):
            wrong.append(f"{name}: expected {expected!r}, found {mine}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--selftest", action="store_true")
    arguments = parser.parse_args()
    problems, count = (selftest(), 0) if arguments.selftest else check(arguments.root)
    if not arguments.selftest and count == 0:
        problems = [f"no sources under {arguments.root}/src/deepgap"]
    for problem in problems:
        print(problem, file=sys.stderr)
    if not problems:
        print("check_layers: the checker works" if arguments.selftest else f"check_layers: {count} files")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
