"""Numbers, dates and times as Vietnamese offices write them."""

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction

import nh3
from flask import Flask
from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from jinja2 import StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from quiz.domain.bank import Lesson, Path, Source, Stage, anchor
from quiz.domain.days import VIETNAM
from quiz.domain.scoring import half_up
from quiz.web.languages import language

KIND_NAMES = {
    "single": _("Chọn một"),
    "true_false": _("Đúng hay sai"),
    "multiple": _("Chọn nhiều"),
    "classify": _("Xếp vế"),
    "match": _("Ghép cặp"),
    "order": _("Sắp thứ tự"),
    "cloze": _("Điền chỗ trống"),
    "scenario": _("Tình huống"),
}
DIFFICULTY_NAMES = {
    "remember": _("Nhớ"),
    "understand": _("Hiểu"),
    "apply": _("Vận dụng"),
}
PROBLEM_NAMES = {
    "wrong_key": _("Đáp án chưa đúng"),
    "unclear": _("Câu hỏi khó hiểu"),
    "several_keys": _("Có hơn một đáp án đúng"),
    "misspelt": _("Lỗi chính tả"),
    "other": _("Vấn đề khác"),
}
STATUS_NAMES = {
    "new": _("Chờ xem"),
    "looking": _("Đang xem xét"),
    "answered": _("Đã trả lời"),
    "mended": _("Đã sửa câu hỏi"),
}
_markdown = MarkdownIt("commonmark", {"html": False})
_ALLOWED_TAGS = {"p", "h2", "h3", "ul", "ol", "li", "strong", "em", "blockquote", "br"}


def init_app(app: Flask) -> None:
    """Make the filters known to the templates."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        points=points,
        percent=percent,
        number=number,
        date=date,
        long_date=long_date,
        grouped=grouped,
        time=time,
        seconds_time=seconds_time,
        moment=moment,
        local_input=local_input,
        minutes=minutes,
        markdown=markdown,
        said=said,
        named=named,
        fixed=fixed,
        mark=mark,
        rank=rank,
        of_question=of_question,
        cited=cited,
        kind_name=lambda kind: str(KIND_NAMES[kind]),
        difficulty_name=lambda difficulty: str(DIFFICULTY_NAMES[difficulty]),
    )


def _decimal(text: str) -> str:
    return text if language() == "en" else text.replace(".", ",")


def points(hundredths: int) -> str:
    """Hundredths of a point as people write them: 8500 is "85", 6752 is "67,52"."""
    whole, part = divmod(hundredths, 100)
    return str(whole) if part == 0 else _decimal(f"{whole}.{part:02d}".rstrip("0"))


def fixed(hundredths: int) -> str:
    """Hundredths with both decimals, for columns: 8500 is "85,00"."""
    return _decimal(f"{hundredths // 100}.{hundredths % 100:02d}")


def percent(share: Fraction | None) -> str:
    """A share as a whole percentage, rounded half up; "–" when there is none."""
    if share is None:
        return "–"
    return f"{(200 * share.numerator + share.denominator) // (2 * share.denominator)}%"


def number(value: int) -> str:
    """1234 as "1.234" (English: "1,234")."""
    grouped = f"{value:,}"
    return grouped if language() == "en" else grouped.replace(",", ".")


def date(value: datetime) -> str:
    """23/11/2026, in Vietnam."""
    return value.astimezone(VIETNAM).strftime("%d/%m/%Y")


def long_date(value: datetime) -> str:
    """05 tháng 12 năm 2026, as documents say it (English: 05/12/2026), in Vietnam."""
    if language() == "en":
        return date(value)
    return value.astimezone(VIETNAM).strftime("%d tháng %m năm %Y")


def grouped(code: str) -> str:
    """A long code in fours, to be read aloud or typed: 7F3K-92PX."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def time(value: datetime) -> str:
    """11:05, in Vietnam."""
    return value.astimezone(VIETNAM).strftime("%H:%M")


def seconds_time(value: datetime) -> str:
    """11:05:09, in Vietnam."""
    return value.astimezone(VIETNAM).strftime("%H:%M:%S")


def moment(value: datetime) -> str:
    """11:05 ngày 23/11/2026 (English: 11:05, 23/11/2026)."""
    joint = ", " if language() == "en" else " ngày "
    return f"{time(value)}{joint}{date(value)}"


def local_input(value: datetime) -> str:
    """The value of a datetime-local field, in Vietnam."""
    return value.astimezone(VIETNAM).strftime("%Y-%m-%dT%H:%M")


def minutes(value: timedelta) -> str:
    """A span in whole minutes, at least one."""
    whole = max(1, round(value.total_seconds() / 60))
    return str(ngettext("%(num)d phút", "%(num)d phút", whole))


def mark(value: Fraction) -> str:
    """A mark of one question: 1, 0,5 or 0,67."""
    return points(half_up(value * 100))


def said(lesson: Lesson, part: str) -> str:
    """A part of a lesson (its name, heading, it or dx) in the language of the page."""
    spoken = lesson.english if language() == "en" else lesson
    return str(getattr(spoken, part))


def named(part: Path | Stage) -> str:
    """The name of a path, or of a stage of one, in the language of the page."""
    if language() != "en":
        return part.name
    return part.english_name if isinstance(part, Path) else part.english


def cited(source: Source) -> str:
    """A source with its publisher, number and date."""
    parts = (source.title, source.publisher, source.number, source.date)
    return ", ".join(part for part in parts if part)


def rank(place: int | None, is_tied: bool) -> str:
    """A rank as people read it: "4", "=4", or "–" for an agency too small to be ranked."""
    return "–" if place is None else f"{'=' if is_tied else ''}{place}"


def of_question(fields: Mapping[str, Sequence[str]], number: int) -> dict[str, Sequence[str]]:
    """The fields of one question of a scenario, without its number."""
    own = str(number)
    return {
        name.removeprefix(own).removeprefix("."): values
        for name, values in fields.items()
        if name.partition(".")[0] == own
    }


def markdown(text: str) -> Markup:
    """Markdown of the bank as clean HTML: no raw HTML, no links, no images.

    Its headings have anchors, to which feedback points.
    """
    tokens = _markdown.parse(text)
    for token, content in itertools.pairwise(tokens):
        if token.type == "heading_open":
            token.attrSet("id", anchor(content.content))
    rendered = _markdown.renderer.render(tokens, _markdown.options, {})
    clean = nh3.clean(rendered, tags=_ALLOWED_TAGS, attributes={"h2": {"id"}})
    return Markup(clean)  # noqa: S704
