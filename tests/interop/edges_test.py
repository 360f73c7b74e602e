#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Questions at the edges, where two readers of one specification part: our verifier
(interop_cases answer) and the independent one must give the same answer, and it
must be the one written here. What the campaign found is kept here as well.

Usage: edges_test.py PROGRAM
"""
import base64
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import ed25519  # noqa: E402
import judge  # noqa: E402
import tree  # noqa: E402

PROGRAM = None
SEED = b"e" * 32
KEY = ed25519.public_key(SEED)
# The eight points of small order, in every encoding there is for them.
SMALL = [bytes.fromhex(h) for h in (
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]


def vkey(name, key, kind=1):
    body = bytes([kind]) + key
    keyid = tree.sha256(name.encode() + b"\n" + body)[:4]
    return f"{name}+{keyid.hex()}+{base64.b64encode(body).decode()}".encode(), keyid


def line(name, keyid, blob):
    return b"\xe2\x80\x94 " + name + b" " + base64.b64encode(keyid + blob) + b"\n"


def signed(text, seed=SEED, name="a.example"):
    _, keyid = vkey(name, ed25519.public_key(seed))
    return text + b"\n" + line(name.encode(), keyid, ed25519.sign(seed, text))


class Edges(unittest.TestCase):
    def ask(self, *cases):
        """cases: (expected, kind, fields…)"""
        stream = b"".join(judge.write(*case[1:]) for case in cases)
        ours = subprocess.run([PROGRAM, "answer"], input=stream, stdout=subprocess.PIPE, check=True).stdout
        for case, told in zip(cases, ours.decode().splitlines(), strict=True):
            self.assertEqual(told, judge.answer(case[1], list(case[2:])), case)
            self.assertEqual(told.startswith("yes"), case[0], case)

    def test_signatures_have_one_form(self):
        text = b"a.example\n1\n" + base64.b64encode(bytes(32)) + b"\n"
        key, keyid = vkey("a.example", KEY)
        good = ed25519.sign(SEED, text)
        s = int.from_bytes(good[32:], "little")
        cases = [(True, b"N", text + b"\n" + line(b"a.example", keyid, good), key)]
        for k in range(1, 16):
            if s + k * ed25519.ORDER < 1 << 256:
                other = good[:32] + (s + k * ed25519.ORDER).to_bytes(32, "little")
                cases.append((False, b"N", text + b"\n" + line(b"a.example", keyid, other), key))
        for r in SMALL:  # whoever has the key can make these hold in the equation
            scalar, _ = ed25519.secret_parts(SEED)
            h = int.from_bytes(ed25519.hashlib.sha512(r + KEY + text).digest(), "little")
            other = r + (h * scalar % ed25519.ORDER).to_bytes(32, "little")
            cases.append((False, b"N", text + b"\n" + line(b"a.example", keyid, other), key))
        self.ask(*cases)

    def test_keys_of_small_order_sign_nothing(self):
        text = b"any text\n"
        cases = []
        for key in SMALL:
            named, keyid = vkey("a.example", key)
            for s in (0, 1):
                r = ed25519.encode(ed25519.multiply(s, ed25519.BASE)) if s else SMALL[0]
                blob = r + s.to_bytes(32, "little")
                cases.append((False, b"N", text + b"\n" + line(b"a.example", keyid, blob), named))
        self.ask(*cases)

    def test_keys_that_are_no_points(self):
        text = b"any text\n"
        cases = []
        for y in (2, 7, 2**255 - 19, 2**255 - 1, 2**255 - 18, 2**255 - 10):
            for sign in (0, 1):
                named, keyid = vkey("a.example", (y | sign << 255).to_bytes(32, "little"))
                cases.append((False, b"N", text + b"\n" + line(b"a.example", keyid, bytes(64)), named))
        self.ask(*cases)

    def test_names_hold_no_spaces_of_any_kind(self):
        rows = [("a.example", True), ("a\u00adb", True), ("\u180e", True), ("\u200b", True), ("a\u007fb", True),
                ("a b", False), ("a\u00a0b", False), ("a\u1680b", False), ("a\u2028b", False), ("a\u2029b", False),
                ("a\u202fb", False), ("a\u205fb", False), ("a\u3000b", False), ("a\u0085b", False), ("a\tb", False),
                ("a\u2000b", False), ("a\u200ab", False), ("a\u001cb", False), ("", False), ("\u00e9" * 127, True),
                ("\u00e9" * 128, False), ("x" * 255, True), ("x" * 256, False)]
        self.ask(*((holds, b"V", vkey(name, KEY)[0]) for name, holds in rows))
        self.ask((False, b"V", vkey("a.example", KEY, 2)[0]), (True, b"V", vkey("a.example", KEY, 4)[0]),
                 (False, b"V", vkey("a.example", KEY)[0].upper()), (False, b"V", vkey("a.example", KEY)[0] + b"="),
                 (False, b"V", vkey("a.example", KEY)[0] + b"\n"), (False, b"V", b""))

    def test_checkpoints_have_three_lines_and_extensions(self):
        key, _ = vkey("a.example", KEY)
        root = base64.b64encode(bytes(32))
        rows = [(b"a.example\n1\n" + root + b"\n", True), (b"a.example\n0\n" + root + b"\n", True),
                (b"a.example\n9223372036854775807\n" + root + b"\n", True),
                (b"a.example\n9223372036854775808\n" + root + b"\n", False),
                (b"a.example\n01\n" + root + b"\n", False), (b"a.example\n+1\n" + root + b"\n", False),
                (b"a.example\n1\n" + root + b"\nmore\n", True), (b"a.example\n1\n" + root + b"\n\n", False),
                (b"a.example\n1\n" + root + b"\nmore\n\nand more\n", False),
                (b"b.example\n1\n" + root + b"\n", False), (b"a.example \n1\n" + root + b"\n", False),
                (b"a.example\n1\n" + root[:-2] + b"B=\n", False), (b"a.example\n1\n" + root[:-1] + b"\n", False),
                (b"a.example\n1 \n" + root + b"\n", False), (b"a.example\n\n" + root + b"\n", False)]
        self.ask(*((holds, b"K", signed(text), key) for text, holds in rows))

    def test_notes_end_where_the_specification_says(self):
        key, keyid = vkey("a.example", KEY)
        good = signed(b"one\n\ntwo\n")
        self.ask((True, b"N", good, key), (True, b"N", signed(b"\n"), key), (True, b"N", signed(b"x\n\n"), key),
                 (False, b"N", good[:-1], key), (False, b"N", good + b"\n", key), (False, b"N", b"\n" + good, key),
                 (True, b"N", good + line(b"b.example", b"1234", b"?"), key),
                 (True, b"N", good + line(b"b.example", b"1234", bytes(8188)), key),
                 (False, b"N", good + line(b"b.example", b"1234", bytes(8189)), key),
                 (False, b"N", good + line(b"b.example", b"1234", b""), key),
                 (False, b"N", good + line(b"a.example", keyid, bytes(64)), key),
                 (True, b"N", good + good.split(b"\n\n")[-1] * 63, key),
                 (False, b"N", good + good.split(b"\n\n")[-1] * 64, key),
                 (False, b"N", good.replace(b"\xe2\x80\x94 a", b"\xe2\x80\x94  a"), key),
                 (False, b"N", good.replace(b"two", b"t\x80o"), key), (False, b"N", b"", key), (False, b"N", b"\n\n", key))

    def test_extra_lines_are_base64(self):
        entry = b"anything"
        key, _ = vkey("a.example", KEY)
        root = base64.b64encode(tree.LOG.leaf(entry))
        note = signed(b"a.example\n1\n" + root + b"\n")
        rows = [(b"", True), (b"extra AA==\n", True), (b"extra AAAA\n", True), (b"extra AAAAAA==\n", True),
                (b"extra\n", False), (b"extra \n", False), (b"extra AB==\n", False), (b"extra A\n", False),
                (b"extra AA==AAAA\n", False), (b"extra AA== \n", False), (b"Extra AA==\n", False),
                (b"extra AA==\nextra AA==\n", False), (b"extra !!!!\n", False)]
        self.ask(*((holds, b"P", b"c2sp.org/tlog-proof@v1\n" + extra + b"index 0\n\n" + note, key, entry)
                   for extra, holds in rows))
        rows = [b"index 00\n", b"index -0\n", b"index\n", b"index 0 \n", b"index 1\n", b"Index 0\n", b"\nindex 0\n",
                b"index 0\n" + root + b"\n", b"index 0\r\n"]
        self.ask(*((False, b"P", b"c2sp.org/tlog-proof@v1\n" + at + b"\n" + note, key, entry) for at in rows))

    def test_trees_at_their_ends(self):
        zero, leaf = bytes(8), tree.LOG.leaf(b"x")
        one, most = (1).to_bytes(8, "big"), b"\xff" * 8
        self.ask((True, b"I", zero, one, leaf, leaf, b""), (False, b"I", zero, zero, leaf, leaf, b""),
                 (False, b"I", one, one, leaf, leaf, b""), (False, b"I", zero, one, leaf, leaf, leaf),
                 (False, b"I", most, zero, leaf, leaf, b""), (False, b"I", zero, most, leaf, leaf, leaf * 63),
                 (False, b"I", zero, most, leaf, leaf, leaf * 65),
                 (True, b"C", one, one, leaf, leaf, b""), (False, b"C", one, one, leaf, leaf, leaf),
                 (False, b"C", zero, one, leaf, leaf, b""), (False, b"C", zero, zero, leaf, leaf, b""),
                 (False, b"C", one, (2).to_bytes(8, "big"), leaf, leaf, b""),
                 (False, b"C", (2).to_bytes(8, "big"), one, leaf, leaf, b""),
                 (False, b"C", one, most, leaf, leaf, leaf * 65))
        chain, size = leaf, 1  # a path of 63 and of 64 hashes
        for _ in range(63):
            chain, size = tree.LOG.node(chain, leaf), size * 2
        self.ask((True, b"I", zero, size.to_bytes(8, "big"), leaf, chain, leaf * 63),
                 (True, b"I", zero, (size + 1).to_bytes(8, "big"), leaf, tree.LOG.node(chain, leaf), leaf * 64))


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
