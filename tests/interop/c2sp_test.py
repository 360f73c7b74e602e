#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The independent checker itself: RFC 8032 vectors, a tree of every size, and
each way in which a proof can be wrong. Then the proof that our code wrote
(tests/fuzz/corpus/tlog_proof) must hold, and no altered copy of it may."""
import base64
import hashlib
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import c2sp  # noqa: E402

CORPUS = pathlib.Path(__file__).parents[1] / "fuzz" / "corpus"


def tree_root(leaves):
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return c2sp.node(tree_root(leaves[:k]), tree_root(leaves[k:]))


def tree_path(leaves, index):
    if len(leaves) == 1:
        return []
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if index < k:
        return tree_path(leaves[:k], index) + [tree_root(leaves[k:])]
    return tree_path(leaves[k:], index - k) + [tree_root(leaves[:k])]


class Ed25519(unittest.TestCase):
    KEY = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    SIGNATURE = bytes.fromhex("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
                              "d25bf5f0595bbe24655141438e7a100b")

    def test_takes_the_first_vector_of_rfc_8032(self):
        c2sp.ed25519_verify(self.KEY, b"", self.SIGNATURE)

    def test_refuses_every_flipped_byte(self):
        for at in range(0, 64, 7):
            bad = bytearray(self.SIGNATURE)
            bad[at] ^= 1
            with self.assertRaises(c2sp.Refused):
                c2sp.ed25519_verify(self.KEY, b"", bytes(bad))


class Tree(unittest.TestCase):
    def test_every_leaf_of_every_small_tree(self):
        leaves = [hashlib.sha256(bytes([0, i])).digest() for i in range(20)]
        for size in range(1, 21):
            for index in range(size):
                path = tree_path(leaves[:size], index)
                self.assertEqual(c2sp.root_of(index, size, leaves[index], path), tree_root(leaves[:size]))
                for wrong in (path + [leaves[0]], path[:-1]):
                    if wrong == path:
                        continue
                    try:
                        self.assertNotEqual(c2sp.root_of(index, size, leaves[index], wrong), tree_root(leaves[:size]))
                    except c2sp.Refused:
                        pass


class Ours(unittest.TestCase):
    """What our code wrote, read by somebody else's rules."""

    def setUp(self):
        self.proof = (CORPUS / "tlog_proof" / "one").read_bytes()
        _, _, self.note = c2sp.parse_proof(self.proof)
        self.origin = self.note.split(b"\n", 1)[0].decode()
        key = next(line.split()[4] for line in (CORPUS / "directory" / "text").read_text().splitlines()
                   if line.startswith("key broker log "))
        raw = b"\1" + bytes.fromhex(key)
        keyid = hashlib.sha256(self.origin.encode() + b"\n" + raw).digest()[:4]
        self.vkey = c2sp.parse_vkey(f"{self.origin}+{keyid.hex()}+{base64.b64encode(raw).decode()}")

    def test_the_checkpoint_is_signed_by_the_log(self):
        size, root = c2sp.parse_checkpoint(c2sp.open_note(self.note, self.vkey), self.origin)
        self.assertEqual((size, len(root)), (1, 32))

    def test_an_altered_checkpoint_is_refused(self):
        with self.assertRaises(c2sp.Refused):
            c2sp.open_note(self.note.replace(b"\n1\n", b"\n2\n"), self.vkey)

    def test_the_exchange_s_own_verifier_key_parses(self):
        c2sp.parse_vkey((CORPUS / "note" / "vkey").read_text())


if __name__ == "__main__":
    unittest.main()
