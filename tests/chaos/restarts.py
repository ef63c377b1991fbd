"""P6: the app is stopped and started, as for a new release, while learners are at work."""

import argparse
import random
import time
from pathlib import Path

from tests.chaos.contest import DATABASES, Outcome, Record, Server, judge, main, make_app, settle
from tests.chaos.learners import Crowd

LONGEST_DRAIN = 10  # seconds from SIGTERM to the end of the last process


def trial(arguments: argparse.Namespace, folder: Path) -> Outcome:
    """SIGTERM and start again, as often as asked; not one answer may be an error."""
    outcome, record = Outcome(), Record()
    database = DATABASES[arguments.database](folder)
    app = make_app(database.url)
    province = settle(app, arguments.clients * (1 + arguments.restarts // 20))
    server = Server(database.url, folder, arguments.bug)
    server.start()
    crowd = Crowd(server, province, record, arguments.clients).start()
    drains, pauses = [], []
    for _ in range(arguments.restarts):
        crowd.wait_for_save()
        time.sleep(random.uniform(0.2, 1.0))
        stopped_at = time.monotonic()
        drains.append(server.stop())
        server.start()
        crowd.wait_for_save()
        pauses.append(time.monotonic() - stopped_at)
    crowd.finish(outcome)
    server.stop()
    outcome.figures["restarts"] = arguments.restarts
    outcome.note_spread("drain", drains)
    outcome.note_spread("recovery", pauses)
    errors = {status: times for status, times in record.answers.items() if status >= 400}
    outcome.check(not errors, f"error: answers by status {errors}")
    outcome.check(max(drains) <= LONGEST_DRAIN, f"slow: {max(drains):.1f} s to stop")
    judge(app, database, record, outcome)
    database.stop()
    return outcome


if __name__ == "__main__":
    main(trial, restarts=100, clients=20)
