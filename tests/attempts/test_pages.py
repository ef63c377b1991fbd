"""Taking a quiz through the pages, without JavaScript."""

import re
from datetime import timedelta
from unittest.mock import patch

import pytest
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import MultiDict

from quiz.attempts import service
from quiz.grading import service as grading
from quiz.journal import service as journal
from quiz.models import Attempt, RefusedSave, Save, db
from quiz.web.bank import bank
from quiz.web.formatting import seconds_time
from tests import factories
from tests.answers import form_fields, position_of, right_fields
from tests.browser import Browser
from tests.conftest import counted


@pytest.fixture
def attempt(app):
    return factories.attempt_with_every_kind()


@pytest.fixture
def learner(app, attempt):
    return Browser(app).sign_in(attempt.person)


def hidden(page, name):
    return re.search(rf'name="{name}" value="([^"]*)"', page)[1]


def test_the_plain_form_saves_every_answer_and_goes_on(learner, attempt):
    page = learner.get(f"/attempts/{attempt.id}")
    fields = form_fields(attempt, range(1, 4))

    learner.send(
        f"/attempts/{attempt.id}/save",
        op_id=hidden(page, "op_id"),
        then="question-3",
        **fields,
    )

    sitting = service.sitting(db.session.get_one(Attempt, attempt.id))
    assert [one.number for one in sitting.questions if one.is_answered] == [1, 2, 3]
    assert learner.response.request.path == f"/attempts/{attempt.id}"


def test_sending_the_same_form_twice_saves_once(learner, attempt):
    page = learner.get(f"/attempts/{attempt.id}")
    fields = {**form_fields(attempt, range(1, 4)), "op_id": hidden(page, "op_id")}

    for _ in range(2):
        learner.send(f"/attempts/{attempt.id}/save", **fields)

    assert db.session.scalar(db.select(db.func.count()).select_from(Save)) == 3


def test_an_unchanged_form_saves_nothing(learner, attempt):
    fields = form_fields(attempt, range(1, 4))
    learner.send(f"/attempts/{attempt.id}/save", op_id=factories.op_id(), **fields)
    again = {**fields, **{f"r{number}": ["1"] for number in range(1, 4)}}

    learner.send(f"/attempts/{attempt.id}/save", op_id=factories.op_id(), **again)

    assert db.session.scalar(db.select(db.func.count()).select_from(Save)) == 3


def test_changing_the_language_keeps_the_answers(learner, attempt):
    fields = form_fields(attempt, [1, 2])

    learner.lang = "en"
    learner.send(f"/attempts/{attempt.id}/save", op_id=factories.op_id(), then="en", **fields)

    sitting = service.sitting(db.session.get_one(Attempt, attempt.id))
    assert [one.number for one in sitting.questions if one.is_answered] == [1, 2]


def test_handing_in_with_open_questions_asks_for_a_tick(learner, attempt):
    path = f"/attempts/{attempt.id}/submit"

    page = learner.send(path, status=422, op_id=factories.op_id())
    done = learner.send(path, op_id=factories.op_id(), confirmed="y")

    assert "Còn câu chưa trả lời" in page
    assert "Kết quả" in done


def test_the_check_page_names_the_open_questions(learner, attempt):
    last = len(attempt.paper)

    learner.send(
        f"/attempts/{attempt.id}/save",
        op_id=factories.op_id(),
        then="check",
        **form_fields(attempt, range(1, last)),
    )

    assert 'href="/attempts/' in learner.response.text
    assert f"#cau-{last}" in learner.response.text
    assert "Còn 1 câu chưa trả lời" in learner.response.text


def test_after_the_time_the_page_offers_the_result_of_what_was_saved(learner, attempt, clock):
    learner.send(
        f"/attempts/{attempt.id}/save",
        op_id=factories.op_id(),
        **form_fields(attempt, [1, 2, 3, 4]),
    )
    clock.tick(minutes=91)

    page = learner.get(f"/attempts/{attempt.id}")
    result = learner.send(f"/attempts/{attempt.id}/submit", op_id=factories.op_id())

    assert "Hết giờ lúc" in page
    assert "50<small>" in result


def test_a_late_save_says_so_and_keeps_the_rest(learner, attempt, clock):
    clock.tick(minutes=95)

    page = learner.send(
        f"/attempts/{attempt.id}/save",
        status=409,
        op_id=factories.op_id(),
        **form_fields(attempt, [1]),
    )

    assert "đã kết thúc" in page


