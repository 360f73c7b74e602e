#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Deletes every security check, one at a time, and demands that a test goes red.

Usage: checks.py [BUILD] [--slice N] [--seed S] [--only TEXT] [--table] [--anchors] [--fresh]

BUILD is a dev build of this tree (build/dev). For each block of checks.list the
source file is changed, compiled and linked before the libraries of the tests
named, so nothing in the tree or in BUILD is touched. A check survives when every
test named stays green without it: that is a failure. What was learnt is kept in
build/checks/ and not done again until file, block or tests change.

--slice N    N blocks, drawn by --seed (default: the day's number), not from memory
--only TEXT  blocks whose file or code contains TEXT
--table      write the table in docs/threat-model.md
--anchors    only see that every block finds its place exactly once, and stands in that table
"""
import argparse
import concurrent.futures
import fcntl
import hashlib
import json
import os
import pathlib
import random
import re
import shlex
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIST = ROOT / "tests/campaigns/checks.list"
LEARNT = ROOT / "build/checks/learnt.json"
PAGE = ROOT / "docs/threat-model.md"
BEGIN, END = "<!-- checks.py --table -->", "<!-- end of the table -->"
TEST_SECONDS = 240


class Block:
    """One check: where it stands, what stands there without it, who must notice."""

    def __init__(self, number, lines):
        head = [part.strip() for part in lines[0].split(" | ", 1)]
        self.number, self.file, self.what = number, head[0], head[1] if len(head) > 1 else ""
        self.cut = [line[1:].strip() for line in lines[1:] if line[0] == "-"]
        self.put = [line[1:].strip() for line in lines[1:] if line[0] == "+"]
        self.tests = [test for line in lines[1:] if line[0] == "!" for test in line[1:].split()]

    def key(self):
        text = "\n".join([self.file, *self.cut, "+", *self.put, *self.tests])
        text += (ROOT / self.file).read_text(encoding="utf-8")
        for test in self.tests:
            source = re.sub(r"^unit_([a-z]+)_", r"tests/unit/\1/", test) + "_test.c"
            if (ROOT / source).exists():
                text += (ROOT / source).read_text(encoding="utf-8")
        return hashlib.sha256(text.encode()).hexdigest()

    def places(self, lines):
        n = len(self.cut)
        return [i for i in range(len(lines)) if [x.strip() for x in lines[i:i + n]] == self.cut]

    def changed(self):
        """The file's text without the check."""
        lines = (ROOT / self.file).read_text(encoding="utf-8").split("\n")
        places = self.places(lines)
        if len(places) != 1:
            raise ValueError(f"{self.file}: stands there {len(places)} times: {self.cut[0]}")
        at = places[0]
        return "\n".join(lines[:at] + (self.put or [";"]) + lines[at + len(self.cut):])

    def function(self):
        lines = (ROOT / self.file).read_text(encoding="utf-8").split("\n")
        for line in reversed(lines[:self.places(lines)[0]]):
            found = re.match(r"^[a-z].*?\b(\w+)\(", line)
            if found:
                return found[1]
        return ""


def read_list():
    blocks, lines = [], []
    for line in LIST.read_text(encoding="utf-8").split("\n") + [""]:
        if line.startswith("#"):
            continue
        if line.strip():
            lines.append(line)
        elif lines:
            blocks.append(Block(len(blocks) + 1, lines))
            lines = []
    return blocks


def run(command, folder, seconds, environment=None):
    return subprocess.run(command, cwd=folder, timeout=seconds, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env=environment, check=False)


class Build:
    """Commands as the build uses them, for one changed file and one test program."""

    def __init__(self, folder):
        self.folder = folder.resolve()
        with open(self.folder / "compile_commands.json", encoding="utf-8") as f:
            self.compile = {row["file"]: shlex.split(row["command"]) for row in json.load(f)}
        self.link = {}
        self.controls = {}

    def expand(self, tests):
        """Names and patterns in order, each program once."""
        found = []
        for pattern in tests:
            found += [p.name for p in sorted((self.folder / "tests").glob(pattern)) if p.is_file()]
        return list(dict.fromkeys(found))

    def control(self, test):
        """Nothing deleted, nothing red: else a red test would say nothing."""
        if test not in self.controls:
            with tempfile.TemporaryDirectory(prefix="evx-checks-") as work:
                self.controls[test] = not goes_red(self.program(test, None, pathlib.Path(work)), self)
        if not self.controls[test]:
            raise ValueError(f"{test} is red with nothing deleted")

    def object(self, block, work):
        command = list(self.compile[str(ROOT / block.file)])
        source, out = work / pathlib.Path(block.file).name, work / "changed.o"
        source.write_text(block.changed(), encoding="utf-8")
        command[command.index("-o") + 1] = str(out)
        command[command.index("-c") + 1] = str(source)
        done = run([*command, "-w"], self.folder, 300)
        if done.returncode:
            raise ValueError(f"does not compile: {done.stdout.decode(errors='replace')[:400]}")
        return out

    def library(self, name):
        """The archive that holds this file's object."""
        command = self.compile[str(ROOT / name)]
        found = re.search(r"([^/]+)/CMakeFiles/(\w+)\.dir/", command[command.index("-o") + 1])
        return f"/lib{found[2]}.a"

    def program(self, test, changed, work, name=""):
        """The test linked with the changed object; None when it does not use that file."""
        if test not in self.link:
            lines = run(["ninja", "-t", "commands", f"tests/{test}"], self.folder, 60).stdout.decode().split("\n")
            last = [line for line in lines if f" -o tests/{test} " in line]
            self.link[test] = last[-1].split("&&")[1].strip()
        command = shlex.split(self.link[test])
        if changed and not any(word.endswith((f"/{name}.o", self.library(name))) for word in command):
            return None
        command[command.index("-o") + 1] = str(work / test)
        if changed:
            own = [i for i, word in enumerate(command) if word.endswith(f"/{name}.o")]
            if own:  # the test compiles the file itself
                command[own[0]] = str(changed)
            else:
                command.insert(command.index("-o"), str(changed))
        done = run(command, self.folder, 300)
        if done.returncode:
            raise ValueError(f"does not link: {done.stdout.decode(errors='replace')[-400:]}")
        return work / test


def goes_red(program, build):
    environment = dict(os.environ, EVX_SOURCE=str(ROOT), EVX_BIN=str(build.folder / "bin"),
                       ASAN_OPTIONS="abort_on_error=1:detect_leaks=0")
    try:
        done = run([str(program), "--jobs", "1"], build.folder, TEST_SECONDS, environment)
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def judge(block, build):
    """The test that noticed, or '' when none did."""
    with tempfile.TemporaryDirectory(prefix="evx-checks-") as folder:
        work = pathlib.Path(folder)
        changed = build.object(block, work)
        for test in build.expand(block.tests):
            build.control(test)
            program = build.program(test, changed, work, block.file)
            if program and goes_red(program, build):
                return test
    return ""


def load_learnt():
    try:
        return json.loads(LEARNT.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def keep(key, noticed):
    """Adds to what others may be learning at the same time."""
    LEARNT.parent.mkdir(parents=True, exist_ok=True)
    with open(LEARNT.with_suffix(".lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        new = LEARNT.with_suffix(".new")
        new.write_text(json.dumps({**load_learnt(), key: noticed}, indent=1), encoding="utf-8")
        new.replace(LEARNT)


def table(blocks):
    rows = ["| check | deleted, this is let through | red |", "|---|---|---|"]
    for b in blocks:
        place = b.file + (f" {b.function()}" if b.function() else "")
        tests = ", ".join(re.sub(r"^unit_([a-z]+)_", r"\1/", t) for t in b.tests[:2])
        rows.append(f"| {place} | {b.what} | {tests} |")
    return "\n".join(rows)


def told(text):
    """The page, cut around the table."""
    before, rest = text.split(BEGIN, 1)
    inside, after = rest.split(END, 1)
    return before + BEGIN, inside, END + after


def page(blocks, write):
    """True when docs/threat-model.md lists these very checks."""
    before, inside, after = told(PAGE.read_text(encoding="utf-8"))
    wanted = f"\n{len(blocks)} checks.\n\n{table(blocks)}\n"
    if write:
        PAGE.write_text(before + wanted + after, encoding="utf-8")
    elif inside != wanted:
        print("docs/threat-model.md lists other checks than checks.list: tests/campaigns/checks.py --table")
    return write or inside == wanted


def anchors(blocks):
    bad = 0
    for b in blocks:
        try:
            b.changed()
        except (ValueError, OSError) as e:
            print(f"checks.list: {e}")
            bad += 1
    return bad


def campaign(blocks, build, learnt, jobs):
    """Judges all; (red, survivors, broken)."""
    red, survivors, broken, began = 0, [], [], time.monotonic()

    def one(b):
        try:
            return b, judge(b, build), None
        except (ValueError, KeyError, subprocess.TimeoutExpired) as e:
            return b, "", e

    todo = [b for b in blocks if b.key() not in learnt]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for n, (b, noticed, error) in enumerate(pool.map(one, todo), 1):
            if error:
                broken.append(b)
                print(f"BROKEN   {b.file}: {b.cut[0]}\n         {error}", flush=True)
            elif noticed:
                keep(b.key(), noticed)
                print(f"{n:4} red {noticed:36} {b.file}: {b.cut[0][:90]}", flush=True)
            else:
                survivors.append(b)
                print(f"SURVIVES {b.file}: {b.cut[0]}", flush=True)
    red = len(blocks) - len(survivors) - len(broken)
    print(f"{len(blocks)} checks deleted one at a time: {red} noticed, {len(survivors)} survived, "
          f"{len(broken)} could not be tried ({time.monotonic() - began:.0f} s)")
    return not survivors and not broken and red > 0


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("build", nargs="?", default=str(ROOT / "build/dev"))
    p.add_argument("--slice", type=int)
    p.add_argument("--seed", type=int, default=int(time.time() // 86400))
    p.add_argument("--only", default="")
    p.add_argument("--jobs", type=int, default=2)
    p.add_argument("--table", action="store_true")
    p.add_argument("--anchors", action="store_true")
    p.add_argument("--fresh", action="store_true")
    a = p.parse_args()
    blocks = read_list()
    chosen = [b for b in blocks if a.only in b.file or a.only in " ".join(b.cut)]
    bad = anchors(chosen)
    if a.anchors or a.table:
        bad += not page(blocks, a.table)
    if a.anchors or a.table or bad:
        print(f"{len(chosen)} checks listed, {bad} without their place")
        return bool(bad) or not chosen
    learnt = {} if a.fresh or a.slice else load_learnt()
    if a.slice:
        print(f"seed {a.seed}")
        chosen = random.Random(a.seed).sample(chosen, min(a.slice, len(chosen)))
    return not campaign(chosen, Build(pathlib.Path(a.build)), dict(learnt), a.jobs)


if __name__ == "__main__":
    sys.exit(main())
