#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No reading without its record, and no record that can be taken back.

Real processes: every reading command leaves exactly one record, also when it is
killed before its first output; without a record there is no output. A record of
reads that is altered, or replaced by an older copy, is found out. What the agencies
are told of the uses of their evidence adds up to what the inspectorate recorded,
and a report that is kept back shows.
"""
import fcntl
import os
import shutil
import sqlite3
import struct
import subprocess
import sys

from fleet import BIN, missing_episodes, two_agencies
from processes import demand, main, wait_until

SET_PIPE_SIZE = getattr(fcntl, "F_SETPIPE_SZ", 1031)


class Reads:
    def __init__(self):
        self.fleet = two_agencies()
        self.fleet.make()
        self.lead = self.fleet.members["homes-inspectorate"]
        self.agencies = [self.fleet.members[org] for org in ("northam-police", "southam-police")]
        self.store = self.lead.state / "store"
        self.audit_file = self.store / "audit.db"
        self.fleet.start_broker()

    # --- the record, as its own command shows it ---

    def audit(self, *words, ok=(0,)):
        return self.lead.inspect_json("audit", "--from", "1", *words, ok=ok)

    def records(self):
        return self.audit()["records"]

    def submit(self):
        for n, agency in enumerate(self.agencies):
            path = missing_episodes(self.fleet.folder / f"{agency.org}.csv", 30 + n, first=1 + 100 * n)
            agency.run("submit", path)
        self.collect()

    def collect(self):
        self.lead.collect_until_idle()

    def sync(self):
        for agency in self.agencies:
            agency.run("sync", "--wait", 10)

    def first_child(self):
        return self.lead.inspect_json("summary")["children"][0]["id"]


# --- one record a reading ---

def commands(r):
    """Every reading command with operands that find something."""
    shown = r.lead.inspect_json("search", "made")["hits"]
    child, item = shown[0]["children"].split()[0], shown[0]["item_id"]
    return [["summary"], ["timeline", child], ["matrix"], ["gaps"], ["evidence", item], ["contradictions"],
            ["contradictions", child], ["search", "northam"], ["link"], ["judge"],
            ["report", "--out", str(r.fleet.folder / "report.html")]]


def check_one_each(r, todo):
    for words in todo:
        before = r.records()
        r.lead.inspect(words[0], "--json", *words[1:])
        rows = r.audit()["rows"]
        demand(len(rows) == before + 1, f"{words[0]} left {len(rows) - before} records")
        demand(rows[-1]["view"].startswith(words[0]), f"{words[0]} is recorded as {rows[-1]['view']}")
    print(f"{len(todo)} reading commands, one record each")


def blocked_pipe():
    """A pipe that is full: the first byte written to it waits."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, SET_PIPE_SIZE, 4096)
    os.set_blocking(writer, False)
    filled = 0
    try:
        while True:
            filled += os.write(writer, b"\0" * 4096)
    except BlockingIOError:
        os.set_blocking(writer, True)
    return reader, writer, filled


def check_killed(r, todo):
    """SIGKILL after the record stands and before any output could be taken."""
    for words in todo:
        before = r.records()
        reader, writer, filled = blocked_pipe()
        child = subprocess.Popen([BIN / "evx-inspect", words[0], "--config", r.lead.config, "--json", *words[1:]],
                                 stdin=subprocess.DEVNULL, stdout=writer, stderr=subprocess.DEVNULL)
        os.close(writer)
        try:
            wait_until(lambda b=before: r.records() == b + 1, 30, f"{words[0]} has left its record")
        finally:
            child.kill()
            child.wait()
        with os.fdopen(reader, "rb") as left:
            demand(len(left.read()) == filled, f"{words[0]} had shown something")
        demand(r.records() == before + 1, f"{words[0]}: {r.records() - before} records after SIGKILL")
    print(f"{len(todo)} times killed between record and output: one record each")