def test_who_did_not_pass_reads_what_comes_next(app, clock):
    home = factories.agency()
    someone = factories.person(at=home)
    campaign = factories.campaign(home, pause_minutes=15)
    first = factories.graded(someone, campaign, right=5)
    path = f"/attempts/{first.id}/result"

    page = Browser(app).sign_in(someone).get(path)
    waiting = Browser(app).sign_in(someone).get(f"/campaigns/{campaign.code}")
    clock.tick(minutes=15)
    rested = Browser(app).sign_in(someone).get(path)
    factories.graded(someone, campaign, right=5)
    used = Browser(app).sign_in(someone).get(path)

    assert "còn 1 lượt thi" in page
    for one in (page, waiting):
        assert "bắt đầu lượt thi tiếp theo từ 12:15 ngày 23/11/2026" in one
    assert "có thể bắt đầu ngay" in rested
    assert "đã dùng hết số lượt thi" in used
    for address in ("/practice", "/lessons", "/results"):
        assert f'href="{address}"' in page


def test_no_attempt_is_promised_that_the_end_of_the_campaign_forbids(app, clock):
    home = factories.agency()
    someone = factories.person(at=home)
    campaign = factories.campaign(home, closes_at=clock() + timedelta(minutes=10))
    attempt = factories.graded(someone, campaign, right=5)

    page = Browser(app).sign_in(someone).get(f"/attempts/{attempt.id}/result")

    assert "còn 1 lượt thi" not in page
    assert "đã dùng hết" not in page
    assert "lượt vừa rồi là lượt cuối" in Browser(app).sign_in(someone).get(
        f"/campaigns/{campaign.code}"
    )


def test_answers_and_keys_wait_until_the_campaign_closes(app, clock):
    home = factories.agency()
    someone = factories.person(at=home)
    campaign = factories.campaign(home)
    attempt = factories.graded(someone, campaign, right=16)
    learner = Browser(app).sign_in(someone)
    path = f"/attempts/{attempt.id}/result"

    before = learner.get(path)
    clock.moment = campaign.closes_at
    clock.tick(minutes=1)
    after = Browser(app).sign_in(someone).get(path)

    assert "80<small>" in before
    assert "Xem lại từng câu" not in before
    assert "Xem lại từng câu" in after


def test_the_result_of_a_paper_that_waits_to_be_graded_says_so(learner, attempt, clock):
    grading.finish(attempt.id, attempt.deadline_at, clock(), factories.op_id())

    page = learner.get(f"/attempts/{attempt.id}/result")

    assert "đang chấm" in page
    assert "0/100" not in page
    assert "chưa đúng" not in page
    assert "Đạt từ" not in page


def test_practice_shows_the_key_after_each_answer_and_then_the_result(app):
    someone = factories.person()
    learner = Browser(app).sign_in(someone)
    learner.send("/practice", source="lesson:d03")
    attempt = db.session.scalars(db.select(Attempt)).one()

    for number in range(1, len(attempt.paper) + 1):
        fields = {
            f"p{number}.{part}" if part else f"p{number}": values
            for part, values in right_fields(attempt, number).items()
        }
        page = learner.send(
            f"/attempts/{attempt.id}/save",
            op_id=factories.op_id(),
            position=number,
            revision=1,
            **fields,
        )
        assert "Đúng." in page
    result = learner.send(f"/attempts/{attempt.id}/submit", op_id=factories.op_id())

    assert "100<small>" in result
    assert "Nắm vững" in learner.get("/lessons/d03")


def test_a_practice_answer_stands(app):
    learner = Browser(app).sign_in(factories.person())
    learner.send("/practice", source="lesson:d03")
    attempt = db.session.scalars(db.select(Attempt)).one()
    path = f"/attempts/{attempt.id}/save"
    sent = {"position": 1, "revision": 1, **form_fields(attempt, [1])}

    learner.send(path, op_id=factories.op_id(), **sent)
    page = learner.send(path, status=409, op_id=factories.op_id(), **sent)

    assert "Câu này đã trả lời" in page
    sheet = {**form_fields(attempt, [1]), "r1": "1"}
    page = learner.send(path, status=400, op_id=factories.op_id(), **sheet)
    assert "từng câu một" in page
    assert db.session.scalar(db.select(db.func.count()).select_from(Save)) == 1


