#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SIGKILL at random points, each role, under load.

Usage: kill.py [KILLS] [SEED]   (200 kills unless given)

Two agencies submit file after file; broker, collector and submitting programs
are killed without warning. A submission that was killed is tried again with the
same file, as a person would. At the end outboxes, log and store are compared:
nothing acknowledged is lost, nothing took effect twice, every receipt that was
ever given still holds at the same place of the log.
"""
import random
import sys
import threading
import time

from fleet import missing_episodes, two_agencies
from processes import Failed, Process, demand, main, wait_until

ROWS = 25


class Agency(threading.Thread):
    """Submits made-up files until told to end; each until the program says that it is safe."""

    def __init__(self, member, folder, seed):
        super().__init__(daemon=True)
        self.member, self.folder, self.rng = member, folder, random.Random(seed)
        self.ending, self.current, self.lock = threading.Event(), None, threading.Lock()
        self.files, self.tries, self.error = 0, 0, None

    def run(self):
        try:
            while not self.ending.is_set():
                self.submit_one()
        except (Failed, OSError) as why:
            self.error = why

    def submit_one(self):
        path = missing_episodes(self.folder / f"{self.member.org}-{self.files}.csv", ROWS, first=1 + self.files * ROWS)
        for _ in range(200):
            with self.lock:
                self.tries += 1
                self.current = Process(f"{self.member.org} submit", self.member.command("submit", "--wait", 2, path),
                                       self.member.home / "submit.log")
            code = self.current.child.wait()
            if code in (0, 75):
                self.files += 1
                return
            demand(code == -9, f"{self.member.org}: submit ended with {code}\n{self.current.log_text()[-800:]}")
        raise Failed(f"{self.member.org}: {path.name} could not be submitted in 200 tries")

    def kill_current(self):
        """True if a submission was running and was killed in it."""
        with self.lock:
            process = self.current
        if process is None or not process.alive():
            return False
        process.child.kill()
        return process.child.wait() == -9


class Storm:
    def __init__(self, seed):
        self.rng, self.fleet = random.Random(seed), two_agencies()
        self.fleet.make()
        self.lead = self.fleet.members["homes-inspectorate"]
        self.fleet.start_broker()
        self.lead.start_collector()
        self.agencies = [Agency(self.fleet.members[org], self.fleet.folder, seed + n)
                         for n, org in enumerate(("northam-police", "southam-police"))]
        self.kills = {"broker": 0, "collector": 0, "northam-police": 0, "southam-police": 0}
        self.seen = {}  # consignment id -> log index, from the moment a receipt was shown

    def strike(self, role):
        """Kills one process of the role; True if it was alive."""
        if role == "broker":
            self.fleet.broker.kill()
            time.sleep(self.rng.choice([0, 0, 0.2]))
            self.fleet.start_broker()
            return True
        if role == "collector":
            alive = self.lead.daemon.alive()
            self.lead.daemon.kill()
            self.lead.start_collector()
            return alive
        return self.agencies[0 if role == "northam-police" else 1].kill_current()

    def check_alive(self):
        demand(self.fleet.broker.alive(), f"the broker ended by itself\n{self.fleet.broker.log_text()[-1500:]}")
        demand(self.lead.daemon.alive(), f"the collector ended by itself\n{self.lead.daemon.log_text()[-1500:]}")
        for agency in self.agencies:
            if agency.error:
                raise agency.error

    def note_receipts(self):
        for agency in self.agencies:
            for row in agency.member.outbox():
                if "index" in row:
                    before = self.seen.setdefault(row["id"], row["index"])
                    demand(before == row["index"], f"{row['id']} was at {before} and is now at {row['index']}")

    def rage(self, kills):
        for agency in self.agencies:
            agency.start()
        end = time.monotonic() + kills * 5
        while sum(self.kills.values()) < kills:
            demand(time.monotonic() < end, f"only {self.kills} in the time allowed")
            time.sleep(self.rng.uniform(0.01, 0.35))
            self.check_alive()
            role = self.rng.choice(list(self.kills))
            self.kills[role] += self.strike(role)
            if sum(self.kills.values()) % 20 == 0:
                self.note_receipts()

    def calm(self):
        for agency in self.agencies:
            agency.ending.set()
        for agency in self.agencies:
            agency.join(120)
            demand(not agency.is_alive() and not agency.error, f"{agency.member.org} did not end: {agency.error}")
        self.fleet.settle(seconds=120)

    def compare(self):
        self.note_receipts()
        senders = wait_until(self.collected, 60, "the collector has everything")
        rows_total = 0
        for agency in self.agencies:
            rows, org = agency.member.outbox(), agency.member.org
            items, expected = sum(r["items"] for r in rows), agency.files * ROWS
            rows_total += expected
            demand(items == expected, f"{org}: {expected} rows were submitted, the outbox has {items}")
            demand(all(r["state"] == "acknowledged" and not r["items_rejected"] for r in rows), f"{org}: not all acknowledged")
            demand(len({r["index"] for r in rows}) == len(rows), f"{org}: two consignments at one place of the log")
            demand(senders[org]["consignments"] == len(rows) and senders[org]["accepted"] == items,
                   f"{org}: outbox {len(rows)} / {items}, store {senders[org]}")
        demand(set(self.seen) == {r["id"] for a in self.agencies for r in a.member.outbox()}, "a receipt was forgotten")
        evidence = self.lead.inspect_json("summary")["evidence"]
        demand(evidence == rows_total, f"{rows_total} rows were submitted, {evidence} pieces of evidence stand")
        return rows_total

    def collected(self):
        senders = self.lead.stored()
        done = all(senders.get(a.member.org, {}).get("consignments") == len(a.member.outbox()) for a in self.agencies)
        return senders if done else None

    def verify_all(self):
        folder = self.fleet.folder / "receipts"
        folder.mkdir()
        for agency in self.agencies:
            for row in agency.member.outbox():
                path = folder / row["id"]
                agency.member.run("receipt", row["id"], "--out", path, "--entry", f"{path}.entry")
        receipts = [p for p in folder.iterdir() if p.suffix != ".entry"]
        for at in range(0, len(receipts), 200):
            self.fleet.evx("verify", "--directory", self.fleet.directory, *receipts[at:at + 200])
        return len(receipts)


def scenario():
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(2**32)
    storm = Storm(seed)
    print(f"seed {seed}, folder {storm.fleet.folder}", flush=True)
    storm.rage(kills)
    storm.calm()
    rows, receipts = storm.compare(), storm.verify_all()
    for process in (storm.lead.daemon, storm.fleet.broker):
        demand(process.stop() == 0, f"{process.name} did not end cleanly")
    print(storm.fleet.fsck().stdout.strip())
    print(f"kills: {', '.join(f'{n} {role}' for role, n in storm.kills.items())}; {sum(a.tries for a in storm.agencies)} submissions "
          f"tried for {sum(a.files for a in storm.agencies)} files")
    print(f"{rows} rows, {receipts} receipts: 0 acknowledged lost, 0 duplicate effects, 0 receipts moved")


if __name__ == "__main__":
    main(scenario)
