"""What `make run` starts: the demonstration province on this machine alone."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

from quiz.config import ROOT
from quiz.demo.service import new_secret

PORT = os.environ.get("PORT", "5000")
SECRET = ROOT / "instance" / "secret_key"
SWEEP_SECONDS = "20"


def main() -> None:
    """Prepare what is missing, say how to sign in, serve until interrupted or told to end."""
    # However we are told to end, and even where a shell has us ignore Ctrl+C, the children end too.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        _run()


def _run() -> None:
    if "SECRET_KEY" not in os.environ:
        os.environ["SECRET_KEY"] = _secret(SECRET)
    os.environ.setdefault("DEMO", "1")
    os.environ.setdefault("CLOCK_FILE", "")  # a laptop that slept believes its clock again
    flask = [sys.executable, "-m", "flask", "--app", "quiz"]
    for command in (["init"], ["demo", "load"]):
        subprocess.run([*flask, *command], check=True, cwd=ROOT)  # noqa: S603
    sys.stdout.write(f"\n17+9 is served at http://127.0.0.1:{PORT}\n\nSign in as:\n")
    sys.stdout.flush()
    subprocess.run([*flask, "demo", "accounts"], check=True, cwd=ROOT)  # noqa: S603
    sys.stdout.write("\nStop with Ctrl+C; the data stays in instance/.\n")
    sys.stdout.flush()
    sweep = [*flask, "sweep", "--every", SWEEP_SECONDS]
    serve = [
        *[sys.executable, "-m", "gunicorn", "quiz:create_app()"],
        *["--bind", f"127.0.0.1:{PORT}", "--workers", "2", "--threads", "16"],
        *["--worker-tmp-dir", "/dev/shm" if Path("/dev/shm").is_dir() else "/tmp"],  # noqa: S108
        *["--log-level", "warning"],
    ]
    children: list[subprocess.Popen[bytes]] = []
    try:
        for command in (sweep, serve):
            children.append(subprocess.Popen(command, cwd=ROOT))  # noqa: S603
        children[-1].wait()
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait()


def _secret(path: Path) -> str:
    """This installation's secret: made once, readable by its owner alone."""
    path.parent.mkdir(exist_ok=True)
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(new_secret())
    return path.read_text()


if __name__ == "__main__":
    main()
