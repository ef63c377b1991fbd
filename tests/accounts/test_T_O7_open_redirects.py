"""No `next` leads to another site."""

from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quiz.web.redirects import safe_next

BAD = [
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\t//evil.example",
    " //evil.example",
    "http://evil.example",
    "https://evil.example",
    "HTTP://evil.example",
    "http:evil.example",
    "http:/evil.example",
    "http:\\\\evil.example",
    "//evil.example/lessons",
    "//evil.example?x=/lessons",
    "/lessons@evil.example",
    "//user@evil.example",
    "/lessons//evil.example\\",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "mailto:a@evil.example",
    "ftp://evil.example",
    "file:///etc/passwd",
    "/%2f%2fevil.example",
    "/%5cevil.example",
    "%2f%2fevil.example",
    "/..//evil.example",
    "/.//evil.example",
    "./evil",
    "../evil",
    "evil.example",
    "?next=//evil.example",
    "#//evil.example",
    "/lessons#@evil.example",
    "/lessons;//evil.example",
    "/／evil.example",
    "／／evil.example",
    "/\u2028/evil.example",
    "/\u0000/evil.example",
    "/lessons\r\nSet-Cookie: a=b",
    "/\ufeff/evil.example",
    "/no-such-page",
    "/sign-out",
]


@pytest.mark.parametrize("bad", BAD)
def test_T_O7_a_bad_address_leads_home(app, bad):
    with app.test_request_context("/"):
        assert safe_next(bad) == "/"


@pytest.mark.parametrize("good", ["/lessons/d03", "/reviews/x?q=nguyen&page=2", "/"])
def test_T_O7_a_page_of_the_app_is_kept(app, good):
    with app.test_request_context("/"):
        assert safe_next(good) == good


@settings(
    max_examples=2_000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=40) | st.text("/\\:.@evil?#%\t\n ", max_size=20))
def test_T_O7_no_address_leads_to_another_host(app, text):
    with app.test_request_context("/"):
        found = urlsplit(safe_next(text))

    assert (found.scheme, found.netloc) == ("", "")
    assert found.path.startswith("/")
