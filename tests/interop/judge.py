# SPDX-License-Identifier: Apache-2.0
"""Answers the questions of tests/interop/cases.h, one line each, as Python sees them."""
import functools
import struct

import bundle
import c2sp
import directory
import fork
import header
import policy
import tree
from refusal import Refused, demand


def number(raw):
    demand(len(raw) == 8, "not a number")
    return int.from_bytes(raw, "big")


def digest(raw):
    demand(len(raw) == 32, "not a hash")
    return raw


def path(raw):
    demand(len(raw) % 32 == 0, "not a path")
    return [raw[i:i + 32] for i in range(0, len(raw), 32)]


def checkpoint_facts(c):
    return f"{c.origin.encode().hex()} {c.size} {c.root.hex()}"


def inclusion(index, size, leaf, root, hashes):
    tree.LOG.included(number(index), number(size), digest(leaf), path(hashes), digest(root))
    return ""


def consistency(old, new, old_root, new_root, hashes):
    tree.LOG.extends(number(old), number(new), digest(old_root), digest(new_root), path(hashes))
    return ""


def vkey(raw):
    key = c2sp.parse_vkey(raw)
    return f"{key.name.encode().hex()} {key.type} {key.keyid.hex()} {key.key.hex()}"


def note(raw, key):
    parsed = c2sp.parse_note(raw)
    signed = c2sp.signed_by(parsed, c2sp.parse_vkey(key))
    demand(signed, "not signed")
    return f"{tree.sha256(parsed.text).hex()} {len(parsed.lines)} {signed[1]}"


def checkpoint(raw, key):
    return checkpoint_facts(c2sp.open_checkpoint(raw, c2sp.parse_vkey(key)))


def proof(raw, key, entry):
    index, hashes, signed = c2sp.parse_proof(raw)
    found = c2sp.open_checkpoint(signed, c2sp.parse_vkey(key))
    tree.LOG.included(index, found.size, tree.LOG.leaf(entry), hashes, found.root)
    return f"{index} {checkpoint_facts(found)}"


def header_facts(raw):
    h = header.Header(raw)
    raw_fields = [h.sender, h.stream, h.previous, h.nonce, h.inspection, h.directory_hash, h.items_root, h.wraps_root,
                  h.reset_of, *h.recipients]
    numbers = [h.version, h.suite, h.sequence, h.created, h.directory_version, h.items, h.ciphertext, h.marking,
               h.purpose, h.flags]
    return " ".join([field.hex() if field else "-" for field in raw_fields] + [str(n) for n in numbers])


@functools.lru_cache(64)
def trusted(raw):
    return directory.load(raw)


def entry(raw, note_):
    found = header.parse_entry(raw)
    if isinstance(found, header.Adoption):
        demand(0 < found.version <= c2sp.MOST, "no such version")
        trusted(note_)
        return f"adopted {found.version} {found.hash.hex()} {found.received}"
    found, head, key = header.check_entry(raw, trusted(note_))
    return f"{head.id.hex()} {key.org} {head.sequence} {found.received}"


def directory_facts(raw, before, pin):
    d = directory.load(raw, trusted(before) if before else None, digest(pin) if pin else None)
    facts = f"{d.version} {d.hash.hex()} {d.expires} {d.min_suite} {d.quorum} {len(d.orgs)} {len(d.keys)}"
    for inspection in d.inspections:
        members = sum(1 for i, _ in d.members if i == inspection)
        revoked = sum(1 for k in d.keys if d.is_revoked(k, d.origin(inspection), c2sp.MOST))
        try:
            log = d.log_key(inspection).key.hex()
        except Refused:
            log = "-"
        facts += f" {members} {revoked} {log}"
    return facts


def tile(raw, count):
    demand(number(count) <= 256, "too many")
    entries = list(c2sp.bundle_entries(raw))
    demand(len(entries) == number(count), "another number of entries")
    return tree.LOG.root([tree.LOG.leaf(e) for e in entries]).hex()


def policy_facts(raw, signed):
    g = policy.parse(raw).grade(signed)
    return f"{checkpoint_facts(g.checkpoint)} {g.level} {g.cosigned} {g.witnesses} {g.needed} {int(g.reached)} {g.time}"


def fork_facts(raw, key):
    verdict, first, second = fork.check(raw, c2sp.parse_vkey(key))
    return f"{verdict} {checkpoint_facts(first)} {checkpoint_facts(second)}"


def bundle_facts(raw, pin):
    r = bundle.check(raw, digest(pin) if pin else None)
    return (f"{r.sender} {r.header.id.hex()} {r.item.hex()} {r.number} {r.header.items} {r.index} {r.received} {r.gaps} "
            f"{checkpoint_facts(r.grade.checkpoint)} {r.grade.cosigned} {r.grade.witnesses} "
            f"{tree.sha256(r.content).hex()}")


KINDS = {b"I": (inclusion, 5), b"C": (consistency, 5), b"V": (vkey, 1), b"N": (note, 2), b"K": (checkpoint, 2),
         b"P": (proof, 3), b"H": (header_facts, 1), b"E": (entry, 2), b"D": (directory_facts, 3), b"T": (tile, 2),
         b"Q": (policy_facts, 2), b"F": (fork_facts, 2), b"B": (bundle_facts, 2)}


def questions(stream):
    """(kind, fields) of every case in the bytes."""
    at = 0
    while at < len(stream):
        end = at + 4 + struct.unpack_from(">I", stream, at)[0]
        kind, at, fields = stream[at + 4:at + 5], at + 5, []
        while at < end:
            length = struct.unpack_from(">I", stream, at)[0]
            fields.append(stream[at + 4:at + 4 + length])
            at += 4 + length
        yield kind, fields


def write(kind, *fields):
    body = kind + b"".join(struct.pack(">I", len(f)) + f for f in fields)
    return struct.pack(">I", len(body)) + body


def answer(kind, fields):
    how, count = KINDS[kind]
    try:
        demand(len(fields) == count, "another number of fields")
        return f"yes {how(*fields)}".rstrip()
    except Refused:
        return "no"
