"""Templates escape all that is not marked as safe, just as MarkupSafe does."""

import jinja2.runtime
import pytest
from markupsafe import Markup, escape

from quiz.web.escaping import escaped
from tests.e2e.test_every_page import PAYLOADS


class Named:
    """Something with a name of its own."""

    def __str__(self) -> str:
        return "<b>"


class Drawn:
    """Something that knows its own HTML."""

    def __html__(self) -> str:
        return "<i>an icon</i>"


class Word(str):
    """More than a string."""


VALUES = [
    *PAYLOADS,
    "&amp; < > \" '",
    "Quảng Ngãi",
    "",
    Markup("<b>bold</b>"),
    Word("<u>"),
    Named(),
    Drawn(),
    None,
    True,
    0,
    -17,
    1.5,
    ["<li>"],
    b"<b>",
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:30])
@pytest.mark.parametrize(
    "source",
    [
        "{{ value }}",
        '<a title="{{ value }}">{{ value }}{{ value }}</a>',
        "{% macro show(one) %}[{{ one }}]{% endmacro %}{{ show(value) }}",
        "{% set block %}({{ value }}){% endset %}{{ block }}",
        "{{ value ~ '<' ~ value }}",
        "{{ '%s<' | format(value) }}",
        "{% filter upper %}{{ value }}{% endfilter %}",
        "{{ value | e }}",
    ],
)
def test_a_template_shows_what_it_would_with_markupsafe(app, monkeypatch, source, value):
    shown = app.jinja_env.from_string(source).render(value=value)
    monkeypatch.setattr(jinja2.runtime, "escape", escape)

    assert shown == app.jinja_env.from_string(source).render(value=value)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:30])
def test_the_text_is_that_of_markupsafe(value):
    assert escaped(value) == escape(value)


def test_templates_of_the_app_escape_so(app):
    assert jinja2.runtime.escape is escaped
    assert app.jinja_env.from_string("{{ value }}").render(value="<b>") == "&lt;b&gt;"
