# SPDX-License-Identifier: Apache-2.0
"""Proofs of a fork by crypto/fork.h's text: two checkpoints of one log that cannot both be true."""
import c2sp
import tree
from base64_strict import number, unbase64
from refusal import Refused, demand

REFUTED, UNPROVED, PROVED = range(3)
MOST = c2sp.NOTE_BYTES // 4


def parse(raw):
    """(first, second, old root or None, proof)"""
    demand(len(raw) <= c2sp.NOTE_BYTES, "too large")
    head, empty, notes = raw.partition(b"\n\n")
    lines = head.split(b"\n")
    demand(empty and len(lines) >= 3 and lines[0] == b"evx.fork/v1", "not a proof of a fork")
    demand(lines[1].startswith(b"first ") and lines[2].startswith(b"second "), "no lengths")
    first, second = number(lines[1][6:], MOST), number(lines[2][7:], MOST)
    demand(len(notes) == first + second, "other lengths")
    old, proof = None, []
    if len(lines) > 3:
        demand(lines[3].startswith(b"old-root "), "no old root")
        old = unbase64(lines[3][9:], 32)
        proof = [unbase64(line, 32) for line in lines[4:]]
        demand(len(proof) <= tree.MOST_HASHES, "too many hashes")
    return notes[:first], notes[first:], old, proof


def check(raw, key):
    """(verdict, first checkpoint, second checkpoint)"""
    first, second, old, proof = parse(raw)
    signed = c2sp.open_checkpoint(first, key), c2sp.open_checkpoint(second, key)
    low, high = sorted(signed, key=lambda c: c.size)
    return judge(low, high, old, proof), *signed


def judge(low, high, old, proof):
    if any(c.size == 0 and c.root != tree.LOG.root([]) for c in (low, high)):
        return PROVED
    if low.size == high.size:
        return REFUTED if low.root == high.root else PROVED
    if low.size == 0:
        return REFUTED
    try:
        demand(old is not None, "no proof")
        tree.LOG.extends(low.size, high.size, old, high.root, proof)
    except Refused:
        return UNPROVED
    return REFUTED if old == low.root else PROVED
