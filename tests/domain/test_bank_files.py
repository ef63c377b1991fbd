"""The bank's files: the real ones are in order, and every fault is named."""

import shutil
from pathlib import Path

import pytest

from quiz import create_app
from quiz.config import ROOT, settings_from
from quiz.domain.bank_files import BankFaults, load


@pytest.fixture
def folder(tmp_path):
    """A copy of the real bank."""
    return Path(shutil.copytree(ROOT / "questions", tmp_path / "questions"))


def faults_of(folder):
    with pytest.raises(BankFaults) as caught:
        load(folder)
    return caught.value.faults


def change(folder, old, new, name="differences/03-rieng-hay-chung.toml"):
    path = folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_the_real_bank_is_in_order():
    bank = load(ROOT / "questions")

    assert len(bank.differences) == 17
    assert len(bank.messages) == 9
    assert all(len(lesson.items) >= 5 for lesson in bank.lessons.values())
    assert {item.kind for item in bank.items.values()} == {
        "single",
        "true_false",
        "multiple",
        "classify",
        "match",
    }


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        pytest.param("minutes = 4", "minutes = 9", "minutes must be 1 to 5", id="range"),
        pytest.param("minutes = 4", 'minutes = "4"', "minutes must be a int", id="type"),
        pytest.param("minutes = 4", "minutes = 4\nmins = 4", "key 'mins' is not known", id="key"),
        pytest.param('"a8"', '"zz9"', "source 'zz9' is not known", id="source"),
        pytest.param('kind = "single"', 'kind = "sing"', "kind 'sing' is not one of", id="kind"),
        pytest.param("key = true", 'feedback = "x"', "one option is the key, not 0", id="no key"),
        pytest.param('"apply"', '"hard"', "difficulty is one of", id="difficulty"),
        pytest.param('code = "d03-xa-moi"', 'code = "x"', "a code is the lesson's", id="code"),
        pytest.param('objective = "d03-o1"', 'objective = "o9"', "'o9' is not known", id="aim"),
        pytest.param('side = "dx"', 'side = "it"', "", id="one statement moved"),
        pytest.param("]]", "]", "not TOML", id="syntax"),
    ],
)
def test_a_fault_names_file_item_and_reason(folder, old, new, fault):
    change(folder, old, new)
    if not fault:  # one of two statements of a side may move; both may not
        change(folder, old, new)

    found = faults_of(folder)

    assert found[0].startswith("differences/03-rieng-hay-chung.toml: ")
    assert fault in " ".join(found)


def test_a_code_is_used_once(folder):
    change(
        folder,
        'code = "d04-quet-don"',
        'code = "d04-xep-ve"',
        "differences/04-cong-cu-hay-cach-lam.toml",
    )

    assert any("is used in" in fault for fault in faults_of(folder))


def test_a_malformed_file_stops_the_start(folder, tmp_path):
    change(folder, "minutes = 4", "minutes = 9")
    environ = {"SECRET_KEY": "x" * 40, "DATABASE_URL": f"sqlite:///{tmp_path}/quiz.db"}

    with pytest.raises(BankFaults, match=r"03-rieng-hay-chung\.toml: minutes must be 1 to 5"):
        create_app({**settings_from(environ), "QUESTIONS": folder})


def test_a_missing_lesson_is_named(folder):
    (folder / "messages/9-an-toan.toml").unlink()

    assert faults_of(folder) == ["messages/: lesson m9 is missing"]


def test_text_that_is_not_composed_is_a_fault(folder):
    change(folder, "Riêng hay chung", "Rie\u0302ng hay chung")

    assert any("not NFC" in fault for fault in faults_of(folder))
