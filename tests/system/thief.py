# SPDX-License-Identifier: Apache-2.0
"""Somebody who took every file of a machine, backups and all, and tries every key on everything.

Written from docs/protocol.md alone, without our code and without any library: X25519, ChaCha20,
Salsa20 and BLAKE2b as their papers say. It tries two ways to an item:

  wraps    every consignment found in any database or file, its key wraps under every ENC key file
           found, the consignment key, the item key, the ciphertext
  slots    every keys.db, every store.key under every ENC key file found, the item key in its slot,
           the ciphertext of the same item in any consignment found

An item counts as open when its content comes out with the right padding; authentication tags are
not looked at, because a thief would not care.
"""
import hashlib
import os
import pathlib
import shutil
import sqlite3
import struct
import tempfile

P25519 = 2**255 - 19
CHUNK = 65536


# --- primitives ---

def x25519(scalar, point):
    k = int.from_bytes(scalar, "little") & ~7 & (2**255 - 1) | 2**254
    k &= ~(1 << 255)
    u = int.from_bytes(point, "little") & (2**255 - 1)
    x2, z2, x3, z3, swap = 1, 0, u, 1, 0
    for t in reversed(range(255)):
        bit = k >> t & 1
        if swap ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b = (x2 + z2) % P25519, (x2 - z2) % P25519
        c, d = (x3 + z3) % P25519, (x3 - z3) % P25519
        da, cb, aa, bb = d * a % P25519, c * b % P25519, a * a % P25519, b * b % P25519
        e = (aa - bb) % P25519
        x3, z3 = pow(da + cb, 2, P25519), u * pow(da - cb, 2, P25519) % P25519
        x2, z2 = aa * bb % P25519, e * (aa + 121665 * e) % P25519
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, P25519 - 2, P25519) % P25519).to_bytes(32, "little")


def rotl(v, n):
    return (v << n | v >> (32 - n)) & 0xFFFFFFFF


def chacha_rounds(state):
    s = list(state)
    for _ in range(10):
        for a, b, c, d in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                           (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            for x, y, z, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                s[x] = (s[x] + s[y]) & 0xFFFFFFFF
                s[z] = rotl(s[z] ^ s[x], n)
    return s


SIGMA = struct.unpack("<4I", b"expand 32-byte k")


def chacha20(key, nonce12, data, counter=1):
    out = bytearray()
    for at in range(0, len(data), 64):
        state = [*SIGMA, *struct.unpack("<8I", key), counter + at // 64, *struct.unpack("<3I", nonce12)]
        block = struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(chacha_rounds(state), state)))
        out += bytes(a ^ b for a, b in zip(data[at:at + 64], block))
    return bytes(out)


def xchacha20(key, nonce24, data):
    s = chacha_rounds([*SIGMA, *struct.unpack("<8I", key), *struct.unpack("<4I", nonce24[:16])])
    subkey = struct.pack("<8I", *s[:4], *s[12:])
    return chacha20(subkey, b"\0\0\0\0" + nonce24[16:], data)


def salsa_rounds(state):
    s = list(state)
    for _ in range(10):
        for a, b, c, d in ((0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11),
                           (0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14)):
            for x, y, z, n in ((b, a, d, 7), (c, b, a, 9), (d, c, b, 13), (a, d, c, 18)):
                s[x] ^= rotl((s[y] + s[z]) & 0xFFFFFFFF, n)
    return s


def salsa_state(key, nonce16):
    k, n = struct.unpack("<8I", key), struct.unpack("<4I", nonce16)
    return [SIGMA[0], *k[:4], SIGMA[1], *n, SIGMA[2], *k[4:], SIGMA[3]]


def hsalsa20(key, nonce16):
    s = salsa_rounds(salsa_state(key, nonce16))
    return struct.pack("<8I", s[0], s[5], s[10], s[15], *s[6:10])


def xsalsa20(key, nonce24, data):
    """The stream behind the 32 bytes that authenticate."""
    subkey, out = hsalsa20(key, nonce24[:16]), bytearray()
    padded = bytes(32) + data
    for at in range(0, len(padded), 64):
        state = salsa_state(subkey, nonce24[16:] + struct.pack("<Q", at // 64))
        block = struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(salsa_rounds(state), state)))
        out += bytes(a ^ b for a, b in zip(padded[at:at + 64], block))
    return bytes(out[32:])


