"""The console."""

import json
from dataclasses import replace

import pytest

from quiz.config import ROOT
from quiz.web.bank import bank
from tests import factories
from tests.browser import Browser
from tests.results.test_verify import without_guards


@pytest.fixture
def flask(app):
    return app.test_cli_runner().invoke


def test_a_good_bank_is_said_to_be_good(flask):
    result = flask(args=["bank", "check"])

    assert result.exit_code == 0
    assert "35 lessons" in result.output


def test_a_bad_bank_is_named_and_the_status_is_1(flask, tmp_path):
    result = flask(args=["bank", "check", str(tmp_path)])

    assert result.exit_code == 1
    assert "sources.toml: the file is missing" in result.output


def test_the_rules_of_item_writing_are_kept(flask):
    result = flask(args=["bank", "lint"])

    assert (result.exit_code, result.output[-10:]) == (0, "no faults\n")


def test_a_code_that_asks_something_new_is_a_fault(app, flask):
    item = next(one for one in bank().items.values() if one.kind == "true_false")
    turned = tuple(replace(option, key=not option.key) for option in item.options)
    factories.attempt_on([replace(item, options=turned)])

    result = flask(args=["bank", "check"])

    assert result.exit_code == 1
    assert f"item {item.code}: used in attempts when" in result.output


def test_scores_are_verified_and_a_difference_is_named_with_status_1(app, flask, now):
    home = factories.agency()
    attempt = factories.graded(factories.person(at=home), factories.campaign(home), right=12)
    clean = flask(args=["scores", "verify", "--all"])
    assert (clean.exit_code, clean.output) == (0, "1 attempts verified, no differences\n")

    without_guards("UPDATE attempt SET score = 10000")

    found = flask(args=["scores", "verify", "--all"])
    assert found.exit_code == 1
    assert attempt.id in found.output
    assert flask(args=["scores", "verify", "another"]).exit_code == 1


def test_an_item_or_a_whole_lesson_is_previewed(flask):
    one = flask(args=["bank", "preview", "d03-xep-ve"]).output
    lesson = flask(args=["bank", "preview", "d03"]).output

    assert one.startswith("d03-xep-ve  classify")
    assert lesson.count("— Đáp án và lời phản hồi —") == 16
    assert flask(args=["bank", "preview", "d99"]).exit_code == 1


def test_the_bank_is_exported_with_its_counts(flask):
    exported = json.loads(flask(args=["bank", "export", "--json"]).output)

    assert exported["counts"]["lessons"] == len(exported["lessons"]) == 35
    assert exported["counts"]["items"] == sum(exported["counts"]["kinds"].values())


def test_an_organiser_gets_a_one_time_address(app, flask):
    factories.agency("Tỉnh Quảng Ngãi", "province")

    result = flask(args=["people", "add-organiser", "BTC01", "Võ Thị Tâm"])

    assert "/invitations/" in result.output


def test_slips_are_printed_for_those_without_a_password(app, flask):
    home = factories.agency()
    someone = factories.person("Hồ Văn Mới", at=home)
    factories.person("Lê Thị Cũ", at=home, password="một câu dễ nhớ 17")

    slips = flask(args=["people", "issue-codes", home.code]).output.splitlines()

    assert len(slips) == 1
    staff_code, name, code = slips[0].split(",")
    assert (staff_code, name) == (someone.staff_code, "Hồ Văn Mới")
    Browser(app).send("/first-sign-in", staff_code=staff_code, code=code)


def test_boards_are_rebuilt_and_exported(app, flask):
    home = factories.agency()
    someone = factories.person(at=home)
    campaign = factories.campaign(home)
    factories.graded(someone, campaign, right=5)

    assert flask(args=["board", "rebuild"]).output == "0 rows changed\n"
    assert flask(args=["board", "export", campaign.code, "--csv"]).output.startswith("rank,tied")


def test_the_sweeper_says_what_it_settled(app, flask, clock):
    factories.attempt()
    clock.tick(hours=1)

    assert flask(args=["sweep"]).output == "1 attempts settled\n"


def test_the_accounts_of_the_demonstration_are_printed(flask):
    roles = [
        account["role"] for account in json.loads(flask(args=["demo", "accounts", "--json"]).output)
    ]

    assert roles == ["learner", "coordinator", "trainer", "organiser", "auditor"]
    assert "HOCVIEN" in flask(args=["demo", "accounts"]).output


def test_initialising_an_up_to_date_database_does_nothing(flask):
    assert flask(args=["init"]).exit_code == 0


def test_the_console_and_the_readme_know_the_same_commands(app):
    readme = (ROOT / "README.md").read_text()

    for command in ("flask init", "flask sweep", "flask bank check", "flask bank export --json"):
        assert command in readme
    for command in (
        "flask people add-organiser",
        "flask people issue-codes",
        "flask demo load",
        "flask board rebuild",
    ):
        assert command in readme
