#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The broker's state on a 16 MiB file system, filled to the brim; then an agency's.

Shows: the broker refuses new work in time (EVX-2022) and keeps serving, nothing
it acknowledged is lost, and everything drains once there is room. An agency
whose own disk is full is told so (exit 74) and has queued all of a file or
nothing. Needs to mount: root, or an unprivileged user namespace; else skipped (77).
"""
import os
import pathlib
import subprocess
import sys

from fleet import missing_episodes, two_agencies
from processes import Failed, demand, main, wait_until

SIZE_MIB, BALLAST_MIB = 16, 6
SKIPPED = 77


def quietly(*command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0


def mount_small(folder, image):
    """A 16 MiB file system: ext4 on a loop device, else tmpfs. False when this process may not mount."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(image, "wb") as out:
        out.truncate(SIZE_MIB << 20)
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    os.environ["PATH"] = path
    if quietly("mkfs.ext4", "-q", "-F", "-m", "0", str(image)) and quietly("mount", "-o", "loop", str(image), str(folder)):
        return "ext4"
    if quietly("mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "tmpfs", str(folder)):
        return "tmpfs"
    return None


class Small:
    """A small file system with ballast that can be thrown overboard."""

    def __init__(self, folder, image):
        self.folder, self.kind = folder, mount_small(folder, image)

    def __enter__(self):
        if self.kind:
            (self.folder / "ballast").write_bytes(os.urandom(1 << 20) * BALLAST_MIB)
        return self

    def __exit__(self, *_):
        if self.kind:
            quietly("umount", str(self.folder)) or quietly("umount", "-l", str(self.folder))

    def make_room(self):
        (self.folder / "ballast").unlink()


def fill_broker(fleet, police):
    """Submits until the broker takes no more; returns how many files were handed over."""
    for n in range(1, 60):
        path = missing_episodes(fleet.folder / f"full-{n}.csv", 1500, first=n * 3000, circumstances=lambda k: f"Made up {k}. " * 20)
        done = police.run("submit", "--wait", 5, path, ok=(0, 69, 74, 75, 76), timeout=60)
        demand(done.returncode == 75 or done.returncode == 0, f"submit ended with {done.returncode}\n{done.stderr}")
        if done.returncode == 75:
            return n, done.stderr
    raise Failed("16 MiB took 60 files and was not full")


def broker_full(fleet, police, lead):
    with Small(fleet.broker_state, fleet.folder / "broker.img") as small:
        if not small.kind:
            return None
        fleet.start_broker()
        files, said = fill_broker(fleet, police)
        rows = police.outbox()
        accepted = {r["id"]: r["index"] for r in rows if "index" in r}
        waiting = [r["id"] for r in rows if r["state"] == "spooled"]
        demand(accepted and waiting, f"{len(accepted)} accepted, {len(waiting)} waiting: it was not filled while working")
        demand("2022" in said + fleet.broker.log_text(), "nothing says EVX-2022")
        demand(fleet.broker.alive(), f"the broker ended\n{fleet.broker.log_text()[-1500:]}")
        # It still serves: the collector reads what was accepted, from a full disk.
        lead.start_collector()
        wait_until(lambda: lead.stored().get(police.org, {}).get("accepted"), 30, "a full broker still serves")
        demand(fleet.broker.stop() == 0, "no clean end on a full disk")
        fleet.start_broker()
        small.make_room()
        demand(lead.daemon.alive(), f"the collector ended because the broker was full\n{lead.daemon.log_text()[-800:]}")
        fleet.settle([police], seconds=120)
        rows = police.outbox()
        demand(all(r["state"] == "acknowledged" for r in rows), "not everything was acknowledged")
        demand(all(r["index"] == accepted[r["id"]] for r in rows if r["id"] in accepted), "an accepted consignment moved")
        stored = lead.stored()[police.org]
        demand(stored["accepted"] == sum(r["items"] for r in rows) == files * 1500, f"{files} files, outbox {len(rows)}, store {stored}")
        demand(lead.daemon.stop() == 0 and fleet.broker.stop() == 0, "not ended cleanly")
        print(f"broker on {SIZE_MIB} MiB {small.kind}: {len(accepted)} consignments accepted before it was full, {len(waiting)} kept "
              f"back, all {len(rows)} acknowledged after there was room; 0 lost")
        print(fleet.fsck().stdout.strip())
    return True


def agency_full(fleet, member):
    """All or nothing: after each attempt the outbox has whole files only."""
    with Small(member.state, fleet.folder / "agency.img") as small:
        full = 0
        for n in range(1, 60):
            path = missing_episodes(fleet.folder / f"agency-{n}.csv", 1500, first=n * 3000, circumstances=lambda k: f"Made up {k}. " * 20)
            done = member.run("submit", "--no-wait", path, ok=(74, 75), timeout=60)
            if done.returncode == 74:
                full += 1
                demand("EVX-5002" in done.stderr or "EVX-5008" in done.stderr, f"a full disk is called\n{done.stderr}")
                break
        demand(full, "16 MiB took 60 files and was not full")
        # The disk may fill after the file was queued, while it is being noted as sent: then it is there, whole.
        whole = sum(r["items"] for r in member.outbox())
        demand(whole in ((n - 1) * 1500, n * 1500), f"{n - 1} files were queued, the outbox has {whole} items")
        small.make_room()
        member.run("submit", "--no-wait", path, ok=(75,))
        whole = sum(r["items"] for r in member.outbox())
        demand(whole == n * 1500, f"{n} files were queued, the outbox has {whole} items")
        print(f"agency on {SIZE_MIB} MiB {small.kind}: told at file {n} (exit 74), outbox whole, taken after there was room")


def scenario():
    if os.geteuid() != 0 and "--inside" not in sys.argv:
        os.execvp("unshare", ["unshare", "--user", "--map-root-user", "--mount", sys.executable, __file__, "--inside"])
    fleet = two_agencies(reserve_kib=2048)
    fleet.make()
    if not broker_full(fleet, fleet.members["northam-police"], fleet.members["homes-inspectorate"]):
        print("skipped: this process may not mount a file system")
        sys.exit(SKIPPED)
    agency_full(fleet, fleet.members["southam-police"])


if __name__ == "__main__":
    if os.geteuid() != 0 and not quietly("unshare", "--user", "--map-root-user", "--mount", "true"):
        print("skipped: neither root nor user namespaces")
        sys.exit(SKIPPED)
    main(scenario)
