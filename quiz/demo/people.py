"""Invented people with plausible, varied names of the province."""

import random

KINH_FAMILIES = (
    ["Nguyễn"] * 14
    + ["Trần"] * 6
    + ["Lê"] * 5
    + ["Phạm"] * 6
    + ["Võ"] * 5
    + ["Huỳnh"] * 4
    + ["Bùi"] * 3
    + [
        "Đặng",
        "Đỗ",
        "Hồ",
        "Ngô",
        "Dương",
        "Lý",
        "Trương",
        "Cao",
        "Tạ",
        "Đoàn",
        "Phan",
        "Lâm",
        "Mai",
    ]
)
HIGHLAND_FAMILIES = ("Phạm", "Đinh", "Hồ", "Hồ", "Đinh", "A", "Y")  # Hrê, Cor, Ca Dong, Xơ Đăng
WOMEN_MIDDLE = ("Thị", "Thị", "Thị", "Thị Thu", "Thị Kim", "Thị Thanh", "Thị Mỹ", "Ngọc", "Thùy")
MEN_MIDDLE = ("Văn", "Văn", "Hữu", "Minh", "Quốc", "Đức", "Thanh", "Tấn", "Quang", "Ngọc", "Xuân")
_WOMEN = (
    "An Ánh Bích Châu Diễm Dung Đào Giang Hà Hạnh Hằng Hiền Hoa Hồng Huệ Hương Lan Lệ Liên Linh "
    "Loan Mai My Nga Ngân Nguyệt Nhàn Nhung Oanh Phương Quyên Sương Tâm Thảo Thơ Thủy Trâm Trang "
    "Trinh Tuyết Uyên Vân Xuân Yến"
)
_MEN = (
    "An Bảo Bình Châu Công Cường Danh Dũng Duy Đạt Đông Giang Hải Hậu Hiếu Hòa Hùng Huy Khánh "
    "Khoa Lâm Long Lộc Lợi Minh Nam Nghĩa Nhân Phong Phú Phúc Phước Quân Sang Sơn Tài Tâm Thắng "
    "Thành Thịnh Thuận Tiến Toàn Trung Trường Tú Tuấn Tùng Việt Vinh Vũ"
)
_HIGHLAND = "Blia Chiêng Đứ Hnar Lung Mía Nghếp Pân Rế Thút Tría Vút Xim Xuân Yên"
WOMEN_GIVEN, MEN_GIVEN, HIGHLAND_GIVEN = _WOMEN.split(), _MEN.split(), _HIGHLAND.split()


def full_name(rng: random.Random, highland: bool) -> str:
    """A name; in highland communes often one of the peoples who live there."""
    woman = rng.random() < 0.5
    if highland and rng.random() < 0.6:
        family = rng.choice(HIGHLAND_FAMILIES)
        if family in ("A", "Y"):
            return f"{family} {rng.choice(HIGHLAND_GIVEN)}"
        middle = "Thị" if woman else "Văn"
        return f"{family} {middle} {rng.choice(HIGHLAND_GIVEN)}"
    middle = rng.choice(WOMEN_MIDDLE if woman else MEN_MIDDLE)
    given = rng.choice(WOMEN_GIVEN if woman else MEN_GIVEN)
    return f"{rng.choice(KINH_FAMILIES)} {middle} {given}"
