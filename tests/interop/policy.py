# SPDX-License-Identifier: Apache-2.0
"""c2sp.org/tlog-policy: whose word a checkpoint needs, and which it has."""
import base64
import collections

import c2sp
from base64_strict import number
from refusal import Refused, demand

LOGS, WITNESSES, NAMES = 32, 256, 1024

Grade = collections.namedtuple("Grade", "checkpoint level cosigned witnesses needed reached time")
Name = collections.namedtuple("Name", "key members needed start end")  # a witness has a key, a group members


class Policy:
    def __init__(self):
        self.logs, self.names, self.quorum, self.listed, self.beyond = [], {}, None, set(), 0

    def add_log(self, key):
        demand(key.type == c2sp.ED25519 and all(key.key != k.key for k in self.logs), "no new log key")
        demand(len(self.logs) < LOGS, "too many logs")
        self.logs.append(key)

    def add_name(self, name):
        demand(0 < len(name) < 256 and name != b"none" and name not in self.names, "no new name")
        demand(len(self.names) < NAMES, "too many names")

    def add_witness(self, name, key, start=None, end=None):
        witnesses = [n.key for n in self.names.values() if n.key]
        demand(key.type == c2sp.COSIGNATURE and all(key.key != k.key for k in witnesses), "no new witness key")
        demand(len(witnesses) < WITNESSES, "too many witnesses")
        self.add_name(name)
        self.names[name] = Name(key, None, 1, start, end)

    def add_group(self, name, members, needed):
        self.add_name(name)
        demand(0 < needed <= len(members) <= WITNESSES, "no such group")
        demand(len(set(members)) == len(members) and not self.listed & set(members), "a member twice")
        demand(all(m in self.names for m in members), "an unknown member")
        self.listed |= set(members)
        self.names[name] = Name(None, members, needed, None, None)

    def text(self):
        """In its one spelling; refused when it cannot be said."""
        demand(not self.beyond, "the quorum asks for more than there are")
        lines = [b"log " + vkey_text(k) for k in self.logs]
        lines += [b"witness " + name + b" " + vkey_text(n.key) for name, n in self.names.items() if n.key]
        lines += [b"group %s %d " % (name, n.needed) + b" ".join(n.members)
                  for name, n in self.names.items() if not n.key]
        return b"\n".join(lines + [b"quorum " + (self.quorum or b"none"), b""])

    # --- grading ---

    def hear(self, name, note):
        """The time since which a name has cosigned, or None."""
        about = self.names[name]
        if not about.key:
            times = [t for t in (self.hear(m, note) for m in about.members) if t is not None]
            return min(times) if len(times) >= about.needed else None
        verdict = c2sp.signed_by(note, about.key)
        if not verdict or verdict[1] > c2sp.MOST // 1000:
            return None
        time = verdict[1] * 1000
        inside = (about.start is None or about.start <= time) and (about.end is None or time < about.end)
        return verdict[1] if inside else None

    def grade(self, raw):
        note = c2sp.parse_note(raw)
        checkpoint = c2sp.parse_checkpoint(note.text)
        logs = [k for k in self.logs if k.name == checkpoint.origin]
        verdicts = [c2sp.signed_by(note, k) for k in logs]
        demand(any(verdicts) and False not in verdicts, "not signed by the log")
        witnesses = [n.key for n in self.names.values() if n.key]
        demand(all(c2sp.signed_by(note, k) is not False for k in witnesses), "a cosignature is wrong")
        top = self.names.get(self.quorum)
        members = [n for n in self.names if n not in self.listed] if not top else top.members or [self.quorum]
        needed = self.beyond or (top.needed if top else 0)
        times = sorted(t for t in (self.hear(m, note) for m in members) if t is not None)
        reached = len(times) >= needed
        level = "operator-only" if not times else "witnessed" if reached else "partly-witnessed"
        return Grade(checkpoint, level, len(times), len(members), needed, reached,
                     times[len(times) // 2] if times else 0)


def vkey_text(key):
    return b"%s+%s+%s" % (key.name.encode(), key.keyid.hex().encode(), base64.b64encode(bytes([key.type]) + key.key))


def parse(raw):
    demand(len(raw) <= c2sp.NOTE_BYTES and raw.endswith(b"\n"), "not lines")
    demand(all(c in (9, 10) or (c >= 32 and c != 127) for c in set(raw)), "control characters")
    policy, seen = Policy(), False
    for line in raw.split(b"\n")[:-1]:
        words = [w for w in line.replace(b"\t", b" ").split(b" ") if w]
        if not words or words[0].startswith(b"#"):
            continue
        kind, rest = words[0], words[1:]
        if kind == b"log" and len(rest) in (1, 2):
            policy.add_log(c2sp.parse_vkey(rest[0]))
        elif kind == b"witness" and len(rest) in (2, 3):
            policy.add_witness(rest[0], c2sp.parse_vkey(rest[1]))
        elif kind == b"group" and len(rest) > 2:
            members = rest[2:]
            needed = {b"any": 1, b"all": len(members)}.get(rest[1])
            policy.add_group(rest[0], members, number(rest[1], len(members)) if needed is None else needed)
        elif kind == b"quorum" and len(rest) == 1 and not seen:
            seen = True
            demand(rest[0] == b"none" or rest[0] in policy.names, "an unknown quorum")
            policy.quorum = None if rest[0] == b"none" else rest[0]
        else:
            raise Refused("not a policy's line")
    demand(seen, "no quorum")
    return policy


def of_directory(directory, inspection):
    """The policy that a directory states for one inspection (docs/protocol.md)."""
    policy, voices = Policy(), []
    policy.add_log(directory.log_key(inspection))
    origin = directory.origin(inspection)
    for org, about in directory.orgs.items():
        names = []
        for key in directory.keys.values():
            if (key.org, key.use) != (org, "wit") or not about.active:
                continue
            if "witness" not in directory.members.get((inspection, org), ()):
                continue
            if directory.is_revoked(key.fingerprint, origin, c2sp.MOST):
                continue
            names.append(f"{org}/{key.epoch}".encode())
            policy.add_witness(names[-1], cosigner(org, key.key), key.start, key.end)
        if len(names) > 1:
            policy.add_group(f"{org}/any".encode(), names, 1)
            names.append(f"{org}/any".encode())
        voices += names[-1:]
    wanted = directory.quorum
    policy.beyond = wanted if wanted > len(voices) else 0
    if wanted and voices:
        policy.add_group(b"witnesses/all", voices, min(wanted, len(voices)))
        policy.quorum = b"witnesses/all"
    return policy


def cosigner(name, key):
    body = bytes([c2sp.COSIGNATURE]) + key
    return c2sp.Key(name, c2sp.COSIGNATURE, c2sp.tree.sha256(name.encode() + b"\n" + body)[:4], key)
