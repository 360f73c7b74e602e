#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A whole inspection, a receipt and a bundle that our code wrote, read by the independent
verifier; then copies in which one byte differs.

Usage: inspection_test.py FIXTURES-PROGRAM
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import bundle  # noqa: E402
import c2sp  # noqa: E402
import directory  # noqa: E402
import inspection  # noqa: E402
from refusal import Refused  # noqa: E402

PROGRAM = None


class Whole(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.made = pathlib.Path(tempfile.mkdtemp())
        subprocess.run([PROGRAM, cls.made, "280"], check=True)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.made)

    def altered(self, path, at):
        raw = bytearray(path.read_bytes())
        raw[at] ^= 1
        path.write_bytes(raw)

    def test_a_whole_inspection(self):
        folder = self.made / "inspection"
        pin = directory.load((self.made / "directory-2.note").read_bytes()).hash
        told = inspection.verify(folder, pin)
        self.assertEqual((told["entries"], told["streams"], told["statements"], told["witnesses"]), (280, 3, 1, 3))
        self.assertEqual(told["tiles"], 3)
        with self.assertRaises(Refused):
            inspection.verify(folder, bytes(32))

    def test_altered_files_are_refused(self):
        folder = self.made / "inspection"
        inspection.verify(folder)
        for name in ("tile/entries/000", "tile/entries/001.p/24", "tile/0/000", "tile/1/000.p/1", "checkpoint",
                     "directory/1", "directory/2", "statements/6.bundle"):
            path = folder / name
            for at in (5, path.stat().st_size // 2):
                self.altered(path, at)
                with self.assertRaises((Refused, OSError, KeyError), msg=f"{name} at {at}"):
                    inspection.verify(folder)
                self.altered(path, at)

    def test_a_receipt_and_a_bundle(self):
        under = directory.load((self.made / "directory.note").read_bytes())
        log = under.log_key(next(iter(under.inspections)))
        index, path, note = c2sp.parse_proof((self.made / "my.receipt").read_bytes())
        found = c2sp.open_checkpoint(note, log)
        entry = (self.made / "my.receipt.entry").read_bytes()
        c2sp.tree.LOG.included(index, found.size, c2sp.tree.LOG.leaf(entry), path, found.root)
        raw = (self.made / "my.bundle").read_bytes()
        told = bundle.check(raw, under.hash)
        self.assertEqual((told.sender, told.number, told.header.items), ("northam-police", 2, 3))
        with self.assertRaises(Refused):
            bundle.check(raw, bytes(32))
        for at in range(0, len(raw), 97):
            with self.assertRaises(Refused, msg=f"byte {at}"):
                bundle.check(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1:])


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
