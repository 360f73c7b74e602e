#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Signed notes, checkpoints, cosignatures, inclusion proofs and tiles by the C2SP
texts, with Python's standard library and nothing of ours.

Usage: c2sp.py PROOF ENTRY VKEY
  PROOF  a c2sp.org/tlog-proof@v1 file, ENTRY  the raw log entry it proves,
  VKEY   the log's verifier key, name+hash+key.
Exit 0 only if the entry is in the log that the key signed. Not for secrets.
"""
import collections
import pathlib
import sys
import unicodedata

import ed25519
import tree
from base64_strict import MOST, number, unbase64
from refusal import Refused, demand

NOTE_BYTES, SIGNATURES, LINE_BYTES, NAME_BYTES = 1 << 20, 64, 8192, 255
ED25519, COSIGNATURE = 1, 4
DASH = "\u2014 ".encode()

Key = collections.namedtuple("Key", "name type keyid key")
Note = collections.namedtuple("Note", "text lines")  # lines: (name, keyid, blob)
Checkpoint = collections.namedtuple("Checkpoint", "origin size root")


def decoded(raw, why):
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(why) from error


def check_name(raw):
    demand(0 < len(raw) <= NAME_BYTES, "a key name is empty or too long")
    name = decoded(raw, "a key name is not UTF-8")
    for c in name:
        demand(c >= " " and c not in "+\x85" and not unicodedata.category(c).startswith("Z"), "not a key name")
    return name


# --- c2sp.org/signed-note ---

def parse_vkey(text):
    raw = text if isinstance(text, bytes) else text.strip().encode()
    demand(b"\0" not in raw, "not a verifier key")
    parts = raw.split(b"+", 2)
    demand(len(parts) == 3 and len(parts[1]) == 8, "not a verifier key")
    name, body = check_name(parts[0]), unbase64(parts[2], 33)
    demand(body[0] in (ED25519, COSIGNATURE), "not a kind of key that is known here")
    keyid = tree.sha256(parts[0] + b"\n" + body)[:4]
    demand(keyid.hex().encode() == parts[1], "the key id is not the key's")
    return Key(name, body[0], keyid, body[1:])


def parse_line(line):
    demand(line.startswith(DASH), "not a signature line")
    name, space, blob = line[len(DASH):].partition(b" ")
    demand(space, "not a signature line")
    check_name(name)
    raw = unbase64(blob)
    demand(4 < len(raw) <= LINE_BYTES, "a signature of no possible length")
    return name.decode(), raw[:4], raw[4:]


def parse_note(raw):
    demand(len(raw) <= NOTE_BYTES and raw.endswith(b"\n"), "not a signed note")
    demand(all(c >= 32 or c == 10 for c in set(raw)), "control characters in a note")
    decoded(raw, "the note is not UTF-8")
    end = raw.rfind(b"\n\n")
    demand(end >= 0, "a note without signatures")
    lines = raw[end + 2:-1].split(b"\n") if len(raw) > end + 2 else []
    demand(0 < len(lines) <= SIGNATURES, "no signature, or too many")
    return Note(raw[:end + 1], [parse_line(line) for line in lines])


def line_holds(text, blob, key):
    """(holds, time): one line's blob under a key; time 0 where the kind has none."""
    if key.type == ED25519:
        return ed25519.verify(key.key, text, blob), 0
    time = int.from_bytes(blob[:8], "big")
    if len(blob) != 72 or time > MOST:
        return False, 0
    return ed25519.verify(key.key, b"cosignature/v1\ntime %d\n" % time + text, blob[8:]), time


def signed_by(note, key):
    """None: not signed by this key. False: a line of it is wrong. Else (True, its earliest time)."""
    verdict = None
    for name, keyid, blob in note.lines:
        if name != key.name or keyid != key.keyid:
            continue
        holds, time = line_holds(note.text, blob, key)
        if not holds:
            return False
        verdict = (True, min(time, verdict[1]) if verdict else time)
    return verdict