def test_T_L1_practice_shows_no_key_while_a_paper_is_in_hand(app, clock):
    """It would ask, and answer, what is on the paper."""
    someone = factories.person(at=factories.agency())
    learner = Browser(app).sign_in(someone)
    learner.send("/practice", source="lesson:d03")
    begun = db.session.scalars(db.select(Attempt)).one()
    first = {"position": 1, "revision": 1, **form_fields(begun, [1])}
    item = bank().items[begun.paper[0]["item"]]
    in_hand = factories.attempt_on([item], someone)

    tries = {
        "/practice": {"source": "mixed"},
        f"/attempts/{begun.id}/save": {"op_id": factories.op_id(), **first},
        f"/attempts/{begun.id}/submit": {"op_id": factories.op_id()},
    }
    for path, sent in tries.items():
        page = learner.send(path, status=409, **sent)
        assert "Phần luyện tập đang tạm dừng" in page
        assert f'href="/attempts/{in_hand.id}"' in page
    assert db.session.scalar(db.select(db.func.count()).select_from(Save)) == 0

    clock.tick(minutes=91)  # nobody handed it in, and its time is up
    assert "Đúng." in learner.send(
        f"/attempts/{begun.id}/save", **tries[f"/attempts/{begun.id}/save"]
    )


def test_an_empty_practice_answer_is_asked_for_beside_its_question(app):
    learner = Browser(app).sign_in(factories.person())
    learner.send("/practice", source="lesson:d03")
    attempt = db.session.scalars(db.select(Attempt)).one()

    page = learner.send(
        f"/attempts/{attempt.id}/save", status=422, op_id=factories.op_id(), position=1, revision=1
    )

    assert 'role="alert"' in page
    assert "Anh/Chị chưa trả lời câu này." in page
    assert '<form method="post" id="answer"' in page


BAD_SAVES = [
    pytest.param("p1", "99", 400, "BadAnswer", id="an option not offered"),
    pytest.param("p1.0", "it", 400, "BadAnswer", id="the shape of another kind"),
    pytest.param("p1", "9" * 200_000, 400, "BadAnswer", id="a long answer"),
    pytest.param("c1", "very", 400, "BadAnswer", id="an unknown confidence"),
    pytest.param("score", "100", 400, "BadSave", id="a field of another form"),
    pytest.param("p1", "9" * 1_000_000, 413, "RequestEntityTooLarge", id="a megabyte"),
]


@pytest.mark.parametrize(("name", "value", "status", "reason"), BAD_SAVES)
def test_a_refused_save_is_journalled_and_changes_nothing(
    learner, attempt, name, value, status, reason
):
    position, token, op_id = position_of(attempt, "single"), learner.token(), factories.op_id()
    field = name.replace("1", str(position), 1)
    sent = {"csrf_token": token, "op_id": op_id, "position": position, "revision": 1}

    response = learner.client.post(
        f"/attempts/{attempt.id}/save",
        data={**sent, field: value},
        headers={"Accept": "application/json"},
    )

    assert response.status_code == status
    assert response.json["error"].endswith(".")
    assert db.session.scalars(db.select(Save)).all() == []
    refused = db.session.scalars(db.select(RefusedSave)).one()
    assert (refused.attempt_id, refused.reason) == (attempt.id, reason)
    assert refused.size >= len(value)


def test_a_save_for_a_question_that_is_not_on_the_paper_is_journalled_as_refused(learner, attempt):
    sent = {"csrf_token": learner.token(), "op_id": factories.op_id(), "position": 77}

    response = learner.client.post(f"/attempts/{attempt.id}/save", data=sent)

    assert response.status_code == 400
    refused = db.session.scalars(db.select(RefusedSave)).one()
    assert (refused.reason, refused.position) == ("NoSuchPosition", 77)


def test_nothing_is_noted_of_somebody_elses_attempt(app, attempt):
    stranger = Browser(app).sign_in(factories.person())
    sent = {"csrf_token": stranger.token(), "op_id": factories.op_id(), "position": 1, "p1": "1"}

    response = stranger.client.post(f"/attempts/{attempt.id}/save", data=sent)

    assert response.status_code == 404
    assert db.session.scalars(db.select(RefusedSave)).all() == []


