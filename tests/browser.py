"""A browser without JavaScript: it checks on every page what every page owes."""

import re
from collections import Counter
from html.parser import HTMLParser

from flask import Flask
from werkzeug.test import TestResponse

from quiz.accounts import service as accounts
from quiz.models import Person, db


class Page(HTMLParser):
    """What a page's markup says about itself."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.lang = ""
        self.headings = 0
        self.ids: Counter[str] = Counter()
        self.fields: list[dict[str, str]] = []
        self.labelled: set[str] = set()
        self.forms: list[dict[str, object]] = []
        self.styles: list[str] = []
        self.scripts: list[dict[str, str]] = []
        self._open_labels = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note everything that `faults` looks at."""
        found = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.lang = found.get("lang", "")
        if tag == "h1":
            self.headings += 1
        if "id" in found:
            self.ids[found["id"]] += 1
        if "style" in found or any(name.startswith("on") for name in found):
            self.styles.append(f"<{tag} {found}>")
        if tag == "script":
            self.scripts.append(found)
        if tag == "form":
            self.forms.append({"method": found.get("method", "get").lower(), "token": False})
        if tag == "label":
            self._open_labels += 1
            self.labelled.add(found.get("for", ""))
        if tag in ("input", "select", "textarea"):
            if found.get("name") == "csrf_token" and self.forms:
                self.forms[-1]["token"] = True
            if found.get("type") not in ("hidden", "submit"):
                self.fields.append({**found, "_inside": str(bool(self._open_labels))})

    def handle_endtag(self, tag: str) -> None:
        """Close a label."""
        if tag == "label":
            self._open_labels -= 1

    def faults(self, lang: str) -> list[str]:
        """What this page owes and does not give."""
        faults = []
        if self.lang != lang:
            faults.append(f"lang is {self.lang!r}")
        if self.headings != 1:
            faults.append(f"{self.headings} h1")
        faults += [f"id {name!r} {n} times" for name, n in self.ids.items() if n > 1]
        for field in self.fields:
            named = field["_inside"] == "True" or field.get("id") in self.labelled
            if not (named or "aria-label" in field or "aria-labelledby" in field):
                faults.append(f"field without a label: {field}")
        faults += [
            f"form {number} without a token"
            for number, form in enumerate(self.forms)
            if form["method"] == "post" and not form["token"]
        ]
        faults += [f"inline style or handler: {style}" for style in self.styles]
        faults += [f"inline script: {s}" for s in self.scripts if "src" not in s]
        return faults


class Browser:
    """One person's browser."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()
        self.response: TestResponse | None = None
        self.lang = "vi"

    def sign_in(self, person: Person) -> "Browser":
        """Be this person, without spending the time that a password costs."""
        now = self.app.extensions["clock"]()
        code = accounts.issue_code(person.id, now)
        db.session.commit()
        token = accounts.redeem(person.staff_code, code, now)
        with self.client.session_transaction() as session:
            session.clear()
            session["_user_id"], session["_fresh"], session.permanent = token, True, True
        return self

    def get(self, path: str, status: int = 200, **kwargs: object) -> str:
        """Open a page; it must have this status and owe nothing."""
        return self._checked(self.client.get(path, **kwargs), status)

    def send(self, path: str, status: int = 200, follow: bool = True, **fields: object) -> str:
        """Send a form's fields with a good token; open the page that it leads to.

        A field name that is no Python name goes into `fields` as `**{"p1.0": "it"}`.
        """
        sent = {"csrf_token": self.token(), **fields}
        response = self.client.post(path, data=sent, follow_redirects=follow)
        return self._checked(response, status)

    def token(self) -> str:
        """The token that any page of this browser carries."""
        page = self.client.get("/account").text or ""
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        if not found:
            page = self.client.get("/sign-in").text
            found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert found, "no page carries a token"
        return found[1]

    def _checked(self, response: TestResponse, status: int) -> str:
        self.response = response
        assert response.status_code == status, f"{response.status}: {response.text[:3000]}"
        if response.mimetype == "text/html" and response.text and not 300 <= status < 400:
            assert Page(response.text).faults(self.lang) == []
        return response.text
