"""Security headers on every response, of files too."""

from collections.abc import Iterable
from typing import Any

from flask import Flask, Response

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
ONE_YEAR = 365 * 24 * 3600
STRICT_TRANSPORT = ("Strict-Transport-Security", f"max-age={ONE_YEAR}; includeSubDomains")


def init_app(app: Flask) -> None:
    """Add the headers to all that wraps the app by now, and to the app."""
    app.after_request(_keep_personal)
    inner, always = app.wsgi_app, list(SECURITY_HEADERS.items())

    def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            headers = headers + always  # no page sets one of them itself
            if environ["wsgi.url_scheme"] == "https":
                headers.append(STRICT_TRANSPORT)
            return start_response(status, headers, error)

        return inner(environ, start)

    app.wsgi_app = serve  # type: ignore[method-assign]


def _keep_personal(response: Response) -> Response:
    """Pages are of somebody: no cache between keeps one, unless it says so itself."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response
