"""The one clock. Tests put their own in `app.extensions["clock"]`."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask, current_app

TOLERANCE = 2.0  # seconds that a wall clock may be corrected by at once
DRIFT = 0.001  # and besides, per second: a clock that is slewed, not set


class SteadyClock:
    """The wall clock, until somebody sets it; from then on what has passed since.

    A server whose clock is set must neither cut nor extend an attempt. Small corrections are
    followed. `step` is how far the wall clock is off, in seconds, and 0 while it is trusted; it
    is 0 again once the wall clock is right, and a restart accepts the wall clock as it is.
    """

    def __init__(
        self, wall: Callable[[], float] = time.time, steady: Callable[[], float] | None = None
    ) -> None:
        """`wall` gives seconds since 1970, `steady` seconds that nobody can set."""
        self._wall = wall
        self._steady = steady or _since_boot
        self._looked = self._steady()
        self._offset = wall() - self._looked
        self.step = 0.0

    def __call__(self) -> datetime:
        """This moment, in UTC."""
        steady = self._steady()
        moment = self._offset + steady
        off = self._wall() - moment
        if abs(off) <= TOLERANCE + DRIFT * (steady - self._looked):
            self._offset += off
            moment += off
            self._looked, self.step = steady, 0.0
        else:
            self.step = off
        return datetime.fromtimestamp(moment, UTC)


def init_app(app: Flask) -> None:
    """Wind the clock."""
    app.extensions["clock"] = SteadyClock()


def now() -> datetime:
    """This moment, in UTC."""
    clock: Callable[[], datetime] = current_app.extensions["clock"]
    return clock()


def step() -> float:
    """By how many seconds somebody has set the server's clock; 0 while it can be trusted."""
    now()
    return float(getattr(current_app.extensions["clock"], "step", 0.0))


def _since_boot() -> float:
    """Also counts while a virtual machine is asleep, where the system can tell."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(clock)
