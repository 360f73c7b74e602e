#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An item that is erased is gone: from every file, every backup, for every key that is left.

A canary is sent, collected, indexed, disclosed and backed up. Before anything is destroyed
a thief with all files and all keys opens it in two ways, so the search finds what is there.
Then it is erased, certified, the store key rotated, the old ENC epoch destroyed, the broker's
copy dropped: the same thief with everything, the backup included, finds no way, and neither
canary, item key nor consignment key stand in any byte. All proofs verify as before: log,
receipts, the other items, the bundle that was disclosed. A legal hold stops it, and a key that
vanishes without a certificate is named.
"""
import hashlib
import json
import pathlib
import secrets
import shutil
import sqlite3
import sys
import tarfile

from fleet import BIN, missing_episodes, two_agencies
from processes import demand, main, run, scratch_folder
from thief import Thief, chacha20, kdf, x25519

GROUND = ["--ground", "right", "--authority", "made-up decision 7", "--decided-by", "records officer", "--yes"]


class Erasure:
    def __init__(self):
        self.fleet = two_agencies()
        self.fleet.make()
        self.fleet.start_broker()
        self.lead, self.police = self.fleet.members["homes-inspectorate"], self.fleet.members["northam-police"]
        self.outside = scratch_folder("evx-erasure-")  # what was handed over, and what we remember
        self.canary = f"Canary{secrets.token_hex(8)}"
        self.pin = json.loads(self.fleet.evx("directory", "show", "--json", self.fleet.directory).stdout)["hash"]

    def submit(self, name, rows, text, first):
        path = missing_episodes(self.outside / name, rows, circumstances=lambda n: f"{text} number {n}", first=first)
        self.police.run("submit", path)

    def collect(self):
        self.lead.collect_until_idle()
        self.police.run("sync", "--wait", 20)

    def item(self, word):
        hits = self.lead.inspect_json("search", word)["hits"]
        demand(len(hits) == 1, f"{word}: {len(hits)} hits")
        return hits[0]["item_id"]

    def disclose(self, item, name):
        path = self.outside / name
        self.fleet.evx("disclose", item, "--config", self.lead.config, "--out", path, "--purpose", "legal-proceedings",
                       "--for", "made-up court")
        return path

    def verify(self, *paths):
        return run([BIN / "evx", "verify", "--directory", self.fleet.directory, *paths])

    def erase(self, item, ok=(0,)):
        return self.lead.run("erase", item, *GROUND, ok=ok)

    def status(self, ok=(0,)):
        return json.loads(self.lead.run("status", "--json", ok=ok).stdout)["erasures"]


def occurrences(folder, needles):
    """Files below the folder that hold one of the byte strings."""
    hits = []
    for path in pathlib.Path(folder).rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            hits += [f"{path.relative_to(folder)}: {name}" for name, needle in needles.items() if needle in data]
    return hits


def keys_of(bundle, thief):
    """The canary's item key from its bundle, and the consignment key that a wrap gives."""
    with tarfile.open(bundle) as tar:
        names = tar.getnames()
        ik, record = tar.extractfile("key").read(), tar.extractfile("record").read()
    demand(names[0] == "evx-bundle", f"a bundle begins with {names[0]}")
    item, number = record[16:32], int.from_bytes(record[:4], "big")
    for c in thief.consignments.values():
        for wrap in c.wraps if c.number_of(item) == number else []:
            for secret in thief.enc:
                kek = unwrap(c, wrap, secret)
                if kek and kdf(kek, number + 1, b"evxkek_1", 32) == ik:
                    return ik, kek
    raise AssertionError("no wrap gives the item key of the bundle")


def unwrap(c, wrap, secret):
    public = x25519(secret, (9).to_bytes(32, "little"))
    key = hashlib.blake2b(b"evx/wrap/v1\n" + wrap[32:64] + public + c.nonce, digest_size=32,
                          key=x25519(secret, wrap[32:64])).digest()
    payload = chacha20(key, bytes(12), wrap[64:-16])
    return payload[56:88] if payload[:4] == b"EVXW" else None


def check_disclosure(e, canary, other):
    bundles = [e.disclose(canary, "canary.evx"), e.disclose(other, "other.evx")]
    e.verify(*bundles)
    demand((bundles[0].stat().st_mode & 0o777) == 0o600, "others may read the bundle")
    refused = run([BIN / "evx", "disclose", canary, "--config", e.lead.config, "--out", bundles[0], "--purpose",
                   "legal-proceedings", "--for", "made-up court"], ok=(64, 65, 66, 74, 77, 78))
    demand("EVX-5009" in refused.stderr, f"a bundle was overwritten: {refused.stderr}")
    demand(e.canary.encode() not in bundles[1].read_bytes(), "one bundle says something of another item")
    print("2 bundles disclosed; both verify")
    return bundles


def check_hold(e, item):
    placed = json.loads(e.lead.run("hold", "add", "--json", ok=(64,)).stdout or "{}")
    demand(not placed, "a hold on nothing was placed")
    run([e.lead.program, "hold", "add", "--config", e.lead.config, "--item", item, "--reason", "made-up inquiry", "--by",
         "counsel"])
    refused = e.erase(item, ok=(64, 65, 77, 78))
    demand("EVX-3074" in refused.stderr, f"the hold did not stop it: {refused.stderr}")
    demand(e.lead.inspect("evidence", item, "--json").returncode == 0, "a held item was erased")
    run([e.lead.program, "hold", "remove", "1", "--config", e.lead.config, "--by", "counsel"])
    holds = json.loads(run([e.lead.program, "hold", "list", "--config", e.lead.config, "--json"]).stdout)["holds"]
    demand(len(holds) == 1 and holds[0]["lifted"], f"holds are {holds}")
    print("a legal hold stops the erasure until it is lifted")


