#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A whole inspection leaves the exchange as a folder and is verified elsewhere.

Shows: what broker and inspectorate export holds for `evx verify` and for the
independent verifier, with receipts, statements, a change of the directory and
witnesses; the commands need no key and no process; with one byte changed, an
entry left out, a statement cut or another log's receipt it does not hold; nothing
that was sealed stands in the folder; opening the statements is on record.
"""
import json
import pathlib
import shutil
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "interop"))
import directory  # noqa: E402
import inspection  # noqa: E402
from fleet import Fleet, missing_episodes  # noqa: E402
from processes import demand, main, run  # noqa: E402
from refusal import Refused  # noqa: E402

POLICE, COUNCIL, LEAD, SECOND = "northam-police", "northam-council", "homes-inspectorate", "health-inspectorate"


class Scene:
    def __init__(self):
        self.fleet = Fleet(quorum=1)
        self.police = self.fleet.add_agency(POLICE, "police", rights="send,witness")
        self.council = self.fleet.add_agency(COUNCIL, "social-care")
        self.lead = self.fleet.add_inspectorate(LEAD, rights="send,receive,witness")
        self.fleet.make()
        self.fleet.start_broker()
        self.files = 0

    def submit(self, rows=5):
        self.files += 1
        path = missing_episodes(self.fleet.folder / f"episodes-{self.files}.csv", rows, first=1 + 100 * self.files)
        self.police.run("submit", path)

    def settle(self):
        self.lead.collect_until_idle()
        self.police.run("sync", "--wait", 30)
        self.lead.collect_until_idle()

    def fill(self):
        for _ in range(3):
            self.submit()
        self.settle()
        self.fleet.next_directory(["org", SECOND, "inspectorate", "active", "Made-up second inspectorate"])
        self.fleet.broker.child.send_signal(signal.SIGHUP)
        self.fleet.wait_for_directory(2)
        self.submit()
        self.police.run("complete", "--final")
        self.settle()
        self.settle()


def verified(scene, folder, *words, ok=(0,)):
    return json.loads(scene.fleet.evx("verify", "--json", *words, folder, ok=ok).stdout)["files"][0]


def check_broker_export(scene):
    folder = scene.fleet.folder / "from-broker"
    run(scene.fleet.broker_command("export-log", "--inspection", scene.fleet.inspection, folder))
    collected = scene.fleet.folder / "from-inspectorate"
    shutil.copytree(collected / "directory", folder / "directory")
    told = verified(scene, folder, "--directory", scene.fleet.directory)
    demand(told["holds"] and told["faults"] == 0, f"the broker's export does not hold: {told}")
    print(f"the broker's export holds: {told['entries']} entries, {told['grade']}")


def check_export(scene):
    folder = scene.fleet.folder / "from-inspectorate"
    told = scene.lead.json("export", "--statements", "--purpose", "quality-assurance", "--for", "the inspectorate", folder)
    demand(told["directories"] == 2 and told["statements"] == 1, f"not everything was exported: {told}")
    pin = directory.load(scene.fleet.directory.read_bytes()).hash.hex()
    shown = verified(scene, folder, "--pin", pin)
    claims = [c["text"] for c in shown["claims"] if c["claim"] == "proved"]
    demand(shown["holds"] and shown["directories"] == 2 and shown["faults"] == 0, f"{shown}")
    demand(any(c.startswith(f"complete: {POLICE}") for c in claims), f"not complete: {claims}")
    demand(not any(c["claim"] == "assumed" for c in shown["claims"]), "something was assumed although a pin was given")
    independent = inspection.verify(folder, bytes.fromhex(pin))
    demand(independent["entries"] == shown["size"] and independent["statements"] == 1, f"{independent}")
    print(f"holds for both verifiers: {independent}")
    return folder


def check_nothing_sealed(scene, folder):
    """Statements carry their own keys; no evidence, no plain word of any is there."""
    words = [b"Madeup", b"MIS-", b"missing-episode", b"Police (made up)"]
    for path in folder.rglob("*"):
        if path.is_file():
            raw = path.read_bytes()
            demand(not any(w in raw for w in words[:3]), f"{path.name} holds something of the evidence")
    shown = scene.lead.inspect("audit", "--json").stdout
    demand("export of statements" in shown, "the opening of the statements is not on record")


def both_refuse(scene, folder, what):
    ours = scene.fleet.evx("verify", folder, ok=(0, 65)).returncode
    try:
        inspection.verify(folder)
        theirs = 0
    except (Refused, OSError, KeyError):
        theirs = 1
    demand(ours == 65 and theirs == 1, f"{what}: ours {ours}, theirs {theirs}")


def check_altered(scene, folder):
    altered = 0
    for name in ("checkpoint", "directory/1", "directory/2", "tile/0", "tile/entries", "statements"):
        path = folder / name
        path = path if path.is_file() else next(p for p in sorted(path.rglob("*")) if p.is_file())
        raw = path.read_bytes()
        for at in (9, len(raw) // 3, len(raw) // 2):
            path.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1:])
            both_refuse(scene, folder, f"{path.name} with byte {at} changed")
            altered += 1
        path.write_bytes(raw)
    tile = next(p for p in sorted((folder / "tile/entries").rglob("*")) if p.is_file())
    raw = tile.read_bytes()
    tile.write_bytes(raw[2 + int.from_bytes(raw[:2], "big"):])
    both_refuse(scene, folder, "the first entry left out")
    tile.write_bytes(raw)
    demand(verified(scene, folder)["holds"], "put back, but it does not hold")
    print(f"{altered + 1} alterations, none accepted by either")


def check_receipts(scene, folder):
    """The agency's receipt is found in the inspectorate's copy of the log; a stranger's is not."""
    row = scene.police.outbox()[0]
    (folder / "receipts").mkdir()
    receipt = folder / "receipts" / "one"
    scene.police.run("receipt", row["id"], "--out", receipt, "--entry", f"{receipt}.entry")
    demand(verified(scene, folder)["receipts"] == 1, "the receipt was not compared")
    entry = pathlib.Path(f"{receipt}.entry")
    raw = entry.read_bytes()
    entry.write_bytes(raw[:5] + bytes([raw[5] ^ 1]) + raw[6:])
    demand(not verified(scene, folder, ok=(65,))["holds"], "a receipt for something else was taken")
    print("a receipt beside the log is compared with it")


def scenario():
    scene = Scene()
    scene.fill()
    folder = check_export(scene)
    check_broker_export(scene)
    check_nothing_sealed(scene, folder)
    scene.fleet.broker.stop()
    check_altered(scene, folder)
    check_receipts(scene, folder)


if __name__ == "__main__":
    sys.exit(main(scenario))
