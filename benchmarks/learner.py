"""One learner at work over HTTP: an attempt, step by step, as a browser with a script takes it."""

import itertools
import re
import uuid

from flask import Flask

from benchmarks.serving import Client

# A field of a question; a list has its values further on, and each list offers a "1".
FIELD = re.compile(r'name="(p(\d+)(?:\.\d+)*)" id="[^"]+"(?: value="(\w*)")?')
JSON = {"Accept": "application/json"}
BOARD = "/leaderboards/bench"


class InProcess:
    """A client of an app in this process, where its statements can be counted."""

    def __init__(self, app: Flask, session: str) -> None:
        self.client = app.test_client()
        self.client.set_cookie("session", session)

    def request(
        self, method: str, path: str, fields: dict[str, object] | None = None, **headers: str
    ) -> tuple[int, str, str]:
        """Status, body and where it leads."""
        response = self.client.open(path, method=method, data=fields, headers=headers)
        return response.status_code, response.text, response.headers.get("Location", "")


class Learner:
    """Somebody who is signed in, and the attempt that they have in hand."""

    def __init__(self, client: "Client | InProcess") -> None:
        self.client, self.revisions = client, itertools.count(1)
        page = self.client.request("GET", "/account")[1]
        self.token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        self.path, self.fields = "", dict[int, dict[str, str]]()

    def start(self) -> None:
        """Begin, or go on with, an attempt."""
        status, _, self.path = self._post("/campaigns/bench/attempts")
        assert status == 302, status

    def open_paper(self) -> None:
        """Read the paper; what its questions offer is remembered."""
        self.fields = {}
        for name, number, value in FIELD.findall(self.get(self.path)):
            self.fields.setdefault(int(number), {}).setdefault(name, value or "1")

    def save(self, position: int = 1) -> None:
        """Answer one question, all of its parts."""
        status, body, _ = self._post(
            f"{self.path}/save",
            {
                **self.fields[position],
                "op_id": str(uuid.uuid4()),
                "position": position,
                "revision": next(self.revisions),
            },
            **JSON,
        )
        assert status == 200, body

    def submit(self) -> None:
        """Hand in, whatever is open."""
        sent = {"op_id": str(uuid.uuid4()), "confirmed": "y"}
        status, body, _ = self._post(f"{self.path}/submit", sent)
        assert status == 302, body

    def take(self, looks: int = 1) -> None:
        """A whole attempt of twenty items, then the board, as often as one looks at it."""
        self.start()
        self.open_paper()
        for position in sorted(self.fields):
            self.save(position)
        self.submit()
        self.get(f"{self.path}/result")
        for _ in range(looks):
            self.get(BOARD)

    def get(self, path: str) -> str:
        """A page that must be there."""
        status, body, _ = self.client.request("GET", path)
        assert status == 200, (path, status)
        return body

    def _post(
        self, path: str, fields: dict[str, object] | None = None, **headers: str
    ) -> tuple[int, str, str]:
        sent = {"csrf_token": self.token, **(fields or {})}
        return self.client.request("POST", path, sent, **headers)
