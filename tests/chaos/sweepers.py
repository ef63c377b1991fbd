"""P15: thousands of abandoned attempts, and two sweepers that end them at once."""

import argparse
import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.chaos.contest import (
    DATABASES,
    ROOT,
    Outcome,
    Record,
    Server,
    judge,
    main,
    make_app,
    open_attempts,
    settle,
)

LONGEST_SWEEP = 60  # seconds, the start of the program included
ABANDONED_FOR = timedelta(hours=3)  # longer than any paper takes


def trial(arguments: argparse.Namespace, folder: Path) -> Outcome:
    """Two sweepers at once end each attempt once; a third finds nothing to do."""
    outcome, record = Outcome(), Record()
    database = DATABASES[arguments.database](folder)
    app = make_app(database.url)
    province = settle(app, arguments.attempts)
    then = datetime.now(UTC) - ABANDONED_FOR
    record.submitted |= set(open_attempts(app, province, record, then, saves=1))
    environ = Server(database.url, folder, arguments.bug).environ
    begun = time.monotonic()
    pair = [_sweep(environ) for _ in range(2)]
    settled = [_settled(sweeper, outcome) for sweeper in pair]
    took = time.monotonic() - begun
    more = _settled(_sweep(environ), outcome)
    outcome.figures |= {
        "overdue": arguments.attempts,
        "settled by each": " + ".join(map(str, settled)),
        "in s": took,
    }
    outcome.check(sum(settled) == arguments.attempts, f"doubled: {settled} were settled")
    outcome.check(more == 0, f"doubled: {more} were settled again")
    outcome.check(took <= LONGEST_SWEEP, f"slow: the sweep took {took:.0f} s")
    judge(app, database, record, outcome)
    database.stop()
    return outcome


def _sweep(environ: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "tests.chaos.wsgi:app", "sweep"],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _settled(sweeper: subprocess.Popen[str], outcome: Outcome) -> int:
    """How many attempts this sweeper says that it settled."""
    said, _ = sweeper.communicate()
    found = re.search(r"(\d+) attempts settled", said)
    outcome.check(bool(found), f"error: a sweeper said {said[-300:]!r}")
    return int(found[1]) if found else 0


if __name__ == "__main__":
    main(trial, attempts=10_000)
