#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks a receipt with nothing of ours: Python's standard library and the C2SP texts.

Usage: c2sp.py PROOF ENTRY VKEY
  PROOF  a c2sp.org/tlog-proof@v1 file, ENTRY  the raw log entry it proves,
  VKEY   the log's verifier key, name+hash+key.
Exit 0 only if the entry is in the log that the key signed. Not for secrets and
not fast: plain big-integer Ed25519 as RFC 8032 defines it.
"""
import base64
import hashlib
import pathlib
import sys

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


class Refused(Exception):
    """The proof does not hold, or is not one."""


def demand(holds, why):
    if not holds:
        raise Refused(why)


# --- Ed25519 (RFC 8032, section 5.1) ---

def recover_x(y, sign):
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    demand((x * x - x2) % P == 0 and not (x == 0 and sign), "not a point")
    return P - x if x & 1 != sign else x


def decode_point(raw):
    value = int.from_bytes(raw, "little")
    y = value & (1 << 255) - 1
    demand(y < P, "not a canonical point")
    x = recover_x(y, value >> 255)
    return x, y, 1, x * y % P


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(n, p):
    q = (0, 1, 1, 0)
    while n:
        if n & 1:
            q = add(q, p)
        p = add(p, p)
        n >>= 1
    return q


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def ed25519_verify(key, message, signature):
    demand(len(key) == 32 and len(signature) == 64, "wrong lengths")
    s = int.from_bytes(signature[32:], "little")
    demand(s < ORDER, "signature out of range")
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    left, right = multiply(s, BASE), add(decode_point(signature[:32]), multiply(h, decode_point(key)))
    same = (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0
    demand(same, "the signature does not verify")


# --- C2SP signed-note, tlog-checkpoint, tlog-proof ---

def parse_vkey(text):
    name, keyid, body = text.strip().split("+", 2)
    raw = base64.b64decode(body, validate=True)
    demand(raw[0] == 1 and len(raw) == 33, "not an Ed25519 verifier key")
    derived = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    demand(derived.hex() == keyid, "the key id is not the key's")
    return name, derived, raw[1:]


def open_note(note, vkey):
    name, keyid, key = vkey
    text, separator, lines = note.rpartition(b"\n\n")
    demand(separator, "not a signed note")
    text += b"\n"
    for line in lines.decode().splitlines():
        dash, signer, blob = line.split(" ")
        raw = base64.b64decode(blob, validate=True)
        if dash == "\u2014" and signer == name and raw[:4] == keyid:
            ed25519_verify(key, text, raw[4:])
            return text.decode()
    raise Refused("no signature of this key")


def parse_checkpoint(text, name):
    origin, size, root = text.splitlines()[:3]
    demand(origin == name, "the checkpoint is for another log")
    demand(size == str(int(size)), "the size is not canonical")
    return int(size), base64.b64decode(root, validate=True)


def parse_proof(raw):
    head, separator, note = raw.partition(b"\n\n")
    demand(separator, "no checkpoint in the proof")
    lines = head.decode().split("\n")
    demand(lines[0] == "c2sp.org/tlog-proof@v1", "not a tlog-proof")
    at = 2 if lines[1].startswith("extra ") else 1
    word, index = lines[at].split(" ")
    demand(word == "index" and index == str(int(index)), "no index")
    return int(index), [base64.b64decode(line, validate=True) for line in lines[at + 1:]], note


# --- RFC 6962, section 2.1.1 as RFC 9162 words the check ---

def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def root_of(index, size, leaf, path):
    demand(0 <= index < size, "the index is outside the log")
    fn, sn, hash_ = index, size - 1, leaf
    for step in path:
        demand(sn != 0 and len(step) == 32, "the path is too long")
        if fn & 1 or fn == sn:
            hash_ = node(step, hash_)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            hash_ = node(hash_, step)
        fn, sn = fn >> 1, sn >> 1
    demand(sn == 0, "the path is too short")
    return hash_


def verify(proof, entry, vkey_text):
    """Returns (origin, index, size); raises Refused."""
    try:
        vkey = parse_vkey(vkey_text)
        index, path, note = parse_proof(proof)
        size, root = parse_checkpoint(open_note(note, vkey), vkey[0])
    except (ValueError, IndexError) as error:
        raise Refused(str(error)) from error
    demand(root_of(index, size, hashlib.sha256(b"\0" + entry).digest(), path) == root, "the path leads elsewhere")
    return vkey[0], index, size


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
