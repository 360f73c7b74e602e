#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""64 marker strings planted in the evidence are nowhere to be found at the broker.

Looks in the broker's files, memory image (while it holds them), logs and
metrics, and in a copy of every byte on the wire, for the markers as they are
and as UTF-16, base64 and hexadecimal. First it shows that the search can find
them: in the exports, and in the collector's opened evidence.
"""
import base64
import os
import pathlib
import secrets
import signal

from fleet import missing_episodes, two_agencies
from processes import Recorder, demand, file_hits, main, memory_hits

MARKERS = 64


def spellings(stem):
    """How the stem that all markers share could be written where one leaked."""
    raw = stem.encode()
    return [raw, raw.lower(), stem.encode("utf-16-le"), raw.hex().encode(), raw.hex().upper().encode(),
            *(base64.b64encode(b"x" * shift + raw)[4 if shift else 0:-4] for shift in (0, 1, 2))]


def plant(fleet, markers):
    """One marker a row: in circumstances, in names, in identifiers and in the file's own name."""
    path = missing_episodes(fleet.folder / f"{markers[0]}.csv", MARKERS, circumstances=lambda n: f"seen with {markers[n - 1]} at noon")
    text = path.read_text(encoding="utf-8").splitlines()
    for n in range(0, MARKERS, 4):
        cells = text[n + 1].split(",")
        cells[1], cells[3], cells[13] = markers[n], markers[n], markers[n]
        text[n + 1] = ",".join(cells)
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    return path


def scenario():
    stem = f"Mk{secrets.token_hex(7)}"
    markers = [f"{stem}{secrets.token_hex(4)}" for _ in range(MARKERS)]
    needles = spellings(stem)
    fleet = two_agencies()
    fleet.make()
    fleet.start_broker()
    wire = Recorder(fleet.port)
    police, lead = fleet.members["northam-police"], fleet.members["homes-inspectorate"]
    police.write_config(wire.port)
    lead.write_config(wire.port)
    path = plant(fleet, markers)
    demand(len(file_hits(fleet.folder, [m.encode() for m in markers])) == MARKERS, "the search cannot find what is there")

    police.run("submit", path)
    in_memory = memory_hits(fleet.broker.pid, needles)
    lead.start_collector()
    fleet.settle([police])
    in_memory |= memory_hits(fleet.broker.pid, needles)
    found = lead.inspect_json("search", markers[1])["hits"]
    demand(len(found) == 1, f"the inspector finds {len(found)} pieces of evidence with a marker that stands in one")
    demand(memory_hits(os.getpid(), [markers[0].encode()]), "the search of memory cannot find what is there")
    demand(len(wire.bytes) > 20000, f"only {len(wire.bytes)} bytes went over the wire")

    broker_files = file_hits(fleet.broker_home, needles) | file_hits(fleet.broker_state, needles)
    broker_log = {n for n in needles if n in pathlib.Path(fleet.broker.log).read_bytes()}
    on_wire = {n for n in needles if n in bytes(wire.bytes)}
    collector_files = file_hits(lead.home, needles)
    size = sum(p.stat().st_size for p in fleet.broker_home.rglob("*") if p.is_file())
    print(f"{MARKERS} markers, each in {len(needles)} spellings; {size} bytes of broker files, "
          f"{fleet.broker.status_kib('VmRSS')} KiB of broker memory, {len(wire.bytes)} bytes on the wire")
    print(f"hits: broker files {len(broker_files)}, broker memory {len(in_memory)}, broker log {len(broker_log)}, "
          f"wire {len(on_wire)}, collector's files at rest {len(collector_files)}")
    demand(not (broker_files or in_memory or broker_log or on_wire), "content leaked to the broker or the wire")
    demand(not collector_files, "content lies readable in the collector's files")
    fleet.broker.child.send_signal(signal.SIGTERM)
    demand(fleet.broker.stop() == 0 and lead.daemon.stop() == 0, "not ended cleanly")
    wire.close()


if __name__ == "__main__":
    main(scenario)
