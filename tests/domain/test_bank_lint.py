"""Rules of item writing: the real bank keeps them, and every rule can say no."""

from dataclasses import replace

import pytest

from quiz.config import ROOT
from quiz.domain.bank import Bank, English, Lesson, Objective
from quiz.domain.bank_files import load
from quiz.domain.bank_lint import four_option_items, lint
from quiz.domain.items import Item, Option, Statement
from tests.domain.items import item

WHY = "Nghĩ vậy vì việc này hay gặp ở cơ quan, nhưng ở đây chưa đúng."


@pytest.fixture(scope="module")
def real():
    return load(ROOT / "questions")


def test_the_real_bank_keeps_every_rule(real):
    assert lint(real) == []


def test_the_real_bank_has_what_was_promised(real):
    kinds = [one.kind for one in real.items.values()]

    assert len(kinds) >= 440
    assert kinds.count("single") <= 0.40 * len(kinds)
    assert kinds.count("scenario") >= 0.15 * len(kinds)
    assert len(four_option_items(real)) >= 100


def single(stem="Việc nào nên làm trước?", code="d01-x", key="Hỏi người dân cần gì", **others):
    texts = others.pop(
        "others", ["Mua thêm máy tính mới", "Lập một ban chỉ đạo", "Viết báo cáo tháng"]
    )
    options = [Option("a", key, True)]
    options += [
        Option(letter, text, False, WHY) for letter, text in zip("bcd", texts, strict=False)
    ]
    return item("single", code, stem=stem, options=tuple(options), **others)


def bank_of(*items: Item) -> Bank:
    lesson = Lesson(
        code="d01",
        number=1,
        name="Cho ai",
        heading="…",
        sources=("a8",),
        explanation="## Một",
        think="?",
        objectives=(Objective("d01-o1", "…", "…", "mot"),),
        situations=(),
        english=English("", "", ""),
        items=items,
        file="one.toml",
    )
    return Bank({"d01": lesson}, {}, {})


def found(*items: Item) -> str:
    return "\n".join(lint(bank_of(*items)))


def test_a_good_item_has_no_finding_of_its_own():
    assert "item d01-x" not in found(single())


@pytest.mark.parametrize(
    ("wrong", "finding"),
    [
        pytest.param(single(stem="Dài " * 90), "shorten it to 300", id="long stem"),
        pytest.param(single(key="Hỏi " * 40), "shorten it to 110", id="long option"),
        pytest.param(
            single(key="Hỏi người dân cần gì và sau đó bàn với mọi phòng về cách phục vụ"),
            "much longer than its distractors",
            id="long key",
        ),
        pytest.param(
            single(others=["Mua máy", "Lập một ban chỉ đạo và họp", "Viết báo cáo tháng"]),
            "more than twice as long",
            id="spread",
        ),
        pytest.param(
            single(others=["Mua tất cả máy tính", "Lập một ban chỉ đạo", "Viết báo cáo tháng"]),
            "“tất cả” is only in distractors",
            id="absolute in a distractor",
        ),
        pytest.param(
            single(key="Hỏi bất kỳ người dân nào"), "“bất kỳ” is only in the key", id="in the key"
        ),
        pytest.param(
            single(others=["Mua thêm máy tính", "Lập một ban chỉ đạo", "Tất cả các phương án"]),
            "stands for other options",
            id="catch-all",
        ),
        pytest.param(
            single(
                stem="Xã muốn hỏi người dân cần gì ở bộ phận một cửa. Làm gì?",
                key="Hỏi người dân cần gì",
            ),
            "repeats the stem's words",
            id="repetition",
        ),
        pytest.param(
            single(key="Hỏi người dân cần gì."), "options end differently", id="full stop"
        ),
        pytest.param(single(key="hỏi người dân cần gì"), "begin differently", id="capital"),
        pytest.param(
            single(others=["Hỏi người dân cần gì trước", "Lập một ban", "Viết báo cáo"]),
            "is part of",
            id="one holds the other",
        ),
        pytest.param(single(stem="Việc nào không đúng ở đây?"), "in capitals", id="negative"),
        pytest.param(
            single(stem="Việc nào KHÔNG ĐÚNG ở đây?", key="Không hỏi người dân"),
            "double negative",
            id="twice negative",
        ),
        pytest.param(single(stem="Ta không thể không làm gì?"), "double negative", id="double"),
        pytest.param(
            item("classify", statements=(Statement("s1", "Một", "it", "Ngắn quá."),)),
            "say in 40 to 280 why",
            id="short feedback",
        ),
    ],
)
def test_a_broken_rule_is_named_with_its_item(wrong, finding):
    own = [one for one in lint(bank_of(wrong)) if one.startswith("one.toml: item d01-x")]

    assert [one for one in own if finding in one]


def test_the_questions_of_a_scenario_keep_the_rules_too():
    part = replace(single(stem="Ta không thể không làm gì?"), code="q1")

    assert "item d01-tinh, part 1: a double negative" in found(
        item("scenario", "d01-tinh", questions=(part, part))
    )


def test_stems_that_ask_the_same_are_found_whatever_their_accents():
    one = single(stem="Theo điểm 1, xã nên hỏi câu nào trước khi mua hệ thống mới?")
    other = single(
        stem="Theo điểm 1, xã nên hỏi câu nào trước khi mua một hệ thống mới?", code="d01-y"
    )

    assert "item d01-y: asks nearly the same as d01-x" in found(one, other)


def test_a_key_told_by_another_stem_wants_an_exclusion():
    one = single(key="Hỏi người dân cần gì")
    other = single(stem="Vì sao hỏi người dân cần gì lại là việc đầu tiên?", code="d01-y")

    assert "d01-y: its stem tells the key of d01-x" in found(one, other)
    assert "tells the key" not in found(one, replace(other, excludes=("d01-x",)))


def test_objectives_and_difficulties_must_be_covered():
    text = found(single(), single(stem="Khác hẳn câu kia?", code="d01-y"))

    assert "objective d01-o1 has 2 items; write 3" in text
    assert "one.toml: has no item to remember" in text


def test_the_whole_bank_is_balanced():
    longest = [
        single(
            stem=f"Câu số {n} hỏi về việc {'rất ' * n}khác?",
            code=f"d01-{n}",
            key="Hỏi người dân cần gì trước đã",
        )
        for n in range(4)
    ]
    text = found(*longest)

    assert "bank: the key is longest in 4 of 4" in text
    assert "items are single; at most 40 %" in text
    assert "are scenarios; at least 15 %" in text


def test_dates_and_numbers_are_counted_as_trivia():
    asked = single(key="Năm 2023", others=["Năm 2021", "Năm 2022", "Năm 2024"])

    assert "1 items ask for dates and numbers" in found(asked)
    assert "ask for dates" not in found(single(key="Điểm 3", others=["Điểm 5", "Điểm 7", "Điểm 8"]))


def test_true_and_false_are_balanced():
    judged = [
        item(
            "true_false",
            f"d01-{n}",
            stem=f"Câu nói {'thật ' * n}khác.",
            options=(Option("true", "Đúng", True), Option("false", "Sai", False, WHY)),
        )
        for n in range(3)
    ]

    assert "bank: 3 of 3 statements are true" in found(*judged)
