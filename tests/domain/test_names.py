"""Vietnamese names."""

import unicodedata

import pytest

from quiz.domain.names import ControlCharacter, compose, fold, sort_key, staff_code_key


def test_names_sort_by_given_name_then_family():
    names = ["Trần Văn Ba", "Nguyễn Văn An", "Lê Ăn", "Đỗ Ân", "Hồ Đá", "Phạm Dân", "Bùi Bà"]

    assert sorted(names, key=sort_key) == [
        "Nguyễn Văn An",
        "Lê Ăn",
        "Đỗ Ân",
        "Trần Văn Ba",
        "Bùi Bà",
        "Phạm Dân",
        "Hồ Đá",
    ]


def test_two_spellings_are_one_name():
    composed, decomposed = "Nguyễn Thị Huệ", unicodedata.normalize("NFD", "Nguyễn Thị Huệ")

    assert compose(decomposed) == composed
    assert sort_key(decomposed) == sort_key(composed)
    assert fold(decomposed) == fold(composed) == "nguyen thi hue"


@pytest.mark.parametrize("text", ["a\x00b", "a\u202eb", "a\u200bb", "\x1b[31m"])
def test_characters_that_cannot_be_seen_are_refused(text):
    with pytest.raises(ControlCharacter):
        compose(text)


@pytest.mark.parametrize("code", ["qn00412", " QN00412 ", "ＱＮ００４１２", "Qn 00412"])
def test_spellings_of_a_staff_code_are_one(code):
    assert staff_code_key(code) == "qn00412"
