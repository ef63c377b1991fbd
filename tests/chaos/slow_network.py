"""P7: phones on a bad link: 5 % of packets lost, 800 ms there and back, 20 disconnects an attempt.

Some learners sit at a real browser and do all by keyboard and touch; what it showed as chosen must
be what is graded. Where the machine forbids to make networks, a proxy stands in for the packets.
"""

import argparse
import contextlib
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.chaos import phone
from tests.chaos.contest import (
    DATABASES,
    CannotRun,
    Outcome,
    Record,
    Server,
    judge,
    main,
    make_app,
    settle,
)
from tests.chaos.learners import Client, Learner
from tests.chaos.link import Link
from tests.chaos.proxy import Proxy

LOSS, ROUND_TRIP = 0.05, 0.8
FINE_WEATHER = 6.0, 12.0  # seconds between two disconnects
QUESTIONS = 20
GIVES_UP = 4.5  # seconds after which a phone takes a request for lost and repeats it


def trial(arguments: argparse.Namespace, folder: Path) -> Outcome:
    """Let learners take attempts over the link while it comes and goes; then judge."""
    outcome, record = Outcome(), Record()
    link = _link(bool(arguments.packets))
    database = DATABASES[arguments.database](folder)
    app = make_app(database.url)
    province = settle(app, arguments.attempts)
    server = Server(database.url, folder, arguments.bug, host=link.host)
    server.start()
    door = link.door(server)
    over = threading.Event()

    def weather() -> None:
        while not over.wait(random.uniform(*FINE_WEATHER)):
            link.disconnect(random.uniform(0.3, 1.2))

    def take(number: int) -> None:
        ticket = province.tickets[number]
        # Every so many, since a machine bears few browsers at once.
        if arguments.browsers and number % (arguments.attempts // arguments.browsers) == 0:
            phone.take(door, ticket, province.campaign, record, _goes_on(link, arguments))
        else:
            client = Client(door, ticket, timeout=GIVES_UP)
            Learner(client, province.campaign, record).take(_goes_on(link, arguments))

    def all_phones() -> None:
        threading.Thread(target=weather).start()
        try:
            with ThreadPoolExecutor(arguments.together) as crowd:
                list(crowd.map(take, range(arguments.attempts)))
        finally:
            over.set()

    begun = time.monotonic()
    link.among_phones(all_phones)
    took = time.monotonic() - begun
    server.stop()
    outcome.figures |= {
        "link": link.name,
        "in browsers": arguments.browsers,
        "disconnects": link.disconnects,
        "in s": took,
        "save s, slowest": record.slowest,
    }
    outcome.check(
        len(record.submitted) == arguments.attempts, "lost: not every attempt was handed in"
    )
    judge(app, database, record, outcome)
    database.stop()
    return outcome


def _link(of_packets: bool) -> Link | Proxy:
    """Real packets where this machine lets us make networks, else the stand-in."""
    if of_packets:
        with contextlib.suppress(CannotRun):
            return Link(LOSS, ROUND_TRIP)
    return Proxy(LOSS, ROUND_TRIP)


def _goes_on(link: Link | Proxy, arguments: argparse.Namespace) -> Callable[[int], bool]:
    """Until every question is answered and the link has gone often enough."""
    first = link.disconnects

    def goes_on(number: int) -> bool:
        return number < QUESTIONS or link.disconnects < first + arguments.disconnects

    return goes_on


if __name__ == "__main__":
    main(trial, attempts=200, browsers=10, together=40, disconnects=20, packets=1)
