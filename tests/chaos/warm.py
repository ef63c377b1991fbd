"""A server that is back in a moment, so that it can be killed by the hundred.

A process that has loaded the app, and never serves, forks a server for each line that it reads.
What is killed is a whole server all the same.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.chaos.contest import ROOT, TIDYING, Server


class WarmServer(Server):
    """A server that is forked, not started from nothing."""

    def __init__(self, url: str, folder: Path, bug: str = "") -> None:
        super().__init__(url, folder, bug)
        with self.log.open("ab") as log:
            self.nursery = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.warm", *self.command()],
                cwd=ROOT,
                env=self.environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                bufsize=1,
            )
        TIDYING.callback(self.nursery.kill)

    def launch(self, command: list[str]) -> "Fork":
        """Let the nursery fork one more; it has heard the command before."""
        assert self.nursery.stdin
        assert self.nursery.stdout
        self.nursery.stdin.write("\n")
        return Fork(int(self.nursery.stdout.readline()))


class Fork:
    """As much of a Popen as a server needs, for a process that somebody else reaps."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        """None while it runs."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, 0)
            return None
        return 0

    def wait(self, timeout: float = 60) -> None:
        """Wait until it is gone."""
        deadline = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > deadline:
                raise AssertionError(f"a server did not stop in {timeout} s")
            time.sleep(0.005)

    def terminate(self) -> None:
        """Ask it to stop."""
        os.kill(self.pid, signal.SIGTERM)


def main() -> None:
    """Fork a gunicorn for each line, until whoever writes them is gone."""
    from gunicorn.app.wsgiapp import WSGIApplication

    from tests.chaos import wsgi

    assert wsgi.app
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps those that were killed
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(2, 1)  # the log
            WSGIApplication(prog="gunicorn").run()
            sys.exit()
        print(pid, flush=True)


if __name__ == "__main__":
    main()
