"""A served app whose CPU can be read, and a client that keeps cookies."""

import contextlib
import http.client
import os
import statistics
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path

from quiz.config import ROOT

TICK = os.sysconf("SC_CLK_TCK")
ROUNDS = 5
PORT = int(os.environ.get("BENCH_PORT", "5991"))
Cpu = Callable[[], float]


def cpu_of(pid: int) -> float:
    """Milliseconds of user and system time of a process, its children, and those that ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):  # it ended: its parent counts it from now on
        return 0.0
    own = sum(int(field) for field in fields[11:15]) * 1000 / TICK
    return own + sum(cpu_of(int(child)) for child in children)


def costs(*acts: tuple[Cpu, Callable[[], object], int]) -> list[float]:
    """CPU ms of each act: the median of some rounds, after a warm-up.

    The acts take turns: a slow minute of the machine is everybody's.
    """
    rounds: list[list[float]] = [[] for _ in acts]
    for cpu, act, times in acts:
        _mean(cpu, act, max(3, times // 10))
    for _ in range(ROUNDS):
        for (cpu, act, times), measured in zip(acts, rounds, strict=True):
            measured.append(_mean(cpu, act, times))
    return [statistics.median(measured) for measured in rounds]


def _mean(cpu: Cpu, act: Callable[[], object], times: int) -> float:
    before = cpu()
    for _ in range(times):
        act()
    return (cpu() - before) / times


class Client:
    """The smallest browser: cookies and redirects, nothing else."""

    def __init__(self, session: str = "", port: int = PORT) -> None:
        self.port = port
        self.cookies = {"session": session} if session else {}

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
def served(module: str, workers: int = 1, port: int = PORT, **environ: str) -> Iterator[Cpu]:
    """The app of this module under gunicorn, as the README deploys it; gives its CPU."""
    command = [sys.executable, "-m", "gunicorn", module, "--bind", f"127.0.0.1:{port}"]
    process = subprocess.Popen(
        [*command, "--workers", str(workers), "--threads", "16", "--log-level", "error"],
        cwd=ROOT,
        env={**os.environ, **environ},
    )
    try:
        for _ in range(300):
            if process.poll() is not None:
                raise RuntimeError(f"{module} did not start on port {port}")
            try:
                Client(port=port).request("GET", "/")
                break
            except OSError:
                time.sleep(0.1)
        yield lambda: cpu_of(process.pid)
    finally:
        process.terminate()
        process.wait()
