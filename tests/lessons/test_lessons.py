"""Reading a lesson, and what is remembered of it."""

from datetime import timedelta

import pytest

from quiz.lessons import service
from quiz.models import LessonProgress, db
from quiz.web.bank import bank
from tests import factories
from tests.browser import Browser
from tests.conftest import counted


@pytest.fixture
def learner(app):
    return factories.person()


@pytest.fixture
def reader(app, learner):
    """The learner's browser."""
    return Browser(app).sign_in(learner)


def test_every_lesson_opens_and_leads_to_its_practice(reader):
    for code in bank().lessons:
        page = reader.get(f"/lessons/{code}")
        assert f'name="source" value="lesson:{code}"' in page
        assert "Tự kiểm tra 8 câu" in page


def test_the_list_names_all_lessons(reader):
    page = reader.get("/lessons")

    for lesson in bank().lessons.values():
        assert lesson.name in page


def test_a_difference_shows_both_sides_of_its_card(reader):
    lesson = bank().lessons["d03"]

    page = reader.get("/lessons/d03")

    assert lesson.it in page
    assert lesson.dx in page
    assert "Dễ nhầm với" in page


def test_a_message_shows_its_quote_what_it_asks_and_what_it_rests_on(reader):
    lesson = bank().lessons["m2"]

    page = reader.get("/lessons/m2")

    assert page.count(lesson.heading) == 1
    assert lesson.key_phrase in page
    assert lesson.asks[0] in page
    assert "split__half" not in page
    for code in lesson.rests_on:
        assert f'href="/lessons/{code}"' in page


def test_neighbours_are_linked_across_the_two_halves(reader):
    page = reader.get("/lessons/d17")

    assert 'href="/lessons/d16"' in page
    assert 'href="/lessons/m1"' in page


def test_a_lesson_page_never_holds_its_items(reader):
    page = reader.get("/lessons/d03")

    for item in bank().lessons["d03"].items:
        assert item.stem not in page
        assert item.explanation not in page


def test_an_unknown_lesson_is_404(reader):
    reader.get("/lessons/d18", status=404)


def test_reading_is_remembered(reader, learner):
    page = reader.send("/lessons/d03/read")

    assert "Đã ghi nhận" in page
    assert "Anh/Chị đã đọc ngày 23/11/2026" in page
    assert "Tôi đã đọc xong" not in page


def test_the_first_reading_counts(learner, now):
    service.mark_read(learner.id, "d03", now)
    service.mark_read(learner.id, "d03", now + timedelta(days=2))

    row = db.session.scalars(db.select(LessonProgress)).one()
    assert row.read_at == now


def test_reading_without_a_token_is_refused(reader):
    response = reader.client.post("/lessons/d03/read")

    assert response.status_code == 400
    assert db.session.scalars(db.select(LessonProgress)).all() == []


def test_reading_is_ones_own(app, reader, learner):
    reader.send("/lessons/d03/read")

    other = Browser(app).sign_in(factories.person("Hồ Văn Lâm")).get("/lessons/d03")

    assert "Anh/Chị đã đọc" not in other


def test_mastery_moves_both_ways_and_says_why(reader, learner, clock):
    items = [item.code for item in bank().lessons["d03"].items[:8]]
    factories.cards(learner, items, "good", clock())
    page = reader.get("/lessons/d03")
    assert "<strong>Nắm vững</strong>" in page
    assert "Đã trả lời 8 trên 16 câu: 8 đúng" in page
    assert "Chưa câu nào đến hạn ôn" in page

    factories.cards(learner, items[:5], "again", clock.tick(hours=1))
    page = reader.get("/lessons/d03")
    assert "<strong>Cần ôn</strong>" in page
    assert "3 đúng, 5 chưa đúng." in page
    assert "đọc lại bài rồi tự kiểm tra" in page


def test_what_was_mastered_is_to_review_when_half_of_it_is_due(app, learner, clock):
    items = [item.code for item in bank().lessons["d03"].items[:8]]
    factories.cards(learner, items, "good", clock())
    clock.tick(days=10)

    page = Browser(app).sign_in(learner).get("/lessons/d03")

    assert "<strong>Cần ôn</strong>" in page
    assert "8 câu đến hạn ôn" in page


