# SPDX-License-Identifier: Apache-2.0
"""The single-item bundle: an archive with one spelling, and what it proves."""
import base64
import collections
import hashlib

import aead
import c2sp
import directory
import header
import policy
import tree
from base64_strict import MOST, number, unbase64
from refusal import demand

BLOCK, BUNDLE_BYTES, CHUNK, TAG, PADDED_MOST = 512, 4 << 20, 65536, 16, 1081344
MEMBERS = ("evx-bundle", "entry", "proof", "record", "record.path", "ciphertext", "key", "directory", "policy")
SIZES = (128, header.HEADER_BYTES + 73, c2sp.NOTE_BYTES, 96, 45 * 64, 2 << 20, 32, c2sp.NOTE_BYTES, c2sp.NOTE_BYTES)
GAP_ROOTS, GAP_WITNESSES, GAP_REVOCATIONS = 1, 2, 4

Result = collections.namedtuple("Result", "sender header number index received gaps grade content item")


# --- the archive ---

def member(name, content):
    """One ustar member as the writer makes it."""
    fields = [(0, name.encode()), (100, b"0000600"), (108, b"0000000"), (116, b"0000000"),
              (124, b"%011o" % len(content)), (136, b"0" * 11), (156, b"0"), (257, b"ustar\x0000"),
              (329, b"0000000"), (337, b"0000000")]
    block = bytearray(BLOCK)
    for at, value in fields:
        block[at:at + len(value)] = value
    block[148:156] = b"        "
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + content + bytes(-len(content) % BLOCK)


def archive(contents):
    return b"".join(member(*pair) for pair in contents.items()) + bytes(2 * BLOCK)


def take_apart(raw):
    """Name -> content; refused unless the writer would have made the same bytes."""
    demand(len(raw) <= BUNDLE_BYTES, "too large")
    found, at = {}, 0
    for name, most in zip(MEMBERS, SIZES):
        if name == "policy" and len(raw) - at == 2 * BLOCK:
            break
        demand(raw[at:at + len(name) + 1] == name.encode() + b"\0" and len(raw) - at >= BLOCK, f"no {name}")
        digits = raw[at + 124:at + 135]
        demand(all(48 <= c <= 55 for c in digits), "no size")
        size = int(digits, 8)
        demand(size <= most and at + BLOCK + size <= len(raw), f"{name} is too long")
        found[name] = raw[at + BLOCK:at + BLOCK + size]
        at += BLOCK + size + -size % BLOCK
    demand(found.get("policy") != b"" and archive(found) == raw, "not as the writer would have made it")
    return found


def title(raw):
    lines = raw.split(b"\n")
    demand(len(lines) == 4 and lines[0] == b"evx.bundle/v1" and lines[3] == b"", "no title")
    demand(lines[1].startswith(b"item ") and lines[2].startswith(b"index "), "no numbers")
    return number(lines[1][5:], header.ITEMS - 1), number(lines[2][6:], MOST)


def hashes(raw):
    demand(not raw or raw.endswith(b"\n"), "no line")
    found = [unbase64(line, 32) for line in raw.split(b"\n")[:-1]]
    demand(len(found) <= tree.MOST_HASHES, "too many hashes")
    return found


def proof_text(index, path, note):
    lines = [b"c2sp.org/tlog-proof@v1", b"index %d" % index] + [base64.b64encode(h) for h in path]
    return b"\n".join(lines) + b"\n\n" + note


def only_lines_of(raw, keys):
    """The note has the first good line of each key, in this order, and nothing else."""
    note = c2sp.parse_note(raw)
    lines = []
    for key in keys:
        if c2sp.signed_by(note, key):
            lines.append(next(line for line in note.lines if line[0] == key.name and line[1] == key.keyid))
    text = b"".join(c2sp.DASH + name.encode() + b" " + base64.b64encode(keyid + blob) + b"\n"
                    for name, keyid, blob in lines)
    demand(lines and note.text + b"\n" + text == raw, "other signature lines")


# --- the item ---

