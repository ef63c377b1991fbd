"""Rate limits: slow guessing down, per account and per network, and never lock anybody out."""

import ipaddress
from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, Response, current_app, request
from flask_limiter import Limiter

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


View = TypeVar("View", bound=Callable[..., Any])

limiter = Limiter(key_func=network, headers_enabled=False)


def guessing(view: View) -> View:
    """Limit the failures of a page where secrets can be guessed; successes cost nothing."""
    guarded: Callable[..., Any] = view
    for limit, key in (
        (FAILURES_PER_ACCOUNT_AND_NETWORK, lambda: f"{account()} {network()}"),
        (FAILURES_PER_ACCOUNT, account),
        (FAILURES_PER_NETWORK, network),
    ):
        guarded = limiter.limit(limit, key_func=key, methods=["POST"], deduct_when=failed)(guarded)
    return cast(View, _marked(guarded))


def guessing_addresses(view: View) -> View:
    """Limit the misses of a public page whose address is a secret; hits cost nothing."""
    guarded = limiter.limit(
        FAILURES_PER_NETWORK, key_func=network, methods=["GET", "HEAD"], deduct_when=missed
    )(view)
    return cast(View, _marked(guarded))


def missed(response: Response) -> bool:
    """Whether there is nothing at this address."""
    return response.status_code == 404


def failed(response: Response) -> bool:
    """Whether a sign-in was refused."""
    return response.status_code in (400, 401, 422)


def init_app(app: Flask) -> None:
    """Count failures in RATELIMIT_STORAGE_URI."""
    limiter.init_app(app)


@limiter.request_filter
def has_no_limit() -> bool:
    """Whether the page asks for no limit: finding that out is dear, and most do not."""
    view = current_app.view_functions.get(request.endpoint or "")
    return not getattr(view, "is_limited", False)


def _marked(view: Callable[..., Any]) -> Callable[..., Any]:
    view.__dict__["is_limited"] = True
    return view
