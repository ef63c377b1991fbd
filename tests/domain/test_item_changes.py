"""An old code may be polished; it may not come to mean something else."""

from dataclasses import replace

import pytest

from quiz.domain.item_changes import change_of_sense
from quiz.domain.items import Gap, Option, Step
from tests.domain.items import item

OLD = item(
    "single",
    stem="Theo điểm 6, ai quyết định việc đổi cách vận hành của một sở?",
    options=(
        Option("a", "Giám đốc công nghệ thông tin", False, "…"),
        Option("b", "Người đứng đầu của sở", True),
        Option("c", "Doanh nghiệp viết phần mềm", False, "…"),
    ),
)


def option(number, **changes):
    options = list(OLD.options)
    options[number] = replace(options[number], **changes)
    return replace(OLD, options=tuple(options))


@pytest.mark.parametrize(
    "polished",
    [
        pytest.param(OLD, id="unchanged"),
        pytest.param(replace(OLD, explanation="Nói khác đi."), id="explanation"),
        pytest.param(
            replace(OLD, stem="Theo điểm 6, ai quyết định đổi cách vận hành một sở?"), id="stem"
        ),
        pytest.param(option(0, text="Giám đốc CNTT, người phụ trách công nghệ"), id="option"),
        pytest.param(option(2, feedback="Lời khác."), id="feedback"),
    ],
)
def test_polishing_keeps_the_code(polished):
    assert change_of_sense(OLD, polished) == ""


def test_one_word_of_a_long_stem_is_polish():
    stem = (
        "Phòng Văn hóa của một phường nhận phần mềm mới, mỗi chiều cán bộ phải nhập số liệu. " * 4
    )
    old = replace(OLD, stem=f"{stem} Theo điểm 6, ai quyết định?")

    assert change_of_sense(old, replace(old, stem=f"{stem} Theo điểm 6, ai quyết việc ấy?")) == ""


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        pytest.param(replace(OLD, kind="multiple"), "its kind was single", id="kind"),
        pytest.param(replace(OLD, options=OLD.options[:2]), "another number", id="fewer options"),
        pytest.param(
            replace(
                OLD,
                options=(
                    replace(OLD.options[1], code="a"),
                    replace(OLD.options[0], code="b"),
                    OLD.options[2],
                ),
            ),
            "its key was another",
            id="moved options",
        ),
        pytest.param(replace(OLD, stem="Vì sao nên thuê dịch vụ?"), "stem asked", id="stem"),
        pytest.param(option(2, text="Bộ Công an"), "“Bộ Công an” was", id="another distractor"),
    ],
)
def test_another_sense_wants_another_code(changed, reason):
    assert reason in change_of_sense(OLD, changed)


def test_parts_of_every_kind_are_compared():
    order = item("order", steps=(Step("s1", "Hỏi dân"), Step("s2", "Mua máy"), Step("s3", "Dùng")))
    turned = replace(order, steps=(Step("s1", "Mua máy"), Step("s2", "Hỏi dân"), order.steps[2]))
    typed = item("cloze", text="Dùng {1}.", gaps=(Gap("g1", ("nền tảng số",)),))
    other = replace(typed, gaps=(Gap("g1", ("điện toán đám mây",)),))
    scene = item("scenario", questions=(OLD, OLD))

    assert change_of_sense(order, turned)
    assert change_of_sense(typed, other)
    assert "in d01-x" in change_of_sense(
        scene, replace(scene, questions=(OLD, option(1, text="X")))
    )
