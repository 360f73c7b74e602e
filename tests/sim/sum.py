#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Adds up what evx-sim --json wrote for each slice of a campaign.

Usage: sum.py FOLDER FIRST LAST. The files are named by their first seed.
"""
import json
import pathlib
import sys


def add(total, part):
    for key, value in part.items():
        if isinstance(value, dict):
            add(total.setdefault(key, {}), value)
        elif isinstance(value, (int, float)):
            total[key] = total.get(key, 0) + value


def main():
    folder, first, last = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    total = {}
    for path in folder.glob("*.json"):
        if not path.stem.isdigit() or not first <= int(path.stem) <= last:
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("{"):
                add(total, json.loads(line))
    lies = total.pop("lies", {})
    for key, value in total.items():
        print(f"{key}: {value if not isinstance(value, dict) else ', '.join(f'{k} {v}' for k, v in value.items())}")
    print(f"{'lie':<12}{'told':>10}{'runs':>10}{'noticed':>10}{'proved':>10}")
    for name, n in lies.items():
        print(f"{name:<12}{n['told']:>10}{n['runs']:>10}{n['noticed']:>10}{n['proved']:>10}")


if __name__ == "__main__":
    main()
