"""T-L6: who starts, answers in two tabs, and hands in many times at once has one attempt."""

import argparse
import json
import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.chaos.contest import DATABASES, Outcome, Record, Server, judge, main, make_app, settle
from tests.chaos.learners import ATTEMPTS_EACH, Client, Learner, Reply, choose, offers

TABS = 2
ANSWERS = 5  # of each tab to one question
RACED_OVER = 2  # questions of a round

crowd = ThreadPoolExecutor(64)


def trial(arguments: argparse.Namespace, folder: Path) -> Outcome:
    """Round after round against the served app; then judge."""
    outcome, record = Outcome(), Record()
    database = DATABASES[arguments.database](folder)
    app = make_app(database.url)
    province = settle(app, -(-arguments.rounds // ATTEMPTS_EACH))
    server = Server(database.url, folder, arguments.bug)
    server.start()
    for number in range(arguments.rounds):
        client = Client(server, province.tickets[number // ATTEMPTS_EACH])
        learner = Learner(client, province.campaign, record)
        path = _start(learner, arguments.starts, outcome)
        offered = offers(client.ask("GET", path).body)
        for position in list(offered)[:RACED_OVER]:
            _answer(learner, path, position, offered[position], outcome)
        _hand_in(learner, path, arguments.submits, outcome)
    server.stop()
    outcome.figures |= {"rounds": arguments.rounds, "two tabs": RACED_OVER * arguments.rounds}
    judge(app, database, record, outcome)
    database.stop()
    return outcome


def _start(learner: Learner, times: int, outcome: Outcome) -> str:
    """Start many times at once; returns the address of the one attempt that began."""
    address = f"/campaigns/{learner.campaign}/attempts"
    replies = _at_once([lambda: learner.client.ask("POST", address, {})] * times)
    begun = {reply.location for reply in replies}
    learner.record.attempts |= {path.rsplit("/", 1)[1] for path in begun}
    outcome.check(len(begun) == 1, f"doubled: {times} starts began {len(begun)} attempts")
    return begun.pop()


def _answer(
    learner: Learner, path: str, position: int, fields: dict[str, list[str]], outcome: Outcome
) -> None:
    """Two tabs answer one question at once: the last acknowledged revision is in force."""
    operations = [
        [
            learner.operation(path, position, revision, choose(fields))
            for revision in range(1, ANSWERS + 1)
        ]
        for _ in range(TABS)
    ]
    in_force: dict[int, str] = {}  # the operation that was acknowledged and not stale

    def tab(mine: list[dict[str, str]]) -> None:
        for operation in mine:
            reply = learner.client.ask("POST", f"{path}/save", operation)
            outcome.check(reply.status == 200, f"error: {reply.status} to a save")
            learner.record.saves[operation["op_id"]].acknowledged = reply.status == 200
            if not json.loads(reply.body).get("is_stale"):
                revision = int(operation["revision"])
                outcome.check(revision not in in_force, f"doubled: revision {revision} won twice")
                in_force[revision] = operation["op_id"]

    _at_once([lambda mine=mine: tab(mine) for mine in operations])
    attempt_id, last = path.rsplit("/", 1)[1], in_force[max(in_force)]
    expected = learner.record.in_force.setdefault(attempt_id, {})
    expected[position] = learner.record.saves[last].given


def _hand_in(learner: Learner, path: str, times: int, outcome: Outcome) -> None:
    """Hand in many times at once: everybody is led to the one result."""

    def submit() -> Reply:
        fields = {"op_id": str(uuid.uuid4()), "confirmed": "y"}
        return learner.client.ask("POST", f"{path}/submit", fields)

    replies = _at_once([submit] * times)
    outcomes = {(reply.status, reply.location, reply.body) for reply in replies}
    outcome.check(len(outcomes) == 1, f"differs: {times} submits, {len(outcomes)} answers")
    learner.record.submitted.add(path.rsplit("/", 1)[1])


def _at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Do all of this, none before all are ready."""
    barrier = threading.Barrier(len(acts))

    def ready(act: Callable[[], Any]) -> Any:
        barrier.wait()
        return act()

    return list(crowd.map(ready, acts))


if __name__ == "__main__":
    main(trial, rounds=500, starts=50, submits=20)