def check_no_record_no_output(r, todo):
    """While somebody else keeps the file, nothing can be recorded, so nothing is shown."""
    holder = sqlite3.connect(r.audit_file, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    running = [(words, subprocess.Popen([BIN / "evx-inspect", words[0], "--config", r.lead.config, "--json", *words[1:]],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE))
               for words in todo]
    try:
        for words, child in running:
            out, _ = child.communicate(timeout=120)
            demand(child.returncode != 0 and not out, f"{words[0]} showed {len(out)} bytes without a record")
    finally:
        for _, child in running:
            child.kill()
            child.wait()
        holder.execute("ROLLBACK")
        holder.close()
    print(f"{len(todo)} commands without a record to write: no output")


# --- the past of the record ---

def check_rollback(r):
    old, new = r.fleet.folder / "audit.old", r.fleet.folder / "audit.new"
    r.collect()
    before = r.audit("--verify")
    demand(before["chain"] == "whole" and before["log"]["verdict"] == "agrees", f"the record is not whole: {before['log']}")
    demand(before["log"]["vouched"] == before["records"], "the log does not have every record after a run")
    shutil.copy(r.audit_file, old)
    for _ in range(3):
        r.lead.inspect("summary")
    r.collect()
    shutil.copy(r.audit_file, new)
    shutil.copy(old, r.audit_file)
    told = r.lead.inspect("audit", "--verify", ok=tuple(range(1, 126)))
    first, last = before["records"] + 1, before["records"] + 3
    demand("EVX-6032" in told.stderr and f"records {first} to {last}" in told.stderr and "missing" in told.stderr,
           f"an older copy was not named: {told.stderr}")
    for _ in range(3):
        r.lead.inspect("summary")  # as many records as are missing: the numbers fit again, the hashes cannot
    told = r.lead.inspect("audit", "--verify", ok=tuple(range(1, 126)))
    demand("EVX-6032" in told.stderr and f"records {first} to {last}" in told.stderr, f"not named: {told.stderr}")
    raw = bytearray(new.read_bytes())
    raw[raw.index(b"summary")] ^= 1
    r.audit_file.write_bytes(raw)
    told = r.lead.inspect("audit", ok=tuple(range(1, 126)))
    demand("EVX-6031" in told.stderr and "record " in told.stderr, f"an altered record was not named: {told.stderr}")
    shutil.copy(new, r.audit_file)
    r.audit("--verify")
    print(f"older copy named (records {first} to {last}), rewritten past named, altered record named")


# --- what the agencies are told ---

def told_uses(r):
    return {agency.org: agency.json("uses", "--items") for agency in r.agencies}


def check_uses(r):
    r.lead.run("uses")
    r.collect()
    r.sync()
    rows = {row["record"]: row for row in r.audit()["rows"]}
    told = told_uses(r)
    last = min(t["inspectorates"][0]["told_to"] for t in told.values())
    by_record = {}
    for org, list_of in told.items():
        sent = set()
        for row in r.fleet.members[org].outbox():
            sent.update(item["item"] for item in r.fleet.members[org].json("status", row["id"])["items"])
        demand(not list_of["faults"], f"{org}: {list_of['faults']}")
        for use in list_of["uses"]:
            demand(use["verb"] == rows[use["record"]]["verb"] and use["time"] == rows[use["record"]]["time"], "another use")
            demand("person" not in use and set(use["item_ids"]) <= sent, f"{org} was told of what is not its own")
            by_record.setdefault(use["record"], set()).update(use["item_ids"])
    compared = 0
    for number, row in rows.items():
        if number > last:
            continue
        named = {item["item_id"] for item in r.lead.inspect_json("audit", "--record", number)["items"]}
        demand(len(named) == row["items"], f"record {number} names {len(named)} of {row['items']} items")
        demand(by_record.get(number, set()) == named, f"record {number}: told and recorded items differ")
        compared += len(named)
    demand(compared > 100, f"only {compared} uses compared")
    first = next(iter(next(iter(told.values()))["uses"][0]["item_ids"]))
    mine = r.agencies[0].json("uses", "--item", first)["uses"]
    demand(mine and all(first in use["item_ids"] for use in mine if use["items"] <= 64), "--item shows other uses")
    print(f"{compared} uses of items in {last} records: what the agencies were told is what was recorded")


def check_withheld_report(r):
    """The inspectorate leaves a range out: it must move its own note, and the agency sees the hole."""
    r.lead.inspect("summary")
    skipped = r.records()
    note = sqlite3.connect(r.audit_file)
    note.execute("UPDATE noted SET value = ? WHERE name = 'uses northam-police'", (struct.pack(">Q", skipped),))
    note.commit()
    note.close()
    r.lead.inspect("summary")
    r.lead.run("uses")
    r.collect()
    r.sync()
    told = r.agencies[0].run("uses", ok=tuple(range(1, 126)))
    demand("EVX-6034" in told.stderr and f"to {skipped}" in told.stderr and "missing" in told.stderr,
           f"the hole was not named: {told.stderr}")
    demand(not r.agencies[1].json("uses")["faults"], "the other agency sees a hole that is not there")
    r.lead.run("uses", "--since", "1")
    r.collect()
    r.sync()
    demand(not r.agencies[0].json("uses")["faults"], "the hole is still there after it was told")
    print(f"a report that left out record {skipped} was seen; told again, nothing is missing")


def scenario():
    r = Reads()
    r.submit()
    r.lead.inspect("summary")  # brings the index up to date: one record of its own
    todo = commands(r)
    check_one_each(r, todo)
    check_killed(r, todo[:-1])
    check_no_record_no_output(r, [words for words in todo if words[0] in ("summary", "search", "evidence")])
    check_rollback(r)
    check_uses(r)
    check_withheld_report(r)
    demand(r.fleet.broker.stop() == 0, "the broker did not end cleanly")


if __name__ == "__main__":
    sys.exit(main(scenario))