def bucket(n):
    if n <= 4096:
        return -(-n // 256) * 256
    e = n.bit_length() - 1
    unit = 1 << e - e.bit_length()
    return -(-n // unit) * unit


def derive(key, number_, context, size):
    return hashlib.blake2b(digest_size=size, key=key, salt=number_.to_bytes(8, "little") + bytes(8),
                           person=context + bytes(8)).digest()


def chunks_of(ciphertext):
    return [ciphertext[i:i + CHUNK + TAG] for i in range(0, len(ciphertext), CHUNK + TAG)]


def open_item(record, ciphertext, nonce, key):
    """The content without its padding, after every check."""
    padded, size = int.from_bytes(record[8:12], "big"), int.from_bytes(record[12:16], "big")
    both = derive(key, 1, b"evxitem1", 64)
    demand(both[32:] == record[32:64], "not the key that was committed to")
    demand(0 < padded <= PADDED_MOST and bucket(padded) == padded, "no such padded length")
    demand(size == len(ciphertext) == padded + TAG * -(-padded // CHUNK), "another length")
    chunks = chunks_of(ciphertext)
    demand(tree.CHUNKS.root([tree.CHUNKS.leaf(c) for c in chunks]) == record[64:96], "not that ciphertext")
    plain = b""
    for i, chunk in enumerate(chunks):
        final = i == len(chunks) - 1
        opened = aead.open_sealed(both[:32], i.to_bytes(11, "big") + bytes([final]), nonce + record[:4], chunk)
        demand(opened is not None, "the ciphertext does not open")
        plain += opened
    content = plain.rstrip(b"\0")
    demand(content.endswith(b"\x80") and bucket(len(content)) == padded, "wrong padding")
    return content[:-1]


# --- the whole ---

def check_sender(head, entry, under, index):
    origin = under.origin(head.inspection)
    demand(head.inspection in under.inspections, "another inspection")
    key = under.keys.get(head.sender)
    demand(key and key.use == "sig", "an unknown key")
    signed = header.ed25519.verify(key.key, b"evx/header/v1\n" + entry.header, entry.signature)
    demand(signed, "the signature does not hold")
    demand(under.orgs[key.org].active and "send" in under.members.get((head.inspection, key.org), ()), "no right")
    demand(key.start <= entry.received < key.end, "out of its time")
    demand(not under.is_revoked(key.fingerprint, origin, index), "revoked")
    return key.org


def check_place(parts, head, under, index):
    log = under.log_key(head.inspection)
    at, path, note = c2sp.parse_proof(parts["proof"])
    demand(at == index and proof_text(at, path, note) == parts["proof"], "another proof than the title says")
    rule = policy.of_directory(under, head.inspection)
    checkpoint = c2sp.open_checkpoint(note, log)
    fingerprint = directory.fingerprint("log", log.key)
    demand(not under.is_revoked(fingerprint, log.name, max(checkpoint.size - 1, 0)), "the log's key is revoked")
    tree.LOG.included(index, checkpoint.size, tree.LOG.leaf(parts["entry"]), path, checkpoint.root)
    demand("policy" not in parts or parts["policy"] == rule.text(), "another policy")
    grade = rule.grade(note)
    only_lines_of(note, [log] + [n.key for n in rule.names.values() if n.key])
    return grade


def check(raw, pin=None):
    parts = take_apart(raw)
    number_, index = title(parts["evx-bundle"])
    record, path = parts["record"], hashes(parts["record.path"])
    demand(len(record) == 96 and len(parts["key"]) == 32, "record or key of another length")
    demand(all(parts[name] for name in ("entry", "proof", "ciphertext", "directory")), "an empty part")
    demand(int.from_bytes(record[:4], "big") == number_, "another item")
    under = directory.load(parts["directory"], pin=pin)
    only_lines_of(parts["directory"], under.roots)
    entry = header.parse_entry(parts["entry"])
    demand(isinstance(entry, header.Entry), "not a consignment")
    head = header.Header(entry.header)
    demand((head.version, head.suite) == (1, 1), "another version or suite")
    demand((head.directory_version, head.directory_hash) == (under.version, under.hash), "another directory")
    sender = check_sender(head, entry, under, index)
    grade = check_place(parts, head, under, index)
    demand(record[6:8] == b"\0\0", "no record")
    tree.ITEMS.included(number_, head.items, tree.ITEMS.leaf(record), path, head.items_root)
    content = open_item(record, parts["ciphertext"], head.nonce, parts["key"])
    gaps = GAP_REVOCATIONS | (0 if pin else GAP_ROOTS)
    gaps |= 0 if grade.cosigned and grade.reached else GAP_WITNESSES
    return Result(sender, head, number_, index, entry.received, gaps, grade, content, record[16:32])
