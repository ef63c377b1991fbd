"""Handouts and the poster as paper: one A4 page each, with nothing cut off."""

import re

import pytest

from quiz.web.bank import bank
from tests import factories

PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")
# Elements that reach beyond the sheet, or whose text is clipped.
CUT = """() => {
  const right = document.querySelector(".sheet").getBoundingClientRect().right + 1;
  const seen = [...document.querySelectorAll(".sheet *:not(.visually-hidden)")];
  return seen.filter(one => {
    const clips = getComputedStyle(one).overflow === "hidden";
    const cut = one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1;
    return one.getBoundingClientRect().right > right || (clips && cut);
  }).map(one => one.outerHTML.slice(0, 120));
}"""


@pytest.mark.no_cover  # slow under it, and other tests cover this code
@pytest.mark.parametrize("database_app", ["sqlite"], indirect=True)  # paper does not depend on it
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_handout_and_the_poster_fill_one_page(app, served, visit, language):
    page = visit(factories.person())
    page.context.add_cookies([{"name": "language", "value": language, "url": served}])
    codes = [f"{code}/handout" for code in bank().lessons]
    pages = {}
    for path in ["poster", *codes]:
        page.goto(f"/lessons/{path}")
        page.emulate_media(media="print")
        assert page.evaluate(CUT) == [], path
        pages[path] = len(PAGE.findall(page.pdf(prefer_css_page_size=True, print_background=True)))

    assert {path: count for path, count in pages.items() if count != 1} == {}
