# SPDX-License-Identifier: Apache-2.0
"""Processes under test: started with their output in files, stopped by their own ids.

Nothing here outlives the test: whatever was started is stopped on exit, also
after a failure or a signal. The folders of a test that passed are removed; those
of one that failed are left, and said.
"""
import atexit
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

_running = []
_scratch = []


def scratch_folder(prefix):
    """A fresh folder under the system's temporary one."""
    _scratch.append(pathlib.Path(tempfile.mkdtemp(prefix=prefix)))
    return _scratch[-1]


class Failed(Exception):
    """What a scenario demands does not hold."""


def demand(holds, why):
    if not holds:
        raise Failed(why)


def wait_until(holds, seconds, what, every=0.05):
    """Waits for a state, never for a time; returns what `holds` returned."""
    end = time.monotonic() + seconds
    while True:
        result = holds()
        if result:
            return result
        demand(time.monotonic() < end, f"after {seconds} s still not: {what}")
        time.sleep(every)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Process:
    """One program of ours, its standard output and error appended to a log file."""

    def __init__(self, name, command, log, env=None):
        self.name, self.command, self.log = name, [str(c) for c in command], pathlib.Path(log)
        with open(self.log, "ab") as out:
            self.child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env,
                                          start_new_session=True)
        _running.append(self)

    @property
    def pid(self):
        return self.child.pid

    def alive(self):
        return self.child.poll() is None

    def kill(self):
        """SIGKILL, and waits for the end."""
        if self.alive():
            self.child.kill()
        self.child.wait()
        self._forget()

    def stop(self, seconds=20):
        """SIGTERM; returns the exit code. SIGKILL after `seconds`."""
        if self.alive():
            self.child.terminate()
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise Failed(f"{self.name} did not stop within {seconds} s of SIGTERM") from None
        finally:
            self._forget()

    def _forget(self):
        if self in _running:
            _running.remove(self)

    def status_kib(self, field):
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1])
        return 0

    def log_text(self):
        return self.log.read_text(errors="replace")


def stop_all():
    for process in list(_running):
        if process.alive():
            process.child.kill()
        process.child.wait()
    _running.clear()


def run(command, ok=(0,), timeout=120, env=None, cwd=None, text_in=None):
    """Runs to the end; fails unless the exit code is one of `ok`."""
    demand(os.access(command[0], os.X_OK), f"{command[0]} is not built")
    done = subprocess.run([str(c) for c in command], input=text_in, stdin=None if text_in is not None else subprocess.DEVNULL,
                          capture_output=True, text=True, errors="replace", timeout=timeout, env=env, cwd=cwd, check=False)
    if done.returncode not in ok:
        shown, wanted = " ".join(str(c) for c in command), ok if len(ok) < 9 else "a failure"
        raise Failed(f"{shown}\nexit {done.returncode}, expected {wanted}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done


class Recorder:
    """A TCP relay on loopback that keeps a copy of every byte, and can hold or cut the line."""

    def __init__(self, target_port, keep=True):
        self.target_port, self.keep = target_port, keep
        self.bytes = bytearray()
        self.open, self.lock, self.pairs = True, threading.Lock(), []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near, _ = self.server.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target_port), 2) if self.open else None
            except OSError:
                far = None
            if far is None:
                near.close()
                continue
            with self.lock:
                self.pairs.append((near, far))
            for a, b in ((near, far), (far, near)):
                threading.Thread(target=self._relay, args=(a, b), daemon=True).start()

    def _relay(self, source, sink):
        try:
            while chunk := source.recv(65536):
                if self.keep:
                    with self.lock:
                        self.bytes += chunk
                sink.sendall(chunk)
        except OSError:
            pass
        for s in (source, sink):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        """Drops every connection and refuses new ones."""
        self.open = False
        with self.lock:
            pairs, self.pairs = self.pairs, []
        for pair in pairs:
            for s in pair:
                s.close()

    def mend(self):
        self.open = True

    def close(self):
        self.server.close()
        self.cut()


def memory_hits(pid, needles):
    """Which needles stand in the readable memory of a process. Needs root or the same user."""
    hits = set()
    longest = max(len(n) for n in needles)
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            span, mode = line.split()[:2]
            if "r" not in mode or line.rstrip().endswith(("[vvar]", "[vsyscall]")):
                continue
            start, end = (int(x, 16) for x in span.split("-"))
            carry = b""
            while start < end:
                try:
                    memory.seek(start)
                    chunk = memory.read(min(1 << 22, end - start))
                except (OSError, ValueError):
                    break
                if not chunk:
                    break
                window = carry + chunk
                hits.update(n for n in needles if n in window)
                carry = window[-longest:]
                start += len(chunk)
    return hits


def file_hits(folder, needles):
    """Which needles stand in any file below a folder."""
    hits = set()
    for path in pathlib.Path(folder).rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            hits.update(n for n in needles if n in content)
    return hits


def main(scenario):
    """Runs a scenario as a test program: exit 0, 1 with the reason, 77 skipped."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        scenario()
    except Failed as why:
        print(f"FAILED: {why}\nleft for a look: {', '.join(str(f) for f in _scratch)}", flush=True)
        sys.exit(1)
    finally:
        stop_all()
    for folder in _scratch:
        shutil.rmtree(folder, ignore_errors=True)


atexit.register(stop_all)
os.environ.setdefault("LC_ALL", "C.UTF-8")
