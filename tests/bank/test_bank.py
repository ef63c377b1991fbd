"""The bank for those who keep it: what was used before, and what a learner sees."""

from dataclasses import replace

import pytest

from quiz import create_app
from quiz.bank import service
from quiz.config import settings_from
from quiz.domain.items import KINDS
from quiz.web.bank import bank
from tests import factories
from tests.browser import Browser


@pytest.fixture
def trainer(app):
    province = factories.agency("Tỉnh Quảng Ngãi", "province")
    return Browser(app).sign_in(factories.staff("trainer", province))


def bank_with(item):
    """The bank after this item was edited."""
    lesson = bank().lessons[item.lesson]
    items = tuple(item if one.code == item.code else one for one in lesson.items)
    return replace(bank(), lessons={**bank().lessons, lesson.code: replace(lesson, items=items)})


def one_of(kind):
    return next(item for item in bank().items.values() if item.kind == kind)


def test_an_item_used_in_attempts_may_be_polished(app):
    used = one_of("single")
    factories.attempt_on([used])

    assert service.changed_items(bank()) == []
    assert service.changed_items(bank_with(replace(used, explanation="Nói gọn hơn."))) == []


def test_an_item_used_in_attempts_keeps_its_key(app):
    used = one_of("single")
    factories.attempt_on([used])
    keys = [option.key for option in used.options]
    turned = tuple(
        replace(option, key=key)
        for option, key in zip(used.options, keys[1:] + keys[:1], strict=True)
    )

    [fault] = service.changed_items(bank_with(replace(used, options=turned)))

    assert fault.startswith(f"item {used.code}: used in attempts when")
    assert fault.endswith("give it a new code")


def test_an_item_that_was_withdrawn_or_never_used_is_no_fault(app):
    used = replace(one_of("single"), code="d01-da-rut")
    factories.attempt_on([used])
    unused = one_of("true_false")
    turned = tuple(replace(option, key=not option.key) for option in unused.options)

    assert service.changed_items(bank_with(replace(unused, options=turned))) == []


def test_before_the_first_start_there_is_nothing_to_compare(tmp_path):
    address = f"sqlite:///{tmp_path}/none-yet.db"
    settings = settings_from({"SECRET_KEY": "for-tests-only-" * 4, "DATABASE_URL": address})

    with create_app({**settings, "TESTING": True}).app_context():
        assert service.changed_items(bank()) == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_console_shows_an_item_then_its_key(app, kind):
    item = one_of(kind)

    asked, keyed = service.preview(item).split("— Đáp án và lời phản hồi —")

    assert item.stem in asked
    assert item.explanation not in asked
    assert item.explanation in keyed


def test_the_console_does_not_tell_the_order(app):
    item = one_of("order")
    steps = [step.text for step in item.steps]

    asked = service.preview(item).split("— Đáp án")[0]

    assert [line[4:] for line in asked.splitlines() if line.startswith("  · ")] == sorted(steps)


# The bank is files: its pages do not depend on the database.
on_sqlite = pytest.mark.parametrize("database_app", ["sqlite"], indirect=True)


@on_sqlite
def test_a_trainer_sees_every_item_with_its_key_beside_it(trainer):
    for item in bank().items.values():
        page = trainer.get(f"/bank/items/{item.code}")
        assert f'<h1 class="h2">{item.code}</h1>' in page
        assert "Đáp án và lời phản hồi" in page


@on_sqlite
def test_a_trainer_sees_every_lesson_in_both_languages(trainer):
    for lesson in bank().lessons.values():
        page = trainer.get(f"/bank/lessons/{lesson.code}")
        assert lesson.english.summary in page.replace("&#39;", "'")
        assert f"/bank/items/{lesson.items[-1].code}" in page


@pytest.mark.parametrize("path", ["/bank/items/d99-x", "/bank/lessons/d99"])
def test_what_is_not_in_the_bank_is_404(trainer, path):
    trainer.get(path, status=404)


def test_a_learner_never_sees_the_bank(app):
    item = one_of("single")

    Browser(app).sign_in(factories.person()).get(f"/bank/items/{item.code}", status=403)
