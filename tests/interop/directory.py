# SPDX-License-Identifier: Apache-2.0
"""The directory by docs/protocol.md ("Directory"): one spelling, threshold signatures,
succession."""
import collections
import datetime
import re

import c2sp
import tree
from base64_strict import MOST, number, unbase64
from refusal import demand

ROLES = ("police", "social-care", "school", "health", "youth-justice", "inspectorate", "broker", "witness")
USES = ("sig", "enc", "trn", "wit", "log")
RIGHTS = ("send", "receive", "witness")
LIMITS = {"root": 64, "org": 1024, "key": 8192, "inspection": 256, "member": 8192, "revoked": 8192}

ID = re.compile(rb"[a-z0-9][a-z0-9-]{0,62}")
EXCHANGE = re.compile(rb"[a-z0-9./-]{1,128}")
TIME = re.compile(rb"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{3})Z")
EPOCH = datetime.datetime(1970, 1, 1)

Key = collections.namedtuple("Key", "org use epoch key start end fingerprint")
Org = collections.namedtuple("Org", "role active")


def identifier(word):
    demand(ID.fullmatch(word), "not an identifier")
    return word.decode()


def time_of(word):
    found = TIME.fullmatch(word)
    demand(found, "not a time")
    try:
        year, month, day, hour, minute, second, milli = map(int, found.groups())
        moment = datetime.datetime(year, month, day, hour, minute, second)
    except ValueError:
        moment, year = None, 0
    demand(year >= 1800, "no such time")
    return round((moment - EPOCH) / datetime.timedelta(seconds=1)) * 1000 + milli


def unhex(word, length):
    demand(re.fullmatch(rb"[0-9a-f]{%d}" % (2 * length), word), "not lower-case hex of that length")
    return bytes.fromhex(word.decode())


def choice(word, choices):
    demand(word.decode() in choices, "not one of the words")
    return word.decode()


def name(text):
    demand(0 < len(text) <= 256 and not text.startswith(b" ") and not text.endswith(b" "), "not a name")


def words(rest, count, named=False):
    """Exactly `count` words, and then free text if `named`."""
    parts = rest.split(b" ", count if named else -1)
    demand(len(parts) == count + named and all(parts[:count]), "not the right words")
    if named:
        name(parts[-1])
    return parts


def fingerprint(use, key):
    return tree.sha256(b"evx/key/v1\n" + bytes([1 + USES.index(use)]) + key)


