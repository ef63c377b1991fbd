"""Choosing what to practise, the review of the day, and the tests of a course."""

import random
from datetime import timedelta

import pytest

from quiz.config import PRACTICE_SIZE
from quiz.domain import practice
from quiz.domain.blueprint import Blueprint, draw
from quiz.domain.errors import NotFound
from quiz.domain.practice import Gain, GroupGain, Source
from quiz.models import Attempt, Standing, db
from quiz.practice import service
from quiz.web.bank import bank
from tests import factories
from tests.answers import form_fields
from tests.attempts.test_grade import at_once
from tests.browser import Browser
from tests.conftest import counted


@pytest.fixture
def learner(app):
    return factories.person()


@pytest.fixture
def browser_of_learner(app, learner):
    return Browser(app).sign_in(learner)


def lessons_on(attempt):
    return {bank().items[place["item"]].lesson for place in attempt.paper}


def begin(learner, source, now):
    return service.start(factories.who(learner), Source.parse(source), bank(), now)


@pytest.mark.parametrize(
    "text", ["", "lesson", "lesson:", "wrong:d03", "stage:ca-khoa", "path:a:b", "lesson:d03:x", "x"]
)
def test_what_is_no_source_is_not_found(text):
    with pytest.raises(NotFound):
        Source.parse(text)


@pytest.mark.parametrize("text", ["lesson:d99", "path:x", "stage:ca-khoa:x", "pre:x"])
def test_what_the_bank_lacks_is_not_found(learner, now, text):
    with pytest.raises(NotFound):
        begin(learner, text, now)


def test_every_path_and_stage_can_be_practised_and_asks_only_of_its_lessons(learner):
    for path in bank().paths.values():
        sources = [f"path:{path.code}"]
        sources += [f"stage:{path.code}:{stage.code}" for stage in path.stages]
        for source in sources[:4]:
            attempt = factories.practice(learner, source)

            wanted = practice.lessons_of(Source.parse(source), bank())
            assert len(attempt.paper) == 8
            assert lessons_on(attempt) <= set(wanted)
            assert (attempt.campaign_id, attempt.deadline_at) == (None, None)


def test_the_chooser_leads_to_every_kind_of_practice(browser_of_learner):
    page = browser_of_learner.get("/practice")

    for source in ("mixed", "path:ca-khoa", "stage:theo-cum-de-nham:tien", "lesson:t9"):
        assert f'value="{source}"' in page
        browser_of_learner.send("/practice", source=source)
    assert "Không còn câu nào" in page


def test_every_lesson_can_be_practised_over_and_over(learner):
    rng = random.Random(3)
    for lesson in bank().lessons.values():
        for _ in range(20):
            blueprint = Blueprint((lesson.code,), PRACTICE_SIZE, may_be_short=True)
            assert len(draw({lesson.code: lesson.items}, blueprint, set(), rng)) >= 5, lesson.code


def test_a_practice_is_never_ranked(learner):
    factories.practice(learner, "mixed", right=8)

    assert db.session.scalars(db.select(Standing)).all() == []


def test_an_open_practice_is_gone_on_with_and_a_finished_one_begins_anew(learner):
    first = factories.practice(learner, "mixed")
    again = factories.practice(learner, "mixed", right=1)
    second = factories.practice(learner, "mixed")

    assert again.id == first.id
    assert (second.number, second.id == first.id) == (2, False)


def test_unseen_items_come_first(learner):
    first = factories.practice(learner, "lesson:d03", right=8)
    second = factories.practice(learner, "lesson:d03")

    seen = {place["item"] for place in first.paper}
    assert seen.isdisjoint(place["item"] for place in second.paper)


def test_mixed_keeps_to_what_was_begun(learner, now):
    factories.cards(learner, [item.code for item in bank().lessons["d03"].items[:1]], "good", now)

    assert lessons_on(factories.practice(learner, "mixed")) == {"d03"}


def test_what_was_wrong_is_asked_until_it_is_right(learner, now):
    wrong = [bank().lessons[code].items[0].code for code in ("d01", "d05")]
    factories.cards(learner, wrong, "again", now)
    factories.cards(learner, [bank().lessons["d02"].items[0].code], "good", now)

    attempt = factories.practice(learner, "wrong", right=2)

    assert {place["item"] for place in attempt.paper} == set(wrong)
    with pytest.raises(service.NothingWrong):
        begin(learner, "wrong", now)


def test_the_day_has_one_review_of_at_most_eight(learner, clock):
    items = [item.code for item in bank().lessons["d03"].items[:12]]
    factories.cards(learner, items, "again", clock() - timedelta(days=3))

    attempt = factories.practice(learner, "review", right=3)

    assert len(attempt.paper) <= 8
    with pytest.raises(service.ReviewedToday):
        begin(learner, "review", clock())
    assert begin(learner, "review", clock.tick(days=1)) != attempt.id


def test_nothing_due_is_said_and_begins_nothing(browser_of_learner, learner, now):
    factories.cards(learner, [bank().lessons["d03"].items[0].code], "good", now)

    page = browser_of_learner.get("/practice/review")
    refused = browser_of_learner.send("/practice", source="review", status=409)

    assert "Hôm nay chưa có câu cần ôn" in page
    assert "gần nhất đến hạn ngày 01/12/2026" in page
    assert "Hôm nay chưa có câu cần ôn" in refused
    assert db.session.scalars(db.select(Attempt)).all() == []


