#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Our verifier and the independent one answer the same questions; every answer must
be the same, with the same decoded facts.

Usage: agree.py PROGRAM [--cases N] [--seed S] [--state FILE] [--workers N]
  PROGRAM   interop_cases        --state  goes on where it stopped; one line a batch

Prints the seeds used. A disagreement is printed with its batch's seed and its place
in it, and makes the exit code 1. Batches of 10,000 (or N, if that is less).
"""
import argparse
import collections
import concurrent.futures
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import judge  # noqa: E402

BATCH = 10000


def compare(program, seed, count):
    """(per kind: cases, accepted; the disagreements)"""
    stream = subprocess.run([program, "make", str(seed), str(count)], stdout=subprocess.PIPE, check=True).stdout
    ours = subprocess.run([program, "answer"], input=stream, stdout=subprocess.PIPE, check=True).stdout
    cases, accepted, wrong = collections.Counter(), collections.Counter(), []
    answers = ours.decode().splitlines()
    for place, (kind, fields) in enumerate(judge.questions(stream)):
        theirs = judge.answer(kind, fields)
        cases[kind.decode()] += 1
        accepted[kind.decode()] += answers[place] != "no"
        if answers[place] != theirs:
            wrong.append((place, kind.decode(), answers[place], theirs))
    if sum(cases.values()) != count or len(answers) != count:
        wrong.append((len(answers), "-", f"{count} cases were asked for", "fewer came"))
    return cases, accepted, wrong


def done_before(state):
    """Seeds of the batches that are done, with their counts."""
    done = {}
    if state and state.exists():
        for line in state.read_text().splitlines():
            seed, count, wrong = line.split()[:3]
            done[int(seed)] = (int(count), int(wrong))
    return done


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--cases", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--state", type=pathlib.Path)
    parser.add_argument("--workers", type=int, default=1)
    args = parser.parse_args()
    done = done_before(args.state)
    size = min(BATCH, args.cases)
    seeds = [s for s in range(args.seed, args.seed - args.cases // -size) if s not in done]
    cases, accepted, wrong = collections.Counter(), collections.Counter(), sum(w for _, w in done.values())
    before = sum(n for n, _ in done.values())
    with concurrent.futures.ProcessPoolExecutor(args.workers) as pool:
        running = {pool.submit(compare, args.program, seed, size): seed for seed in seeds}
        for batch in concurrent.futures.as_completed(running):
            seed, (asked, took, bad) = running[batch], batch.result()
            cases.update(asked)
            accepted.update(took)
            wrong += len(bad)
            for place, kind, ours, theirs in bad:
                print(f"DISAGREE seed {seed} case {place} kind {kind}\n  ours:   {ours[:300]}\n  theirs: {theirs[:300]}")
            if args.state:
                with args.state.open("a") as out:
                    out.write(f"{seed} {size} {len(bad)}\n")
    for kind in sorted(cases):
        print(f"  {kind}: {cases[kind]} cases, {accepted[kind]} accepted by both")
    total = before + sum(cases.values())
    print(f"seeds {args.seed}..{args.seed + -(args.cases // -size) - 1}: {total} cases, {wrong} disagreements")
    return 1 if wrong or total < args.cases else 0


if __name__ == "__main__":
    sys.exit(main())
