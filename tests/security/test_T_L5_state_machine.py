"""An attempt over HTTP against a small model of what it may do."""

from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from quiz.journal import service as journal
from quiz.models import Attempt, db
from tests import factories
from tests.answers import place
from tests.browser import Browser

GRACE = timedelta(seconds=30)


class AttemptMachine(RuleBasedStateMachine):
    """The model: what is in force per position, who may write, until the end."""

    app = clock = None

    @initialize()
    def start(self) -> None:
        """A fresh attempt with every kind of item."""
        self.attempt = factories.attempt_with_every_kind()
        self.devices = [Browser(self.app).sign_in(self.attempt.person) for _ in range(2)]
        self.tokens = [device.token() for device in self.devices]
        self.holder: int | None = None
        self.saved: dict[int, tuple[int, str]] = {}
        self.operations: list[tuple[str, int, int, str]] = []
        self.over = False
        self.single = [
            number
            for number in range(1, len(self.attempt.paper) + 1)
            if place(self.attempt, number)[0].kind in ("single", "true_false")
        ]

    def post(self, path: str, device: int = 0, **fields: object) -> int:
        """Send a form as a script does; returns the status."""
        return (
            self.devices[device]
            .client.post(
                f"/attempts/{self.attempt.id}/{path}",
                data={"csrf_token": self.tokens[device], **fields},
                headers={"Accept": "application/json"},
            )
            .status_code
        )

    def code_of(self, position: int, choice: str) -> str:
        """The option that is shown at this place of the question."""
        return place(self.attempt, position)[1].order[int(choice)]

    @property
    def late(self) -> bool:
        """Whether the deadline and its grace have passed."""
        return self.clock.moment > self.attempt.deadline_at + GRACE

    @rule(
        device=st.integers(0, 1),
        choice=st.integers(0, 1),
        revision=st.integers(1, 6),
        pick=st.integers(0, 9),
    )
    def save(self, device: int, choice: int, revision: int, pick: int) -> None:
        """Any revision may arrive at any time; the first of the highest is in force."""
        position, op_id = self.single[pick % len(self.single)], factories.op_id()
        status = self.post(
            "save",
            device,
            op_id=op_id,
            position=position,
            revision=revision,
            **{f"p{position}": str(choice)},
        )
        if self.over or self.late or self.holder not in (None, device):
            assert status == 409
            return
        assert status == 200
        self.holder = device
        self.operations.append((op_id, position, revision, str(choice)))
        if revision > self.saved.get(position, (0, ""))[0]:
            self.saved[position] = (revision, str(choice))

    @rule(device=st.integers(0, 1))
    def take_over(self, device: int) -> None:
        """The other device goes on; the first can write no more."""
        assert self.post("lease", device) == 302
        if not self.over:
            self.holder = device

    @rule(other=st.booleans())
    def replay(self, other: bool) -> None:
        """The same operation again is acknowledged again; with another body it is a 409."""
        if not self.operations:
            return
        op_id, position, revision, choice = self.operations[-1]
        sent = str(1 - int(choice)) if other else choice
        status = self.post(
            "save", op_id=op_id, position=position, revision=revision, **{f"p{position}": sent}
        )
        assert status == (409 if other else 200)

    @rule(seconds=st.integers(1, 700))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.clock.tick(seconds=seconds)

    @rule(device=st.integers(0, 1))
    def submit(self, device: int) -> None:
        """Handing in ends it, once, by the device that holds it or by anybody after the end."""
        status = self.post("submit", device, op_id=factories.op_id(), confirmed="y")
        if not (self.over or self.late) and self.holder not in (None, device):
            assert status == 409
            return
        assert status == 302
        self.over = True

    @rule()
    def garbage(self) -> None:
        """An answer that is not offered changes nothing."""
        position = self.single[0]
        status = self.post(
            "save",
            op_id=factories.op_id(),
            position=position,
            revision=9,
            **{f"p{position}": "99"},
        )
        assert status == 400

    @invariant()
    def the_journal_says_the_same(self) -> None:
        """What is in force on the server is what the model says."""
        if not hasattr(self, "attempt"):
            return
        db.session.rollback()
        in_force = {
            position: (row.revision, row.answer)
            for position, row in journal.in_force(self.attempt.id).items()
        }
        assert in_force == {
            position: (revision, self.code_of(position, choice))
            for position, (revision, choice) in self.saved.items()
        }
        state = db.session.scalar(db.select(Attempt.state).filter_by(id=self.attempt.id))
        assert (state == "graded") == self.over


def test_T_L5_no_sequence_of_requests_breaks_an_attempt(app, clock):
    start = clock.moment

    class Machine(AttemptMachine):
        def teardown(self) -> None:
            clock.moment = start

    Machine.app, Machine.clock = app, clock
    Machine.TestCase.settings = settings(
        max_examples=25,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    Machine.TestCase().runTest()
