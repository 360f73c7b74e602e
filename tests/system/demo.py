#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The demonstration behind agents/demo: a complete made-up joint inspection.

Started by agents/demo once everything is built; see there for the options.
"""
import argparse
import collections
import datetime
import json
import pathlib
import signal
import sys
import time

from fleet import BIN, FINAL, ROOT, Fleet
from processes import Failed, demand, run, scratch_folder, stop_all, wait_until

SAMPLES = ROOT / "tests/data/samples"
AGENCIES = [  # organisation, role, folder of its files
    ("northam-police", "police", "police"),
    ("northam-council", "social-care", "social_care"),
    ("northam-schools", "school", "school"),
    ("northam-health", "health", "health"),
]
LEAD, SECOND = "homes-inspectorate", "police-inspectorate"


def options():
    parser = argparse.ArgumentParser(prog="agents/demo", description="A complete made-up joint inspection on this machine.")
    parser.add_argument("--json", action="store_true", help="print one JSON object (evx.demo/1) instead of text")
    parser.add_argument("--data", type=pathlib.Path, metavar="DIR",
                        help="submit DIR/{police,social_care,school,health} instead of the samples")
    parser.add_argument("--stay", action="store_true", help="leave broker and collectors running until Ctrl-C")
    return parser.parse_args()


class Demo:
    def __init__(self, chosen):
        self.json, self.data, self.stay = chosen.json, chosen.data, chosen.stay
        self.begin = time.monotonic()
        self.folder = scratch_folder("evx-demo-")
        self.fleet = Fleet(self.folder, quorum=(len(AGENCIES) + 2) // 2 + 1)  # a majority of all who take part
        self.files, self.stated = {}, set()

    def say(self, text=""):
        if not self.json:
            print(text, flush=True)

    def step(self, text):
        self.say(f"\n== {text}  ({time.monotonic() - self.begin:.1f} s)")

    # --- the exchange ---

    def set_up(self):
        self.step(f"Setting up: keys, directory signed by 2 of 3 roots, broker, collectors, in {self.folder}")
        fleet = self.fleet
        for org, role, _ in AGENCIES:
            fleet.add_agency(org, role, rights="send,witness")
        self.lead = fleet.add_inspectorate(LEAD, rights="send,receive,witness")
        self.second = fleet.add_inspectorate(SECOND, rights="send,receive,witness")
        fleet.make()
        fleet.start_broker()
        self.lead.start_collector()
        self.second.start_collector()
        self.say(f"broker on tcp://127.0.0.1:{fleet.port}, inspection {fleet.inspection}, framework {fleet.framework}")

    # --- what the agencies do ---

    def submit_all(self):
        self.step("Submitting: each agency checks, seals and sends its own files")
        for org, _, folder in AGENCIES:
            source = (self.data.resolve() if self.data else SAMPLES) / folder
            files = sorted(p for p in source.rglob("*") if p.is_file())
            if not files:
                self.say(f"{org}: no files in {source}")
                continue
            self.submit(self.fleet.members[org], source, files)
        if not self.data:
            self.declare_nil()

    def submit(self, agency, source, files):
        done = agency.run("submit", "--json", "--partial", "--wait", 110, *files, ok=(0, 65), timeout=300)
        told = json.loads(done.stdout)
        self.files[agency.org] = told["files"]
        total = {key: sum(f[key] for f in told["files"]) for key in ("rows", "items", "refused", "left_out")}
        self.say(f"{agency.org}: {len(files)} files, {total['rows']} rows: {total['items']} items sent, {total['refused']} rows "
                 f"refused, {total['left_out']} left out on purpose, in {told['consignments']} consignments")
        for f in told["files"]:
            name = pathlib.Path(f["file"]).resolve().relative_to(source)
            self.say(f"  {f['outcome']:8} {f['items']:6} items {f['refused']:6} refused {f['left_out']:6} left out  {name}")
        if any(f["outcome"] == "refused" or f["refused"] for f in told["files"]):
            self.explain_refusals(agency, files)

    def explain_refusals(self, agency, files):
        """Every reason, row by row, into a file; how many of each here."""
        path = self.folder / f"refused-{agency.org}.json"
        path.write_text(agency.run("check", "--json", *files, ok=(0, 65), timeout=300).stdout, encoding="utf-8")
        reasons = collections.Counter(p["code"] for line in path.read_text(encoding="utf-8").splitlines()
                                      for p in json.loads(line)["problems"] if p["severity"] == "error")
        counts = ", ".join(f"{n} x {code}" for code, n in reasons.most_common())
        self.say(f"  reasons, row by row, in {path}: {counts}")

    def declare_nil(self):
        police = self.fleet.members["northam-police"]
        for declaration in sorted((SAMPLES / "nil").glob("*.yaml")):
            police.run("nil", "--child", declaration)
            self.say(f"northam-police: signed nil return, {declaration.stem}")

    def wait_for_answers(self):
        self.step("Waiting for every acknowledgement")
        self.fleet.settle(seconds=110)
        self.say("every consignment has its final answer")
        self.state_the_end()
        self.witness()

    def state_the_end(self):
        """Each agency signs what all of it was; the collector compares it with the log and signs that."""
        self.step("Stating the end: each agency signs how much it sent, the inspectorate confirms it")
        for org, _, _ in AGENCIES:
            for statement in self.fleet.members[org].json("complete", "--final")["statements"]:
                self.stated.add(statement["consignment"])
        self.fleet.settle(seconds=110)

        def confirmed():
            told = self.lead.inspect_json("completeness", ok=(0, 65))
            return all(s["statement"]["confirmed"] for a in told["agencies"] for s in a["streams"] if "statement" in s) and told
        self.completeness = wait_until(confirmed, 60, "every final statement is confirmed", every=0.5)
        for agency in self.completeness["agencies"]:
            self.say(f"{agency['agency']}: {agency['words']}")
        self.say(f"complete to its last item: {self.completeness['agencies_complete']} of "
                 f"{self.completeness['agencies_total']} agencies")

    def witness(self):
        """Every agency comes by once more, so that the newest checkpoint has its quorum."""
        self.step("Witnessing: agencies and inspectorates cosign the log's newest checkpoint")
        agencies = [self.fleet.members[org] for org, _, _ in AGENCIES]

        def covered():
            for agency in agencies:
                agency.run("sync", "--wait", 5, ok=(0, 75))
            return all(row["grade"] == "witnessed" for agency in agencies for row in agency.outbox())
        wait_until(covered, 60, "a quorum has cosigned a checkpoint over everything that was sent")
        log = agencies[0].json("status")["log"]
        self.say(f"the first {log['size']} entries are {log['text']}")

    def verify_receipts(self):
        self.step("Verifying every receipt offline")
        folder, receipts = self.folder / "receipts", []
        folder.mkdir()
        for org, _, _ in AGENCIES:
            agency = self.fleet.members[org]
            for row in agency.outbox():
                path = folder / f"{row['id']}.receipt"
                agency.run("receipt", row["id"], "--out", path, "--entry", f"{path}.entry")
                receipts.append(path)
        demand(receipts, "nothing was sent, so there is nothing to verify")
        for at in range(0, len(receipts), 200):
            self.fleet.evx("verify", "--directory", self.fleet.directory, *receipts[at:at + 200])
        self.say(f"{len(receipts)} receipts hold: evx verify --directory {self.fleet.directory} {folder}/*.receipt")

    # --- what the inspectors see ---

    def look(self):
        self.step("What the inspectors see")
        if not self.data:
            yesterday = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)).strftime("%Y-%m-%d")
            self.lead.inspect("link", "import", "--due", yesterday, SAMPLES / "inspection/children.csv")
            self.join_misspelt()
        self.report = self.folder / "report.html"
        self.say(shorten(self.lead.inspect("summary").stdout))
        self.step("What is missing, child by agency")
        self.say(shorten(self.lead.inspect("gaps").stdout.split("\n\nCriteria")[0]))
        self.judge()
        self.lead.inspect("report", "--out", self.report)
        demand(self.report.stat().st_size > 0, "the report is empty")

    def join_misspelt(self):
        """One name is spelt in two ways: proposed by the program, decided by a person."""
        self.say(self.lead.inspect("link", "--names").stdout.strip())
        for link in self.lead.inspect_json("link", "list")["links"]:
            self.lead.inspect("link", "confirm", link["id"], "--reason", "made-up check of both records by telephone")
            self.say(f"confirmed {link['id']} with a reason; it can be undone\n")

    def judge(self):
        """A cap of the framework is refused, then passed over with a recorded reason."""
        self.step("What the framework permits")
        asked = json.dumps({"judgements": {"help-and-protection": "inadequate"}, "facts": {}})
        told = json.loads(run([BIN / "evx", "grade", "permitted", "--framework", self.fleet.framework], text_in=asked + "\n").stdout)
        self.say(f"with help and protection inadequate: overall may be {', '.join(told['permitted']['overall'])}")
        rule = next(f["rule"] for f in told["fired"] if f["on"] == "overall")
        self.lead.inspect("judge", "help-and-protection", "--grade", "inadequate", "--reason", "made-up finding for the demonstration")
        refused = self.lead.inspect("judge", "overall", "--grade", "good", "--reason", "made up", ok=(77,))
        self.say("overall good is refused:\n  " + refused.stderr.strip().replace("\n", "\n  "))
        passed = self.lead.inspect("judge", "overall", "--grade", "good", "--override", rule,
                                   "--reason", "made-up reason, recorded with the rule it passes over")
        self.say(f"with a recorded reason: {passed.stdout.strip().splitlines()[0]}")

    # --- the end ---

    def result(self):
        status = self.lead.json("status")
        summary = self.lead.inspect_json("summary")
        agencies = []
        for org, _, _ in AGENCIES:
            rows = [r for r in self.fleet.members[org].outbox() if r["id"] not in self.stated]
            rejected = sum(r["items"] if r["state"] == "rejected" else r["items_rejected"] for r in rows)
            final = sum(r["items"] for r in rows if r["state"] in FINAL)
            agencies.append({"id": org, "sent": sum(r["items"] for r in rows), "acknowledged": final - rejected,
                             "rejected": rejected, "consignments": len(rows), "files": self.files.get(org, [])})
        log = {key: status["log"][key] for key in ("origin", "size", "root")}
        return {"schema": "evx.demo/1", "log": log, "agencies": agencies, "evidence": summary["evidence"],
                "complete": self.completeness["agencies_complete"], "children": len(summary["children"]), "report": str(self.report), "folder": str(self.folder),
                "seconds": round(time.monotonic() - self.begin, 1)}

    def finish(self):
        told = self.result()
        if self.json:
            print(json.dumps(told, ensure_ascii=False), flush=True)
        self.step("Done")
        for a in told["agencies"]:
            self.say(f"{a['id']}: {a['sent']} items sent, {a['acknowledged']} acknowledged, {a['rejected']} rejected")
        self.say(f"complete to its last item: {told['complete']} of {len(AGENCIES)} agencies")
        self.say(f"log {told['log']['origin']}: {told['log']['size']} entries, root {told['log']['root']}")
        self.say(f"{told['evidence']} pieces of evidence about {told['children']} children")
        self.say(f"report: {self.report}\neverything is in {self.folder}")
        wrong = [a["id"] for a in told["agencies"] if a["acknowledged"] + a["rejected"] != a["sent"]]
        demand(not wrong, f"not everything was answered: {', '.join(wrong)}")
        if self.stay:
            self.wait()

    def wait(self):
        """Until Ctrl-C; the exchange goes on, so that every command can be tried."""
        self.say(f"\nrunning until Ctrl-C: {self.report.as_uri()}\n  try: {BIN}/evx-inspect matrix --config {self.lead.config}")
        while self.fleet.broker.alive():
            time.sleep(0.5)
        raise Failed(f"the broker ended: {self.fleet.broker.log_text()[-1000:]}")

    def stop(self):
        for process in (self.lead.daemon, self.second.daemon, self.fleet.broker):
            if process:
                process.stop()


def shorten(text, most=40):
    """Long tables are for the report; here their beginning."""
    lines = text.rstrip().splitlines()
    if len(lines) <= most:
        return "\n".join(lines)
    return "\n".join([*lines[:most - 10], f"… {len(lines) - most} more lines …", *lines[-10:]])


def demonstrate(demo):
    demo.set_up()
    demo.submit_all()
    demo.wait_for_answers()
    demo.verify_receipts()
    demo.look()
    demo.finish()
    demo.stop()


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    demo = Demo(options())
    if demo.data and not demo.data.is_dir():
        sys.exit(f"error: {demo.data} is not a folder")
    try:
        demonstrate(demo)
    except KeyboardInterrupt:
        print(f"\nstopped; everything is in {demo.folder}", file=sys.stderr)
        return 0 if demo.stay else 130
    except Failed as why:
        print(f"error: {why}\neverything is in {demo.folder}", file=sys.stderr)
        return 1
    finally:
        stop_all()
    return 0


if __name__ == "__main__":
    sys.exit(main())
