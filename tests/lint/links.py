#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every relative link and every path in backquotes in our pages leads somewhere.

Usage: links.py TREE
"""
import pathlib
import re
import sys

SKIP = {"build", ".git", ".cache", "data", "corpus"}
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```")


def heading_anchor(text):
    """The anchor that renderers make of a heading."""
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


def anchors(path):
    return {heading_anchor(m.group(1)) for m in re.finditer(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.M)}


def outside_fences(text):
    """Numbered lines that are not program listings."""
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            yield number, line


def fault(page, target):
    """What is wrong with a link, or None."""
    if re.match(r"[a-z]+:", target):
        return None
    name, _, anchor = target.partition("#")
    there = page if not name else page.parent / name
    if not there.exists():
        return f"{target} does not exist"
    if anchor and there.suffix == ".md" and anchor not in anchors(there):
        return f"{target}: no such heading"
    return None


def main(tree):
    root, breaches = pathlib.Path(tree), 0
    for page in sorted(root.rglob("*.md")):
        if SKIP & set(page.relative_to(root).parts):
            continue
        for number, line in outside_fences(page.read_text(encoding="utf-8")):
            for target in LINK.findall(line):
                why = fault(page, target)
                if why:
                    print(f"{page.relative_to(root)}:{number}: link: {why}")
                    breaches += 1
    print(f"{breaches} breaches" if breaches else "clean")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
