#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Verifies a whole exported inspection with nothing of ours: every entry and tile, the
checkpoint and its witnesses, every signature under the directory that ruled there,
every sender's numbering, every statement of completeness.

Usage: inspection.py FOLDER [PIN]     PIN: SHA-256 of the newest directory's text, hex
Exit 0 only if all holds.
"""
import collections
import pathlib
import sys

import bundle
import c2sp
import directory
import header
import policy
import tree
from refusal import Refused, demand

Statement = collections.namedtuple("Statement", "org stream first last root items index")
COMPLETENESS = 9  # field of evx.v1.Item


def load_chain(folder, pin):
    """Every version, each verified against the one before."""
    notes = sorted((directory.load(p.read_bytes()).version, p) for p in (folder / "directory").iterdir())
    chain = {}
    for version, path in notes:
        demand(not chain or version - 1 in chain, "a directory version is missing")
        chain[version] = directory.load(path.read_bytes(), chain.get(version - 1))
    newest = max(chain)
    demand(pin is None or chain[newest].hash == pin, "the newest directory is not the one that was pinned")
    return chain


def fields(raw):
    """Field number -> value of one protobuf message without repeated fields."""
    found, at = {}, 0
    while at < len(raw):
        tag, at = header.varint(raw, at)
        value, at = header.varint(raw, at)
        if tag & 7 == 2:
            value, at = raw[at:at + value], at + value
        found[tag >> 3] = value
    return found


def statements(folder, chain):
    """What the bundles beside the log state; each is verified for itself."""
    found = []
    for path in sorted((folder / "statements").glob("*")) if (folder / "statements").exists() else []:
        told = bundle.check(path.read_bytes())
        under = chain.get(told.header.directory_version)
        demand(under and under.hash == told.header.directory_hash, f"{path.name}: another directory")
        item = fields(told.content)
        if COMPLETENESS in item:
            f = fields(item[COMPLETENESS])
            found.append(Statement(told.sender, f[1], f.get(2, 0), f.get(3, 0), f[4], f.get(5, 0), told.index))
    return found


class Log:
    """What one pass over the entries shows."""

    def __init__(self, chain, inspection, stated):
        self.chain, self.inspection, self.stated = chain, inspection, stated
        self.ruling, self.streams = None, {}
        self.ids = [tree.Frontier(tree.LOG) for _ in stated]
        self.items = [0] * len(stated)

    def adopt(self, found):
        demand(found.version in self.chain and self.chain[found.version].hash == found.hash, "another directory")
        demand(self.ruling is None or found.version > self.ruling.version, "an older directory again")
        self.ruling = self.chain[found.version]

    def consignment(self, raw, index):
        demand(self.ruling, "no directory was logged before it")
        entry, head, key = header.check_entry(raw, self.ruling)
        origin, rules = self.ruling.origin(self.inspection), self.ruling
        demand(head.inspection == self.inspection, "another inspection")
        demand(rules.orgs[key.org].active and "send" in rules.members.get((head.inspection, key.org), ()), "no right")
        demand(key.start <= entry.received < key.end, "the key was not valid then")
        later = [d for v, d in self.chain.items() if v >= rules.version]
        demand(not any(d.is_revoked(key.fingerprint, origin, index) for d in later), "the key was revoked")
        under = self.chain.get(head.directory_version)
        demand(under and under.hash == head.directory_hash and rules.version - under.version in (0, 1), "stale")
        sequence, last = self.streams.get((key.org, head.stream), (0, None))
        demand((head.sequence, head.previous) == (sequence + 1, last), "the sender's numbering is broken")
        self.streams[key.org, head.stream] = head.sequence, head.id
        for i, st in enumerate(self.stated):
            if (st.org, st.stream) == (key.org, head.stream) and st.first <= head.sequence <= st.last and index < st.index:
                self.ids[i].append(tree.LOG.leaf(head.id))
                self.items[i] += head.items

    def judge(self):
        for st, ids, items in zip(self.stated, self.ids, self.items):
            demand((ids.size, ids.root(), items) == (st.last - st.first + 1, st.root, st.items),
                   f"the statement of {st.org} at {st.index} does not agree with the log")


def verify(folder, pin=None):
    """A dictionary of what was verified; raises Refused."""
    chain = load_chain(folder, pin)
    newest = chain[max(chain)]
    newest_note, witnessed = (folder / "checkpoint").read_bytes(), folder / "witnessed-checkpoint"
    note = witnessed.read_bytes() if witnessed.exists() else newest_note
    origin = c2sp.decoded(note.split(b"\n", 1)[0], "no origin")
    inspection = next((i for i in newest.inspections if newest.origin(i) == origin), None)
    demand(inspection, "no inspection of this directory")
    grade = policy.of_directory(newest, inspection).grade(note)
    demand(grade.reached, "fewer witnesses than the directory demands")
    stated = statements(folder, chain)
    log, frontier, leaves = Log(chain, inspection, stated), tree.Frontier(tree.LOG), []
    for index, raw in enumerate(c2sp.read_log(folder, grade.checkpoint.size)):
        leaves.append(tree.LOG.leaf(raw))
        frontier.append(leaves[-1])
        found = header.parse_entry(raw)
        if isinstance(found, header.Adoption):
            log.adopt(found)
        else:
            log.consignment(raw, index)
    demand(frontier.root() == grade.checkpoint.root, "the entries give another root")
    later = policy.of_directory(newest, inspection).grade(newest_note).checkpoint
    demand(later.size > frontier.size or later.root == tree.LOG.root(leaves[:later.size]), "a fork beside the log")
    tiles = c2sp.check_tiles(folder, frontier.size, leaves)
    log.judge()
    return {"origin": origin, "entries": frontier.size, "tiles": tiles, "streams": len(log.streams),
            "statements": len(stated), "witnesses": grade.cosigned}


def main(folder, pin=None):
    try:
        told = verify(pathlib.Path(folder), bytes.fromhex(pin) if pin else None)
    except (Refused, OSError, KeyError) as why:
        print(f"refused: {why}")
        return 1
    print(", ".join(f"{key} {value}" for key, value in told.items()))
    return 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
