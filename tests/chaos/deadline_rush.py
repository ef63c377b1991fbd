"""P5: nearly everybody hands in during the last minute, while staff reload their reports."""

import argparse
import http.client
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from tests.chaos.contest import (
    DATABASES,
    Outcome,
    Record,
    Server,
    judge,
    main,
    make_app,
    open_attempts,
    settle,
)
from tests.chaos.learners import Client, Learner

STAFF = 20
READING = 5.0  # seconds that somebody looks at a report before reloading it
SLOWEST = 2.0  # seconds, the 99th percentile of a submit


def trial(arguments: argparse.Namespace, folder: Path) -> Outcome:
    """Prepare open attempts, then submit them all in the given seconds."""
    outcome, record = Outcome(), Record()
    database = DATABASES[arguments.database](folder)
    app = make_app(database.url)
    province = settle(app, arguments.submits)
    ids = open_attempts(app, province, record, datetime.now(UTC), saves=2)
    server = Server(database.url, folder, arguments.bug)
    server.start()
    over = threading.Event()
    reports: list[int] = []
    readers = [
        threading.Thread(target=_read, args=(server, province, number, over, reports, outcome))
        for number in range(STAFF)
    ]
    for reader in readers:
        reader.start()
    time.sleep(1)
    begun, durations = time.monotonic(), list[float]()

    def hand_in(number: int) -> None:
        due = begun + number * arguments.seconds / arguments.submits
        time.sleep(max(0, due - time.monotonic()))
        client = Client(server, province.tickets[number], timeout=60)
        asked_at = time.monotonic()
        Learner(client, province.campaign, record).hand_in(f"/attempts/{ids[number]}")
        durations.append(time.monotonic() - asked_at)

    with ThreadPoolExecutor(64) as crowd:
        list(crowd.map(hand_in, range(arguments.submits)))
    took = time.monotonic() - begun
    over.set()
    for reader in readers:
        reader.join()
    server.stop()
    durations.sort()
    slow = durations[int(len(durations) * 0.99) - 1]
    outcome.figures |= {
        "submits": arguments.submits,
        "in s": took,
        "reports": len(reports),
        "submit s, p50": durations[len(durations) // 2],
        "p99": slow,
    }
    outcome.check(len(durations) == arguments.submits, "error: not everybody could hand in")
    outcome.check(not server.logged("is locked"), "locked: the log says so")
    outcome.check(record.answers[503] == 0, f"error: 503 {record.answers[503]} times")
    outcome.check(len(reports) >= STAFF, "error: the staff could not read")
    if arguments.strict:
        outcome.check(slow <= SLOWEST, f"slow: the 99th percentile of a submit is {slow:.1f} s")
    judge(app, database, record, outcome)
    database.stop()
    return outcome


def _read(server, province, number, over, reports, outcome) -> None:
    """Reload one report for ever, with time to look at it."""
    role = number % 3
    path = ("reviews", "reviews", "reports")[role] + f"/{province.campaign}"
    client = Client(server, province.staff[role], timeout=60)
    while not over.is_set():
        try:
            status = client.ask("GET", f"/{path}").status
        except (OSError, http.client.HTTPException) as error:
            outcome.faults.append(f"error: a report failed, {error!r}")
            continue
        reports.append(status)
        outcome.check(status == 200, f"error: {status} to a report")
        over.wait(random.uniform(0.5, 1.5) * READING)


if __name__ == "__main__":
    main(trial, submits=5000, seconds=60, strict=1)
