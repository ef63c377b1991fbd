"""The English catalogue is complete, not stale, and fits its places."""

import re

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from quiz.config import ROOT
from quiz.web.bank import bank
from tests import site
from tests.browser import Browser

METHODS = [("quiz/**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
KEYWORDS = {"_": None, "N_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
PLACE = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")


def said_in_the_app():
    """Every sentence of code and templates."""
    found = set()
    for _, _, message, _, _ in extract_from_dir(ROOT, METHODS, keywords=KEYWORDS):
        found.add(message[0] if isinstance(message, tuple) else message)
    return found


@pytest.fixture(scope="module")
def catalogue():
    with (ROOT / "translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        found = read_po(file)
    return {
        (m.id if isinstance(m.id, str) else m.id[0]): (
            (m.string,) if isinstance(m.string, str) else m.string
        )
        for m in found
        if m.id
    }


def test_every_sentence_has_its_english(catalogue):
    assert said_in_the_app() - set(catalogue) == set()


def test_no_english_is_left_over(catalogue):
    assert set(catalogue) - said_in_the_app() == set()


def test_every_translation_fills_the_same_places(catalogue):
    for vietnamese, english in catalogue.items():
        for form in english:
            assert form, vietnamese
            assert set(PLACE.findall(form)) == set(PLACE.findall(vietnamese)), vietnamese


@pytest.mark.parametrize("role", ["learner", "trainer", "organiser"])
def test_no_sentence_stays_vietnamese_on_an_english_page(app, catalogue, role):
    world = site.build(app)
    browser = Browser(app).sign_in(world.people[role])
    browser.client.set_cookie("language", "en")
    browser.lang = "en"
    content = "\n".join(item.to_json() for item in bank().items.values())  # stays Vietnamese
    long = [
        sentence
        for sentence in catalogue
        if len(sentence) > 15
        and sentence[0].isupper()
        and not PLACE.search(sentence)
        and sentence not in content
    ]

    for endpoint, address in site.addresses(app, "GET", world.own).items():
        if endpoint in ("accounts.language", "accounts.theme") or "/export.csv" in address:
            continue
        page = browser.client.get(address).text
        left = [sentence for sentence in long if sentence in page]
        assert left == [], endpoint
