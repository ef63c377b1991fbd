"""The paper: one page, every letter of a name, nothing cut, a code that a phone can read."""

from dataclasses import replace
from datetime import UTC, datetime

import pypdfium2
import pytest
import zxingcpp

from quiz.printing.service import Printed, certificate

MOMENT = datetime(2026, 12, 5, 3, 0, tzinfo=UTC)
PRINTED = Printed(
    issuer="Tỉnh Quảng Ngãi",
    full_name="Nguyễn Thị Thu Hà",
    agency="Ủy ban nhân dân xã Trà Bồng",
    score="67,52",
    campaign="Đợt 2 năm 2026",
    finished_on="12 tháng 10 năm 2026",
    issued_on="05 tháng 12 năm 2026",
    code="7F3K-92PX-7F3K-92PX-7F3K-92PX-7F3K",
    address="https://quiz.example.gov.vn/certificates/7F3K92PX7F3K92PX7F3K92PX7F3K",
)
LONG_NAME = "Công Tằng Tôn Nữ Hoàng Ngọc Ẩm Quỳnh Ỷ Ượng Nguyễn Thị Phương Uyển "
LONG_AGENCY = "Trung tâm Hỗ trợ doanh nghiệp nhỏ và vừa, Đổi mới sáng tạo và Chuyển đổi số "


def page_of(printed):
    """The only page, and its text with every break of a line as a space."""
    document = pypdfium2.PdfDocument(certificate(printed, MOMENT))
    assert len(document) == 1
    text = document[0].get_textpage().get_text_range()
    return document[0], " ".join(text.split())


def test_every_printed_word_is_on_the_one_page():
    page, text = page_of(PRINTED)

    assert page.get_size() == pytest.approx((841.89, 595.28), abs=0.1)  # A4 landscape
    for words in ("67,52/100 điểm", PRINTED.agency, PRINTED.campaign, PRINTED.code):
        assert words in text
    assert "TỈNH QUẢNG NGÃI" in text
    assert f"Ngày {PRINTED.issued_on}" in text
    assert PRINTED.address in text.replace(" ", "")


def test_a_phone_reads_the_address_of_the_certificate():
    page, _ = page_of(PRINTED)

    (code,) = zxingcpp.read_barcodes(page.render(scale=2).to_pil())

    assert (code.format, code.text) == (zxingcpp.BarcodeFormat.QRCode, PRINTED.address)


@pytest.mark.parametrize(
    "name",
    [
        "Nguyễn Thị Thu Hà",
        "Ẩu Ỗ Ễ Ặng Ựa Ữu Ợ Ẵm Ẫ Ỹ Ỵ",
        "ầ ẩ ẫ ấ ậ ằ ẳ ẵ ắ ặ ề ể ễ ế ệ ồ ổ ỗ ố ộ ờ ở ỡ ớ ợ ừ ử ữ ứ ự ỳ ỷ ỹ ý ỵ đ Đ",
        "A Ĭu Kpă H'Bŏk Ksor Ŭ Rơ Čăm",
    ],
    ids=["stacked", "capitals", "every vowel", "Ba Na and Gia Rai"],
)
def test_the_text_of_the_paper_is_the_name_itself(name):
    page, text = page_of(replace(PRINTED, full_name=name))

    assert f"Chứng nhận Ông/Bà {name} Đơn vị: {PRINTED.agency}" in text
    blank, _ = page_of(replace(PRINTED, full_name=name.replace(name[0], "\u4e00", 1)))
    assert ink(page) != ink(blank)  # a letter that the font lacks would be the same empty box


def ink(page):
    """The picture of the page, as bytes."""
    return bytes(page.render(scale=1).buffer)


@pytest.mark.parametrize("times", [1, 2, 5])
def test_long_names_wrap_and_stay_on_the_paper(times):
    name, agency = (LONG_NAME * times)[:120].strip(), (LONG_AGENCY * times).strip()
    page, text = page_of(replace(PRINTED, full_name=name, agency=agency, campaign=f"Đợt {agency}"))

    assert name in text
    assert f"{agency} đã đạt" in text
    letters = page.get_textpage()
    boxes = [letters.get_charbox(n) for n in range(letters.count_chars())]
    width, height = page.get_size()
    band = 30 / 25.4 * 72
    for left, bottom, right, top in boxes:
        if right > left:
            assert band < left < right < width
            assert 0 < bottom < top < height
    # The middle ends above the foot.
    start = letters.get_text_range().index("nộp bài")
    assert boxes[start][1] > boxes[letters.get_text_range().index("BAN TỔ CHỨC", start)][3]


def test_the_same_certificate_is_the_same_file():
    assert certificate(PRINTED, MOMENT) == certificate(PRINTED, MOMENT)
