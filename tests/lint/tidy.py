#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""clang-tidy 14 over the product sources of a build.

Usage: tidy.py TREE BUILD

A file whose preprocessed text was clean before is not looked at again: marks
are kept in BUILD/tidy, named by hash of that text, the check list, and the list of
findings that were reviewed and accepted (tidy.accept).
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

ROOMS = ("proto", "crypto", "broker", "agents", "grading")
TIDY = "clang-tidy-14"
ACCEPTED = pathlib.Path(__file__).with_name("tidy.accept")
FINDING = re.compile(r"^(.+?):\d+:\d+: error: .*\[([\w.-]+),-warnings-as-errors\]$", re.M)


def product_commands(tree, build):
    """(source, argument list, folder) of each of our sources, once."""
    seen = set()
    for row in json.loads((build / "compile_commands.json").read_text()):
        source = pathlib.Path(row["directory"], row["file"]).resolve()
        inside = source.is_relative_to(tree) and source.relative_to(tree).parts[0] in ROOMS
        if inside and source not in seen and source.exists():
            seen.add(source)
            yield source, shlex.split(row["command"]), row["directory"]


def fingerprint(command, folder, checks):
    """Hash of what the compiler would see; None when it does not preprocess."""
    wanted = [a for a in command if a != "-c"]
    at = wanted.index("-o")
    done = subprocess.run(wanted[:at] + wanted[at + 2:] + ["-E", "-o", "-"], cwd=folder, capture_output=True, check=False)
    return hashlib.sha256(checks + done.stdout).hexdigest() if done.returncode == 0 else None


def accepted():
    """Pairs of file and check that were reviewed."""
    lines = ACCEPTED.read_text(encoding="utf-8").splitlines()
    return {tuple(line.split()[:2]) for line in lines if line and not line.startswith("#")}


def all_accepted(output, tree):
    """True when every finding in the output is on the list, and there is one."""
    found = {(os.path.relpath(path, tree), name) for path, name in FINDING.findall(output)}
    return bool(found) and found <= accepted()


def check(source, command, folder, tree, build, checks):
    """Returns the complaints about one source, "" if none."""
    mark = fingerprint(command, folder, checks)
    clean = build / "tidy" / mark if mark else None
    if clean and clean.exists():
        return ""
    done = subprocess.run([TIDY, "--quiet", "-p", str(build), str(source)], cwd=tree, capture_output=True, text=True,
                          check=False)
    if done.returncode == 0 or all_accepted(done.stdout, tree):
        if clean:
            clean.touch()
        return ""
    return done.stdout or done.stderr


def main(tree, build):
    tree, build = pathlib.Path(tree).resolve(), pathlib.Path(build).resolve()
    if not shutil.which(TIDY):
        print(f"{TIDY} is not installed")
        return 2
    (build / "tidy").mkdir(exist_ok=True)
    checks = (tree / ".clang-tidy").read_bytes() + ACCEPTED.read_bytes()
    jobs = list(product_commands(tree, build))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        complaints = [c for c in pool.map(lambda job: check(*job, tree, build, checks), jobs) if c]
    print("\n".join(complaints))
    print(f"{len(jobs)} sources, {len(complaints)} with complaints")
    return 1 if complaints or not jobs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
