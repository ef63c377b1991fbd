"""P4: the disk is full. Every change is refused with words, nothing is lost, all goes on after.

The database lies on a small disk of its own (a mounted tmpfs). Where mounting is forbidden, a
limit on the size of files stands in: the kernel then refuses the same writes.
"""

import argparse
import contextlib
import json
import resource
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from tests.chaos.contest import (
    PATIENCE,
    Outcome,
    Record,
    Server,
    Sqlite,
    judge,
    main,
    make_app,
    settle,
)
from tests.chaos.learners import Client, Crowd, Learner, Reply, choose

SENTENCE = "chưa được lưu"
DISK = "16m"
ROOM = 400  # saves, more than a journal takes that may not grow
LONGEST_WAIT = 1.0  # seconds from free space to the first accepted change


class SmallDisk:
    """A file system of its own, filled by a file that an operator could delete."""

    name = "tmpfs"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, server: Server) -> None:
        """Take the last free byte."""
        with contextlib.suppress(OSError), (self.folder / "ballast").open("wb", 0) as ballast:
            while True:
                ballast.write(bytes(4096))

    def free(self, server: Server) -> None:
        """Delete the ballast."""
        (self.folder / "ballast").unlink()


class SizeLimit:
    """No process of the server may make a file longer than the journal is now."""

    name = "RLIMIT_FSIZE"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, server: Server) -> None:
        """Let no file grow."""
        self._limit(server, (self.folder / "quiz.db-wal").stat().st_size)

    def free(self, server: Server) -> None:
        """Let files grow again."""
        self._limit(server, resource.RLIM_INFINITY)

    def _limit(self, server: Server, size: int) -> None:
        for pid in server.pids():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@contextlib.contextmanager
def disk(folder: Path, mounted: bool) -> Iterator[SmallDisk | SizeLimit]:
    """A disk that can be filled, mounted if this machine lets us."""
    place = folder / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "chaos", str(place)]
    if not mounted or subprocess.run(mount, capture_output=True, check=False).returncode:
        yield SizeLimit(place)
        return
    try:
        yield SmallDisk(place)
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def trial(arguments: argparse.Namespace, folder: Path) -> Outcome:
    """Fill the disk under load, ask for changes and pages, free it; some times over."""
    outcome, record = Outcome(), Record()
    with disk(folder, bool(arguments.mount)) as small:
        database = Sqlite(small.folder)
        app = make_app(database.url)
        province = settle(app, (2 + arguments.clients) * arguments.times)
        server = Server(database.url, folder, arguments.bug)
        pauses = []
        for time_number in range(arguments.times):
            server.start()
            first = (2 + arguments.clients) * time_number
            probe, other = (
                Learner(Client(server, ticket), province.campaign, record)
                for ticket in province.tickets[first : first + 2]
            )
            crowd = Crowd(server, province, record, arguments.clients, first=first + 2).start()
            crowd.wait_for_save()
            path, offered = probe.begin()
            probe.save(path, 1, 1, choose(offered[1]))
            small.fill(server)
            held = probe.operation(path, 2, 1, choose(offered[2]))
            _until_full(probe, path, offered[1])
            for _ in range(arguments.changes):
                _expect_refusals(probe, other, path, held, outcome)
            small.free(server)
            pauses.append(_seconds_until_saved(probe, path, held))
            crowd.finish(outcome)
            probe.hand_in(path)
            server.stop()
        outcome.figures |= {"disk": small.name, "times full": arguments.times}
        outcome.note_spread("recovery", pauses)
        outcome.check(max(pauses) <= LONGEST_WAIT, f"slow: {max(pauses):.1f} s to the next save")
        judge(app, database, record, outcome)
    return outcome


def _until_full(probe: Learner, path: str, fields: dict[str, list[str]]) -> None:
    """Save until ten in a row are refused: a journal has some room of its own."""
    refused, revision = 0, 1
    while refused < 10 and revision < ROOM:
        revision += 1
        operation = probe.operation(path, 1, revision, choose(fields))
        reply = probe.client.ask("POST", f"{path}/save", operation)
        refused = 0 if reply.status == 200 else refused + 1
        if reply.status == 200:
            probe.note_saved(operation["op_id"], reply)


def _expect_refusals(
    probe: Learner, other: Learner, path: str, held: dict[str, str], outcome: Outcome
) -> None:
    """A save, a start and a submit are refused in words; the paper can be read."""
    submit = {"op_id": str(uuid.uuid4()), "confirmed": "y"}
    saved = probe.client.ask("POST", f"{path}/save", held)
    if saved.status == 200:
        probe.note_saved(held["op_id"], saved)
    started = other.client.ask("POST", f"/campaigns/{other.campaign}/attempts", {})
    submitted = probe.client.ask("POST", f"{path}/submit", submit)
    for reply in (saved, started, submitted):
        fault = f"lie: not refused as full: {reply.status} {reply.body[:60]!r}"
        outcome.check(reply.status == 503 and SENTENCE in _words(reply), fault)
    read = probe.client.ask("GET", path)
    outcome.check(read.status == 200, f"error: the paper cannot be read: {read.status}")


def _words(reply: Reply) -> str:
    """What a person reads."""
    return json.loads(reply.body)["error"] if reply.body.startswith("{") else reply.body


def _seconds_until_saved(probe: Learner, path: str, held: dict[str, str]) -> float:
    """Repeat the refused save, with its own op_id, until it is accepted."""
    begun = time.monotonic()
    while time.monotonic() < begun + PATIENCE:
        reply = probe.client.ask("POST", f"{path}/save", held)
        if reply.status == 200:
            probe.note_saved(held["op_id"], reply)
            return time.monotonic() - begun
        time.sleep(0.05)
    raise AssertionError("no save is accepted after space was freed")


if __name__ == "__main__":
    main(trial, times=10, clients=8, changes=20, mount=1)
