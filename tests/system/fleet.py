# SPDX-License-Identifier: Apache-2.0
"""A whole exchange on loopback: roots, directory, broker, collectors, agencies.

Everything is made by the programs themselves, as their people would do it: keys
with `evx keys new`, the directory with `evx directory`, signed by two of three
roots. Paths, ports and ids are fresh each time; nothing is shared with other runs.
"""
import csv
import datetime
import json
import os
import pathlib
import random
import secrets

from processes import Failed, Process, demand, free_port, run, scratch_folder, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("EVX_BIN", ROOT / "build/release/bin"))
HOSTILE = BIN.parent / "tests/hostile"
PROGRAM = {"police": "evx-police", "social-care": "evx-social-care", "school": "evx-school", "health": "evx-health"}
EXCHANGE = "exchange.example"
FRAMEWORK = "childrens-homes-2015"
FINAL = {"acknowledged", "rejected", "withdrawn", "erased"}


def day(offset):
    """A directory time some days from today, UTC midnight."""
    when = datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(days=offset)
    return when.strftime("%Y-%m-%dT00:00:00.000Z")


class Member:
    """One organisation of the exchange, with its folders and its configuration file."""

    def __init__(self, fleet, org, role, name, rights):
        self.fleet, self.org, self.role, self.name, self.rights = fleet, org, role, name, rights
        self.home = fleet.folder / org
        self.keys, self.state, self.config = self.home / "keys", self.home / "state", self.home / "evx.yaml"
        self.daemon = None

    @property
    def program(self):
        return BIN / PROGRAM.get(self.role, "evx-collector")

    def write_config(self, port=None):
        self.config.write_text(
            f"organisation: {self.org}\ninspection: {self.fleet.inspection}\n"
            f"broker: tcp://127.0.0.1:{port or self.fleet.port}\ndirectory: {self.fleet.directory}\n"
            f"keys: {self.keys}\nstate: {self.state}\n", encoding="utf-8")

    def command(self, verb, *words):
        return [self.program, verb, "--config", self.config, *words]

    def run(self, verb, *words, ok=(0,), timeout=120):
        return run(self.command(verb, *words), ok=ok, timeout=timeout)

    def json(self, verb, *words, ok=(0,), timeout=120):
        return json.loads(self.run(verb, "--json", *words, ok=ok, timeout=timeout).stdout)

    def start(self, verb, *words, log=None):
        self.daemon = Process(f"{self.org} {verb}", self.command(verb, *words), log or self.home / f"{verb}.log")
        return self.daemon

    def outbox(self):
        """The receipt ladder: one row per consignment that was ever queued."""
        if not (self.state / "outbox.db").exists():
            return []
        return self.json("status")["consignments"]

    def open_rows(self):
        return [row for row in self.outbox() if row["state"] not in FINAL]


class Inspectorate(Member):
    def start_collector(self):
        return self.start("run", log=self.home / "collector.log")

    def collect_until_idle(self, seconds=120):
        self.run("run", "--until-idle", "--timeout", seconds, timeout=seconds + 30)

    def stored(self):
        """What the collector says of each sender; nothing before its store exists."""
        done = self.run("status", "--json", ok=(0, 66))
        return {s["id"]: s for s in json.loads(done.stdout)["senders"]} if done.returncode == 0 else {}

    def inspect(self, verb, *words, ok=(0,), timeout=120):
        return run([BIN / "evx-inspect", verb, "--config", self.config, *words], ok=ok, timeout=timeout)

    def inspect_json(self, verb, *words, ok=(0,), timeout=120):
        return json.loads(self.inspect(verb, "--json", *words, ok=ok, timeout=timeout).stdout)


