"""Rate limits: slow guessing down, per account and per network, and never lock anybody out."""

import ipaddress
import math
import time
from collections.abc import Callable, Sequence
from functools import wraps
from typing import ParamSpec

from flask import Flask, Response, after_this_request, current_app, request
from flask.typing import ResponseReturnValue
from limits import RateLimitItem, parse_many
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

from quiz.domain.names import staff_code_key

# A whole office may share one address, so failures are what counts, not sign-ins.
FAILURES_PER_ACCOUNT_AND_NETWORK = "10 per 5 minutes; 30 per hour"
FAILURES_PER_ACCOUNT = "60 per hour"
FAILURES_PER_NETWORK = "100 per 5 minutes"


def network() -> str:
    """The visitor's network: /24 of IPv4, /56 of IPv6."""
    address = ipaddress.ip_address(request.remote_addr or "127.0.0.1")
    prefix = 24 if address.version == 4 else 56
    return str(ipaddress.ip_network(f"{address}/{prefix}", strict=False))


def account() -> str:
    """The account that somebody is trying to open."""
    return staff_code_key(request.form.get("staff_code", "")[:64])


Limits = tuple[tuple[str, Callable[[], str]], ...]
P = ParamSpec("P")


def guessing(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Limit the failures of a page where secrets can be guessed; successes cost nothing."""
    limits = (
        (FAILURES_PER_ACCOUNT_AND_NETWORK, lambda: f"{account()} {network()}"),
        (FAILURES_PER_ACCOUNT, account),
        (FAILURES_PER_NETWORK, network),
    )
    return _limited(view, limits, methods=("POST",), counts=failed)


def guessing_addresses(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Limit the misses of a public page whose address is a secret; hits cost nothing."""
    limits = ((FAILURES_PER_NETWORK, network),)
    return _limited(view, limits, methods=("GET", "HEAD"), counts=missed)


def missed(response: Response) -> bool:
    """Whether there is nothing at this address."""
    return response.status_code == 404


def failed(response: Response) -> bool:
    """Whether a sign-in was refused."""
    return response.status_code in (400, 401, 422)


def init_app(app: Flask) -> None:
    """Count failures in RATELIMIT_STORAGE_URI."""
    storage = storage_from_string(app.config["RATELIMIT_STORAGE_URI"])
    app.extensions["limits"] = FixedWindowRateLimiter(storage)


def _limited(
    view: Callable[P, ResponseReturnValue],
    limits: Limits,
    *,
    methods: Sequence[str],
    counts: Callable[[Response], bool],
) -> Callable[P, ResponseReturnValue]:
    """The view, refused once a limit is reached; an answer that `counts` comes nearer to it.

    Pages without limits ask nothing of this.
    """
    parsed = [(item, key) for limit, key in limits for item in parse_many(limit)]

    @wraps(view)
    def limited(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if request.method not in methods:
            return view(*args, **kwargs)
        counter: FixedWindowRateLimiter = current_app.extensions["limits"]
        counted = [(item, str(request.endpoint), key()) for item, key in parsed]
        for one in counted:
            if not counter.test(*one):
                raise TooManyRequests(retry_after=_seconds_until(counter, one))

        @after_this_request
        def count(response: Response) -> Response:
            if counts(response):
                for one in counted:
                    counter.hit(*one)
            return response

        return view(*args, **kwargs)

    return limited


def _seconds_until(counter: FixedWindowRateLimiter, one: tuple[RateLimitItem, str, str]) -> int:
    """How long until its window is over."""
    return max(1, math.ceil(counter.get_window_stats(*one).reset_time - time.time()))
