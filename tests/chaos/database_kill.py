"""P3: the PostgreSQL server dies, or restarts, under load: a pause, not a loss."""

import argparse
import random
import signal
import time
from pathlib import Path

from tests.chaos.contest import Outcome, Postgresql, Record, Server, judge, main, make_app, settle
from tests.chaos.learners import Crowd

LONGEST_PAUSE = 15  # seconds from the blow to the next acknowledged save


def trial(arguments: argparse.Namespace, folder: Path) -> Outcome:
    """Kill -9 the postmaster, or let it quit at once, in turn; each time start it again."""
    outcome, record = Outcome(), Record()
    database = Postgresql(folder)
    app = make_app(database.url)
    province = settle(app, arguments.clients * (1 + arguments.kills // 20))
    server = Server(database.url, folder, arguments.bug)
    server.start()
    crowd = Crowd(server, province, record, arguments.clients).start()
    pauses = []
    for number in range(arguments.kills):
        crowd.wait_for_save()
        time.sleep(random.uniform(0.2, 1.5))
        struck_at = time.monotonic()
        database.strike(signal.SIGQUIT if number % 2 else signal.SIGKILL)
        database.restart()
        crowd.wait_for_save()
        pauses.append(time.monotonic() - struck_at)
    crowd.finish(outcome)
    server.stop()
    outcome.figures["database kills"] = arguments.kills
    outcome.note_spread("recovery", pauses)
    outcome.check(
        max(pauses) <= LONGEST_PAUSE, f"slow: {max(pauses):.1f} s until saves went on again"
    )
    judge(app, database, record, outcome)
    database.stop()
    return outcome


if __name__ == "__main__":
    main(trial, kills=50, clients=20)
