#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The broker is gone for a while, the line is cut, a collector stands still.

Shows: a submission without a broker is queued (exit 75), again after a restart
of the agency's machine, and drains in order once the broker is there; a line
cut in mid-conversation costs nothing; SIGTERM under load ends every program
cleanly; every start of the broker ends in listening; a collector that stands still holds nobody up and catches up later.
"""
import signal
import time

from fleet import missing_episodes, two_agencies
from processes import Process, Recorder, demand, main

FILES = 12
MEMORY_KIB = 128 * 1024


class Outage:
    def __init__(self):
        self.fleet = two_agencies()
        self.fleet.make()
        self.police, self.lead = self.fleet.members["northam-police"], self.fleet.members["homes-inspectorate"]
        self.number = 0

    def next_file(self, rows=40):
        self.number += 1
        return missing_episodes(self.fleet.folder / f"file-{self.number}.csv", rows, first=self.number * 1000)

    def without_broker(self):
        for _ in range(FILES):
            done = self.police.run("submit", "--wait", 1, self.next_file(), ok=(75,))
            demand("nothing is lost" in done.stderr, "exit 75 without saying that nothing is lost")
        rows = self.police.outbox()
        demand([r["state"] for r in rows] == ["spooled"] * FILES, f"not all queued: {rows}")
        ids = [r["id"] for r in rows]
        self.fleet.start_broker()
        self.lead.start_collector()
        self.fleet.settle([self.police])
        rows = self.police.outbox()
        demand([r["id"] for r in rows] == ids, "the consignments are not those that were queued")
        demand([r["index"] for r in rows] == sorted(r["index"] for r in rows), "drained out of order")
        print(f"{FILES} submissions without a broker: {FILES} queued (exit 75), {FILES} acknowledged afterwards, in order")

    def cut_line(self):
        """Submits through a relay that drops the line again and again."""
        wire = Recorder(self.fleet.port, keep=False)
        self.police.write_config(wire.port)
        cuts = 0
        for _ in range(FILES):
            child = Process("submit", self.police.command("submit", "--wait", 20, self.next_file(400)), self.police.home / "cut.log")
            for pause in (0.01, 0.02, 0.04):
                time.sleep(pause)
                wire.cut()
                wire.mend()
                cuts += 1
            demand(child.child.wait() == 0, f"submit through a broken line ended with {child.child.returncode}\n{child.log_text()[-800:]}")
        self.fleet.settle([self.police])
        self.police.write_config()
        wire.close()
        print(f"{cuts} cuts of the line during {FILES} submissions: all acknowledged")

    def terminate(self):
        """SIGTERM under load: each ends with 0 (or 75 when something is still queued), and goes on afterwards."""
        rounds = 6
        for _ in range(rounds):
            child = Process("submit", self.police.command("submit", "--wait", 20, self.next_file(2000)), self.police.home / "term.log")
            time.sleep(0.05)
            demand(self.fleet.broker.stop() == 0, "the broker did not end cleanly")
            demand(self.lead.daemon.stop() in (0, 75), "the collector did not end cleanly")
            child.child.send_signal(signal.SIGTERM)
            demand(child.child.wait(20) in (0, 75, -15), f"submit ended with {child.child.returncode}\n{child.log_text()[-800:]}")
            self.fleet.start_broker()
            self.lead.start_collector()
            path = self.fleet.folder / f"file-{self.number}.csv"
            self.police.run("submit", path)
        self.fleet.settle([self.police])
        print(f"{rounds} rounds of SIGTERM to broker, collector and submission: nothing lost")

    def restart_often(self):
        """Every start must end in listening: its threads find each other in whatever order they run."""
        rounds = 60
        for _ in range(rounds):
            demand(self.fleet.broker.stop() == 0, "the broker did not end cleanly")
            self.fleet.start_broker()
        print(f"{rounds} starts of the broker: it listened each time")

    def stalled_collector(self):
        self.lead.daemon.child.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        for _ in range(FILES):
            self.police.run("submit", self.next_file(2000))
        took, behind = time.monotonic() - began, FILES * 2000
        peak = self.fleet.broker.status_kib("VmHWM")
        demand(peak <= MEMORY_KIB, f"the broker took {peak} KiB with a collector {behind} items behind")
        self.lead.daemon.child.send_signal(signal.SIGCONT)
        self.fleet.settle([self.police])
        print(f"a collector {behind} items behind: submissions went on ({took:.1f} s), broker memory {peak // 1024} MiB at most, "
              "caught up afterwards")

    def compare(self):
        rows = self.police.outbox()
        items = sum(r["items"] for r in rows)
        stored = self.lead.stored()[self.police.org]
        demand(stored["accepted"] == items and stored["consignments"] == len(rows), f"outbox {len(rows)} / {items}, store {stored}")
        demand(all(r["state"] == "acknowledged" for r in rows), "not everything was acknowledged")
        print(f"{len(rows)} consignments, {items} items: outbox and store agree")


def scenario():
    outage = Outage()
    outage.without_broker()
    outage.cut_line()
    outage.terminate()
    outage.restart_often()
    outage.stalled_collector()
    outage.compare()
    for process in (outage.lead.daemon, outage.fleet.broker):
        demand(process.stop() == 0, f"{process.name} did not end cleanly")
    print(outage.fleet.fsck().stdout.strip())


if __name__ == "__main__":
    main(scenario)