def test_days_in_a_row_are_counted_and_a_missed_day_is_no_fault(app, learner, clock):
    items = [item.code for item in bank().lessons["d03"].items]
    for day in range(2):
        factories.cards(learner, items[day::2], "again", clock() - timedelta(days=2))
        factories.practice(learner, "review", right=1)
        done = Browser(app).sign_in(learner).get("/")
        clock.tick(days=1)
    waiting = Browser(app).sign_in(learner).get("/practice/review")
    clock.tick(days=2)
    paused = Browser(app).sign_in(learner).get("/")

    assert "Hôm nay đã ôn xong" in done
    assert "đã ôn 2 ngày liền" in done
    assert "đã ôn 2 ngày liền" in waiting
    assert "Anh/Chị có thể bắt đầu lại hôm nay" in paused
    assert "ngày liền" not in paused


def test_the_tests_of_a_course_are_taken_once_each_and_show_the_gain(
    browser_of_learner, learner, now
):
    path = "nguoi-dung-dau"
    with pytest.raises(service.PreTestFirst):
        begin(learner, f"post:{path}", now)
    before = factories.practice(learner, f"pre:{path}", right=6)
    after = factories.practice(learner, f"post:{path}", right=12)

    result = browser_of_learner.get(f"/attempts/{after.id}/result")
    page = browser_of_learner.get(f"/lessons/paths/{path}")

    assert len(before.paper) == len(after.paper) == 15
    seen = {place["item"] for place in before.paper}
    assert seen.isdisjoint(place["item"] for place in after.paper)
    for text in (result, page):
        assert "Tăng 40 điểm" in text
        assert "Mỗi lần chỉ có 15 câu" in text
    assert begin(learner, f"pre:{path}", now) == before.id
    assert begin(learner, f"post:{path}", now) == after.id


def test_a_test_of_a_course_shows_no_key_before_its_end(browser_of_learner, learner):
    attempt = factories.practice(learner, "pre:ca-khoa")

    page = browser_of_learner.send(
        f"/attempts/{attempt.id}/save",
        op_id=factories.op_id(),
        position=1,
        revision=1,
        **form_fields(attempt, [1]),
    )

    assert "Đáp án mở khi Anh/Chị làm xong cả bài" in page
    assert "Đúng." not in page
    assert bank().items[attempt.paper[0]["item"]].explanation not in page
    known = service.memory.known(learner.id, bank())
    assert known == []


@pytest.mark.parametrize(
    ("said", "grade"), [("sure", "easy"), ("fairly", "good"), ("unsure", "hard"), ("", "good")]
)
def test_practice_asks_how_sure_one_is_which_sets_the_next_day_and_never_the_mark(
    browser_of_learner, learner, said, grade
):
    attempt = factories.practice(learner, "lesson:d03")
    given = {"c1": said} if said else {}

    asked = browser_of_learner.get(f"/attempts/{attempt.id}?question=1")
    page = browser_of_learner.send(
        f"/attempts/{attempt.id}/save",
        op_id=factories.op_id(),
        position=1,
        revision=1,
        **form_fields(attempt, [1]),
        **given,
    )

    assert 'name="c1"' in asked
    assert "Không bắt buộc, không tính điểm" in asked
    assert "<strong>Đúng.</strong>" in page
    assert ("Mức chắc chắn Anh/Chị đã chọn" in page) == bool(said)
    assert [card.grade for card in service.memory.known(learner.id, bank())] == [grade]


@pytest.mark.parametrize(
    ("after", "points", "clear"),
    [(7_333, 1_333, False), (7_334, 1_334, True), (2_000, -4_000, True), (6_000, 0, False)],
)
def test_a_gain_within_two_questions_may_be_chance(after, points, clear):
    gain = Gain(6_000, after, 15)

    assert (gain.points, gain.is_clear) == (points, clear)


@pytest.mark.parametrize(
    ("people", "sums", "shown"),
    [
        pytest.param(3, (15_000, 18_000), (5_000, 6_000, 1_000), id="a gain"),
        pytest.param(3, (18_000, 15_000), (6_000, 5_000, -1_000), id="a loss"),
        pytest.param(8, (4, 3), (1, 0, -1), id="halves go up, and the figures add up"),
    ],
)
def test_the_mean_gain_is_the_difference_of_the_means_beside_it(people, sums, shown):
    gain = GroupGain(people, *sums)

    assert (gain.before, gain.after, gain.points) == shown


@pytest.mark.parametrize("source", ["pre:ca-khoa", "mixed"])
def test_parallel_starts_make_one_practice(app, learner, now, source):
    who = factories.who(learner)
    db.session.commit()

    def start():
        return service.start(who, Source.parse(source), bank(), now)

    assert len(set(at_once(app, 8, start))) == 1
    assert len(db.session.scalars(db.select(Attempt)).all()) == 1


@pytest.mark.parametrize("path", ["/practice", "/practice/review", "/lessons/mastery"])
@pytest.mark.parametrize("cards", [0, 200])
def test_a_page_of_practice_costs_few_statements(browser_of_learner, learner, now, path, cards):
    factories.cards(learner, list(bank().items)[:cards], "again", now - timedelta(days=2))

    with counted() as statements:
        browser_of_learner.get(path)

    assert len(statements) <= 4, statements
