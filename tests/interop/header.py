# SPDX-License-Identifier: Apache-2.0
"""Headers and log entries by docs/protocol.md: one spelling, rules, signature."""
import collections

import ed25519
import tree
from refusal import demand

HEADER_BYTES, ITEMS, RECIPIENTS, CIPHERTEXT = 4096, 1024, 32, 2 << 20
BYTES = {3: 32, 4: 16, 6: 32, 7: 16, 8: 16, 11: 32, 13: 32, 14: 32, 15: 32, 20: 32}  # field: its length
NUMBERS = {1: 32, 2: 32, 5: 64, 9: 64, 10: 64, 12: 32, 16: 64, 17: 31, 18: 31, 19: 32}  # field: its bits
REQUIRED = (3, 4, 7, 8, 11, 13, 14, 15, 17, 18)
MARKINGS, PURPOSES, TEST_DATA, RESET = 2, 3, 1, 2

Entry = collections.namedtuple("Entry", "received header signature")
Adoption = collections.namedtuple("Adoption", "received version hash")


def varint(raw, at):
    value, shift = 0, 0
    while True:
        demand(at < len(raw) and shift < 70, "a number is cut off")
        byte = raw[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            demand(byte or shift == 7, "a number with a longer spelling")
            return value, at


def fields_of(raw):
    """Field number -> value; recipients as a list. Ascending, nothing unknown, no defaults."""
    found, at, last = {14: []}, 0, 0
    while at < len(raw):
        tag, at = varint(raw, at)
        field, wire = tag >> 3, tag & 7
        demand(field > last or field == last == 14, "fields out of order")
        last = field
        if field in NUMBERS:
            demand(wire == 0, "another wire type")
            found[field], at = varint(raw, at)
            demand(0 < found[field] < 1 << NUMBERS[field], "a default or too large a number")
            continue
        demand(field in BYTES and wire == 2, "an unknown field")
        length, at = varint(raw, at)
        demand(length == BYTES[field] and at + length <= len(raw), "a wrong length")
        value = raw[at:at + length]
        at += length
        if field == 14:
            found[14].append(value)
        else:
            found[field] = value
    return found


class Header:
    def __init__(self, raw):
        demand(len(raw) <= HEADER_BYTES, "too large")
        f = fields_of(raw)
        demand(all(f.get(field) for field in REQUIRED), "a field is missing")
        self.sender, self.stream, self.previous, self.nonce = f[3], f[4], f.get(6), f[7]
        self.version, self.suite, self.sequence = f.get(1, 0), f.get(2, 0), f.get(5, 0)
        self.inspection, self.created = f[8], f.get(9, 0)
        self.directory_version, self.directory_hash = f.get(10, 0), f[11]
        self.items, self.items_root, self.recipients = f.get(12, 0), f[13], f[14]
        self.wraps_root, self.ciphertext = f[15], f.get(16, 0)
        self.flags, self.reset_of = f.get(19, 0), f.get(20)
        self.marking, self.purpose = f[17], f[18]
        demand(f[17] <= MARKINGS and f[18] <= PURPOSES, "an unknown marking or purpose")
        demand(self.sequence and (self.sequence == 1) == (self.previous is None), "sequence and previous disagree")
        demand(0 < self.items <= ITEMS and 0 < self.ciphertext <= CIPHERTEXT, "counts")
        demand(len(self.recipients) <= RECIPIENTS and self.flags <= TEST_DATA | RESET, "recipients or flags")
        demand(self.sequence == 1 if self.flags & RESET else self.reset_of is None, "a reset out of place")
        self.id = tree.sha256(b"evx/consignment/v1\n" + raw)

    def check_values(self):
        """What a reader of version 1, suite 1 demands beyond the form."""
        demand(self.version == 1 and self.suite == 1, "another version or suite")
        demand(all(a < b for a, b in zip(self.recipients, self.recipients[1:])), "recipients out of order")


def parse_entry(raw):
    """An Entry or an Adoption, whichever the type byte says."""
    if raw[:1] == b"\2":
        demand(len(raw) == 49, "a directory adoption of another length")
        received, version = int.from_bytes(raw[1:9], "big"), int.from_bytes(raw[9:17], "big")
        return Adoption(received, version, raw[17:])
    demand(raw[:1] == b"\1" and 73 < len(raw) <= 73 + HEADER_BYTES, "an entry of no known kind")
    return Entry(int.from_bytes(raw[1:9], "big"), raw[9:-64], raw[-64:])


def check_entry(raw, directory):
    """(entry, header, key): who signed it, by this directory."""
    entry = parse_entry(raw)
    demand(isinstance(entry, Entry), "not a consignment")
    header = Header(entry.header)
    header.check_values()
    key = directory.keys.get(header.sender)
    demand(key and key.use == "sig", "an unknown key")
    demand(ed25519.verify(key.key, b"evx/header/v1\n" + entry.header, entry.signature), "the signature does not hold")
    return entry, header, key
