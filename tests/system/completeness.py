#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Nothing that was sent can be missing unseen, and a machine put back from a copy harms nothing.

Shows: a final statement is confirmed by the inspectorate and shown as complete; what
follows it is refused, or said; an outbox that is replaced by an older copy goes on in a
new stream, nothing of it is lost or doubled, and the report says what happened; a copied
outbox never makes the broker see two contents under one number; a forged second content
reaches the inspectors with both headers; a request is listed, answered and no longer open.
"""
import base64
import hashlib
import json
import shutil
import sqlite3
import sys

from fleet import HOSTILE, Fleet, missing_episodes
from processes import demand, main, run, wait_until

POLICE, LEAD = "northam-police", "homes-inspectorate"


class Scene:
    def __init__(self):
        self.fleet = Fleet()
        self.police = self.fleet.add_agency(POLICE, "police")
        self.lead = self.fleet.add_inspectorate(LEAD)
        self.fleet.make()
        self.fleet.start_broker()
        self.files = 0

    def export(self, rows=5):
        """A new file of episodes that were in none before."""
        self.files += 1
        path = self.fleet.folder / f"episodes-{self.files}.csv"
        return missing_episodes(path, rows, first=1 + 100 * self.files)

    def submit(self, *words, rows=5, ok=(0,)):
        return self.police.run("submit", "--json", *words, self.export(rows), ok=ok)

    def settle(self):
        """The collector takes everything and answers; the agency takes the answers."""
        self.lead.collect_until_idle()
        self.police.run("sync", "--wait", 30)

    def report(self, *words, ok=(0,)):
        return self.lead.inspect_json("completeness", *words, ok=ok)

    def of_police(self, *words, ok=(0,)):
        return next(a for a in self.report(*words, ok=ok)["agencies"] if a["agency"] == POLICE)

    def stop(self):
        self.fleet.broker.stop()


def check_statement(scene):
    scene.submit()
    scene.submit()
    scene.settle()
    demand(scene.of_police()["verdict"] == "no statement", "nothing was stated yet")
    demand("EVX-6021" in scene.lead.inspect("completeness", "--strict", ok=(65,)).stderr, "the open end is not named")
    stated = scene.police.json("complete", "--final")["statements"]
    demand(len(stated) == 1 and stated[0]["final"] and stated[0]["items"] == 10, f"not one statement over 10 items: {stated}")
    demand(scene.police.json("status")["statements"][0]["confirmations"] == [], "confirmed before anybody compared")
    scene.settle()
    shown = scene.police.json("status")["statements"][0]["confirmations"]
    demand(len(shown) == 1 and shown[0]["by"] == LEAD and shown[0]["as_stated"], f"not confirmed as stated: {shown}")
    agency = scene.of_police("--strict")
    demand(agency["complete"] and not agency["missing"], f"not complete: {agency}")
    statement = agency["streams"][0]["statement"]
    demand(statement["confirmed"] and statement["code"] == "" and statement["root"] == statement["found_root"],
           f"the comparison does not hold: {statement}")
    print(f"final statement over {statement['last']} consignments confirmed: {agency['words']}")


def check_after_the_end(scene):
    refused = scene.submit(ok=(76,))
    demand("EVX-2031" in refused.stderr, f"something was sent after the final statement: {refused.stderr}")
    scene.submit("--reopen")
    scene.settle()
    agency = scene.of_police()
    demand(not agency["complete"] and not agency["missing"] and "more since" in agency["words"],
           f"what followed the final statement is not said: {agency}")
    scene.police.run("complete", "--final")
    scene.settle()
    demand(scene.of_police()["complete"], "stated again, but not complete")
    print("after the final statement nothing goes without --reopen, and what goes is seen")


def items_of(scene):
    return scene.lead.inspect_json("summary")["evidence"]


def copy_outbox(scene, name):
    aside = scene.fleet.folder / name
    shutil.copytree(scene.police.state, aside)
    return aside


def put_back(scene, aside):
    shutil.rmtree(scene.police.state)
    shutil.copytree(aside, scene.police.state)


def check_restored(scene):
    """A copy with one consignment on its way, two more sent after it, then the copy put back."""
    before = items_of(scene)
    scene.submit("--reopen", "--no-wait", ok=(75,))
    aside = copy_outbox(scene, "aside")
    scene.police.run("sync", "--wait", 30, ok=(0, 75))
    scene.submit()
    scene.submit()
    scene.settle()
    whole = items_of(scene)
    demand(whole == before + 15, f"{whole - before} new pieces of evidence, 15 were sent")
    put_back(scene, aside)
    scene.police.run("sync", "--wait", 30, ok=(0, 75))
    scene.submit()
    scene.settle()
    states = [row["state"] for row in scene.police.outbox()]
    demand(set(states) == {"acknowledged"}, f"something of the copy was given up: {states}")
    demand(items_of(scene) == whole + 5, "the restored machine lost or doubled evidence")
    agency = scene.of_police()
    streams = {s["stream"]: s for s in agency["streams"]}
    fresh = next(s for s in agency["streams"] if "replaces" in s)
    old = streams[fresh["replaces"]]
    demand(old["replaced"] and fresh["replaces_at"] == old["last"] - 2, f"the report does not say where the copy ended: {fresh}")
    demand("restored from a copy" in fresh["words"] and not agency["missing"], f"not said in words: {fresh['words']}")
    demand(not scene.report()["equivocations"], "the restored machine used a number twice")
    scene.police.run("complete", "--final")
    scene.settle()
    agency = scene.of_police()
    demand(agency["complete"], f"not complete after the restore: {agency}")
    print(f"restored from a copy: {fresh['words']}")


def check_two_machines(scene):
    """Two copies of one outbox, each with a consignment of its own under the same number."""
    aside = copy_outbox(scene, "twin")
    before = items_of(scene)
    scene.submit("--reopen", "--no-wait", ok=(75,))
    first = copy_outbox(scene, "first")
    put_back(scene, aside)
    scene.submit("--reopen", "--no-wait", ok=(75,))
    second = copy_outbox(scene, "second")
    put_back(scene, first)
    scene.police.run("sync", "--wait", 30, ok=(0, 75))
    put_back(scene, second)
    scene.police.run("sync", "--wait", 30, ok=(0, 75))
    lost = [row for row in scene.police.outbox() if row["state"] == "rejected"]
    demand(len(lost) == 1 and lost[0]["code"] == "EVX-2013", f"the second machine's number was not given up: {lost}")
    path = scene.fleet.folder / f"episodes-{scene.files}.csv"
    again = json.loads(scene.police.run("submit", "--json", "--again", path).stdout)
    demand(again["consignments"] == 1, "what was given up cannot be sent again")
    scene.settle()
    demand(items_of(scene) == before + 10, "of two machines one lost or doubled its evidence")
    demand(not scene.report()["equivocations"], "two machines made one number mean two things")
    print("two machines with one outbox: no number is used twice, nothing is lost")


def check_heartbeat(scene):
    """A watching agency says how far it is without being asked."""
    folder = scene.fleet.folder / "watched"
    folder.mkdir()
    before = len(scene.police.outbox())
    scene.police.start("watch", folder)
    wait_until(lambda: [row["state"] for row in scene.police.outbox()[before:]] == ["accepted"], 30, "a heartbeat is sent")
    scene.police.daemon.stop()
    scene.settle()
    agency = scene.of_police()
    beat = next(s["heartbeat"] for s in agency["streams"] if not s["replaced"])
    demand(beat["said"] + 1 == beat["seen"] and not agency["missing"], f"the heartbeat does not fit the log: {agency}")
    queued = len(scene.police.outbox())
    scene.police.run("sync", "--heartbeat", "--wait", 30)
    demand(len(scene.police.outbox()) == queued, "a second heartbeat before it was due")
    print(f"heartbeat of consignment {beat['said']} seen")


def check_request(scene):
    child = scene.lead.inspect_json("summary")["children"][0]["id"]
    done = scene.lead.inspect_json("request", "--agency", POLICE, "--child", child, "--kind", "missing-episode", "--due", "2030-01-31",
                                   "Made up: the return interviews")
    scene.settle()
    listed = scene.police.json("requests", "--open")
    demand([r["request"] for r in listed["requests"]] == [done["request"]] and listed["open"] == 1, f"not listed: {listed}")
    request = listed["requests"][0]
    demand(request["from"] == LEAD and request["due"].startswith("2030-01-31") and "interviews" in request["text"], f"{request}")
    asked = request["children"]
    demand(len(asked) == 1 and asked[0]["family"].startswith("Sample"), f"the child is not named: {asked}")
    demand(asked[0]["identifiers"] == [], f"an agency's own number of the child went out: {asked}")
    demand(len(scene.lead.inspect_json("gaps")["requests"]) == 1, "the request is not among the gaps")
    scene.submit("--reopen", "--in-reply-to", done["request"])
    scene.settle()
    demand(scene.police.json("requests", "--open")["requests"] == [], "answered, but still open")
    demand(scene.police.json("requests")["requests"][0]["state"] == "answered", "the answer is not remembered")
    demand(scene.lead.inspect_json("gaps")["requests"] == [], "answered, but still among the gaps")
    second = scene.lead.inspect_json("request", "--agency", POLICE, "Made up: the custody records")["request"]
    scene.settle()
    scene.police.run("nil", "--in-reply-to", second, "--ground", "not-held", "--reopen")
    scene.settle()
    demand(scene.police.json("requests", "--open")["requests"] == [], "a nil return is an answer")
    demand(scene.lead.inspect_json("gaps")["requests"] == [], "a signed nil return, but still among the gaps")
    damage_inbox(scene, second)
    print("a request is listed, answered, and no longer open")


def damage_inbox(scene, whole):
    """A row of the inbox that does not verify is not shown; the others are."""
    db = sqlite3.connect(scene.police.state / "outbox.db")
    db.execute("UPDATE inbox SET bytes = CAST(substr(bytes, 1, bytes_n - 16) || zeroblob(16) AS BLOB)"
               " WHERE log_index = (SELECT min(log_index) FROM inbox_item WHERE kind = 5)")
    db.commit()
    db.close()
    told = scene.police.run("requests", "--json", ok=(1, 65, 70, 74, 77))
    demand("EVX-5003" in told.stderr, f"the damage is not named: {told.stderr}")
    demand([r["request"] for r in json.loads(told.stdout)["requests"]] == [whole], f"a damaged row was shown: {told.stdout}")


def header_id(text):
    """The id that the protocol gives the header inside `header || signature`."""
    return hashlib.sha256(b"evx/consignment/v1\n" + base64.b64decode(text)[:-64]).hexdigest()


def check_equivocation(scene):
    """A forger with the agency's keys signs a second content; the inspectors get the proof."""
    police = scene.police
    run([HOSTILE, "equivocation", f"tcp://127.0.0.1:{scene.fleet.port}", scene.fleet.directory, scene.fleet.inspection,
         police.keys, police.keys, "1", "7"], ok=(0, 1))
    scene.lead.collect_until_idle()
    demand("EVX-6020" in scene.lead.inspect("completeness", ok=(65,)).stderr, "the contradiction is not named")
    told = scene.report(ok=(65,))
    demand(len(told["equivocations"]) == 1 and told["agencies_missing"] == 1, f"not reported: {told['equivocations']}")
    proof = told["equivocations"][0]
    demand(proof["agency"] == POLICE and proof["code"] == "EVX-2012", f"{proof}")
    for side in ("first", "second"):
        demand(header_id(proof[side + "_header_and_signature"]) == proof[side], f"the {side} header is not the one named")
    demand(proof["first"] != proof["second"], "one header twice proves nothing")
    scene.lead.collect_until_idle()
    demand(len(scene.report(ok=(65,))["equivocations"]) == 1, "the same proof is kept twice")
    print("a second content under one number: both headers reach the inspectors")


def scenario():
    scene = Scene()
    check_statement(scene)
    check_after_the_end(scene)
    check_restored(scene)
    check_two_machines(scene)
    check_heartbeat(scene)
    check_request(scene)
    check_equivocation(scene)
    scene.stop()


if __name__ == "__main__":
    sys.exit(main(scenario))
