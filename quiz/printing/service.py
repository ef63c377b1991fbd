"""Certificates as PDF: A4 landscape, every letter of a Vietnamese name, nothing cut."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

import segno
from fpdf import FPDF

from quiz.config import ROOT

FONT = "Be Vietnam Pro"
FONT_FILES = {"": 400, "B": 700}
SEA, PALE, WHITE, INK = (10, 92, 99), (213, 236, 234), (255, 255, 255), (18, 39, 43)
WIDTH, HEIGHT = 297.0, 210.0  # millimetres, as everything here but the sizes of letters
BAND = 30.0
LEFT, RIGHT = 52.0, 280.0  # of the text
MIDDLE = (40.0, 158.0)
FOOT = 170.0
CELL, CELL_STEP = 7.0, 9.3
QR_SIDE = 26.0
LINE_HEIGHT = 0.3528 * 1.45  # of a point: less would clip Ế and Ậ
SCALES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)


@dataclass(frozen=True)
class Printed:
    """The words of one certificate, as they are printed."""

    issuer: str
    full_name: str
    agency: str
    score: str
    campaign: str
    finished_on: str
    issued_on: str
    code: str
    address: str  # of the public page that says whether it holds


@dataclass(frozen=True)
class Line:
    """A paragraph of the middle: its letters in points, and the space above in millimetres."""

    text: str
    size: float
    weight: str = ""
    above: float = 1.5
    colour: tuple[int, int, int] = INK


def certificate(printed: Printed, created_at: datetime) -> bytes:
    """One page. The same words and moment give the same bytes."""
    pdf = FPDF(orientation="landscape", unit="mm", format="A4")
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.c_margin = 0
    pdf.set_creation_date(created_at)
    pdf.set_title(f"Giấy chứng nhận {printed.code}")
    pdf.set_lang("vi")
    for style, weight in FONT_FILES.items():
        pdf.add_font(FONT, style, ROOT / f"static/vendor/be-vietnam-pro-printed-{weight}.ttf")
    pdf.add_page()
    _band(pdf)
    _heads(pdf, printed)
    _middle(pdf, printed)
    _foot(pdf, printed)
    return bytes(pdf.output())


def _band(pdf: FPDF) -> None:
    """The only ornament: 17 cells and nine bubbles, and the arrow on the seam."""
    pdf.set_fill_color(SEA)
    pdf.rect(0, 0, BAND, HEIGHT, style="F")
    seam = HEIGHT / 2
    pdf.polygon([(BAND, seam - 8), (BAND + 8, seam), (BAND, seam + 8)], style="F")
    pdf.set_fill_color(WHITE)
    left, top = (BAND - CELL - CELL_STEP) / 2, 42.0
    for number in range(17):
        x, y = left + number % 2 * CELL_STEP, top + number // 2 * CELL_STEP
        pdf.rect(x, y, CELL, CELL, style="F", round_corners=True, corner_radius=1.4)
    pdf.set_fill_color(PALE)
    bubble = ("TOP_LEFT", "TOP_RIGHT", "BOTTOM_LEFT")
    for number in range(9):
        x, y = left + number % 2 * CELL_STEP, top + (9 + number // 2) * CELL_STEP
        pdf.rect(x, y, CELL, CELL, "F", bubble, corner_radius=3.4)  # type: ignore[arg-type]


def _heads(pdf: FPDF, printed: Printed) -> None:
    _head(pdf, LEFT, 98, [(printed.issuer.upper(), ""), ("BAN TỔ CHỨC", "B")], rule=0.4)
    motto = [("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "B"), ("Độc lập - Tự do - Hạnh phúc", "B")]
    _head(pdf, RIGHT - 122, 122, motto, rule=1)


def _head(pdf: FPDF, x: float, width: float, lines: list[tuple[str, str]], rule: float) -> None:
    """Lines above a rule, which is this share of the last line (Decree 30/2020/NĐ-CP)."""
    pdf.set_text_color(INK)
    y = 13.0
    for text, weight in lines:
        y = _paragraph(pdf, (x, y), width, Line(text, 11, weight, above=0), align="C")
    pdf.set_draw_color(INK)
    pdf.set_line_width(0.4)
    long = rule * pdf.get_string_width(lines[-1][0])
    pdf.line(x + (width - long) / 2, y + 1, x + (width + long) / 2, y + 1)


def _middle(pdf: FPDF, printed: Printed) -> None:
    """Who has done what; everything shrinks together when names are long."""
    lines = [
        Line("GIẤY CHỨNG NHẬN", 34, "B", above=0, colour=SEA),
        Line("Chứng nhận Ông/Bà", 13),
        Line(printed.full_name, 28, "B"),
        Line(f"Đơn vị: {printed.agency}", 14),
        Line(f"đã đạt {printed.score}/100 điểm", 16, "B", above=5),
        Line(f"trong đợt thi tìm hiểu về chuyển đổi số “{printed.campaign}”,", 13),
        Line(f"nộp bài ngày {printed.finished_on}.", 13),
    ]
    top, bottom = MIDDLE
    for scale in SCALES:
        height = sum(line.above + _height(pdf, line, scale) for line in lines)
        if height <= bottom - top:
            break
    y = top + (bottom - top - height) / 2
    for line in lines:
        pdf.set_text_color(line.colour)
        y = _paragraph(pdf, (LEFT, y + line.above), RIGHT - LEFT, line, scale, align="C")


def _foot(pdf: FPDF, printed: Printed) -> None:
    _qr(pdf, printed.address)
    pdf.set_text_color(INK)
    notes = [
        Line(f"Số: {printed.code}", 9, "B"),
        Line("Quét mã hoặc mở địa chỉ sau để đối chiếu từng dòng và hiệu lực của giấy:", 9),
        Line(printed.address, 7.5),
    ]
    y = FOOT
    for note in notes:
        y = _paragraph(pdf, (LEFT + QR_SIDE + 6, y), 114, note)
    signed = [Line(f"Ngày {printed.issued_on}", 11), Line("BAN TỔ CHỨC", 11, "B")]
    y = FOOT - 6
    for line in signed:
        y = _paragraph(pdf, (RIGHT - 78, y), 78, line, align="C")


def _qr(pdf: FPDF, address: str) -> None:
    matrix = segno.make(address, error="m", micro=False).matrix
    side = QR_SIDE / len(matrix)
    pdf.set_fill_color(INK)
    for row, modules in enumerate(matrix):
        column = 0
        while column < len(modules):  # dark neighbours are one bar: no hairlines between them
            run = column
            while run < len(modules) and modules[run]:
                run += 1
            if run > column:
                bar = (LEFT + column * side, FOOT + row * side, (run - column) * side, side)
                pdf.rect(*bar, style="F")
            column = run + 1


def _height(pdf: FPDF, line: Line, scale: float) -> float:
    size = line.size * scale
    pdf.set_font(FONT, line.weight, size)
    across, line_height = RIGHT - LEFT, size * LINE_HEIGHT
    taken = pdf.multi_cell(across, line_height, line.text, align="C", dry_run=True, output="HEIGHT")
    return cast(float, taken)


def _paragraph(
    pdf: FPDF,
    at: tuple[float, float],
    width: float,
    line: Line,
    scale: float = 1.0,
    align: str = "L",
) -> float:
    """Write the text, over as many lines as it takes; returns where it ends."""
    size = line.size * scale
    pdf.set_font(FONT, line.weight, size)
    pdf.set_xy(*at)
    pdf.multi_cell(width, size * LINE_HEIGHT, line.text, align=align)
    return float(pdf.get_y())
