"""P2: between the writing of a save and its 200, the journal of the database reaches the disk.

A kill cannot show this, because the kernel keeps what a dead process wrote; only the order of the
system calls can. One worker with one thread serves, so that they cannot mingle.
"""

import argparse
import contextlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.chaos.contest import (
    DATABASES,
    CannotRun,
    Outcome,
    Record,
    Server,
    judge,
    main,
    make_app,
    settle,
)
from tests.chaos.learners import Client, Learner

CALLS = "trace=pwrite64,write,fdatasync,fsync,recvfrom,sendto"
# pid, time, call, file or socket in <…>, the rest; of a call that was interrupted the end counts.
LINE = re.compile(r"\d+ +[\d.]+ (?:<\.\.\. )?(\w+)(?: resumed>)?(.*)")
JOURNAL = {"sqlite": "quiz.db-wal", "postgresql": "/pg_wal/"}


def trial(arguments: argparse.Namespace, folder: Path) -> Outcome:
    """Trace the server, and the database server if there is one, through many saves."""
    if shutil.which("strace") is None:
        raise CannotRun("strace is missing: apt-get install strace")
    outcome, record = Outcome(), Record()
    database = DATABASES[arguments.database](folder)
    app = make_app(database.url)
    province = settle(app, 1 + arguments.saves // 600)
    server, trace = Server(database.url, folder, arguments.bug), folder / "trace"
    server.start(workers=1, threads=1)
    with _tracing(server.pids() + database.pids(), trace):
        for number, ticket in enumerate(province.tickets):
            left = min(600, arguments.saves - 600 * number)
            learner = Learner(Client(server, ticket), province.campaign, record)
            for begun in range(0, left, 60):
                most = min(60, left - begun)
                learner.take(lambda saved, most=most: saved < most)
    server.stop()
    safe, unsafe = _read(trace, JOURNAL[arguments.database])
    outcome.figures |= {"answers to changes": safe + unsafe, "synced before them": safe}
    outcome.check(
        safe + unsafe >= arguments.saves, f"blind: only {safe + unsafe} answers were traced"
    )
    outcome.check(not unsafe, f"unsynced: {unsafe} answers were sent before the disk had the save")
    judge(app, database, record, outcome)
    database.stop()
    return outcome


def _read(trace: Path, journal: str) -> tuple[int, int]:
    """How many changes were answered with what they wrote on the disk, and how many without."""
    safe = unsafe = 0
    asked = False
    # Processes that have synced since the question and written nothing more. What another one
    # writes, such as PostgreSQL's walwriter, takes nothing from that.
    synced: set[str] = set()
    started: dict[str, str] = {}
    for line in trace.read_text(errors="replace").splitlines():
        found = LINE.match(line)
        if not found:
            continue
        pid, (call, rest) = line.split()[0], found.groups()
        if rest.endswith("<unfinished ...>"):
            started[pid] = rest
            if call != "sendto":  # what is being sent is on its way
                continue
        elif "resumed>" in line:
            rest = started.pop(pid, "") + rest
        if call == "recvfrom" and '"POST /' in rest:
            asked = True
            synced.clear()
        elif journal in rest and call in ("pwrite64", "write"):
            synced.discard(pid)
        elif journal in rest and call in ("fdatasync", "fsync") and rest.endswith("= 0"):
            synced.add(pid)
        elif call == "sendto" and '"HTTP/1.1 ' in rest and asked:
            safe, unsafe = safe + bool(synced), unsafe + (not synced)
            asked = False
    return safe, unsafe


@contextlib.contextmanager
def _tracing(pids: list[int], trace: Path) -> Iterator[None]:
    """Write down the system calls of these processes, and of all that they start, by time.

    Each user's processes get a tracer of that user, which needs no privilege.
    """
    by_user: dict[int, list[int]] = {}
    for pid in pids:
        by_user.setdefault(Path(f"/proc/{pid}").stat().st_uid, []).append(pid)
    files = [trace.with_name(f"trace-{user}") for user in by_user]
    tracers = []
    for (user, mine), file in zip(by_user.items(), files, strict=True):
        file.touch()
        os.chown(file, user, -1)
        tracers.append(_attach(user, mine, file))
    try:
        yield
    finally:
        for tracer in tracers:
            tracer.terminate()
            tracer.communicate()
        lines = [line for file in files for line in file.read_text(errors="replace").splitlines()]
        trace.write_text("\n".join(sorted(lines, key=lambda line: line.split()[1])))


def _attach(user: int, pids: list[int], file: Path) -> subprocess.Popen[str]:
    attached = [word for pid in pids for word in ("-p", str(pid))]
    command = ["strace", "-f", "-ttt", "-y", "-s", "12", "-e", CALLS, "-e", "signal=none"]
    tracer = subprocess.Popen(
        [*command, "-o", str(file), *attached], stderr=subprocess.PIPE, text=True, user=user
    )
    deadline = time.monotonic() + 20
    for pid in pids:
        while "TracerPid:\t0" in Path(f"/proc/{pid}/status").read_text():
            if tracer.poll() is not None or time.monotonic() > deadline:
                tracer.kill()
                raise CannotRun(f"strace may not attach (ptrace): {tracer.stderr.read()}")
            time.sleep(0.02)
    return tracer


if __name__ == "__main__":
    main(trial, saves=1000)
