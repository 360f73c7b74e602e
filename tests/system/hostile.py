#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hostile peers against a real broker: every class of attack, counted.

Usage: hostile.py [--long]   --long flips every bit and raises every count.

Each class is one run of the `hostile` tool. After all of them: the log holds
exactly the lawful consignments (0 accepted forgeries), the broker's memory
stayed bounded, it stops cleanly, and fsck finds nothing wrong.
"""
import json
import os
import random
import sys

from fleet import HOSTILE, preloadable, two_agencies
from processes import demand, main, run, wait_until

# class, attempts in tests/run, attempts with --long, keys to use
CLASSES = [
    ("no-key", 64, 1024, "northam-police"),
    ("unknown-key", 64, 1024, "northam-police"),
    ("routing-id", 20, 200, "northam-police"),
    ("stolen", 100, 2000, "northam-police"),
    ("outsider", 50, 500, "eastham-police"),
    ("replay", 500, 20000, "northam-police"),
    ("reordered", 50, 1000, "northam-police"),
    ("fork", 50, 1000, "northam-police"),
    ("equivocation", 20, 200, "northam-police"),
    ("bit-flips", 0, 0, "northam-police"),
    ("truncations", 0, 0, "northam-police"),
    ("oversize", 14, 140, "northam-police"),
    ("garbage", 4000, 200000, "northam-police"),
    ("amplifying", 3, 50, "northam-police"),
    ("before-hello", 20, 200, "northam-police"),
    ("endless", 128, 2048, "northam-police"),
    ("idle", 1000, 3000, "northam-police"),
]
MEMORY_KIB = 256 * 1024


class Arena:
    def __init__(self, long):
        self.long, self.seed = long, random.SystemRandom().randrange(1, 2**32)
        self.fleet = two_agencies()
        self.fleet.add_agency("eastham-police", "police", rights="")  # enrolled, but in no inspection
        self.fleet.add_agency("westham-police", "police")
        self.fleet.make()
        self.fleet.start_broker()
        self.lawful = 0

    def attack(self, name, attempts, org):
        members = self.fleet.members
        done = run([HOSTILE, name, f"tcp://127.0.0.1:{self.fleet.port}", self.fleet.directory, self.fleet.inspection,
                    members[org].keys, members["southam-police"].keys, attempts, self.seed], ok=(0, 1), timeout=900)
        tally = json.loads(done.stdout)
        self.lawful += tally["lawful"]
        codes = " ".join(f"EVX-{code}:{n}" for code, n in tally["codes"].items())
        print(f"{name:13} {tally['attempts']:7} attempts  {tally['refused']:7} refused  {tally['silent']:6} unanswered  "
              f"{tally['accepted']} accepted  {codes}", flush=True)
        demand(self.fleet.broker.alive(), f"{name}: the broker ended\n{self.fleet.broker.log_text()[-1500:]}")
        demand(not tally["failure"], f"{name}: {tally['failure']} (seed {self.seed})")
        demand(tally["accepted"] == 0 and done.returncode == 0, f"{name}: accepted what it must not")

    def check_memory(self):
        peak = self.fleet.broker.status_kib("VmHWM")
        print(f"broker memory: {peak // 1024} MiB at most")
        demand(peak <= MEMORY_KIB, f"the broker took {peak} KiB")

    def check_log(self):
        """What the log holds is what was lawful, no more and no less."""
        lead = self.fleet.members["homes-inspectorate"]
        lead.collect_until_idle()
        senders = {s["id"]: s["consignments"] for s in lead.json("status")["senders"] if s["id"] != lead.org}
        demand(sum(senders.values()) == self.lawful, f"{self.lawful} lawful consignments, the log has {senders}")
        print(f"log: {self.lawful} lawful consignments, 0 others")


def revocation(arena):
    """A key is good until the directory that revokes it is read; never after."""
    fleet = arena.fleet
    arena.attack("lawful", 1, "westham-police")
    keys = (fleet.members["westham-police"].keys / "keys.pub").read_text().splitlines()
    shown = json.loads(fleet.evx("directory", "show", "--json", fleet.directory).stdout)
    changes = [["revoked", key["fingerprint"], "*", "0", "lost machine"] for key in shown["keys"] if key["org"] == "westham-police"]
    demand(len(changes) == len(keys), "every key of the lost machine is to be revoked")
    fleet.next_directory(*changes)
    fleet.broker.child.send_signal(1)
    fleet.wait_for_directory(2)
    arena.attack("refused-key", 32, "westham-police")


def dead_admission(arena):
    """With the admission handler dead nobody gets in, not even who may; the log says so."""
    fleet = arena.fleet
    demand(fleet.broker.stop() == 0, "the broker did not end cleanly")
    fleet.start_broker(env=dict(os.environ, LD_PRELOAD=preloadable(fleet.folder, HOSTILE.parent / "unfit.so"), EVX_TEST_UNFIT="admission"))
    arena.attack("refused-key", 32, "northam-police")
    wait_until(lambda: "EVX-4010" in fleet.broker.log_text(), 30, "the log names EVX-4010")
    fleet.broker.kill()
    fleet.start_broker()
    arena.attack("lawful", 1, "northam-police")


def check_cut_off(arena):
    demand("EVX-4012" in arena.fleet.broker.log_text(), "the log does not name EVX-4012 for the endless message")


def scenario():
    arena = Arena("--long" in sys.argv)
    print(f"seed {arena.seed}, folder {arena.fleet.folder}")
    chosen = [a for a in sys.argv[1:] if not a.startswith("-")]
    for name, few, many, org in CLASSES:
        if not chosen or name in chosen:
            arena.attack(name, many if arena.long else few, org)
    arena.check_memory()
    if not chosen or "endless" in chosen:
        check_cut_off(arena)
    if not chosen or "revoked" in chosen:
        revocation(arena)
    if not chosen or "dead-admission" in chosen:
        dead_admission(arena)
    arena.check_log()
    demand(arena.fleet.broker.stop() == 0, "the broker did not end cleanly")
    print(arena.fleet.fsck().stdout.strip())


if __name__ == "__main__":
    main(scenario)
