"""T-L5: two tabs send saves late, twice, or in the wrong order: a small model says what holds.

Sequence by sequence, every answer of the server must be that of the model, and so must what is in
force at the end; nothing is taken after the attempt was handed in.
"""

import argparse
import json
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.contest import DATABASES, Outcome, Record, Server, judge, main, make_app, settle
from tests.chaos.learners import ATTEMPTS_EACH, Client, Learner, choose

QUESTIONS = 3  # few, so that the tabs meet
AT_ONCE = 4  # people

Operation = dict[str, str]  # the fields of one save


@dataclass
class Model:
    """One attempt as it should be, whatever comes in whatever order."""

    told: dict[str, tuple[Operation, bool]] = field(default_factory=dict)  # with "is stale"
    highest: dict[int, int] = field(default_factory=dict)  # revision, by question
    in_force: dict[int, str] = field(default_factory=dict)  # op_id, by question
    is_over: bool = False

    def save(self, operation: Operation) -> tuple[int, bool | None]:
        """The status of the answer, and whether it calls the save stale."""
        op_id = operation["op_id"]
        if op_id in self.told:
            known, is_stale = self.told[op_id]
            return (200, is_stale) if known == operation else (409, None)
        if self.is_over:
            return 409, None
        position, revision = int(operation["position"]), int(operation["revision"])
        is_stale = revision <= self.highest.get(position, 0)
        if not is_stale:
            self.highest[position], self.in_force[position] = revision, op_id
        self.told[op_id] = operation, is_stale
        return 200, is_stale


class TwoTabs:
    """Two tabs of one person, neither of which knows what the other has saved."""

    def __init__(self, learner: Learner) -> None:
        self.learner = learner
        self.path, self.offered = learner.begin()
        self.revisions = [dict.fromkeys(range(1, QUESTIONS + 1), 0) for _ in range(2)]
        self.held: list[Operation] = []  # given, and not yet sent
        self.sent: list[Operation] = []

    def next_operation(self) -> Operation:
        """A new save; or one that waited; or one that was sent before, perhaps changed."""
        kind = random.random()
        if kind < 0.2 and self.held:
            return self._send(self.held.pop(random.randrange(len(self.held))))
        if kind < 0.4 and self.sent:
            return random.choice(self.sent)
        if kind < 0.45 and self.sent:
            return random.choice(self.sent) | {"revision": "99"}
        if kind < 0.65:
            self.held.append(self._given())
        return self._send(self._given())

    def _given(self) -> Operation:
        tab, position = random.choice(self.revisions), random.randint(1, QUESTIONS)
        tab[position] += 1
        chosen = choose(self.offered[position])
        return self.learner.operation(self.path, position, tab[position], chosen)

    def _send(self, operation: Operation) -> Operation:
        self.sent.append(operation)
        return operation


def trial(arguments: argparse.Namespace, folder: Path) -> Outcome:
    """Play many sequences against the served app, a few people at once; then judge."""
    outcome, record = Outcome(), Record()
    database = DATABASES[arguments.database](folder)
    app = make_app(database.url)
    people = -(-arguments.sequences // ATTEMPTS_EACH)
    province = settle(app, people)
    server = Server(database.url, folder, arguments.bug)
    server.start()

    def play_all(number: int) -> None:
        learner = Learner(Client(server, province.tickets[number]), province.campaign, record)
        for _ in range(number, arguments.sequences, people):
            _play(learner, arguments.steps, outcome)

    with ThreadPoolExecutor(AT_ONCE) as crowd:
        list(crowd.map(play_all, range(people)))
    server.stop()
    outcome.figures |= {"sequences": arguments.sequences, "steps": arguments.steps}
    judge(app, database, record, outcome)
    database.stop()
    return outcome


def _play(learner: Learner, steps: int, outcome: Outcome) -> None:
    """One sequence, with the handing in somewhere in its last fifth."""
    model, tabs, record = Model(), TwoTabs(learner), learner.record
    end = steps - random.randint(1, max(1, steps // 5))
    for step in range(steps):
        if step == end:
            learner.hand_in(tabs.path)
            model.is_over = True
        operation = tabs.next_operation()
        expected = model.save(operation)
        reply = learner.client.ask("POST", f"{tabs.path}/save", operation)
        is_stale = json.loads(reply.body).get("is_stale")
        said = reply.status, is_stale
        outcome.check(said == expected, f"differs: the server says {said}, the model {expected}")
        if reply.status == 200:
            record.saves[operation["op_id"]].acknowledged = True
    record.in_force[tabs.path.rsplit("/", 1)[1]] = {
        position: record.saves[op_id].given for position, op_id in model.in_force.items()
    }


if __name__ == "__main__":
    main(trial, sequences=1000, steps=50)
