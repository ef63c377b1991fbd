"""The pictures of the README, from the running app on the demonstration province."""

import io
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from quiz.config import ROOT
from quiz.demo.service import accounts, new_secret
from tests import chromium

FOLDER = ROOT / "static" / "img" / "screens"
ADDRESS = "http://127.0.0.1:5998"
# Name, role, width, theme, path.
PICTURES = (
    ("home-1366-light", "learner", 1366, "light", "/"),
    ("lesson-1366-light", "learner", 1366, "light", "/lessons/d03"),
    ("board-1366-dark", "learner", 1366, "dark", "/leaderboards/dot-1-2026"),
    ("board-360-light", "learner", 360, "light", "/leaderboards/dot-1-2026"),
    ("people-1366-light", "trainer", 1366, "light", "/reviews/dot-1-2026?q=nguyen"),
    ("question-360-light", "learner", 360, "light", "/campaigns/dot-2-2026"),
)


def main() -> None:
    """Load a province into a temporary database, serve it, and take the pictures."""
    FOLDER.mkdir(exist_ok=True)
    secret = new_secret()
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            **os.environ,
            "SECRET_KEY": secret,
            "DATABASE_URL": f"sqlite:///{folder}/quiz.db",
            "CLOCK_FILE": "",
            "DEMO": "1",
        }
        for command in (["init"], ["demo", "load"]):
            flask = [sys.executable, "-m", "flask", "--app", "quiz", *command]
            subprocess.run(flask, check=True, env=environ, cwd=ROOT)
        serve = [sys.executable, "-m", "gunicorn", "quiz:create_app()", "--threads", "16"]
        server = subprocess.Popen([*serve, "--bind", ADDRESS[7:]], env=environ, cwd=ROOT)
        try:
            _wait()
            _take({account["role"]: account for account in accounts(secret)})
        finally:
            server.terminate()
            server.wait()


def _wait() -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(ADDRESS)
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("the app did not start")


def _take(people: dict[str, dict[str, str]]) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.path(), args=chromium.ARGUMENTS
        )
        for name, role, width, theme, path in PICTURES:
            height = 900 if width > 500 else 760
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(f"{ADDRESS}/theme/{theme}?next=/sign-in")
            page.fill("#staff_code", people[role]["staff_code"])
            page.fill("#password", people[role]["password"])
            page.click("main button")
            page.goto(f"{ADDRESS}{path}")
            if name.startswith("question"):
                _begin(page)
            _keep(page.screenshot(), FOLDER / f"{name}.webp")
        browser.close()


def _begin(page: Page) -> None:
    page.get_by_role("button", name="Bắt đầu làm bài").click()
    page.wait_for_load_state("networkidle")


def _keep(png: bytes, path: Path) -> None:
    Image.open(io.BytesIO(png)).convert("RGB").save(path, quality=80, method=6)


if __name__ == "__main__":
    main()
