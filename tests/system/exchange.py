#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The whole exchange on the sample files, then everything a second time.

Shows: the demonstration's numbers agree with each other; every receipt also
holds for a checker that shares no code with us; submitting the same files again
sends nothing; a changed receipt or entry is refused by both checkers.
"""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "interop"))
import c2sp  # noqa: E402
import demo  # noqa: E402
from processes import Failed, demand, main, run  # noqa: E402


class Quiet:
    """What agents/demo --json would be given."""
    json, data, stay = True, None, False


def check_numbers(told):
    sent = sum(a["sent"] for a in told["agencies"])
    demand(told["schema"] == "evx.demo/1", "the schema has another name")
    demand(sent > 0 and all(a["acknowledged"] == a["sent"] and a["rejected"] == 0 for a in told["agencies"]),
           f"not every sample was acknowledged: {told['agencies']}")
    demand(told["log"]["size"] >= sum(a["consignments"] for a in told["agencies"]), "the log is too short")
    demand(told["children"] == 6, f"{told['children']} children, six are tracked")
    demand(0 < told["evidence"] <= sent, "evidence does not fit what was sent")
    demand(pathlib.Path(told["report"]).read_text(encoding="utf-8").lstrip().lower().startswith("<!doctype html"),
           "the report is not HTML")
    print(f"{sent} items sent and acknowledged, {told['evidence']} pieces of evidence, {told['children']} children")


def check_receipts(d):
    """With our verifier and with the independent one; altered ones with both."""
    vkey, receipts = d.fleet.log_vkey(), sorted((d.folder / "receipts").glob("*.receipt"))
    for path in receipts:
        c2sp.verify(path.read_bytes(), pathlib.Path(f"{path}.entry").read_bytes(), vkey)
    altered = 0
    for source in (receipts[0], pathlib.Path(f"{receipts[0]}.entry")):
        raw = source.read_bytes()
        # Behind the log's line stand the witnesses'; one whose name is changed is a stranger's and counts for nothing.
        end = raw.index(b"\n", raw.index("\u2014 ".encode())) if source is receipts[0] else len(raw)
        for at in range(0, end, max(1, end // 40)):
            source.write_bytes(raw[:at] + bytes([raw[at] ^ 4]) + raw[at + 1:])
            ours = d.fleet.evx("verify", "--directory", d.fleet.directory, receipts[0], ok=tuple(range(256))).returncode
            try:
                c2sp.verify(receipts[0].read_bytes(), pathlib.Path(f"{receipts[0]}.entry").read_bytes(), vkey)
                theirs = 0
            except (Failed, c2sp.Refused):
                theirs = 1
            demand(ours != 0, f"evx verify took {source.name} with byte {at} changed")
            demand(theirs != 0, f"the independent checker took {source.name} with byte {at} changed")
            altered += 1
        source.write_bytes(raw)
    print(f"{len(receipts)} receipts hold for both checkers, {altered} altered ones for neither")


def check_again(d):
    """The same files once more: nothing is sent, the log does not grow."""
    before = {org: agency.outbox() for org, agency in d.fleet.members.items() if org.startswith("northam")}
    size = d.lead.json("status")["log"]["size"]
    for org, _, folder in demo.AGENCIES:
        files = sorted(p for p in (demo.SAMPLES / folder).rglob("*") if p.is_file())
        told = json.loads(d.fleet.members[org].run("submit", "--json", "--partial", *files, ok=(0, 65)).stdout)
        again = [f["file"] for f in told["files"] if f["outcome"] == "sent"]
        demand(not again, f"sent a second time: {again}")
    for org, rows in before.items():
        demand(d.fleet.members[org].outbox() == rows, f"{org}: the outbox changed")
    demand(d.lead.json("status")["log"]["size"] == size, "the log grew")
    print("a second submission of everything changed nothing")


def scenario():
    d = demo.Demo(Quiet())
    d.set_up()
    d.submit_all()
    d.wait_for_answers()
    d.verify_receipts()
    d.look()
    check_numbers(d.result())
    check_receipts(d)
    check_again(d)
    for process in (d.lead.daemon, d.second.daemon, d.fleet.broker):
        demand(process.stop() == 0, f"{process.name} did not end cleanly")
    print(d.fleet.fsck().stdout.strip())
    demand(run([demo.ROOT / "tests/interop/c2sp.py", __file__, __file__, "x"], ok=(1,)), "nonsense was taken for a proof")


if __name__ == "__main__":
    main(scenario)
