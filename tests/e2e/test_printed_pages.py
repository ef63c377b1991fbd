"""Handouts and the poster as paper: one A4 page each, with nothing cut off."""

import re

import pytest

from quiz.web.bank import bank
from tests import factories

MM = 96 / 25.4  # CSS pixels
WIDTH, HEIGHT = 210 - 2 * 12, 297 - 2 * 11  # mm of paper inside its margins
SPARE = 8  # mm, for a printer with margins and fonts of its own
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


@pytest.mark.parametrize("database_app", ["sqlite"], indirect=True)  # paper does not depend on it
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_handout_and_the_poster_fill_one_page(app, served, visit, language):
    page = visit(factories.person(), width=int(WIDTH * MM))
    page.context.add_cookies([{"name": "language", "value": language, "url": served}])
    page.emulate_media(media="print")
    lengths = {}
    for path in ["poster", *(f"{code}/handout" for code in bank().lessons)]:
        page.goto(f"/lessons/{path}")
        page.evaluate("document.fonts.ready.then(() => {})")  # else another font is measured
        assert page.evaluate(CUT) == [], path
        lengths[path] = page.evaluate("document.documentElement.scrollHeight") / MM

    assert {path: mm for path, mm in lengths.items() if mm > HEIGHT - SPARE} == {}
    page.goto(f"/lessons/{max(lengths, key=lengths.get)}")
    paper = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(PAGE.findall(paper)) == 1
