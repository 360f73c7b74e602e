#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every code of the error catalogue is produced by the product and expected by a test.

Usage: reached.py TREE

A test "expects" a code when EVX_E_<NAME> stands in a C test's code (an assertion
or an expectation row, not a comment) or "EVX-<number>" in a system test. Those
tests pass or fail for themselves; this lint fails when none is there at all.
"""
import pathlib
import re
import sys

ROOMS = ("proto", "crypto", "broker", "agents", "grading")
ROW = re.compile(r"^EVX_ERROR\((\w+),\s*(\d+),", re.M)
# They name codes without provoking them.
ONLY_NAME_THEM = ("tests/unit/proto/status_test.c", "tests/fuzz/seeds.c")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)


def code_of(folder, *suffixes):
    """All source text below a folder, without comments."""
    paths = (p for p in folder.rglob("*") if p.suffix in suffixes and not str(p).endswith(ONLY_NAME_THEM))
    return "\n".join(COMMENT.sub("", p.read_text(encoding="utf-8", errors="replace")) for p in paths)


def main(tree):
    root, breaches = pathlib.Path(tree), 0
    rows = ROW.findall((root / "proto/base/errors.def").read_text(encoding="utf-8"))
    product = "\n".join(code_of(root / room, ".c", ".h") for room in ROOMS)
    used = set(re.findall(r"\bEVX_E_(\w+)", product))
    tests = code_of(root / "tests", ".c", ".h")
    expected = set(re.findall(r"\bEVX_E_(\w+)", tests))
    numbers = set(re.findall(r"EVX-(\d{4})", code_of(root / "tests/system", ".py")))
    for name, number in rows:
        if name not in used:
            print(f"proto/base/errors.def:0: unused-code: EVX-{number} {name} is produced nowhere")
            breaches += 1
        if name not in expected and number not in numbers:
            print(f"proto/base/errors.def:0: unreached-code: EVX-{number} {name} is expected by no test")
            breaches += 1
    print(f"{len(rows)} codes, {breaches} breaches")
    return 1 if breaches or not rows else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
