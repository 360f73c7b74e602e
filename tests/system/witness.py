#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Witnesses, as people see them: agencies and inspectorates vouch for the log, or refuse to.

Shows: with no witness online everything is delivered, and graded as the operator's
word; once a quorum has cosigned, status, receipts and the inspectors' views say so,
and the exported receipt bears the cosignature lines; a journal put back without its
register is refused by the broker itself; journal and register put back together, or
a second broker with the same log key, are refused by every witness, which keeps both
checkpoints as proof on disk.
"""
import shutil

from fleet import Fleet, missing_episodes
from processes import demand, main, run, wait_until

QUORUM = 2


class Witnesses:
    def __init__(self):
        self.fleet = Fleet(quorum=QUORUM)
        self.police = self.fleet.add_agency("northam-police", "police", rights="send,witness")
        self.south = self.fleet.add_agency("southam-police", "police", rights="send,witness")
        self.lead = self.fleet.add_inspectorate("homes-inspectorate", rights="send,receive,witness")
        self.second = self.fleet.add_inspectorate("police-inspectorate", rights="send,receive,witness")
        self.fleet.make()
        self.fleet.start_broker()
        self.number = 0

    def submit(self, agency, rows=20, ok=(0,)):
        self.number += 1
        path = missing_episodes(self.fleet.folder / f"file-{self.number}.csv", rows, first=self.number * 1000)
        return agency.run("submit", path, ok=ok)

    def collect(self):
        for inspectorate in (self.lead, self.second):
            inspectorate.collect_until_idle()

    # --- delivery waits for nobody ---

    def nobody_online(self):
        for member in (self.police, self.south):  # agencies would witness too: their keys are away for now
            (member.keys / "wit.key").rename(member.keys / "away.key")
        for _ in range(3):
            self.submit(self.police)
        told = self.police.json("status")
        demand(all(row["state"] == "accepted" and row["grade"] == "operator-only" for row in told["consignments"]),
               f"not delivered, or graded as more than the operator's word: {told}")
        demand(told["log"]["text"] == "operator only", f"status says {told['log']}")
        receipt = self.export(self.police, told["consignments"][0]["id"], "alone")
        demand(receipt.count("\n\u2014 ") == 1, "a receipt under the operator's checkpoint bears one line")
        print("no witness online: 3 of 3 submissions receipted, graded operator only")

    def export(self, agency, consignment, name):
        """The receipt as a tlog-proof file, which `evx verify` accepts; its text."""
        out = self.fleet.folder / f"{name}.receipt"
        agency.run("receipt", consignment, "--out", out, "--entry", f"{out}.entry")
        self.fleet.evx("verify", "--directory", self.fleet.directory, out)
        return out.read_text(encoding="utf-8")

    # --- a quorum ---

    def quorum(self):
        for member in (self.police, self.south):
            (member.keys / "away.key").rename(member.keys / "wit.key")

        def covered():
            self.collect()
            for member in (self.police, self.south):
                member.run("sync", "--wait", 5, ok=(0, 75))
            return all(row["grade"] == "witnessed" for row in self.police.outbox())
        wait_until(covered, 60, "a quorum has cosigned a checkpoint over everything")
        self.collect()
        told = self.police.json("status")["log"]
        demand(told["needed"] == QUORUM and told["witnesses"] == 4 and told["cosigned"] >= QUORUM, f"status says {told}")
        demand(f"of 4 ({QUORUM} needed)" in self.police.run("status").stdout, "status in words says nothing of the witnesses")
        receipt = self.export(self.police, self.police.outbox()[0]["id"], "witnessed")
        demand(receipt.count("\n\u2014 ") == 1 + told["cosigned"], f"the exported receipt lacks cosignature lines:\n{receipt}")
        self.views()
        print(f"a quorum: {told['text']}; the exported receipt bears {receipt.count(chr(10) + chr(0x2014))} lines")

    def views(self):
        """What collector and inspectors are told."""
        status = self.lead.json("status")["witnessed"]
        demand(status["grade"] == "witnessed", f"the collector's status says {status}")
        demand("witnessed" in self.lead.run("status").stdout, "the collector's status in words does not say it")
        demand(self.lead.inspect_json("summary")["witnessed"]["grade"] == "witnessed", "the summary does not say it")
        demand("entries are witnessed" in self.lead.inspect("summary").stdout, "the summary in words does not say it")
        item = self.lead.inspect_json("search", "Made")["hits"][0]["id"]
        proof = self.lead.inspect_json("evidence", item)["receipt"]["witnessed"]
        demand(proof["grade"] == "witnessed" and proof["time"], f"evidence says {proof}")
        demand("rests on          witnessed" in self.lead.inspect("evidence", item).stdout, "evidence in words does not say it")
        page = self.fleet.folder / "report.html"
        self.lead.inspect("report", "--out", page)
        demand("entries of the log are witnessed" in page.read_text(encoding="utf-8"), "the report does not say it")

    # --- a log that was put back ---

    def keep_backup(self):
        demand(self.fleet.broker.stop() == 0, "the broker did not end cleanly")
        shutil.copytree(self.fleet.broker_state, self.fleet.folder / "backup")
        self.fleet.start_broker()

    def put_back(self, with_register):
        demand(self.fleet.broker.stop() == 0, "the broker did not end cleanly")
        state = self.fleet.broker_state
        newest = self.fleet.folder / "newest"
        if not newest.exists():
            shutil.copytree(state, newest)
        shutil.rmtree(state)
        shutil.copytree(self.fleet.folder / "backup", state)
        if not with_register:
            for register in newest.rglob("*.register"):
                shutil.copy2(register, state / register.relative_to(newest))

    def the_signer_refuses(self):
        """The journal alone is old: the signer's own register knows better."""
        self.put_back(with_register=False)
        done = run(self.fleet.broker_command("run"), ok=(74,), timeout=60)
        demand("EVX-5004" in done.stderr + done.stdout, f"refused, but not for EVX-5004: {done.stderr[-800:]}")
        demand("new origin" in done.stderr + done.stdout, f"it does not say what to do: {done.stderr[-800:]}")
        demand(run(self.fleet.broker_command("fsck"), ok=(74,)).returncode == 74, "fsck calls it sound")
        print("an old journal under the newer register: refused before anything is signed (EVX-5004)")

    def evidence(self, member):
        folder = member.state / "evidence-of-fork"
        return [folder / name for name in ("first.checkpoint", "second.checkpoint", "proof.fork")]

    def size_of(self, note):
        return int(note.read_text(encoding="utf-8").split("\n")[1])

    def rolled_back(self):
        """Journal and register are old together: only those who saw more can tell."""
        self.put_back(with_register=True)
        self.fleet.start_broker()
        done = self.police.run("sync", "--wait", 10, ok=(65, 74, 77))
        demand("EVX-3024" in done.stderr, f"the rollback was not called by its name: {done.stderr}")
        first, second, proof = self.evidence(self.police)
        demand(self.size_of(first) != self.size_of(second), "both checkpoints of the rollback are not on disk")
        self.fleet.evx("verify", "--directory", self.fleet.directory, proof, ok=(0, 65))  # a question, or a proof already
        demand(self.police.json("status")["fork"] is True, "status does not tell of the proof")
        print("journal and register rolled back together: refused by the agency, both checkpoints kept")

    def forked(self):
        """The old log grows another way, with the one agency that had seen no more than the backup."""
        while True:
            self.submit(self.south)
            other = self.south.json("status")["consignments"][-1]["index"] + 1
            if other > self.seen + 8:  # acknowledgements came after the last look
                break
        for member in (self.lead, self.second):
            done = member.run("run", "--until-idle", "--timeout", 20, ok=(65, 74, 77), timeout=60)
            demand("EVX-3024" in done.stderr, f"{member.org} did not refuse the fork: {done.stderr[-800:]}")
            first, second, proof = self.evidence(member)
            demand(self.size_of(second) > self.size_of(first), "both checkpoints of the fork are not on disk")
            self.fleet.evx("verify", "--directory", self.fleet.directory, proof)
        print(f"forked at the backup and grown to {other} entries: refused by both inspectorates, and proved "
              "(evx verify proof.fork)")

    def nobody_cosigns_the_fork(self):
        """Only the agency that was shown nothing else vouches for the forked log: one of four."""
        log = self.south.json("status")["log"]
        demand(log["size"] < self.size_of(self.evidence(self.lead)[1]), f"the forked log has a quorum: {log}")
        demand(self.south.outbox()[-1]["grade"] == "operator-only", "evidence on the forked log is shown as witnessed")
        print("on the forked log evidence stays at the operator's word")

    def refused(self):
        self.keep_backup()
        for _ in range(2):
            self.submit(self.police)
        self.collect()
        self.collect()
        self.seen = self.lead.json("status")["log"]["size"]
        self.the_signer_refuses()
        self.rolled_back()
        self.forked()
        self.nobody_cosigns_the_fork()


def scenario():
    all_of_it = Witnesses()
    all_of_it.nobody_online()
    all_of_it.quorum()
    all_of_it.refused()
    all_of_it.fleet.broker.stop()


if __name__ == "__main__":
    main(scenario)
