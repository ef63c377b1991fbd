"""Learners who take quizzes by HTTP and never give up: the same operation until it is answered."""

import gzip
import http.client
import itertools
import json
import random
import re
import threading
import time
import urllib.parse
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos.contest import PATIENCE, Outcome, Province, Record, Sent, Server, Ticket
from tests.chaos.proxy import Door

ATTEMPTS_EACH = 10  # that the campaign allows
ANSWER_FIELD = re.compile(r'name="(p(\d+)(?:\.\d+)?)" id="[^"]+" value="(\w+)"')


class Refused(Exception):
    """The server said no to what every learner may do."""


@dataclass(frozen=True)
class Reply:
    """An answer of the server."""

    status: int
    body: str
    location: str


class Client:
    """One signed-in device. Each request has a connection of its own, as on a bad network."""

    def __init__(self, server: Server | Door, ticket: Ticket, timeout: float = 20) -> None:
        self.server, self.ticket, self.timeout = server, ticket, timeout

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> Reply:
        """Send one request. Raises OSError or HTTPException when no whole answer comes back."""
        headers = {"Cookie": f"session={self.ticket.cookie}", "Accept-Encoding": "gzip"}
        body = None
        if fields is not None:
            body = urllib.parse.urlencode({"csrf_token": self.ticket.csrf_token, **fields})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if path.endswith("/save"):
            headers["Accept"] = "application/json"
        connection = http.client.HTTPConnection(
            self.server.host, self.server.port, timeout=self.timeout
        )
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            content = response.read()
            if response.headers.get("Content-Encoding") == "gzip":
                content = gzip.decompress(content)
            return Reply(response.status, content.decode(), response.headers.get("Location", ""))
        finally:
            connection.close()


class Learner:
    """One person, who takes attempt after attempt as long as `goes_on` says so."""

    def __init__(self, client: Client, campaign: str, record: Record) -> None:
        self.client, self.campaign, self.record = client, campaign, record

    def take(self, goes_on: Callable[[int], bool]) -> None:
        """One attempt: start, read the paper, answer question after question, hand in."""
        path, offered = self.begin()
        for number in itertools.count():
            if not goes_on(number):
                break
            revision, place = divmod(number, len(offered))
            position = list(offered)[place]
            self.save(path, position, revision + 1, choose(offered[position]))
        self.hand_in(path)

    def begin(self) -> tuple[str, dict[int, dict[str, list[str]]]]:
        """Start an attempt, or go on with it; returns its address and what its paper offers."""
        path = self._insist("POST", f"/campaigns/{self.campaign}/attempts", {}).location
        self.record.attempts.add(path.rsplit("/", 1)[1])
        return path, offers(self._insist("GET", path).body)

    def save(self, path: str, position: int, revision: int, answer: dict[str, str]) -> None:
        """Save one answer, with one op_id however often it takes."""
        fields = self.operation(path, position, revision, answer)
        self.note_saved(fields["op_id"], self._insist("POST", f"{path}/save", fields))

    def operation(
        self, path: str, position: int, revision: int, answer: dict[str, str]
    ) -> dict[str, str]:
        """The form of one save, which the record now knows as sent."""
        op_id = str(uuid.uuid4())
        given = {name.partition(".")[2]: [value] for name, value in answer.items()}
        sent = Sent(path.rsplit("/", 1)[1], position, revision, given)
        self.record.saves[op_id] = sent
        return {"op_id": op_id, "position": str(position), "revision": str(revision), **answer}

    def note_saved(self, op_id: str, reply: Reply) -> None:
        """The server has said that this save is kept."""
        self.record.saves[op_id].acknowledged = True
        self.record.last_acknowledged_at = time.monotonic()
        if json.loads(reply.body)["is_stale"]:
            self.record.refused.append(f"doubled: {op_id} was saved, then called stale")

    def hand_in(self, path: str) -> None:
        """Submit the attempt."""
        self._insist("POST", f"{path}/submit", {"op_id": str(uuid.uuid4()), "confirmed": "y"})
        self.record.submitted.add(path.rsplit("/", 1)[1])

    def _insist(self, method: str, path: str, fields: dict[str, str] | None = None) -> Reply:
        """Ask until there is an answer that is not an error of the server."""
        begun = time.monotonic()
        while True:
            try:
                reply = self.client.ask(method, path, fields)
            except (OSError, http.client.HTTPException):
                self.record.unknown += 1
            else:
                self.record.answers[reply.status] += 1
                if reply.status < 400:
                    self.record.slowest = max(self.record.slowest, time.monotonic() - begun)
                    return reply
                if reply.status != 503:
                    self.record.refused.append(f"error: {reply.status} to {method} {_kind(path)}")
                if reply.status < 500:
                    raise Refused(reply.body[-2000:])
            time.sleep(random.uniform(0.1, 0.4))


def _kind(path: str) -> str:
    """An address without its ids."""
    return re.sub(r"(attempts|campaigns)/[\w-]+", r"\1/…", path)


def offers(page: str) -> dict[int, dict[str, list[str]]]:
    """What a paper offers: per question its fields, and per field the values to choose from."""
    found: dict[int, dict[str, list[str]]] = {}
    for name, position, value in ANSWER_FIELD.findall(page):
        found.setdefault(int(position), {}).setdefault(name, []).append(value)
    return found


def choose(fields: dict[str, list[str]]) -> dict[str, str]:
    """Any answer to a question."""
    return {name: random.choice(values) for name, values in fields.items()}


class Crowd:
    """Many learners at once, each in a thread, until they are told to finish."""

    def __init__(
        self,
        server: Server,
        province: Province,
        record: Record,
        size: int,
        saves: int = 60,  # of an attempt
        first: int = 0,  # of the people who take part
    ) -> None:
        self.record = record
        self._finishing = threading.Event()
        self._tickets = iter(province.tickets[first:])
        self._lock = threading.Lock()

        def live() -> None:
            while not self._finishing.is_set():
                with self._lock:
                    ticket = next(self._tickets)
                learner = Learner(Client(server, ticket), province.campaign, record)
                for _ in range(ATTEMPTS_EACH):
                    learner.take(lambda number: number < saves and not self._finishing.is_set())
                    if self._finishing.is_set():
                        return

        self.threads = [threading.Thread(target=live, daemon=True) for _ in range(size)]

    def start(self) -> "Crowd":
        """Begin."""
        for thread in self.threads:
            thread.start()
        return self

    def wait_for_save(self) -> None:
        """Wait until another save is acknowledged."""
        before, deadline = self.record.last_acknowledged_at, time.monotonic() + PATIENCE
        while self.record.last_acknowledged_at == before:
            if time.monotonic() > deadline:
                raise AssertionError(f"no save was acknowledged in {PATIENCE} s")
            time.sleep(0.005)

    def finish(self, outcome: Outcome) -> None:
        """Let everybody hand in; whoever cannot any more is a fault."""
        self._finishing.set()
        deadline = time.monotonic() + PATIENCE
        for thread in self.threads:
            thread.join(max(0, deadline - time.monotonic()))
        stuck = sum(thread.is_alive() for thread in self.threads)
        outcome.check(not stuck, f"stuck: {stuck} learners could not finish in {PATIENCE} s")
