#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/errors is what the programs say: generated, compared, never written by hand.

Usage: error_pages.py TREE BIN [--write]

`evx explain --markdown` gives the pages; this adds an example to each: for codes
about files, what `check` prints for the sample in tests/data/refused; for all
others, the message as every program prints it. With --write the pages are
replaced; without, a difference is a failure. That a test reaches every code is
reached.py's business.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile


def run(command, cwd):
    done = subprocess.run([str(c) for c in command], cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def samples(tree):
    """Code -> (program, sample file), from the table of the test that reads them."""
    table = (tree / "tests/unit/agencies/refused_test.c").read_text(encoding="utf-8")
    rows = re.findall(r'\{"((EVX-\d{4})-[^"]+)", evx_(\w+),', table)
    return {code: ("evx-" + agency.replace("_", "-"), f"tests/data/refused/{name}") for name, code, agency in rows}


def message(error):
    """As evx_cli_error() prints it."""
    code = error["code"]
    remedy = f"  remedy: {error['remedy']}\n" if error["remedy"] else ""
    return f"error: {error['what']}\n  where:  …\n{remedy}  code:   {code} (evx explain {code})\n"


def example(error, tree, programs, by_code):
    if error["code"] not in by_code:
        return message(error)
    program, sample = by_code[error["code"]]
    shown = run([programs / program, "check", sample], tree)
    if error["code"] not in shown:
        raise SystemExit(f"{sample}: {program} check does not report {error['code']}\n{shown}")
    return f"$ {program} check {sample}\n{shown}"


def pages(tree, programs):
    """File name -> text."""
    with tempfile.TemporaryDirectory() as folder:
        run([programs / "evx", "explain", "--markdown", folder], tree)
        made = {p.name: p.read_text(encoding="utf-8") for p in pathlib.Path(folder).iterdir()}
    errors = json.loads(run([programs / "evx", "explain", "--all", "--json"], tree))["errors"]
    by_code = samples(tree)
    for error in errors:
        made[error["code"] + ".md"] += f"\n## Example\n\n```text\n{example(error, tree, programs, by_code)}```\n"
    return made


def main(tree, programs, write):
    tree, programs = pathlib.Path(tree).resolve(), pathlib.Path(programs).resolve()
    folder = tree / "docs/errors"
    wanted = pages(tree, programs)
    there = {p.name: p.read_text(encoding="utf-8") for p in folder.glob("*")} if folder.exists() else {}
    wrong = sorted(n for n in wanted.keys() | there.keys() if wanted.get(n) != there.get(n))
    if write:
        folder.mkdir(exist_ok=True)
        for name in wrong:
            if name in wanted:
                (folder / name).write_text(wanted[name], encoding="utf-8")
            else:
                (folder / name).unlink()
        print(f"{len(wrong)} of {len(wanted)} pages written")
        return 0
    for name in wrong:
        print(f"docs/errors/{name}:1: stale-page: mend with: tests/lint/error_pages.py . build/dev/bin --write")
    print(f"{len(wanted)} pages, {len(wrong)} breaches")
    return 1 if wrong or not wanted else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], "--write" in sys.argv))
