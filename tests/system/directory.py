#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The life of a directory while evidence flows: rotation, revocation, new roots, expiry, freeze.

Real programs, real keys. What is shown: an agency changes all its keys without losing
an item; a revoked key is good before its cut-off and nowhere after; new roots are taken
only with the signatures of the old; an expired directory stops sending with its code;
neither broker nor agent goes back to an older directory, and who serves one is noticed.
"""
import datetime
import hashlib
import json
import os
import secrets
import shutil
import signal
import time

from fleet import missing_episodes, two_agencies
from processes import Failed, demand, main, run, wait_until


def in_seconds(seconds):
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return when.strftime("%Y-%m-%dT%H:%M:%S.000Z")


class Life:
    def __init__(self):
        self.fleet = two_agencies()
        self.north, self.south = (self.fleet.members[f"{p}-police"] for p in ("northam", "southam"))
        self.lead = self.fleet.members["homes-inspectorate"]
        self.rows = 0

    def submit(self, member, ok=(0,)):
        self.rows += 3
        export = missing_episodes(self.fleet.folder / f"export-{self.rows}.csv", 3, first=self.rows)
        return member.run("submit", "--wait", "20", export, ok=ok)

    def settled(self, member):
        self.fleet.settle([member])
        rows = member.outbox()
        demand(rows and all(r["state"] == "acknowledged" for r in rows), f"{member.org}: not everything acknowledged: {rows}")
        return rows

    def publish(self, *changes, signers=(1, 2), edit=None, names=()):
        """A further version, signed by these roots; the broker reads it. Changes are `evx directory` command lines."""
        fleet = self.fleet
        draft, fleet.version = fleet.folder / "next.txt", fleet.version + 1
        fleet.evx("directory", "new", "--from", fleet.directory, "--out", draft)
        for verb, *words in changes:
            fleet.evx("directory", verb, *[draft if w is DRAFT else w for w in words])
        if edit:
            draft.write_text(edit(draft.read_text(encoding="utf-8")), encoding="utf-8")
        note = fleet.folder / f"directory-{fleet.version}.note"
        for i, n in enumerate(signers):
            name = ["--name", f"root-{n}"] if n in names else []
            where = ["--out", note] if i == 0 else []
            fleet.evx("directory", "sign", draft if i == 0 else note, "--key", fleet.folder / f"root-{n}/root.key", *where, *name)
        fleet.evx("directory", "verify", note, "--previous", fleet.directory)
        shutil.copy(fleet.directory, fleet.folder / "directory-before.note")
        os.replace(note, fleet.directory)
        fleet.broker.child.send_signal(signal.SIGHUP)
        fleet.wait_for_directory(fleet.version)

    def shown(self):
        return json.loads(self.fleet.evx("directory", "show", "--json", self.fleet.directory).stdout)

    def fingerprint(self, org, use):
        """Of the newest epoch that is listed."""
        keys = [k for k in self.shown()["keys"] if k["org"] == org and k["use"] == use]
        return max(keys, key=lambda k: int(k["epoch"]))["fingerprint"]


DRAFT = object()  # stands for the draft's path


def rotate(life):
    """New sig, enc and trn keys for an agency, a new enc key for the inspectorate, while evidence flows."""
    fleet, changes = life.fleet, []
    for member, uses in ((life.north, ("sig", "enc", "trn")), (life.lead, ("enc",))):
        for use in uses:
            request = fleet.folder / f"{member.org}-{use}.note"
            fleet.evx("keys", "rotate", use, "--org", member.org, "--keys", member.keys, "--plain-keys", "--out", request)
            changes.append(("rotate", DRAFT, request))
    life.submit(life.north)
    life.publish(*changes)
    life.submit(life.north)  # still with the old keys: this conversation brings the new directory
    collector = life.lead.daemon
    life.submit(life.north)
    # It began before the rotation: it ends rather than refuse what its new key opens.
    wait_until(lambda: not collector.alive(), 30, "the collector that lacks the new key ends")
    demand("EVX-3067" in collector.log_text(), f"the collector ended otherwise: {collector.log_text()[-800:]}")
    life.lead.start_collector()
    rows = life.settled(life.north)
    newest = max(rows, key=lambda r: r["index"])
    entry = fleet.folder / "entry"
    life.north.run("receipt", newest["id"], "--out", fleet.folder / "receipt", "--entry", entry)
    raw = entry.read_bytes()
    demand(bytes.fromhex(life.fingerprint(life.north.org, "sig")) in raw, "the newest entry is signed with the new key")
    demand(bytes.fromhex(life.fingerprint(life.lead.org, "enc")) in raw, "and sealed to the new key")
    print(f"rotation: {len(rows)} consignments acknowledged through new sig, enc and trn keys")


def revoke(life):
    """Good before the cut-off, nowhere after it."""
    life.submit(life.south)
    before = life.settled(life.south)
    cut_off = max(r["index"] for r in before) + 1
    life.publish(("revoke", DRAFT, life.fingerprint(life.south.org, "sig"), "--log", life.fleet.inspection,
                  "--from", cut_off, "--reason", "lost machine"))
    life.submit(life.south, ok=(65, 69, 73, 75, 76, 77, 78))
    last = life.south.outbox()
    refused = [r for r in last if r["code"] == "EVX-2007"]
    demand(len(refused) == 1, f"the next one is refused as revoked: {last}")
    demand(sum(r["state"] == "acknowledged" for r in last) == len(before), "what was before the cut-off stays")
    print(f"revocation: {len(before)} before index {cut_off} stand, the next is refused (EVX-2007)")


def new_log(life):
    """A lost log is replaced by a new inspection; what nobody acknowledged is named by its file."""
    export = life.fleet.folder / f"export-{life.rows}.csv"
    told = life.south.json("carry-over")
    digests = [f["digest"] for f in told["files"]]
    demand(told["consignments"] == 1 and digests == [hashlib.blake2b(export.read_bytes(), digest_size=32).hexdigest()],
           f"the file that was refused is to be submitted again: {told}")
    demand(life.north.json("carry-over")["files"] == [], "what was acknowledged is not")
    fresh = secrets.token_hex(16)
    life.publish(("replace", DRAFT, life.fleet.inspection, "--id", fresh, "--reason", "rehearsal"))
    done = life.submit(life.north, ok=tuple(range(1, 128)))
    demand("EVX-2016" in done.stdout + done.stderr, "the old inspection is closed")
    life.fleet.inspection = fresh
    for member in life.fleet.members.values():
        member.state = member.home / "state-2"
        member.write_config()
    life.lead.daemon.stop()
    life.lead.start_collector()
    life.submit(life.north)
    life.settled(life.north)
    print("replacement: the old inspection closed, the new one takes evidence under a new origin")


def new_roots(life):
    """Root 4, 5 and 6 instead of 1, 2 and 3: neither threshold alone is enough."""
    fleet = life.fleet
    for n in (4, 5, 6):
        fleet.evx("keys", "new", "--root", f"root-{n}", "--keys", fleet.folder / f"root-{n}", "--plain-keys")
    changes = [("root", "add", DRAFT, fleet.folder / f"root-{n}/root.pub") for n in (4, 5, 6)]
    changes += [("root", "remove", DRAFT, f"root-{n}") for n in (1, 2, 3)]
    for short in ((4, 5), (4, 5, 1)):
        try:
            life.publish(*changes, signers=short, names=(1, 2, 3))
        except Failed as refused:
            demand("EVX-3031" in str(refused), f"refused for another reason: {refused}")
            fleet.version -= 1
            continue
        raise Failed(f"roots changed with the signatures of {short}")
    life.publish(*changes, signers=(4, 5, 1, 2), names=(1, 2, 3))
    life.publish(signers=(5, 6))
    life.submit(life.north)
    life.settled(life.north)
    print("roots: changed with the old threshold and the new, refused with less")


def no_way_back(life):
    """Neither the broker nor an agent takes an older directory again."""
    fleet = life.fleet
    newest = fleet.directory.read_bytes()
    shutil.copy(fleet.folder / "directory-before.note", fleet.directory)
    fleet.broker.child.send_signal(signal.SIGHUP)
    wait_until(lambda: "DIR-REFUSED" in fleet.broker.log_text(), 20, "the broker refuses the older file")
    shutil.rmtree(life.north.state / "directory")
    done = life.north.run("sync", "--wait", "5", ok=tuple(range(1, 128)))
    demand("EVX-3062" in done.stderr, f"the agent goes back: {done.stderr}")
    fleet.directory.write_bytes(newest)
    life.north.run("sync", "--wait", "20")
    print("no way back: broker and agent keep to the newest (EVX-3062)")


def frozen(life):
    """A broker put back to an older state serves an older directory: the agents say so."""
    fleet = life.fleet
    demand(fleet.broker.stop() == 0, "the broker did not end cleanly")
    backup, older = fleet.folder / "backup", fleet.directory.read_bytes()
    shutil.copytree(fleet.broker_state, backup)
    fleet.start_broker()
    life.publish(signers=(5, 6))
    life.north.run("sync", "--wait", "20")
    demand(life.north.json("status")["directory"]["version"] == fleet.version, "the agent has the new one")
    demand(fleet.broker.stop() == 0, "the broker did not end cleanly")
    newest, state = fleet.directory.read_bytes(), fleet.folder / "state-kept"
    os.rename(fleet.broker_state, state)
    shutil.copytree(backup, fleet.broker_state)
    fleet.directory.write_bytes(older)
    fleet.start_broker()
    fleet.directory.write_bytes(newest)
    life.north.run("sync", "--wait", "3", ok=tuple(range(0, 128)))
    alarm = life.north.json("status")["directory"]["alarm"]
    demand(alarm == "EVX-3063", f"the agent does not notice: {alarm}")
    fleet.broker.stop()
    # Its directories alone put back: its own log says what it had adopted.
    shutil.rmtree(fleet.broker_state)
    os.rename(state, fleet.broker_state)
    os.rename(fleet.broker_state / "directory", fleet.folder / "directories-kept")
    fleet.directory.write_bytes(older)
    done = run(fleet.broker_command("run"), ok=tuple(range(1, 128)), timeout=60)
    demand("EVX-3062" in done.stdout + done.stderr, f"the broker runs under an older directory: {done.stderr}")
    shutil.rmtree(fleet.broker_state / "directory")
    os.rename(fleet.folder / "directories-kept", fleet.broker_state / "directory")
    fleet.directory.write_bytes(newest)
    fleet.start_broker()
    print("freeze: an older directory is noticed by the agents (EVX-3063) and by the broker's own log (EVX-3062)")


def expiry(life):
    """Nothing is sent under a directory that has expired; a new one ends it."""
    def soon(text):
        return "".join(f"expires {in_seconds(8)}\n" if line.startswith("expires ") else line
                       for line in text.splitlines(keepends=True))
    life.publish(signers=(5, 6), edit=soon)
    life.south.run("sync", "--wait", "3", ok=tuple(range(0, 128)))
    demand(life.south.json("status")["directory"]["alarm"] == "EVX-3033", "status warns before the end")
    time.sleep(9)
    done = life.submit(life.south, ok=tuple(range(1, 128)))
    demand("EVX-3033" in done.stdout + done.stderr, f"it is sent all the same: {done.stderr}")
    print("expiry: refused with EVX-3033")


def scenario():
    life = Life()
    life.fleet.make()
    life.fleet.start_broker()
    life.lead.start_collector()
    life.submit(life.north)
    life.settled(life.north)
    for act in (rotate, revoke, new_log, new_roots, no_way_back, frozen, expiry):
        act(life)
    ledger = life.fleet.evx("directory", "log", "--json", life.fleet.folder / "directory.ledger")
    print(f"ledger: {json.loads(ledger.stdout)['lines']} operations, whole")
    demand(life.fleet.broker.stop() == 0, "the broker did not end cleanly")
    print(life.fleet.fsck().stdout.strip())


if __name__ == "__main__":
    main(scenario)
