"""The bank's files: the real ones are in order, and every fault is named."""

import shutil
from pathlib import Path

import pytest

from quiz import create_app
from quiz.config import ROOT, settings_from
from quiz.domain.bank_files import BankFaults, load
from quiz.domain.items import KINDS


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
    assert len(bank.topics) == 9
    assert {item.kind for item in bank.items.values()} == set(KINDS)
    assert all(path.lessons for path in bank.paths.values())
    assert set(bank.paths["ca-khoa"].lessons) == set(bank.lessons)
    assert set(bank.paths["15-phut-moi-ngay"].lessons) == set(bank.lessons)
    assert bank.paths["nguoi-dung-dau"].lessons == ("d06", "d11", "d12", "m1", "m2")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        pytest.param("number = 3", "number = 4", "code and number disagree", id="number"),
        pytest.param("number = 3", 'number = "3"', "number must be a int", id="type"),
        pytest.param("number = 3", "number = 3\nmins = 4", "key 'mins' is not known", id="key"),
        pytest.param('"a8"', '"zz9"', "source 'zz9' is not known", id="source"),
        pytest.param('kind = "single"', 'kind = "sing"', "kind 'sing' is not one of", id="kind"),
        pytest.param("key = true", 'feedback = "x"', "one option is the key, not 0", id="no key"),
        pytest.param('"apply"', '"hard"', "difficulty is one of", id="difficulty"),
        pytest.param('code = "d03-xep-ve"', 'code = "x"', "a code is the lesson's", id="code"),
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
        'code = "d04-phuong-ra-bon-viec"',
        'code = "d04-xep-ve"',
        "differences/04-cong-cu-hay-cach-lam.toml",
    )

    assert any("is used in" in fault for fault in faults_of(folder))


def test_a_malformed_file_stops_the_start(folder, tmp_path):
    change(folder, "number = 3", "number = 4")
    environ = {"SECRET_KEY": "x" * 40, "DATABASE_URL": f"sqlite:///{tmp_path}/quiz.db"}

    with pytest.raises(BankFaults, match=r"03-rieng-hay-chung\.toml: code and number disagree"):
        create_app({**settings_from(environ), "QUESTIONS": folder})


def test_a_missing_lesson_is_named(folder):
    (folder / "messages/9-an-toan.toml").unlink()

    assert faults_of(folder) == ["messages/: lesson m9 is missing"]


def test_text_that_is_not_composed_is_a_fault(folder):
    change(folder, "Riêng hay chung", "Rie\u0302ng hay chung")

    assert any("not NFC" in fault for fault in faults_of(folder))


# A whole lesson of the bank, into which a test writes one fault.
GOOD = {
    "order": """
[[items]]
code = "t9-x"
kind = "order"
objective = "t9-o1"
difficulty = "apply"
stem = "Sắp các bước."
explanation = "Vì vậy."
source = "cv"
steps = [{ text = "Một" }, { text = "Hai", feedback = "Vì." }, { text = "Ba", feedback = "Vì." }]
""",
    "cloze": """
[[items]]
code = "t9-x"
kind = "cloze"
objective = "t9-o1"
difficulty = "apply"
stem = "Điền từ."
text = "Từ {1} sang {2}."
words = ["ba"]
explanation = "Vì vậy."
source = "cv"
gaps = [{ answers = ["một"], feedback = "Vì." }, { answers = ["hai"], feedback = "Vì." }]
""",
    "scenario": """
[[items]]
code = "t9-x"
kind = "scenario"
objective = "t9-o1"
difficulty = "apply"
stem = "Ở xã X."
explanation = "Vì vậy."
source = "cv"
excludes = ["t9-viec-cua-to"]

[[items.parts]]
kind = "true_false"
stem = "Đúng không?"
explanation = "Vì vậy."
answer = true
feedback = "Vì."

[[items.parts]]
kind = "true_false"
stem = "Sai không?"
explanation = "Vì vậy."
answer = false
feedback = "Vì."
""",
}


@pytest.mark.parametrize(
    ("kind", "old", "new", "fault"),
    [
        pytest.param("order", '{ text = "Ba", feedback = "Vì." }', "", "3 to 6 steps", id="steps"),
        pytest.param(
            "order", '"Hai", feedback = "Vì."', '"Hai"', "step 2 needs feedback", id="why"
        ),
        pytest.param("order", '"Hai"', '"Một"', "steps repeat", id="same step"),
        pytest.param("cloze", "{2}", "{3}", "has its gaps as {1}, {2}", id="numbers of gaps"),
        pytest.param("cloze", "từ {1}", "từ {1} và {1}", "has its gaps", id="gap twice"),
        pytest.param("cloze", '["ba"]', '["hai"]', "words repeat", id="spare word that fits"),
        pytest.param("cloze", '["một"]', "[]", "a gap needs an answer", id="gap without answer"),
        pytest.param("scenario", '"t9-viec-cua-to"', '"t9-zz"', "excludes 't9-zz'", id="excludes"),
        pytest.param("scenario", '"true_false"', '"scenario"', "has no scenarios", id="nested"),
        pytest.param("scenario", "answer = true", "", "part 1: answer is missing", id="part"),
        pytest.param("scenario", "answer = true", 'code = "q"', "'code' is not known", id="key"),
    ],
)
def test_a_fault_of_the_new_kinds_is_named(folder, kind, old, new, fault):
    path = next(folder.glob("topics/9-*.toml"))
    text = path.read_text() + GOOD[kind]
    path.write_text(text)
    load(folder)  # in order as it stands
    head, item = text[: -len(GOOD[kind])], GOOD[kind]
    wrong = item.replace(old, new, 1) if old in item else item.casefold().replace(old, new, 1)
    assert wrong != item
    path.write_text(head + wrong)

    found = faults_of(folder)

    assert fault in " ".join(found)
    assert "t9-x" in " ".join(found)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        pytest.param('see = "', 'see = "khong-co-', "place 'khong-co-", id="objective's place"),
        pytest.param('for = "department"', 'for = "commune"', "each kind of agency", id="places"),
        pytest.param('explanation = """', 'explanation = """\n' + "thêm " * 200, "", id="long"),
    ],
)
def test_a_fault_of_a_lesson_is_named(folder, old, new, fault):
    change(folder, old, new)

    assert (fault or "syllables, not 150 to 250") in faults_of(folder)[0]


def test_a_lesson_with_too_few_items_is_named(folder):
    path = folder / "messages/9-an-toan.toml"
    text = path.read_text()
    path.write_text("[[items]]\n".join(text.split("[[items]]\n")[:8]))

    assert any("items, not" in fault for fault in faults_of(folder))