def open_note(raw, key):
    note = parse_note(raw)
    demand(signed_by(note, key), "no signature of this key")
    return note.text


# --- c2sp.org/tlog-checkpoint; what extension lines say concerns nobody here ---

def parse_checkpoint(text):
    lines = text.split(b"\n")
    demand(len(lines) > 3 and lines.pop() == b"" and all(lines[3:]), "not a checkpoint")
    demand(0 < len(lines[0]) <= NAME_BYTES, "no origin")
    return Checkpoint(decoded(lines[0], "not UTF-8"), number(lines[1]), unbase64(lines[2], 32))


def open_checkpoint(raw, key):
    checkpoint = parse_checkpoint(open_note(raw, key))
    demand(checkpoint.origin == key.name, "the checkpoint is of another log")
    return checkpoint


# --- c2sp.org/tlog-proof ---

def parse_proof(raw):
    """(index, path, note)"""
    demand(len(raw) <= NOTE_BYTES, "too large")
    head, empty, note = raw.partition(b"\n\n")
    demand(empty and note, "no checkpoint in the proof")
    lines = head.split(b"\n")
    demand(lines[0] == b"c2sp.org/tlog-proof@v1", "not a tlog-proof")
    at = 1
    if len(lines) > at and lines[at].startswith(b"extra "):
        demand(unbase64(lines[at][6:]), "an extra line with nothing")
        at += 1
    demand(len(lines) > at and lines[at].startswith(b"index "), "no index")
    path = [unbase64(line, 32) for line in lines[at + 1:]]
    demand(len(path) <= tree.MOST_HASHES, "too many hashes")
    return number(lines[at][6:]), path, note


def verify(proof, entry, vkey):
    """Returns (origin, index, size); raises Refused."""
    key = parse_vkey(vkey)
    index, path, note = parse_proof(proof)
    checkpoint = open_checkpoint(note, key)
    tree.LOG.included(index, checkpoint.size, tree.LOG.leaf(entry), path, checkpoint.root)
    return key.name, index, checkpoint.size


# --- c2sp.org/tlog-tiles ---

def tile_path(n, width=256):
    text = f"{n % 1000:03}"
    while n >= 1000:
        n //= 1000
        text = f"x{n % 1000:03}/{text}"
    return text if width == 256 else f"{text}.p/{width}"


def tiles_of(count):
    """(number, width) of every tile that `count` things fill."""
    full, rest = divmod(count, 256)
    yield from ((n, 256) for n in range(full))
    if rest:
        yield full, rest


def bundle_entries(raw):
    """The entries of one bundle: 16-bit lengths, big endian."""
    at = 0
    while at < len(raw):
        end = at + 2 + int.from_bytes(raw[at:at + 2], "big")
        demand(at + 2 <= len(raw) and end <= len(raw), "an entry bundle is cut off")
        yield raw[at + 2:end]
        at = end


def read_log(folder, size):
    """Every entry of a mirrored log, in order."""
    for n, width in tiles_of(size):
        entries = list(bundle_entries((folder / "tile" / "entries" / tile_path(n, width)).read_bytes()))
        demand(len(entries) == width, "an entry bundle holds more or less than its name says")
        yield from entries


def check_tiles(folder, size, leaves):
    """Every hash tile is what the entries give; returns the number of tiles."""
    level, hashes, tiles = 0, leaves, 0
    while hashes:
        for n, width in tiles_of(len(hashes)):
            found = (folder / "tile" / str(level) / tile_path(n, width)).read_bytes()
            demand(found == b"".join(hashes[n * 256:n * 256 + width]), f"tile {level}/{n} differs")
            tiles += 1
        hashes = [tree.LOG.root(hashes[i:i + 256]) for i in range(0, len(hashes) - 255, 256)]
        level += 1
    return tiles


def main(proof, entry, vkey):
    try:
        origin, index, size = verify(pathlib.Path(proof).read_bytes(), pathlib.Path(entry).read_bytes(), vkey)
    except Refused as why:
        print(f"refused: {why}")
        return 1
    print(f"{origin}: entry {index} of {size}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
