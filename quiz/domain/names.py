"""Vietnamese names: composed, found without accents, sorted by given name."""

import re
import unicodedata
from collections.abc import Iterable

from quiz.domain.errors import N_, Refused

ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")  # none, huyền, hỏi, ngã, sắc, nặng
_LETTER_RANK = {letter: rank for rank, letter in enumerate(ALPHABET, start=2)}
_WORD_END, _OTHER = 1, 40


class ControlCharacter(Refused):
    """Text holds characters that cannot be seen."""

    status = 400
    message = N_("Nội dung có ký tự điều khiển. Hãy gõ lại bằng bàn phím thay vì dán.")


def compose(text: str) -> str:
    """NFC, trimmed, runs of spaces folded to one. Raises ControlCharacter.

    >>> compose("  Nguye\\u0302\\u0303n   Thu Ha\\u0300 ")
    'Nguyễn Thu Hà'
    """
    if text.isascii() and text.isprintable():  # codes and numbers, which is most of what is sent
        return " ".join(text.split())
    folded = " ".join(unicodedata.normalize("NFC", text).split(" ")).strip()
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co") for character in folded):
        raise ControlCharacter
    return " ".join(folded.split())


def compose_lines(text: str) -> str:
    """Each line composed, and never two empty ones together. Raises ControlCharacter.

    >>> compose_lines(" Câu  này \\r\\n\\n\\n\\n khó\\thiểu. \\n")
    'Câu này\\n\\nkhó hiểu.'
    """
    lines = [compose(line) for line in text.replace("\t", " ").splitlines()]
    return re.sub("\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def fold(text: str) -> str:
    """Lower case without accents, đ as d: what a search compares.

    >>> fold("Đặng Thùy Trâm")
    'dang thuy tram'
    """
    plain = unicodedata.normalize("NFD", text.casefold()).replace("đ", "d")
    return "".join(c for c in plain if not unicodedata.combining(c))


def staff_code_key(code: str) -> str:
    """What makes two spellings of a staff code the same: NFKC, case and spaces folded."""
    return unicodedata.normalize("NFKC", "".join(code.split())).casefold()


def given_name(full_name: str) -> str:
    """The last word, by which people are addressed and sorted."""
    return full_name.split()[-1]


def sort_key(full_name: str) -> bytes:
    """Bytes that sort names by given name, then family and middle names.

    Within a word letters decide before tones do, as in a Vietnamese dictionary.

    >>> names = ["Trần Văn Ảnh", "Lê Thị Ánh", "Đỗ Bình", "Dương An", "Nguyễn An"]
    >>> sorted(names, key=sort_key)
    ['Dương An', 'Nguyễn An', 'Trần Văn Ảnh', 'Lê Thị Ánh', 'Đỗ Bình']
    """
    words = full_name.split()
    return _dictionary_key(words[-1:] + words[:-1])


def place_key(name: str) -> bytes:
    """Bytes that sort names of agencies as a dictionary does, from their first word on.

    >>> sorted(["Xã Đông Sơn", "Xã Ba Xa", "Xã Ba Động", "Sở Y tế"], key=place_key)
    ['Sở Y tế', 'Xã Ba Động', 'Xã Ba Xa', 'Xã Đông Sơn']
    """
    return _dictionary_key(name.split())


def _dictionary_key(words: Iterable[str]) -> bytes:
    key = bytearray()
    for word in " ".join(words).casefold().split():
        split = [_split(character) for character in unicodedata.normalize("NFC", word)]
        key += bytes(_LETTER_RANK.get(letter, _OTHER) for letter, _ in split)
        key.append(_WORD_END)
        key += bytes(tone for _, tone in split)
    return bytes(key)


def _split(character: str) -> tuple[str, int]:
    """A letter without its tone, and the tone's rank: ế is (ê, 4)."""
    parts = unicodedata.normalize("NFD", character)
    tone = next((rank for rank, mark in enumerate(TONES) if mark and mark in parts), 0)
    base = "".join(part for part in parts if part not in TONES)
    return unicodedata.normalize("NFC", base), tone