def kdf(key, number, context, n):
    return hashlib.blake2b(b"", digest_size=n, key=key, salt=struct.pack("<Q", number) + bytes(8),
                           person=context + bytes(8)).digest()


def box_seal_open(secret, sealed):
    """libsodium's crypto_box_seal, its tag not looked at."""
    public = x25519(secret, (9).to_bytes(32, "little"))
    ephemeral = sealed[:32]
    nonce = hashlib.blake2b(ephemeral + public, digest_size=24).digest()
    return xsalsa20(hsalsa20(x25519(secret, ephemeral), bytes(16)), nonce, sealed[48:])


# --- what our formats say ---

class Consignment:
    """Cut apart by its lengths; None where the bytes are none."""

    @staticmethod
    def at(data, place):
        if data[place:place + 4] != b"EVX1":
            return None
        n = int.from_bytes(data[place + 4:place + 8], "big")
        if not 0 < n <= 4096:
            return None
        header = data[place + 8:place + 8 + n]
        fields = protobuf(header)
        if not fields or any(k not in fields for k in (3, 7, 12, 14, 16)):
            return None
        return Consignment(data, place + 8 + n + 64, header, fields)

    def __init__(self, data, at, header, fields):
        self.sender, self.nonce, self.items = fields[3][0], fields[7][0], fields[12][0]
        self.recipients, total = fields[14], fields[16][0]
        self.id = hashlib.sha256(b"evx/consignment/v1\n" + header).hexdigest()
        self.wraps = [data[at + 200 * i:at + 200 * (i + 1)] for i in range(len(self.recipients))]
        at += 200 * len(self.recipients)
        self.records = [data[at + 96 * i:at + 96 * (i + 1)] for i in range(self.items)]
        at += 96 * self.items
        self.ciphertexts = data[at:at + total]
        self.whole = len(self.ciphertexts) == total and all(len(r) == 96 for r in self.records)

    def ciphertext(self, number):
        at = sum(int.from_bytes(r[12:16], "big") for r in self.records[:number])
        return self.ciphertexts[at:at + int.from_bytes(self.records[number][12:16], "big")]

    def number_of(self, item):
        return next((n for n, r in enumerate(self.records) if r[16:32] == item), None)

    def open(self, number, ik):
        """The content under an item key, or None: the key is another, or the padding is wrong."""
        record = self.records[number]
        secrets = kdf(ik, 1, b"evxitem1", 64)
        if secrets[32:] != record[32:64]:
            return None
        sealed, plain = self.ciphertext(number), b""
        chunks = -(-len(sealed) // (CHUNK + 16))
        for c in range(chunks):
            part = sealed[c * (CHUNK + 16):(c + 1) * (CHUNK + 16)][:-16]
            plain += chacha20(secrets[:32], c.to_bytes(11, "big") + bytes([c == chunks - 1]), part)
        bare = plain.rstrip(b"\0")
        return bare[:-1] if bare.endswith(b"\x80") else None


def protobuf(data):
    """Field number -> values, for the flat messages that headers are; None when it is none."""
    fields, at = {}, 0
    try:
        while at < len(data):
            tag, at = varint(data, at)
            if tag & 7 == 0:
                value, at = varint(data, at)
            elif tag & 7 == 2:
                n, at = varint(data, at)
                value, at = data[at:at + n], at + n
            else:
                return None
            fields.setdefault(tag >> 3, []).append(value)
    except IndexError:
        return None
    return fields if at == len(data) else None


def varint(data, at):
    value, shift = 0, 0
    while True:
        byte = data[at]
        value, at, shift = value | (byte & 127) << shift, at + 1, shift + 7
        if byte < 128:
            return value, at


class Thief:
    """Everything of use in a folder and below it."""

    def __init__(self, folder):
        self.enc, self.store_keys, self.slots, self.consignments = {}, [], [], {}
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="evx-thief-"))
        try:
            for path in sorted(p for p in pathlib.Path(folder).rglob("*") if p.is_file() and not p.is_symlink()):
                self.take(path)
        finally:
            shutil.rmtree(self.scratch)

    def take(self, path):
        data = path.read_bytes()
        self.look_for_keys(data)
        if data.startswith(b"SQLite format 3\0"):
            self.take_database(path)
        elif path.name.startswith("store.key"):
            self.store_keys.append(data)
        self.look_for_consignments(data)

    def look_for_keys(self, data):
        """Unprotected key files of the use enc, wherever they lie."""
        at = data.find(b"EVXK\x01\x02\x00\x00")
        while at >= 0:
            secret = data[at + 56:at + 88]
            if len(secret) == 32:
                self.enc[secret] = hashlib.sha256(b"evx/key/v1\n\x02" + x25519(secret, (9).to_bytes(32, "little"))).digest()
            at = data.find(b"EVXK\x01\x02\x00\x00", at + 1)

    def look_for_consignments(self, data):
        at = data.find(b"EVX1")
        while at >= 0:
            c = Consignment.at(data, at)
            if c and c.whole:
                self.keep(c)
            at = data.find(b"EVX1", at + 1)

    def keep(self, c):
        """Several copies of one consignment differ in whether they still have their wraps."""
        self.consignments.setdefault((c.id, b"".join(c.wraps)), c)

    def take_database(self, path):
        """On a copy with its write-ahead log, so that nothing is changed by looking."""
        copy = self.scratch / "db"
        for suffix in ("", "-wal", "-journal"):
            beside = pathlib.Path(f"{path}{suffix}")
            if beside.exists():
                shutil.copyfile(beside, f"{copy}{suffix}")
        db = sqlite3.connect(copy)
        db.text_factory = bytes
        try:
            for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchall():
                name = table.decode()
                for row in db.execute(f'SELECT * FROM "{name}"'):
                    self.take_row(name, row)
        finally:
            db.close()
            for left in self.scratch.iterdir():
                left.unlink()

    def take_row(self, table, row):
        for cell in row:
            if isinstance(cell, bytes) and len(cell) > 100:
                self.look_for_consignments(cell)
                self.look_for_keys(cell)
        if table == "slots":
            self.slots.append((row[0], row[1]))

    # --- trying ---

    def by_wraps(self, item):
        """Contents of the item that a wrap and an ENC key lead to."""
        found = set()
        for c in self.consignments.values():
            number = c.number_of(item)
            if number is None:
                continue
            for wrap in c.wraps:
                for secret in self.enc:
                    found.add(self.open_wrap(c, number, wrap, secret))
        return found - {None}

    def open_wrap(self, c, number, wrap, secret):
        own = self.enc[secret]
        public = x25519(secret, (9).to_bytes(32, "little"))
        shared = x25519(secret, wrap[32:64])
        key = hashlib.blake2b(b"evx/wrap/v1\n" + wrap[32:64] + public + c.nonce, digest_size=32, key=shared).digest()
        payload = chacha20(key, bytes(12), wrap[64:-16])
        if wrap[:32] != own or payload[:4] != b"EVXW":
            return None
        return c.open(number, kdf(payload[56:88], number + 1, b"evxkek_1", 32))

    def by_slots(self, item):
        """Contents of the item that a keys.db, a store.key and an ENC key lead to."""
        found = set()
        wrapping = {box_seal_open(secret, sealed)[-32:] for secret in self.enc for sealed in self.store_keys
                    if box_seal_open(secret, sealed).startswith(b"evx/store/v2\n")}
        holding = [(c, c.number_of(item)) for c in self.consignments.values() if c.number_of(item) is not None]
        for key in wrapping:
            rewrap = kdf(key, 1, b"evxstore", 32)
            for _, slots in self.slots:
                for c, number in holding:
                    slot = slots[72 * number:72 * (number + 1)]
                    if len(slot) == 72 and any(slot):
                        found.add(c.open(number, xchacha20(rewrap, slot[:24], slot[24:56])))
        return found - {None}

    def ways(self, item):
        return len(self.by_wraps(item)) + len(self.by_slots(item))


def selfcheck():
    """Known answers, so that a thief who finds nothing is not merely a broken one."""
    alice = bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c6f92ebc1ff0ad9f7c2d3f8a9e5a1")  # any scalar
    bob = os.urandom(32)
    nine = (9).to_bytes(32, "little")
    assert x25519(alice, x25519(bob, nine)) == x25519(bob, x25519(alice, nine))
    key = bytes(range(32))
    stream = chacha20(key, bytes.fromhex("000000090000004a00000000"), bytes(64))
    assert stream.hex().startswith("10f1e7e4d13b5915500fdd1fa32071c4")  # RFC 8439, 2.3.2


selfcheck()