class Directory:
    """A text that follows the rules; signatures are checked by load()."""

    def __init__(self, text):
        demand(len(text) <= c2sp.NOTE_BYTES, "too large")
        demand(text.endswith(b"\n") and all(c >= 32 or c == 10 for c in set(text)), "not plain lines")
        c2sp.decoded(text, "not UTF-8")
        self.text, self.hash = text, tree.sha256(text)
        self.roots, self.orgs, self.keys, self.inspections = [], {}, {}, {}
        self.members, self.revoked = {}, {}
        lines = iter(text.split(b"\n")[:-1])
        self.head(lines)
        self.sections(list(lines))

    def head(self, lines):
        def line(word):
            start, _, rest = next(lines, b"").partition(b" ")
            demand(start == word and rest, f"no line {word.decode()}")
            return rest

        demand(next(lines, None) == b"evx.directory/v1", "not a directory")
        exchange = line(b"exchange")
        demand(EXCHANGE.fullmatch(exchange), "not an exchange's name")
        self.exchange = exchange.decode()
        self.version = number(line(b"version"))
        demand(self.version > 0, "version 0")
        previous = line(b"previous")
        demand((previous == b"-") == (self.version == 1), "previous belongs to every version but the first")
        self.previous = None if self.version == 1 else unbase64(previous, 32)
        self.issued, self.expires = time_of(line(b"issued")), time_of(line(b"expires"))
        demand(self.issued < self.expires, "expires before it is issued")
        self.min_suite = number(line(b"min-suite"), 2**32 - 1)
        self.threshold = number(line(b"threshold"), 64)
        self.quorum = number(line(b"quorum"), LIMITS["org"])
        demand(self.min_suite and self.threshold, "a zero")

    def sections(self, lines):
        at = 0
        for word, limit in LIMITS.items():
            prefix, start = word.encode() + b" ", at
            while at < len(lines) and lines[at].startswith(prefix):
                demand(at == start or lines[at - 1] < lines[at], "lines are not in order")
                getattr(self, f"read_{word}")(lines[at][len(prefix):])
                at += 1
            demand(at - start <= limit, f"too many lines {word}")
            if word == "root":
                demand(self.threshold <= len(self.roots), "the threshold is beyond the roots")
            if word == "org":
                demand(self.quorum <= len(self.orgs), "the quorum is beyond the organisations")
        demand(at == len(lines), "a line that belongs nowhere")
        demand(all(f in self.keys for f, _ in self.revoked), "an unknown key is revoked")

    def read_root(self, rest):
        root = c2sp.parse_vkey(rest)
        demand(root.type == c2sp.ED25519 and all(root.key != other.key for other in self.roots), "not a new root")
        self.roots.append(root)

    def read_org(self, rest):
        org, role, status, _ = words(rest, 3, named=True)
        demand(identifier(org) not in self.orgs, "an organisation twice")
        self.orgs[identifier(org)] = Org(choice(role, ROLES), choice(status, ("active", "suspended")) == "active")

    def read_key(self, rest):
        org, use, epoch, key, start, end = words(rest, 6)
        key = Key(identifier(org), choice(use, USES), number(epoch, 2**32 - 1), unhex(key, 32), time_of(start),
                  time_of(end), None)
        key = key._replace(fingerprint=fingerprint(key.use, key.key))
        demand(key.org in self.orgs and key.start < key.end, "a key of nobody or for no time")
        for other in self.keys.values():
            demand(other.key != key.key and other[:3] != key[:3], "a key twice")
        self.keys[key.fingerprint] = key

    def read_inspection(self, rest):
        ident, framework, status, opens, closes, _ = words(rest, 5, named=True)
        ident = unhex(ident, 16)
        identifier(framework)
        times = time_of(opens), time_of(closes)
        demand(ident not in self.inspections and times[0] < times[1], "an inspection twice or for no time")
        self.inspections[ident] = (choice(status, ("open", "closed")) == "open", *times)

    def read_member(self, rest):
        inspection, org, rights = words(rest, 3)
        member = unhex(inspection, 16), identifier(org)
        demand(member[0] in self.inspections and member[1] in self.orgs and member not in self.members, "no member")
        given = rights.decode().split(",")
        demand(given == [right for right in RIGHTS if right in given], "not rights in their order")
        self.members[member] = given

    def read_revoked(self, rest):
        key, origin, index, _ = words(rest, 3, named=True)
        key, origin, index = unhex(key, 32), origin.decode(), number(index, MOST)
        known = {self.origin(i) for i in self.inspections}
        demand(origin in known or (origin == "*" and index == 0), "no such log")
        demand((key, origin) not in self.revoked, "revoked twice")
        self.revoked[key, origin] = index

    def origin(self, inspection):
        return f"{self.exchange}/{inspection.hex()}"

    def is_revoked(self, key, origin, index):
        return any((key, o) in self.revoked and self.revoked[key, o] <= index for o in ("*", origin))

    def log_key(self, inspection):
        """The newest log key of an active broker under the inspection's origin."""
        demand(inspection in self.inspections, "no such inspection")
        brokers = [org for org, about in self.orgs.items() if about.role == "broker" and about.active]
        usable = [k for k in self.keys.values() if k.use == "log" and k.org in brokers and
                  not self.is_revoked(k.fingerprint, "*", MOST)]
        demand(usable, "no log key")
        name_, key = self.origin(inspection), max(usable, key=lambda k: k.epoch).key
        return c2sp.Key(name_, 1, tree.sha256(name_.encode() + b"\n\1" + key)[:4], key)


def signed_by_threshold(note, directory):
    verdicts = [c2sp.signed_by(note, root) for root in directory.roots]
    demand(False not in verdicts, "a root's signature is wrong")
    demand(sum(1 for v in verdicts if v) >= directory.threshold, "too few roots signed")


def load(raw, previous=None, pin=None):
    note = c2sp.parse_note(raw)
    directory = Directory(note.text)
    signed_by_threshold(note, directory)
    demand(pin is None or pin == directory.hash, "not the directory that was pinned")
    if previous:
        demand((directory.version, directory.exchange, directory.previous) ==
               (previous.version + 1, previous.exchange, previous.hash), "does not follow")
        demand(directory.issued >= previous.issued, "issued before its predecessor")
        signed_by_threshold(note, previous)
    return directory
