#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Mistakes of people who run the exchange, each met with its own code and remedy.

Two brokers on one port, an old backup restored, a store of a newer program, a
machine that is not enrolled, the wrong broker, readable keys, a damaged key, a
clock in another decade … Nothing is lost by any of them and each program says
what mends it.
"""
import json
import os
import re
import shutil
import socket
import sqlite3

from fleet import BIN, Fleet, missing_episodes, preloadable, two_agencies
from processes import Process, demand, main, run, wait_until

ANY = tuple(range(1, 256))  # any failure


def says(done, *codes):
    """The output names one of the codes, and what mends it."""
    text = done.stdout + done.stderr
    code = next((c for c in codes if c in text), None)
    demand(code, f"{' or '.join(codes)} expected\n{text[-1500:]}")
    known = json.loads(run([BIN / "evx", "explain", code, "--json"]).stdout)
    demand(known["remedy"][:30] in text, f"{code} without its remedy\n{text[-1500:]}")
    print(f"{code}: {known['what']}")


class Mistakes:
    def __init__(self):
        self.fleet = two_agencies()
        self.fleet.make()
        self.fleet.start_broker()
        self.police, self.lead = self.fleet.members["northam-police"], self.fleet.members["homes-inspectorate"]
        self.files = 0

    def submit(self, ok=(0,), wait=20):
        self.files += 1
        path = missing_episodes(self.fleet.folder / f"m-{self.files}.csv", 5, first=self.files * 10)
        return self.police.run("submit", "--wait", wait, path, ok=ok)

    # --- the broker's operator ---

    def second_broker(self):
        f = self.fleet
        says(run(f.broker_command("run"), ok=ANY), "EVX-4014")
        other = f.folder / "other.yaml"
        other.write_text((f.broker_home / "evx.yaml").read_text().replace(str(f.broker_state), str(f.folder / "other-state")))
        says(run([BIN / "evx-broker", "run", "--config", other], ok=ANY), "EVX-4013")

    def old_backup(self):
        """Journals from before the last signature: never signed over, never served as the log."""
        f = self.fleet
        self.submit()
        f.broker.stop()
        backup = f.folder / "backup"
        shutil.copytree(f.broker_state, backup)
        f.start_broker()
        self.submit()
        f.broker.stop()
        newest = f.folder / "newest"
        shutil.copytree(f.broker_state, newest)
        shutil.rmtree(f.broker_state / f.inspection)
        shutil.copytree(backup / f.inspection, f.broker_state / f.inspection)
        says(run(f.broker_command("fsck"), ok=ANY), "EVX-5004")
        process = Process("broker", f.broker_command("run"), f.folder / "old.log")
        wait_until(lambda: not process.alive() or "EVX-5004" in process.log_text(), 20, "the broker refuses the old backup")
        demand("EVX-5004" in process.log_text(), f"started on an old backup\n{process.log_text()[-1000:]}")
        process.kill()
        shutil.rmtree(f.broker_state)
        shutil.copytree(newest, f.broker_state)
        f.start_broker()
        self.submit()

    def too_many_connections(self):
        f = self.fleet
        f.broker.stop()
        config = f.broker_home / "evx.yaml"
        text = config.read_text()
        config.write_text(text + "max-connections: 4\n")
        f.start_broker()
        crowd = [socket.create_connection(("127.0.0.1", f.port)) for _ in range(12)]
        wait_until(lambda: "EVX-4011" in f.broker.log_text(), 10, "the log names EVX-4011")
        for s in crowd:
            s.close()
        config.write_text(text)
        self.submit()
        f.broker.stop()
        f.start_broker()
        print("EVX-4011: more connections than are allowed are cut off, the others served")

    # --- an agency's IT ---

    def newer_store(self):
        path = self.police.state / "outbox.db"
        with sqlite3.connect(path) as db:
            version = db.execute("pragma user_version").fetchone()[0]
            db.execute("pragma user_version = 9999")
        db.close()
        says(self.submit(ok=ANY), "EVX-5005")
        with sqlite3.connect(path) as db:
            db.execute(f"pragma user_version = {version}")
        db.close()
        self.submit()

    def ambiguous_id(self):
        while len(rows := self.police.outbox()) < 33:
            self.submit()
        first = [row["id"][0] for row in rows]
        twice = next(c for c in first if first.count(c) > 1)
        # the short id is base32 of the id's first bits: one character of it fits several
        table = self.police.run("status", "--plain").stdout
        starts = [line[0] for line in table.splitlines() if re.match(r"[0-9A-Z]{8}\t", line)]
        letter = next((c for c in starts if starts.count(c) > 1), twice)
        says(self.police.run("receipt", letter, "--out", self.fleet.folder / "never", ok=ANY), "EVX-6009")

    def keys(self):
        key = self.police.keys / "sig.key"
        key.chmod(0o644)
        says(self.submit(ok=ANY), "EVX-3003")
        key.chmod(0o600)
        whole = key.read_bytes()
        key.write_bytes(whole[:40])
        says(self.submit(ok=ANY), "EVX-3001")
        key.write_bytes(whole)
        self.submit()

    def not_enrolled(self):
        keys, aside = self.police.keys, self.police.home / "keys-aside"
        keys.rename(aside)
        self.fleet.evx("keys", "new", "--org", self.police.org, "--keys", keys, "--plain-keys")
        done = self.submit(ok=ANY, wait=5)
        says(done, "EVX-4002", "EVX-2006", "EVX-2008")
        demand(done.returncode != 0, "not enrolled, and yet all is well")
        shutil.rmtree(keys)
        aside.rename(keys)
        self.submit()

    def wrong_broker(self):
        """Another exchange's broker at the address: its key is not the one the directory names."""
        other = Fleet(self.fleet.folder / "other-exchange")
        other.add_agency("elsewhere-police", "police")
        other.add_inspectorate("elsewhere-inspectorate")
        other.make()
        other.start_broker()
        self.police.write_config(other.port)
        done = self.submit(ok=ANY, wait=5)
        demand(done.returncode in (69, 75), f"exit {done.returncode} at the wrong broker")
        demand("EVX-4003" in done.stderr or "EVX-4001" in done.stderr, f"the wrong broker is called\n{done.stderr}")
        print(f"wrong broker: exit {done.returncode}, {'EVX-4003' if 'EVX-4003' in done.stderr else 'EVX-4001'}")
        demand(other.broker.stop() == 0, "the other broker did not end cleanly")
        self.police.write_config()
        self.police.run("sync", "--wait", 1, ok=(0, 75))

    def unfit_machine(self):
        preload = preloadable(self.fleet.folder, BIN.parent / "tests/unfit.so")
        for unfit, code in (("clock", "EVX-7004"), ("random", "EVX-3040")):
            env = dict(os.environ, LD_PRELOAD=preload, EVX_TEST_UNFIT=unfit)
            done = run([BIN / "evx", "doctor", "--config", self.police.config], ok=ANY, env=env)
            demand(code in done.stdout + done.stderr, f"{code} expected\n{done.stdout}{done.stderr}")
            print(f"{code}: evx doctor says so")


def scenario():
    m = Mistakes()
    m.second_broker()
    m.old_backup()
    m.too_many_connections()
    m.newer_store()
    m.keys()
    m.not_enrolled()
    m.wrong_broker()
    m.ambiguous_id()
    m.unfit_machine()
    m.lead.start_collector()
    m.fleet.settle([m.police])
    rows = m.police.outbox()
    demand(all(r["state"] == "acknowledged" for r in rows), "something was lost on the way")
    print(f"after all of it: {len(rows)} consignments, all acknowledged")
    demand(m.lead.daemon.stop() == 0 and m.fleet.broker.stop() == 0, "not ended cleanly")
    print(m.fleet.fsck().stdout.strip())


if __name__ == "__main__":
    main(scenario)