def test_refusals_of_one_attempt_fill_no_disk(attempt, now):
    for _ in range(journal.REFUSALS_KEPT + 5):
        journal.note_refusal(
            attempt.id,
            attempt.person_id,
            reason="BadAnswer",
            op_id=None,
            position=1,
            size=1,
            now=now,
        )

    assert len(list(journal.refusals(attempt.id))) == journal.REFUSALS_KEPT


def test_an_attempt_that_is_open_elsewhere_asks_before_it_moves(app, learner, attempt):
    learner.send(f"/attempts/{attempt.id}/lease")
    phone = Browser(app).sign_in(attempt.person)

    page = phone.get(f"/attempts/{attempt.id}")
    assert "đang mở ở thiết bị khác" in page
    assert phone.send(f"/attempts/{attempt.id}/lease").count("<section") > 5
    assert "đang mở ở thiết bị khác" in learner.get(f"/attempts/{attempt.id}")


def test_handing_in_what_is_open_elsewhere_offers_to_go_on_here(app, learner, attempt):
    learner.get(f"/attempts/{attempt.id}")
    tablet = Browser(app).sign_in(attempt.person)
    tablet.send(f"/attempts/{attempt.id}/lease")

    page = learner.send(
        f"/attempts/{attempt.id}/submit", status=409, op_id=factories.op_id(), confirmed="y"
    )

    assert f'action="/attempts/{attempt.id}/lease"' in page
    assert db.session.get_one(Attempt, attempt.id, populate_existing=True).state == "open"


def test_a_plain_form_is_told_which_newer_answers_stay(learner, attempt):
    position = position_of(attempt, "single")
    form = {f"r{position}": "0", f"p{position}": "1"}
    learner.send(f"/attempts/{attempt.id}/save", op_id=factories.op_id(), **form)

    page = learner.send(
        f"/attempts/{attempt.id}/save",
        op_id=factories.op_id(),
        **{**form, f"p{position}": "2"},
    )

    assert f"Câu {position} đã có câu trả lời mới hơn" in page

    # Having seen the answer that stays, its taker insists.
    insisted = {f"r{position}": "1", f"p{position}": "2"}
    learner.send(f"/attempts/{attempt.id}/save", op_id=factories.op_id(), **insisted)
    filled = service.sitting(attempt).questions[position - 1].filled
    assert filled == {"": ["2"]}


def test_what_a_refused_form_brought_goes_along_when_its_sender_goes_on_here(app, learner, attempt):
    learner.get(f"/attempts/{attempt.id}")
    tablet = Browser(app).sign_in(attempt.person)
    tablet.send(f"/attempts/{attempt.id}/lease")
    fields = form_fields(attempt, range(1, 4))

    page = learner.send(
        f"/attempts/{attempt.id}/save",
        status=409,
        op_id=factories.op_id(),
        then="question-3",
        **fields,
    )
    assert "chưa được lưu, hiện còn giữ ở trang này" in page
    assert service.sitting(attempt).unanswered == list(range(1, len(attempt.paper) + 1))
    db.session.rollback()
    brought = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    form = MultiDict(pair for pair in brought if pair[0] != "csrf_token")
    learner.send(f"/attempts/{attempt.id}/lease", **form.to_dict(flat=False))

    answered = [one.number for one in service.sitting(attempt).questions if one.is_answered]
    assert answered == [1, 2, 3]


def test_a_form_that_was_sent_before_brings_nothing_more(learner, attempt):
    path, op_id = f"/attempts/{attempt.id}/save", factories.op_id()
    learner.send(path, op_id=op_id, **form_fields(attempt, [1]))

    page = learner.send(path, status=409, op_id=op_id, **form_fields(attempt, [1, 2]))

    assert "đã được gửi trước đó với nội dung khác" in page
    assert db.session.scalar(db.select(db.func.count()).select_from(Save)) == 1


def test_an_operation_hands_in_one_attempt(app, learner, attempt):
    other, op_id = factories.attempt_on([bank().lessons["d04"].items[0]], attempt.person), "0" * 8
    op_id += "-0000-4000-8000-000000000000"
    learner.send(f"/attempts/{attempt.id}/submit", op_id=op_id, confirmed="y")

    page = learner.send(f"/attempts/{other.id}/submit", status=409, op_id=op_id, confirmed="y")

    assert "đã được gửi trước đó với nội dung khác" in page
    assert db.session.get_one(Attempt, other.id, populate_existing=True).state == "open"


