"""The one clock. Tests put their own in `app.extensions["clock"]`."""

import json
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask, current_app

TOLERANCE = 2.0  # seconds that a wall clock may be corrected by at once
DRIFT = 0.001  # and besides, per second: a clock that is slewed, not set
KEPT_FOR = 60.0  # seconds until what other processes shall know is written anew
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Agreed:
    """What the processes of one machine believe: at `looked` (s since boot) it was `offset` later.

    It holds until the machine is booted again.
    """

    looked: float
    offset: float


class SteadyClock:
    """The wall clock, until somebody sets it; from then on what has passed since.

    A server whose clock is set must neither cut nor extend an attempt. Small corrections are
    followed. `step` is how far the wall clock is off, in seconds, and 0 while it is trusted; it
    is 0 again once the wall clock is right. A process that starts later takes up what the others
    have `agreed`; without that it believes the wall clock as it is.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] | None = None,
        agreed: Agreed | None = None,
    ) -> None:
        """`wall` gives seconds since 1970, `steady` seconds that nobody can set."""
        self._wall = wall
        self._steady = steady or _since_boot
        now = self._steady()
        self.agreed = agreed or Agreed(now, wall() - now)
        self.step = 0.0

    def __call__(self) -> datetime:
        """This moment, in UTC."""
        steady = self._steady()
        moment = self.agreed.offset + steady
        off = self._wall() - moment
        if abs(off) <= TOLERANCE + DRIFT * (steady - self.agreed.looked):
            moment += off
            self.agreed, self.step = Agreed(steady, self.agreed.offset + off), 0.0
        else:
            self.step = off
        return datetime.fromtimestamp(moment, UTC)


class ClockFile:
    """Where what was agreed is kept for processes that start later."""

    def __init__(self, path: Path) -> None:
        """`path` need not exist; what cannot be written is done without."""
        self.path = path

    def read(self) -> Agreed | None:
        """What was agreed since the machine was booted."""
        try:
            kept, boot = json.loads(self.path.read_text()), _boot()
            return Agreed(kept["looked"], kept["offset"]) if boot and kept["boot"] == boot else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, agreed: Agreed) -> None:
        """Keep it, whole or not at all."""
        kept = {"boot": _boot(), "looked": agreed.looked, "offset": agreed.offset}
        new = self.path.with_suffix(f".{os.getpid()}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(json.dumps(kept))
            new.replace(self.path)
        except OSError as error:
            logger.warning("the clock's file cannot be written: %s", error)

    def forget(self) -> None:
        """Let the next process believe the wall clock."""
        self.path.unlink(missing_ok=True)


def init_app(app: Flask) -> None:
    """Wind the clock."""
    path = app.config["CLOCK_FILE"]
    file = app.extensions["clock_file"] = ClockFile(path) if path else None
    agreed = file.read() if file else None
    clock = app.extensions["clock"] = SteadyClock(agreed=agreed)
    if file and not agreed:
        file.write(clock.agreed)


def now() -> datetime:
    """This moment, in UTC."""
    clock: Callable[[], datetime] = current_app.extensions["clock"]
    return clock()


def step() -> float:
    """By how many seconds somebody has set the server's clock; 0 while it can be trusted.

    Whoever asks again and again keeps what other processes take up at their start.
    """
    now()
    clock, file = current_app.extensions["clock"], current_app.extensions["clock_file"]
    off = float(getattr(clock, "step", 0.0))
    if file and not off:
        kept = file.read()
        if kept is None or clock.agreed.looked - kept.looked > KEPT_FOR:
            file.write(clock.agreed)
    return off


def accept() -> None:
    """Let every process that starts from now on believe the wall clock as it is."""
    if file := current_app.extensions["clock_file"]:
        file.forget()


def _since_boot() -> float:
    """Also counts while a virtual machine is asleep, where the system can tell."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(clock)


def _boot() -> str:
    """What this boot of the machine is called, where the system can tell."""
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return ""
