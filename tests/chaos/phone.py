"""A real browser on a phone: takes a quiz through its pages, whatever the network does."""

import contextlib
import random
import re
import time
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, sync_playwright
from playwright.sync_api import Error as BrowserError

from tests import chromium
from tests.chaos.contest import Record, Server, Ticket
from tests.chaos.proxy import Door

SAVED = re.compile(r"Đã lưu \d")
PATIENCE = 240  # seconds for one step
LOOK = """() => ({
  network: navigator.onLine,
  dialogs: [...document.querySelectorAll("dialog[open]")].map(one => one.id),
  text: document.body.innerText.replace(/\\s+/g, " ").slice(0, 300),
})"""


class Phone:
    """One person with a browser. What it shows as chosen is what must be in force at the end."""

    def __init__(self, context: BrowserContext, home: str, campaign: str, record: Record) -> None:
        self.home, self.campaign, self.record = home, campaign, record
        self.page: Page = context.new_page()
        self.page.set_default_timeout(30_000)
        self.page.on("dialog", lambda dialog: dialog.accept())

    def take(self, goes_on: Callable[[int], bool]) -> None:
        """Start, answer by keyboard and by touch, wait until all is saved, hand in."""
        self._until(self._is_on_paper, self._open_paper)
        attempt_id = self.attempt_id = self.page.url.partition("#")[0].rsplit("/", 1)[1]
        self.record.attempts.add(attempt_id)
        self.record.in_browsers.add(attempt_id)
        size = self.page.locator("section[data-position]").count()
        number = 0
        while goes_on(number):
            self._answer(number % size + 1, by_keyboard=number % 2 == 0)
            number += 1
        self._until(self._is_saved, lambda: time.sleep(0.5))
        self.record.in_force[attempt_id] = self._chosen()
        self._until(self._is_over, self._hand_in)
        self.record.submitted.add(attempt_id)

    def _open_paper(self) -> None:
        """Start or go on; what came may be the page without a network, or without its script."""
        if "/attempts/" in self.page.url:
            self.page.reload(wait_until="domcontentloaded")
        else:
            campaign = f"{self.home}/campaigns/{self.campaign}"
            self.page.goto(campaign, wait_until="domcontentloaded")
            self.page.get_by_role("button", name="Bắt đầu làm bài").or_(
                self.page.get_by_role("link", name="Làm tiếp")
            ).first.click(timeout=5_000)
            # To the paper, or to the browser's own page about the network.
            self.page.wait_for_url(re.compile("/attempts/|^chrome-error"), wait_until="commit")
        self.page.locator("html.has-script").wait_for(timeout=10_000)

    def _is_on_paper(self) -> bool:
        on_paper = "/attempts/" in self.page.url and self.page.locator("#paper").count()
        return bool(on_paper and self.page.locator("html.has-script").count())

    def _answer(self, position: int, by_keyboard: bool) -> None:
        """Go to the question and choose something in each of its parts."""
        self.page.evaluate("hash => { location.hash = hash; }", f"#cau-{position}")
        section = self.page.locator(f"#cau-{position}")
        section.locator("[data-heading]").wait_for()
        inputs = section.locator("input[name^=p]")
        names = dict.fromkeys(inputs.evaluate_all("all => all.map(one => one.name)"))
        for name in names:
            offered = section.locator(f'input[name="{name}"]')
            chosen = offered.nth(random.randrange(offered.count()))
            if by_keyboard:
                chosen.focus()
                self.page.keyboard.press("Space")
            else:
                chosen.click()  # it lies, unseen, over its whole label

    def _is_saved(self) -> bool:
        return bool(SAVED.search(self.page.locator("[data-save-state]").inner_text()))

    def _chosen(self) -> dict[int, dict[str, list[str]]]:
        """What the page shows as chosen: values by question and part, as `decode` takes them."""
        found: dict[int, dict[str, list[str]]] = {}
        ticked = "all => all.map(one => [one.name, one.value])"
        for name, value in self.page.locator("#paper input[name^=p]:checked").evaluate_all(ticked):
            number, _, part = name[1:].partition(".")
            found.setdefault(int(number), {}).setdefault(part, []).append(value)
        return found

    def _hand_in(self) -> None:
        """From the paper, by way of its check, to the result; again where that failed."""
        check = self.page.locator("#check[open]")
        if check.count():
            if (tick := check.locator("input[type=checkbox]:visible")).count():
                tick.check()
            check.locator('button[value="hand-in"]').click()
            self.page.wait_for_url("**/result*")
        elif self.page.locator("#paper-not-handed-in:visible").count():
            time.sleep(0.5)  # it hands itself in
        elif self._is_on_paper():
            self.page.locator('button[value="check"]:visible').first.click()
        elif self.page.url.endswith("/check") and self.page.locator("#hand-in").count():
            tick = self.page.locator("#confirmed")
            if tick.count():
                tick.check()
            self.page.locator('button[form="hand-in"]').click()
            self.page.wait_for_url("**/result*")
        else:
            path = f"{self.home}/attempts/{self.attempt_id}"
            self.page.goto(f"{path}/check", wait_until="domcontentloaded")

    def _is_over(self) -> bool:
        return "/result" in self.page.url and bool(self.page.locator("h1").count())

    def _look(self) -> str:
        """What a person would tell about a page that does not go on."""
        with contextlib.suppress(BrowserError):
            return str(self.page.evaluate(LOOK))
        return "it does not answer"

    def _until(self, holds: Callable[[], bool], act: Callable[[], None]) -> None:
        """Do this until that holds; a page that did not load is asked for again."""
        deadline = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(BrowserError):
                if holds():
                    return
                act()
            if time.monotonic() > deadline:
                raise AssertionError(f"the browser is stuck at {self.page.url}: {self._look()}")
            time.sleep(0.2)


def take(
    door: Server | Door,
    ticket: Ticket,
    campaign: str,
    record: Record,
    goes_on: Callable[[int], bool],
) -> None:
    """One attempt in a browser of its own, started in the network of this thread."""
    home = f"http://{door.host}:{door.port}"
    # As with HTTPS in production: the page may use all that secure pages may.
    secure = f"--unsafely-treat-insecure-origin-as-secure={home}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.path(), args=[*chromium.ARGUMENTS, secure]
        )
        context = browser.new_context(viewport={"width": 360, "height": 740}, locale="vi")
        context.add_cookies([{"name": "session", "value": ticket.cookie, "url": home}])
        Phone(context, home, campaign, record).take(goes_on)
        browser.close()
