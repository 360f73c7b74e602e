#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Function length: median at most 12 lines, none above 60 unless it is a table.

Usage: functions.py TREE. Counts the lines of every function body in product
sources. clang-format guarantees the shape that this relies on: a function
opens with '{' in column 1, closes with '}' in column 1.
"""
import pathlib
import re
import statistics
import sys

ROOMS = ("proto", "crypto", "broker", "agents", "grading")
MEDIAN, CAP = 12, 60
NAME = re.compile(r"(\w+)\s*\(")


def is_table(body):
    """A switch or initialiser with one row a line is read as a table."""
    rows = sum(1 for line in body if re.match(r"\s*(case |\{|\[)", line))
    return rows * 2 > len(body)


def functions(path):
    """Yields (line, name, body lines) of every function that has a body."""
    head, start, body = "", None, []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if start is not None:
            if line.startswith("}"):
                yield start, head, body
                start = None
            else:
                body.append(line)
        elif line == "{":
            start, body = number, []
        elif re.match(r"[A-Za-z].*\)\s*\{.*\}$", line) and NAME.search(line):
            yield number, NAME.search(line).group(1), [line]
        elif re.match(r"[A-Za-z]", line) and "(" in line:
            found = NAME.search(line)
            head = found.group(1) if found else head


def main(tree):
    root, lengths, breaches = pathlib.Path(tree), [], 0
    for path in sorted(p for room in ROOMS for p in (root / room).rglob("*.c")):
        for line, name, body in functions(path):
            lengths.append(len(body))
            if len(body) > CAP and not is_table(body):
                print(f"{path.relative_to(root)}:{line}: long-function: {name} has {len(body)} lines ({CAP} at most)")
                breaches += 1
    median = statistics.median(lengths) if lengths else 0
    if median > MEDIAN:
        print(f".:0: long-median: the median function has {median} lines ({MEDIAN} at most)")
        breaches += 1
    print(f"{len(lengths)} functions, median {median:g} lines, longest {max(lengths, default=0)}")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
