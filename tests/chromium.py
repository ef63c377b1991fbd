"""A Chromium for the browser tests: the system's, else installed as root, else Playwright's own."""

import shutil
import subprocess
import sys

from tests.system import install

# The shell without windows does the same in half the time.
SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def path() -> str | None:
    """The system's Chromium; None lets Playwright use its own."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def follow(target) -> None:
    """Click what leads to another page, and wait for that page: a click alone may return before."""
    with target.page.expect_navigation():
        target.click()


def main() -> None:
    """Make sure that there is one."""
    if path() is None and not install(SHELL):
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


if __name__ == "__main__":
    main()
