"""Many learners at once: how long a save takes, and how many a second get through."""

import contextlib
import re
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from benchmarks.learner import Learner
from benchmarks.province import PASSWORD
from benchmarks.serving import Client

SAVES_A_SECOND = 40  # of a calm hour: what remains of two cores is the storm's


@dataclass(frozen=True)
class Waits:
    """How long saves took, in ms since they were due, and how many were not acknowledged."""

    times: list[float]
    failures: int

    @property
    def p99(self) -> float:
        """The time that one in a hundred exceeds."""
        return statistics.quantiles(self.times, n=100)[-1]


def paced_saves(learners: Sequence[Learner], seconds: float) -> Waits:
    """Saves at an even pace, whether or not earlier ones are done."""
    times: list[float] = []
    failures: list[str] = []
    begun = time.monotonic()

    def work(place: int, learner: Learner) -> None:
        step = len(learners) / SAVES_A_SECOND
        for turn in range(int(seconds / step)):
            due = begun + turn * step + place / SAVES_A_SECOND
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                learner.save()
            except (AssertionError, OSError) as error:
                failures.append(str(error))
            times.append((time.monotonic() - due) * 1000)

    _together(work, learners)
    return Waits(times, len(failures))


@contextlib.contextmanager
def storm(staff_codes: Sequence[str], at_once: int) -> Iterator[None]:
    """So many people at a time sign in with their passwords, until the block ends."""
    over, waiting = threading.Event(), iter(staff_codes)
    statuses: list[int] = []

    def sign_in(_place: int, code: str) -> None:
        while not over.is_set():
            client = Client()
            page = client.request("GET", "/sign-in")[1]
            token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
            sent = {"csrf_token": token, "staff_code": code, "password": PASSWORD, "next": ""}
            statuses.append(client.request("POST", "/sign-in", sent)[0])
            code = next(waiting)

    begun = [next(waiting) for _ in range(at_once)]
    crowd = threading.Thread(target=_together, args=(sign_in, begun))
    crowd.start()
    try:
        yield
    finally:
        over.set()
        crowd.join()
    assert set(statuses) == {302}, set(statuses)


def goodput(learners: Sequence[Learner], seconds: float) -> float:
    """Saves a second that are acknowledged when all of these save as fast as they can."""
    done: list[int] = []
    end = time.monotonic() + seconds

    def work(_place: int, learner: Learner) -> None:
        while time.monotonic() < end:
            learner.save()
            done.append(1)

    _together(work, learners)
    return len(done) / seconds


Each = TypeVar("Each")


def _together(act: Callable[[int, Each], None], each: Sequence[Each]) -> None:
    threads = [threading.Thread(target=act, args=one) for one in enumerate(each)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
