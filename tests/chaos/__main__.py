"""Every trial and every negative control, then one table: `python -m tests.chaos [small]`.

A negative control is the same trial on a build with a bug put in (see wsgi.py). It has to find a
fault of the expected kind; a harness that cannot see the bug proves nothing.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.contest import ROOT

SQLITE, BOTH = ("sqlite",), ("sqlite", "postgresql")
HIDDEN = {"503", "compared in force"}  # figures for whoever looks closer


@dataclass(frozen=True)
class Control:
    """A bug, and the first word of the fault that it must show as."""

    bug: str
    fault: str
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Trial:
    """A program of this folder and how often it does its harm."""

    name: str
    module: str
    databases: tuple[str, ...]
    full: Mapping[str, int]
    small: Mapping[str, int]
    controls: tuple[Control, ...]


TRIALS = (
    Trial(
        "P7 bad mobile link",
        "slow_network",
        BOTH,
        {"attempts": 200, "browsers": 10, "together": 40, "disconnects": 20},
        {"attempts": 6, "browsers": 1, "together": 6, "disconnects": 2},
        (Control("double", "doubled", {"attempts": 6, "browsers": 0, "disconnects": 2}),),
    ),
    Trial(
        "P1 kill -9 of the app",
        "kill9",
        BOTH,
        {"kills": 500, "clients": 50},
        {"kills": 20, "clients": 20},
        (Control("acknowledge-early", "lost", {"kills": 4, "clients": 20}),),
    ),
    Trial(
        "P2 synced before the 200",
        "sync_order",
        BOTH,
        {"saves": 1000},
        {"saves": 60},
        (Control("no-sync", "unsynced", {"saves": 20}),),
    ),
    Trial(
        "P3 kill -9 of PostgreSQL",
        "database_kill",
        ("postgresql",),
        {"kills": 50, "clients": 20},
        {"kills": 3, "clients": 10},
        (
            Control("crash", "error", {"kills": 2, "clients": 10}),
            Control("sulk", "slow", {"kills": 1, "clients": 5}),
        ),
    ),
    Trial(
        "P4 disk full",
        "disk_full",
        SQLITE,
        {"times": 10, "clients": 8, "changes": 20},
        {"times": 2, "clients": 4, "changes": 5},
        (Control("lie", "lost", {"times": 1, "clients": 4, "changes": 5}),),
    ),
    Trial(
        "P5 the last minute",
        "deadline_rush",
        BOTH,
        {"submits": 5000, "seconds": 60},
        {"submits": 100, "seconds": 5, "strict": 0},  # beside other trials times prove nothing
        (Control("impatient", "error", {"submits": 60, "seconds": 1, "strict": 0}),),
    ),
    Trial(
        "P6 restarts",
        "restarts",
        BOTH,
        {"restarts": 100, "clients": 20},
        {"restarts": 3, "clients": 10},
        (Control("acknowledge-early", "lost", {"restarts": 2, "clients": 10}),),
    ),
    Trial(
        "P15 two sweepers",
        "sweepers",
        BOTH,
        {"attempts": 10_000},
        {"attempts": 100},
        (Control("count-again", "wrong", {"attempts": 60}),),
    ),
    Trial(
        "T-L6 all at once",
        "races",
        BOTH,
        {"rounds": 500, "starts": 50, "submits": 20},
        {"rounds": 5, "starts": 50, "submits": 20},
        (
            Control("begin-again", "doubled", {"rounds": 2}),
            Control("believe-the-last", "doubled", {"rounds": 2, "starts": 1}),
        ),
    ),
    Trial(
        "T-L5 saves out of order",
        "stale_saves",
        BOTH,
        {"sequences": 1000, "steps": 50},
        {"sequences": 10, "steps": 50},
        (Control("believe-the-last", "differs", {"sequences": 2, "steps": 50}),),
    ),
)


@dataclass(frozen=True)
class Run:
    """One trial on one database, or a negative control of it."""

    trial: Trial
    database: str
    counts: Mapping[str, int]
    control: Control | None = None

    def __call__(self) -> tuple[bool, str]:
        """Do it. Returns whether all is as it must be, and a row of the table."""
        with tempfile.NamedTemporaryFile(prefix="chaos-", suffix=".json") as report:
            words = [f"--{name}={value}" for name, value in self.counts.items()]
            bug = ["--bug", self.control.bug] if self.control else []
            program = [sys.executable, "-m", f"tests.chaos.{self.trial.module}"]
            options = ["--database", self.database, "--report", report.name]
            begun = time.monotonic()
            done = subprocess.run(
                [*program, *options, *words, *bug],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            found = json.loads(Path(report.name).read_text() or "{}")
        took = time.monotonic() - begun
        fine, verdict = self._verdict(done.returncode, found.get("faults", []))
        if not fine:
            print(done.stdout, flush=True)
        name = f"  with the bug {self.control.bug}" if self.control else self.trial.name
        figures = ", ".join(_figures(found.get("figures", {})))
        return fine, f"{name:<31} {self.database:<11} {verdict:<9} {took:>5.0f} s  {figures}"

    def _verdict(self, status: int, faults: list[str]) -> tuple[bool, str]:
        if self.control is None:
            return status == 0, {0: "ok", 2: "cannot"}.get(status, "FAULT")
        kinds = Counter(fault.partition(":")[0] for fault in faults)
        if status == 1 and kinds[self.control.fault]:
            return True, self.control.fault
        return False, "UNSEEN"


def _figures(found: Mapping[str, object]) -> Iterator[str]:
    for name, value in found.items():
        if name not in HIDDEN:
            yield f"{name} {value:.2f}" if isinstance(value, float) else f"{name} {value}"


def runs(small: bool) -> Iterator[Run]:
    """What there is to do."""
    for trial in TRIALS:
        for database in trial.databases:
            yield Run(trial, database, trial.small if small else trial.full)
        for control in trial.controls:
            for database in trial.databases[: 1 if small else None]:
                yield Run(trial, database, control.counts, control)


def main() -> None:
    """Exit 1 if a trial found a fault or could not run, or if a bug was not seen."""
    small = sys.argv[1:] == ["small"]
    begun = time.monotonic()
    # The few minutes of the small run are mostly waiting; the figures of the full one count.
    with ThreadPoolExecutor(2 if small else 1) as lanes:
        results = []
        for result in lanes.map(lambda run: run(), runs(small)):
            results.append(result)
            print(result[1], flush=True)
    bad = sum(not fine for fine, _ in results)
    minutes = (time.monotonic() - begun) / 60
    print(f"{len(results)} trials and controls in {minutes:.1f} minutes, {bad} not as they must be")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
