#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The independent verifier itself, against published facts: RFC 8032 and RFC 8439
vectors, the roots of RFC 6962's well-known eight leaves, the signed note of Go's
checksum database tests. Then the proof that our code wrote (tests/fuzz/corpus and
tests/data/vectors) must hold, and no altered copy of it may."""
import hashlib
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import aead  # noqa: E402
import c2sp  # noqa: E402
import directory  # noqa: E402
import ed25519  # noqa: E402
import policy  # noqa: E402
import tree  # noqa: E402
from refusal import Refused  # noqa: E402

TESTS = pathlib.Path(__file__).parents[1]
CORPUS, VECTORS = TESTS / "fuzz" / "corpus", TESTS / "data" / "vectors"


class Ed25519(unittest.TestCase):
    # RFC 8032, section 7.1: seed, key, message, signature
    VECTORS = (
        ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
         "d25bf5f0595bbe24655141438e7a100b"),
        ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
         "387b2eaeb4302aeeb00d291612bb0c00"),
        ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
         "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
         "4a7c15e9716ed28dc027beceea1ec40a"),
    )

    def test_the_vectors_of_rfc_8032(self):
        for seed, key, message, signature in (map(bytes.fromhex, v) for v in self.VECTORS):
            self.assertEqual(ed25519.public_key(seed), key)
            self.assertEqual(ed25519.sign(seed, message), signature)
            self.assertTrue(ed25519.verify(key, message, signature))
            self.assertFalse(ed25519.verify(key, message + b"x", signature))

    def test_refuses_every_flipped_byte(self):
        _, key, message, signature = map(bytes.fromhex, self.VECTORS[1])
        for at in range(64):
            bad = bytearray(signature)
            bad[at] ^= 1
            self.assertFalse(ed25519.verify(key, message, bytes(bad)))

    def test_refuses_a_second_spelling_of_s(self):
        _, key, message, signature = map(bytes.fromhex, self.VECTORS[2])
        again = int.from_bytes(signature[32:], "little") + ed25519.ORDER
        self.assertFalse(ed25519.verify(key, message, signature[:32] + again.to_bytes(32, "little")))


class ChaCha20Poly1305(unittest.TestCase):
    # RFC 8439, section 2.8.2
    KEY = bytes(range(0x80, 0xA0))
    NONCE = bytes.fromhex("070000004041424344454647")
    DATA = bytes.fromhex("50515253c0c1c2c3c4c5c6c7")
    PLAIN = (b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
             b"sunscreen would be it.")

    def test_the_vector_of_rfc_8439(self):
        sealed = aead.crypt(self.KEY, self.NONCE, self.PLAIN)
        self.assertEqual(sealed[:16].hex(), "d31a8d34648e60db7b86afbc53ef7ec2")
        tag = aead.tag_of(self.KEY, self.NONCE, self.DATA, sealed)
        self.assertEqual(tag.hex(), "1ae10b594f09e26a7e902ecbd0600691")
        self.assertEqual(aead.open_sealed(self.KEY, self.NONCE, self.DATA, sealed + tag), self.PLAIN)
        for at in range(0, len(sealed) + 16, 9):
            bad = bytearray(sealed + tag)
            bad[at] ^= 4
            self.assertIsNone(aead.open_sealed(self.KEY, self.NONCE, self.DATA, bytes(bad)))


class Tree(unittest.TestCase):
    # The eight leaves of the certificate transparency tests and their roots.
    LEAVES = [bytes.fromhex(h) for h in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                                         "606162636465666768696a6b6c6d6e6f")]
    ROOTS = ("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
             "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
             "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
             "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
             "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
             "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
             "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
             "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")

    def setUp(self):
        self.leaves = [tree.LOG.leaf(leaf) for leaf in self.LEAVES]

    def test_the_known_roots(self):
        frontier = tree.Frontier(tree.LOG)
        self.assertEqual(frontier.root(), hashlib.sha256().digest())
        for n, root in enumerate(self.ROOTS, 1):
            frontier.append(self.leaves[n - 1])
            self.assertEqual(tree.LOG.root(self.leaves[:n]).hex(), root)
            self.assertEqual(frontier.root().hex(), root)

    def test_every_proof_of_every_small_tree(self):
        leaves = [tree.LOG.leaf(bytes([i])) for i in range(20)]
        for size in range(1, 21):
            root = tree.LOG.root(leaves[:size])
            for index in range(size):
                path = tree.LOG.path(leaves[:size], index)
                tree.LOG.included(index, size, leaves[index], path, root)
                for wrong in (path + [leaves[0]], path[:-1] if path else [leaves[0]], path[::-1] + [root]):
                    with self.assertRaises(Refused):
                        tree.LOG.included(index, size, leaves[index], wrong, root)
            for old in range(1, size + 1):
                proof, old_root = tree.LOG.consistency(leaves[:size], old), tree.LOG.root(leaves[:old])
                tree.LOG.extends(old, size, old_root, root, proof)
                with self.assertRaises(Refused):
                    tree.LOG.extends(old, size, tree.sha256(old_root), root, proof)
                with self.assertRaises(Refused):
                    tree.LOG.extends(old, size, old_root, root, proof + [root])


class Notes(unittest.TestCase):
    # From the tests of golang.org/x/mod/sumdb/note.
    KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    NOTE = ("If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
            "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6Ryy"
            "BwJnAM=\n").encode()

    def test_a_note_of_somebody_else(self):
        text = c2sp.open_note(self.NOTE, c2sp.parse_vkey(self.KEY))
        self.assertTrue(text.endswith(b"problem is.\n"))
        for wrong in (self.NOTE.replace(b"answer", b"Answer"), self.NOTE[:-1], self.NOTE.replace(b"\n\n", b"\n"),
                      self.NOTE.replace(b"AM=", b"AN="), self.NOTE + b"\n"):
            with self.assertRaises(Refused):
                c2sp.open_note(wrong, c2sp.parse_vkey(self.KEY))

    def test_cosignatures_carry_their_time(self):
        seed, text = b"w" * 32, b"log.example/one\n1\n" + b"A" * 43 + b"=\n"
        key = policy.cosigner("w.example", ed25519.public_key(seed))
        blob = (1700000000).to_bytes(8, "big") + ed25519.sign(seed, b"cosignature/v1\ntime 1700000000\n" + text)
        self.assertEqual(c2sp.line_holds(text, blob, key), (True, 1700000000))
        self.assertEqual(c2sp.line_holds(text, bytes(8) + blob[8:], key)[0], False)


class Ours(unittest.TestCase):
    """What our code wrote, read by somebody else's rules."""

    def setUp(self):
        self.proof = (CORPUS / "tlog_proof" / "one").read_bytes()
        _, _, self.note = c2sp.parse_proof(self.proof)
        self.directory = directory.Directory((CORPUS / "directory" / "text").read_bytes())
        self.key = self.directory.log_key(next(iter(self.directory.inspections)))

    def test_the_checkpoint_is_signed_by_the_log(self):
        checkpoint = c2sp.open_checkpoint(self.note, self.key)
        self.assertEqual((checkpoint.size, len(checkpoint.root)), (1, 32))

    def test_an_altered_checkpoint_is_refused(self):
        with self.assertRaises(Refused):
            c2sp.open_note(self.note.replace(b"\n1\n", b"\n2\n"), self.key)

    def test_the_exchange_s_own_verifier_key_parses(self):
        c2sp.parse_vkey((CORPUS / "note" / "vkey").read_text())

    def test_the_vectors_of_the_log(self):
        v = json.loads((VECTORS / "log.json").read_text())
        origin, index, size = c2sp.verify(v["tlog_proof"].encode(), bytes.fromhex(v["entry"]), v["log_key"])
        self.assertEqual((index, size), (6, 11))
        with self.assertRaises(Refused):
            c2sp.verify(v["tlog_proof"].encode(), bytes.fromhex(v["entry"] + "00"), v["log_key"])
        self.assertTrue(origin.startswith(self.directory.exchange + "/"))

    def test_the_vectors_of_the_directory(self):
        v = json.loads((VECTORS / "directory.json").read_text())
        d = directory.load(v["note"].encode())
        self.assertEqual(d.hash.hex(), v["text_sha256"])


class TilePaths(unittest.TestCase):
    def test_the_paths_of_the_specification(self):
        self.assertEqual(c2sp.tile_path(1234067), "x001/x234/067")
        self.assertEqual(c2sp.tile_path(0), "000")
        self.assertEqual(c2sp.tile_path(1000, 7), "x001/000.p/7")


if __name__ == "__main__":
    unittest.main()