def check_gone(e, item, other):
    gone = json.loads(e.lead.inspect("evidence", item, "--json").stdout)
    demand(gone["erased"]["step"] == "certified" and gone["erased"]["ground"] == "right", f"shown as {gone}")
    demand(not e.lead.inspect_json("search", e.canary)["hits"], "the canary is still found")
    demand(e.lead.inspect_json("evidence", other)["evidence"], "another item went with it")
    rows = {row["state"] for row in e.police.outbox()}
    demand("erased" in rows and "acknowledged" in rows, f"the agency sees {rows}")
    counts = e.status()
    demand(counts == {"to_destroy": 0, "to_certify": 0, "certified": 1, "unexplained": 0}, f"counted as {counts}")
    print("shown as erased with its certificate; the agency sees it")


def check_proofs(e, bundles):
    """Everything that was proved before is proved still."""
    e.verify(*bundles)
    for row in e.police.outbox():
        receipt = e.outside / f"{row['id']}.receipt"
        if not receipt.exists():
            e.police.run("receipt", row["id"], "--out", receipt, "--entry", f"{receipt}.entry")
        e.verify(receipt)
    e.lead.collect_until_idle()
    print("bundles, receipts and log verify as before")


def next_epoch(e):
    """The next ENC key, by a request signed with the signing key that the directory lists."""
    request, draft = e.outside / "rotate.note", e.fleet.folder / "next.txt"
    e.fleet.evx("keys", "rotate", "enc", "--org", e.lead.org, "--keys", e.lead.keys, "--plain-keys", "--out", request)
    e.fleet.evx("directory", "new", "--from", e.fleet.directory, "--out", draft)
    e.fleet.evx("directory", "rotate", draft, request)
    e.fleet.version += 1
    e.fleet.sign(draft)
    e.fleet.broker.stop()
    e.fleet.start_broker()
    e.collect()


def destroy_old(e):
    early = run([BIN / "evx", "keys", "destroy", "--use", "enc", "--epoch", "1", "--keys", e.lead.keys, "--store",
                 e.lead.state / "store", "--yes"], ok=(64, 65, 77, 78))
    demand("EVX-3077" in early.stderr, f"a key that is needed was destroyed: {early.stderr}")
    e.lead.run("rotate-store-key")
    run([BIN / "evx", "keys", "destroy", "--use", "enc", "--epoch", "1", "--keys", e.lead.keys, "--store",
         e.lead.state / "store", "--yes"])
    size = e.lead.json("status")["log"]["size"]
    e.fleet.broker.stop()
    run(e.fleet.broker_command("retention", "--inspection", e.fleet.inspection, "--before", str(size)))
    e.fleet.fsck()
    e.fleet.start_broker()


def check_incident(e, item):
    """A key that vanishes without a certificate is not taken for an erasure."""
    row = e.lead.inspect_json("evidence", item)["receipt"]
    db = sqlite3.connect(e.lead.state / "store/keys.db")
    slots = bytearray(db.execute("SELECT slots FROM slots WHERE idx = ?", (row["log_index"],)).fetchone()[0])
    slots[72 * row["number"]:72 * (row["number"] + 1)] = bytes(72)
    db.execute("UPDATE slots SET slots = ? WHERE idx = ?", (bytes(slots), row["log_index"]))
    db.commit()
    db.close()
    found = e.lead.run("status", "--json", ok=(65,))
    demand(json.loads(found.stdout)["erasures"]["unexplained"] == 1 and "EVX-3075" in found.stderr, "not named")
    print("a key that vanished without a certificate is named")


def scenario():
    e = Erasure()
    e.submit("others.csv", 12, "Bystander", 1)
    e.submit("canary.csv", 1, e.canary, 200)
    e.collect()
    canary, other = e.item(e.canary), e.lead.inspect_json("search", "Bystander")["hits"][0]["item_id"]
    bundles = check_disclosure(e, canary, other)
    check_hold(e, canary)
    shutil.copytree(e.fleet.folder, e.fleet.folder / "backup", ignore=shutil.ignore_patterns("backup", "root-*"))
    before = Thief(e.fleet.folder)
    item = bytes.fromhex(canary)
    ways = {"wraps": len(before.by_wraps(item)), "slots": len(before.by_slots(item))}
    demand(all(ways.values()), f"the thief cannot open what is there: {ways}")
    ik, kek = keys_of(bundles[0], before)

    e.erase(canary)
    e.collect()
    e.collect()
    check_gone(e, canary, other)
    check_proofs(e, bundles)
    demand(not Thief(e.lead.home).ways(item), "the collector's own files and keys still lead to it")
    demand(Thief(e.lead.home).ways(bytes.fromhex(other)), "and to nothing else either: the thief is broken")

    next_epoch(e)
    destroy_old(e)
    shutil.rmtree(e.fleet.folder / "backup/homes-inspectorate/keys")  # key files are kept apart from backups
    after = Thief(e.fleet.folder)
    demand(after.consignments and after.enc and after.store_keys, "the thief found nothing to try")
    demand(after.ways(bytes.fromhex(other)) > 0, "the thief cannot even open what is kept")
    demand(after.ways(item) == 0, f"{after.ways(item)} ways to what was erased")
    hits = occurrences(e.fleet.folder, {"canary": e.canary.encode(), "item key": ik, "consignment key": kek})
    demand(not hits, f"still there: {hits}")
    print(f"thief before: {ways}; after, with the backup: no way, 0 bytes of canary, item key, consignment key")
    e.verify(*bundles)
    demand(e.lead.inspect_json("evidence", other)["evidence"], "what was kept does not open any more")
    check_incident(e, other)


if __name__ == "__main__":
    sys.exit(main(scenario))