class Fleet:
    """The exchange. `add_*` first, then make(), start_broker(), and so on."""

    def __init__(self, folder=None, broker_state=None, reserve_kib=None, framework=FRAMEWORK, quorum=0):
        self.folder = pathlib.Path(folder or scratch_folder("evx-fleet-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.inspection, self.framework = secrets.token_hex(16), framework
        self.port, self.directory = free_port(), self.folder / "directory.note"
        self.members, self.broker, self.version = {}, None, 1
        self.broker_home = self.folder / "broker"
        self.broker_state = pathlib.Path(broker_state or self.broker_home / "state")
        self.reserve_kib, self.quorum = reserve_kib, quorum

    # --- who takes part ---

    def add(self, org, role, name, rights, kind=Member):
        self.members[org] = kind(self, org, role, name, rights)
        return self.members[org]

    def add_agency(self, org, role, name=None, rights="send"):
        return self.add(org, role, name or f"{org.replace('-', ' ').title()} (made up)", rights)

    def add_inspectorate(self, org, name=None, rights="send,receive"):
        return self.add(org, "inspectorate", name or f"{org.replace('-', ' ').title()} (made up)", rights, Inspectorate)

    # --- keys and directory ---

    def evx(self, *words, ok=(0,)):
        return run([BIN / "evx", *words], ok=ok)

    def make(self):
        self.make_keys()
        self.compose(self.folder / "directory.txt")
        self.sign(self.folder / "directory.txt")
        self.write_broker_config()
        for member in self.members.values():
            member.write_config()
        return self

    def make_keys(self):
        for n in (1, 2, 3):
            self.evx("keys", "new", "--root", f"root-{n}", "--keys", self.folder / f"root-{n}", "--plain-keys")
        self.evx("keys", "new", "--org", "exchange-broker", "--keys", self.broker_home / "keys", "--broker", "--plain-keys")
        for member in self.members.values():
            witness = ["--witness"] if "witness" in member.rights else []
            self.evx("keys", "new", "--org", member.org, "--keys", member.keys, "--plain-keys", *witness)

    def compose(self, draft):
        roots = [word for n in (1, 2, 3) for word in ("--root", self.folder / f"root-{n}/root.pub")]
        self.evx("directory", "new", "--exchange", EXCHANGE, "--threshold", "2", *roots, "--out", draft)
        self.evx("directory", "add", draft, "org", "exchange-broker", "broker", "active", "Made-up broker")
        for m in self.members.values():
            self.evx("directory", "add", draft, "org", m.org, m.role, "active", m.name)
        pubs = [self.broker_home / "keys/keys.pub"] + [m.keys / "keys.pub" for m in self.members.values()]
        self.evx("directory", "add", draft, "keys", *pubs)
        self.evx("directory", "add", draft, "inspection", self.inspection, self.framework, "open", day(-30), day(60),
                 "Made-up joint inspection of Northam")
        if self.quorum:
            self.evx("directory", "add", draft, "quorum", str(self.quorum))
        for m in self.members.values():
            if m.rights:
                self.evx("directory", "add", draft, "member", self.inspection, m.org, m.rights)

    def sign(self, draft):
        """Two of the three roots sign; the result replaces directory.note."""
        note = self.folder / f"directory-{self.version}.note"
        self.evx("directory", "sign", draft, "--key", self.folder / "root-1/root.key", "--out", note)
        self.evx("directory", "sign", note, "--key", self.folder / "root-2/root.key")
        self.evx("directory", "verify", note)
        os.replace(note, self.directory)

    def next_directory(self, *changes):
        """A further version: each change is the words of one `evx directory add`."""
        draft, self.version = self.folder / "next.txt", self.version + 1
        self.evx("directory", "new", "--from", self.directory, "--out", draft)
        for words in changes:
            self.evx("directory", "add", draft, *words)
        self.sign(draft)

    def log_vkey(self):
        """The log's verifier key in its C2SP form, as the directory shows it."""
        shown = json.loads(self.evx("directory", "show", "--json", self.directory).stdout)
        return next(i["log"] for i in shown["inspections"] if i["id"] == self.inspection)

    # --- the broker ---

    def write_broker_config(self):
        reserve = f"reserve-kib: {self.reserve_kib}\n" if self.reserve_kib else ""
        (self.broker_home / "evx.yaml").write_text(
            f"state: {self.broker_state}\nlisten: tcp://127.0.0.1:{self.port}\ndirectory: {self.directory}\n"
            f"keys: {self.broker_home / 'keys'}\n{reserve}", encoding="utf-8")

    def broker_command(self, verb, *words):
        return [BIN / "evx-broker", verb, "--config", self.broker_home / "evx.yaml", *words]

    def start_broker(self, env=None):
        self.broker = Process("broker", self.broker_command("run"), self.broker_home / "broker.log", env=env)
        wait_until(self.broker_listens, 20, "the broker listens")
        return self.broker

    def broker_listens(self):
        demand(self.broker.alive(), f"the broker ended: {self.broker.log_text()[-2000:]}")
        return listens(self.port)

    def wait_for_directory(self, version):
        """Until the broker says that it works under this version."""
        wait_until(lambda: f"directory={version}" in self.broker.log_text() or f"version={version}" in self.broker.log_text(),
                   20, f"directory version {version} in force")

    def fsck(self):
        return run(self.broker_command("fsck", "--deep"))

    # --- settling ---

    def settle(self, members=None, seconds=120):
        """Drives agencies until every consignment has its final answer."""
        members = [m for m in members or self.members.values() if not isinstance(m, Inspectorate)]

        def settled():
            waiting = [m for m in members if m.open_rows()]
            for m in waiting:
                m.run("sync", "--wait", 5, ok=(0, 75))
            return not waiting
        wait_until(settled, seconds, "every consignment has its final answer")


def preloadable(folder, library):
    """A path for LD_PRELOAD, which cannot hold a space: the library by a link in the fleet's own folder."""
    link = folder / library.name
    if not link.exists():
        link.symlink_to(library)
    return str(link)


def listens(port):
    """True when somebody listens on a loopback port; connects to nothing."""
    wanted = f"0100007F:{port:04X}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in pathlib.Path(table).read_text(encoding="ascii").splitlines()[1:]:
            _, local, _, state = line.split()[:4]
            if local.endswith(wanted) and state == "0A":
                return True
    return False


# --- made-up input ---

MISSING_COLUMNS = ["Episode", "Person ID", "NHS number", "Family name", "Given name", "Date of birth", "Sex", "Reported",
                   "Started", "Found", "Risk initial", "Risk final", "Return interview", "Place found", "Missing from",
                   "Circumstances"]


def missing_episodes(path, rows, circumstances=None, first=1, rng=None):
    """Writes a police export of missing episodes: plainly made up, all valid."""
    rng = rng or random.Random(first)
    start = datetime.datetime(2026, 1, 1, 8, 0)
    with open(path, "w", newline="", encoding="utf-8") as out:
        table = csv.writer(out)
        table.writerow(MISSING_COLUMNS)
        for n in range(first, first + rows):
            began = start + datetime.timedelta(minutes=37 * (n % 3000))  # before the clocks change
            table.writerow([
                f"E{n}", f"P{n % 50}", "", f"Sample{n % 50}", "Child", "03/04/2012", rng.choice("FM"),
                (began + datetime.timedelta(minutes=20)).strftime("%d/%m/%Y %H:%M"), began.strftime("%d/%m/%Y %H:%M"), "",
                rng.choice(["LOW", "MEDIUM", "HIGH"]), "", "", "Northam station", "Home",
                circumstances(n) if circumstances else f"Made up, number {n}."])
    return path


def two_agencies(**options):
    """The smallest exchange that shows everything: two police forces, a lead inspectorate."""
    fleet = Fleet(**options)
    fleet.add_agency("northam-police", "police")
    fleet.add_agency("southam-police", "police")
    fleet.add_inspectorate("homes-inspectorate")
    return fleet


__all__ = ["BIN", "EXCHANGE", "FINAL", "Failed", "Fleet", "HOSTILE", "ROOT", "Inspectorate", "Member", "listens",
           "missing_episodes", "two_agencies"]