def test_the_page_of_mastery_tells_of_every_lesson(reader, learner, now):
    service.mark_read(learner.id, "m2", now)
    factories.cards(learner, [bank().lessons["d03"].items[0].code], "again", now)

    page = reader.get("/lessons/mastery")

    for code in bank().lessons:
        assert f'id="{code}"' in page
    assert "Đã trả lời 1 trên 16 câu" in page
    assert "Đã đọc, chưa trả lời câu nào" in page


def test_english_readers_get_a_summary_and_know_what_is_vietnamese(reader):
    lesson = bank().lessons["d03"]
    reader.client.get("/language/en")
    reader.lang = "en"

    page = reader.get("/lessons/d03")

    assert lesson.english.name in page
    assert lesson.english.summary in page
    assert '<section lang="vi">' in page


@pytest.mark.parametrize("path", ["/lessons", "/lessons/d03", "/lessons/m2"])
@pytest.mark.parametrize("cards", [0, 60])
def test_a_lesson_page_costs_few_statements(reader, learner, now, path, cards):
    factories.cards(learner, list(bank().items)[:cards], "good", now)
    with counted() as statements:
        reader.get(path)

    assert len(statements) <= 3, statements


def test_the_paths_cover_what_they_promise(app):
    paths = bank().paths

    assert set(paths["ca-khoa"].lessons) == set(bank().lessons)
    assert len(paths["15-phut-moi-ngay"].stages) == 14
    assert set(paths["15-phut-moi-ngay"].lessons) == set(bank().lessons)
    for day in paths["15-phut-moi-ngay"].stages:
        assert sum(bank().lessons[code].minutes for code in day.lessons) <= 15
    assert {"d06", "d11", "d12", "m1", "m2"} <= set(paths["nguoi-dung-dau"].lessons)


def test_a_path_leads_on_from_where_i_am(reader, learner, now):
    service.mark_read(learner.id, "d06", now)

    page = reader.get("/lessons/paths/nguoi-dung-dau")

    path = bank().paths["nguoi-dung-dau"]
    assert f"1 trên {len(path.lessons)} bài" in page
    assert f"Học tiếp: {bank().lessons[path.lessons[1]].name}" in page


def test_a_path_that_is_done_says_so(reader, learner, now):
    for code in bank().paths["nguoi-dung-dau"].lessons:
        service.mark_read(learner.id, code, now)

    assert "đã học đủ các bài của lộ trình này" in reader.get("/lessons/paths/nguoi-dung-dau")


def test_an_unknown_path_is_404(reader):
    reader.get("/lessons/paths/x", status=404)


def test_what_is_not_public_is_said_openly(reader):
    assert bank().lessons["t5"].not_public in reader.get("/lessons/t5")


def test_a_handout_holds_both_sides_and_the_way_to_its_lesson(reader):
    lesson = bank().lessons["d03"]

    page = reader.get("/lessons/d03/handout")

    assert lesson.it in page
    assert lesson.dx in page
    assert "<svg" in page


def test_a_handout_for_english_readers_has_the_message_in_both_languages(reader):
    reader.client.get("/language/en")
    reader.lang = "en"

    page = reader.get("/lessons/m1/handout")

    message = bank().lessons["m1"]
    assert message.heading in page
    assert message.english.heading in page


def test_the_poster_holds_all_pairs(reader):
    page = reader.get("/lessons/poster")

    for lesson in bank().differences:
        assert lesson.it in page
        assert lesson.dx in page


def test_the_page_of_mastery_offers_to_practise_and_to_read_each_lesson(reader, learner, now):
    factories.cards(learner, [bank().lessons["d03"].items[0].code], "again", now)

    page = reader.get("/lessons/mastery")

    assert 'value="lesson:d03">Luyện tập Điểm 3<' in page
    assert '<a href="/lessons/d03">đọc lại bài</a> rồi tự kiểm tra.' in page
    assert "/practice/review" not in page
