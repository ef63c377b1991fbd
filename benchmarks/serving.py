"""A served app whose CPU can be read, and a client that keeps cookies."""

import contextlib
import http.client
import os
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

from quiz.config import ROOT

TICK = os.sysconf("SC_CLK_TCK")


class Server:
    """One gunicorn worker and the CPU that it has used."""

    def __init__(self, pid: int, port: int) -> None:
        self.pid, self.port = pid, port

    def cpu(self) -> float:
        """Milliseconds of user and system time of the worker and its master."""
        pids = [self.pid, *_children(self.pid)]
        ticks = 0
        for pid in pids:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks * 1000 / TICK


class Client:
    """The smallest browser: cookies and redirects, nothing else."""

    def __init__(self, port: int) -> None:
        self.port, self.cookies = port, dict[str, str]()

    def request(
        self, method: str, path: str, fields: dict[str, object] | None = None, **headers: str
    ) -> tuple[int, str, str]:
        """Status, body and where it leads."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), **headers}
        body = None
        if fields is not None:
            body = urllib.parse.urlencode(fields, doseq=True)
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body, sent)
        response = connection.getresponse()
        text = response.read().decode()
        for value in response.headers.get_all("Set-Cookie") or []:
            name, _, rest = value.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        connection.close()
        return response.status, text, response.headers.get("Location", "")


@contextlib.contextmanager
def served(module: str, port: int, **environ: str) -> Iterator[Server]:
    """The app of this module under one gunicorn worker."""
    command = [sys.executable, "-m", "gunicorn", module, "--bind", f"127.0.0.1:{port}"]
    process = subprocess.Popen(
        [*command, "--workers", "1", "--threads", "1", "--log-level", "error"],
        cwd=ROOT,
        env={**os.environ, **environ},
    )
    try:
        for _ in range(150):
            try:
                Client(port).request("GET", "/")
                break
            except OSError:
                time.sleep(0.1)
        yield Server(process.pid, port)
    finally:
        process.terminate()
        process.wait()


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in listed.split()]