@pytest.mark.parametrize(
    "op_id", ["", "1", f"urn:uuid:{factories.op_id()}", f"{factories.op_id()}x"]
)
def test_what_is_no_operation_hands_nothing_in(learner, attempt, op_id):
    sent = op_id.format(factories.op_id())
    learner.send(f"/attempts/{attempt.id}/submit", status=400, op_id=sent, confirmed="y")

    assert db.session.get_one(Attempt, attempt.id, populate_existing=True).state == "open"


def test_a_body_that_claims_to_be_endless_is_refused_as_too_large(learner, attempt):
    answer = learner.client.post(
        f"/attempts/{attempt.id}/save",
        data=b"x",
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"CONTENT_LENGTH": str(2**40)},
    )

    assert answer.status_code == 413
    assert [row.reason for row in journal.refusals(attempt.id)] == ["RequestEntityTooLarge"]


@pytest.mark.parametrize("asks", [True, False])
def test_a_campaign_decides_whether_to_ask_how_sure_one_is(app, asks):
    attempt = factories.attempt_with_every_kind(asks_confidence=asks)
    learner = Browser(app).sign_in(attempt.person)

    assert ("Chắc chắn" in learner.get(f"/attempts/{attempt.id}")) is asks


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_lost_database_says_that_the_answer_is_not_saved(learner, attempt, accept):
    token = learner.token()
    lost = OperationalError("SELECT", {}, Exception("server closed the connection"))
    sent = {"csrf_token": token, "op_id": factories.op_id(), **form_fields(attempt, [1])}

    with patch("quiz.accounts.service.signed_in", side_effect=lost):
        response = learner.client.post(
            f"/attempts/{attempt.id}/save", data=sent, headers={"Accept": accept}
        )

    assert response.status_code == 503
    assert "chưa được lưu" in (response.json["error"] if response.is_json else response.text)


def test_a_database_lost_after_the_page_was_made_does_not_spoil_the_page(learner, attempt):
    dialect, path = db.engine.dialect, f"/attempts/{attempt.id}"
    lost = [dialect.dbapi.OperationalError("server closed the connection")]
    roll_back = dialect.do_rollback

    def lose_once(connection):
        if lost:
            raise lost.pop()
        roll_back(connection)

    db.session.rollback()  # so that the page's own transaction is the one that cannot end
    with patch.object(dialect, "do_rollback", lose_once):
        page = learner.get(path)

    assert not lost
    assert 'id="cau-1"' in page
    assert 'id="cau-1"' in learner.get(path)


def test_the_paper_and_a_save_cost_few_statements(learner, attempt):
    learner.get(f"/attempts/{attempt.id}")
    position, token = position_of(attempt, "single"), learner.token()
    sent = {"csrf_token": token, "op_id": factories.op_id(), "position": position, "revision": 1}

    path = f"/attempts/{attempt.id}"
    learner.client.post(f"{path}/lease", data={"csrf_token": token})

    with counted() as paper:
        learner.client.get(path)
    with counted() as save:
        learner.client.post(
            f"{path}/save",
            data={**sent, f"p{position}": "1"},
            headers={"Accept": "application/json"},
        )

    assert len(paper) <= 4, paper
    assert len(save) <= 3, save


def test_a_lesson_costs_few_statements(app):
    learner = Browser(app).sign_in(factories.person())

    with counted() as statements:
        learner.get("/lessons/d03")

    assert len(statements) <= 3, statements


@pytest.mark.parametrize("path", ["/lessons/d99", "/campaigns/x", "/leaderboards/x", "/attempts/x"])
def test_what_does_not_exist_is_404(app, path):
    Browser(app).sign_in(factories.person()).get(path, status=404)


@pytest.mark.parametrize("action", ["save", "submit", "lease"])
def test_an_address_that_a_form_was_sent_to_can_be_reloaded(learner, attempt, action):
    answer = learner.client.get(f"/attempts/{attempt.id}/{action}")

    assert (answer.status_code, answer.location) == (302, f"/attempts/{attempt.id}")
    assert learner.client.put(f"/attempts/{attempt.id}/{action}").status_code in (400, 405)
    assert learner.client.get("/sign-out").status_code == 405  # it has no page


def test_without_a_script_the_page_says_when_time_is_up(learner, attempt):
    page = learner.get(f"/attempts/{attempt.id}")

    assert f"hết giờ lúc {seconds_time(attempt.deadline_at)}. Đồng hồ phía trên không" in page
