#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""clang-tidy 14 over the product sources of a build.

Usage: tidy.py TREE BUILD

A file whose preprocessed text was clean before is not looked at again: marks
are kept in BUILD/tidy, named by hash of that text and the check list.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys

ROOMS = ("proto", "crypto", "broker", "agents", "grading")
TIDY = "clang-tidy-14"


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


def check(source, command, folder, tree, build, checks):
    """Returns the complaints about one source, "" if none."""
    mark = fingerprint(command, folder, checks)
    clean = build / "tidy" / mark if mark else None
    if clean and clean.exists():
        return ""
    done = subprocess.run([TIDY, "--quiet", "-p", str(build), str(source)], cwd=tree, capture_output=True, text=True,
                          check=False)
    if done.returncode == 0 and clean:
        clean.touch()
        return ""
    return done.stdout or done.stderr


def main(tree, build):
    tree, build = pathlib.Path(tree).resolve(), pathlib.Path(build).resolve()
    if not shutil.which(TIDY):
        print(f"{TIDY} is not installed")
        return 2
    (build / "tidy").mkdir(exist_ok=True)
    checks = (tree / ".clang-tidy").read_bytes()
    jobs = list(product_commands(tree, build))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        complaints = [c for c in pool.map(lambda job: check(*job, tree, build, checks), jobs) if c]
    print("\n".join(complaints))
    print(f"{len(jobs)} sources, {len(complaints)} with complaints")
    return 1 if complaints or not jobs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
