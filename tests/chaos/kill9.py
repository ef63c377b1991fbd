"""P1: kill -9 of every process of the app, at random instants under load."""

import argparse
import random
import time
from pathlib import Path

from tests.chaos.contest import DATABASES, Outcome, Record, judge, main, make_app, settle
from tests.chaos.learners import Crowd
from tests.chaos.warm import WarmServer


def trial(arguments: argparse.Namespace, folder: Path) -> Outcome:
    """Kill and start again, as often as asked; then let all finish, and judge."""
    outcome, record = Outcome(), Record()
    database = DATABASES[arguments.database](folder)
    app = make_app(database.url)
    people = arguments.clients * (1 + arguments.kills // 40)
    province = settle(app, people)
    server = WarmServer(database.url, folder, arguments.bug)
    server.start()
    crowd = Crowd(server, province, record, arguments.clients).start()
    recoveries = []
    for _ in range(arguments.kills):
        crowd.wait_for_save()  # under load, not while starting
        time.sleep(random.uniform(0.05, 0.6))
        server.kill()
        killed_at = time.monotonic()
        server.start()
        crowd.wait_for_save()
        recoveries.append(time.monotonic() - killed_at)
    crowd.finish(outcome)
    server.stop()
    outcome.figures["kills"] = arguments.kills
    outcome.note_spread("recovery", recoveries)
    judge(app, database, record, outcome)
    database.stop()
    return outcome


if __name__ == "__main__":
    main(trial, kills=250, clients=50)
