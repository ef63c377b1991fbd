"""Rules of item writing: what gives a key away, what confuses, what the bank must balance.

Each finding names the item, the rule and what to do. `bank_files` has checked the structure.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from difflib import SequenceMatcher
from fractions import Fraction
from itertools import combinations, pairwise

from quiz.domain.bank import Bank
from quiz.domain.items import DIFFICULTIES, TRUE, Item, Part
from quiz.domain.names import fold

MAXIMUM_SINGLE = Fraction(40, 100)
MINIMUM_SCENARIO = Fraction(15, 100)
MAXIMUM_KEY_LONGEST = Fraction(30, 100)
MAXIMUM_KEY_LENGTH = Fraction(14, 10)  # of the mean of its distractors
MAXIMUM_SPREAD = Fraction(2)  # longest option / shortest, where length can be noticed
SHORT = 20  # characters: shorter options may differ in length unnoticed
MAXIMUM_TRIVIA = Fraction(10, 100)
TRUE_SHARE = (Fraction(40, 100), Fraction(60, 100))
ITEMS_PER_OBJECTIVE = 3
NEAR_DUPLICATE = 0.88  # similarity of two stems, from 0 to 1
TOLD_SYLLABLES = 5  # a key this long inside another stem gives itself away
LONGEST = {"stem": 300, "scene": 700, "option": 110, "statement": 130}
FEEDBACK = (40, 280)  # characters

ABSOLUTES = (
    "luôn luôn",
    "không bao giờ",
    "tuyệt đối",
    "hoàn toàn",
    "duy nhất",
    "bất kỳ",
    "bất cứ",
    "tất cả",
    "mọi",
    "chỉ cần",
    "chắc chắn",
)
CATCH_ALLS = (
    r"tất cả (các )?(đáp án|phương án|ý)",
    r"(cả|các) (đáp án|phương án|ý) (trên|dưới)",
    r"cả [a-d] và [a-d]\b",
    r"không (có )?(đáp án|phương án|ý) nào",
)
NEGATIVES = r"\b(không|chưa|chẳng|ngoại trừ|trừ)\b"
ASKS_FOR_WRONG = r"\b(không đúng|chưa đúng|không phải|không thuộc|không nên|ngoại trừ|không nằm)\b"
NAME_OF_LESSON = r"(Điểm|Thông điệp|Chủ đề) \d+\. "
# Words of the subject itself: their return in an option tells nothing.
SUBJECT = ("chuyển đổi số", "công nghệ thông tin", "công nghệ số", "cntt", "cđs", "điểm", "vế")


def lint(bank: Bank) -> list[str]:
    """Every finding, item by item, then over the whole bank; empty when there is none."""
    findings = []
    for item in bank.items.values():
        for question, name in _questions(item):
            for rule in QUESTION_RULES:
                findings += [f"{_where(bank, item)}{name}: {text}" for text in rule(question)]
    for check in (_duplicates, _tells, _objectives, _mixture, _balance):
        findings += check(bank)
    return findings


def four_option_items(bank: Bank) -> list[Item]:
    """All `single` questions with four options, also those inside scenarios."""
    return [
        question
        for item in bank.items.values()
        for question, _ in _questions(item)
        if question.kind == "single" and len(question.options) == 4
    ]


def _where(bank: Bank, item: Item) -> str:
    return f"{bank.lessons[item.lesson].file}: item {item.code}"


def _questions(item: Item) -> Iterator[tuple[Item, str]]:
    yield item, ""
    for number, question in enumerate(item.questions, start=1):
        yield question, f", part {number}"


# ---------- Rules of one question ----------


def _lengths(item: Item) -> Iterator[str]:
    longest = LONGEST["scene" if item.questions else "stem"]
    if len(item.stem) > longest:
        yield f"the stem has {len(item.stem)} characters; shorten it to {longest}"
    for texts, name in (
        ([option.text for option in item.options], "option"),
        (_sentences(item), "statement"),
        ([text for pair in item.pairs for text in (pair.left, pair.right)], "option"),
    ):
        for text in texts:
            if len(text) > LONGEST[name]:
                yield f"“{text[:30]}…” has {len(text)} characters; shorten it to {LONGEST[name]}"


def _feedbacks(item: Item) -> Iterator[str]:
    least, most = FEEDBACK
    parts: tuple[Part, ...] = (*item.options, *item.statements, *item.pairs, *item.steps)
    for part in (*parts, *item.gaps):
        if part.feedback and not least <= len(part.feedback) <= most:
            yield (
                f"feedback “{part.feedback[:30]}…” has {len(part.feedback)} characters; "
                f"say in {least} to {most} why one would think so and what is wrong"
            )


def _key_by_length(item: Item) -> Iterator[str]:
    if item.kind != "single":
        return
    key, others = _key_and_others(item)
    if all(re.match(NAME_OF_LESSON, text) for text in (key, *others)):
        return  # the length of a lesson's name says nothing
    mean = Fraction(sum(map(len, others)), len(others))
    if len(key) > SHORT and len(key) > MAXIMUM_KEY_LENGTH * mean:
        yield "the key is much longer than its distractors; shorten it or write them out"
    texts = [key, *others]
    longest, shortest = max(map(len, texts)), min(map(len, texts))
    if longest > SHORT and longest > MAXIMUM_SPREAD * shortest:
        yield "one option is more than twice as long as another; make them alike"


def _absolutes(item: Item) -> Iterator[str]:
    if item.kind != "single":
        return
    key, others = _key_and_others(item)
    for word in ABSOLUTES:
        in_key, in_others = _has(key, word), sum(_has(text, word) for text in others)
        if in_key != bool(in_others):
            where = "the key" if in_key else "distractors"
            yield f"“{word}” is only in {where}; balance or drop it"


def _catch_alls(item: Item) -> Iterator[str]:
    for option in item.options:
        if any(re.search(pattern, option.text.casefold()) for pattern in CATCH_ALLS):
            yield f"“{option.text}” stands for other options; write an option of its own"


def _repetition(item: Item) -> Iterator[str]:
    """A key that shares more of the stem's words than any distractor draws the eye."""
    if item.kind != "single":
        return
    key, others = _key_and_others(item)
    asked = _word_pairs(item.stem)
    shared = len(asked & _word_pairs(key))
    most = max(len(asked & _word_pairs(text)) for text in others)
    if shared >= most + 3:
        yield "the key repeats the stem's words and no distractor does; say it otherwise"


def _parallel(item: Item) -> Iterator[str]:
    texts = [option.text for option in item.options]
    if item.kind == "true_false" or not texts:
        return
    if len({text[-1] if text[-1] in ".!?" else "" for text in texts}) > 1:
        yield "options end differently; let all or none end with a full stop"
    if len({text[0].isupper() for text in texts}) > 1:
        yield "options begin differently; let all begin with a capital"
    for one, other in combinations(sorted(texts, key=len), 2):
        if f" {_plain(one)} " in f" {_plain(other)} ":
            yield f"“{one}” is part of “{other}”; options must exclude each other"


def _negatives(item: Item) -> Iterator[str]:
    question = _question_sentence(item.stem)
    lowered = question.casefold()
    if re.search(ASKS_FOR_WRONG, lowered) and "?" in question and item.kind != "true_false":
        if re.search(ASKS_FOR_WRONG, question):
            yield "the stem asks for what is wrong; write KHÔNG, CHƯA or NGOẠI TRỪ in capitals"
        if any(re.match(NEGATIVES, option.text.casefold()) for option in item.options):
            yield "a negative stem with a negative option is a double negative; turn one round"
    if re.search(r"không (thể|phải là) không|chẳng phải không", item.stem.casefold()):
        yield "a double negative; say it straight"


QUESTION_RULES: tuple[Callable[[Item], Iterator[str]], ...] = (
    _lengths,
    _feedbacks,
    _key_by_length,
    _absolutes,
    _catch_alls,
    _repetition,
    _parallel,
    _negatives,
)


# ---------- Rules of the whole bank ----------


def _duplicates(bank: Bank) -> Iterator[str]:
    """Stems so alike that a learner meets the same question twice."""
    faces = {item.code: _face(item) for item in bank.items.values()}
    words = {code: set(face.split()) for code, face in faces.items()}
    for one, other in combinations(faces, 2):
        common = len(words[one] & words[other])
        if 2 * common < NEAR_DUPLICATE * (len(words[one]) + len(words[other])):
            continue  # too few words in common to be alike; the comparison below is slow
        alike = SequenceMatcher(None, faces[one].split(), faces[other].split()).ratio()
        if alike >= NEAR_DUPLICATE:
            where = _where(bank, bank.items[other])
            yield f"{where}: asks nearly the same as {one}; ask something else"


def _tells(bank: Bank) -> Iterator[str]:
    """A key that another stem of the same lesson says aloud."""
    for lesson in bank.lessons.values():
        for item in lesson.items:
            if item.kind != "single":
                continue
            key = _plain(_key_and_others(item)[0])
            if len(key.split()) < TOLD_SYLLABLES:
                continue
            for other in lesson.items:
                told = key in _plain(" ".join([other.stem, other.text]))
                apart = other.code in item.excludes or item.code in other.excludes
                if other is not item and told and not apart:
                    where = _where(bank, other)
                    yield f"{where}: its stem tells the key of {item.code}; use excludes"


def _objectives(bank: Bank) -> Iterator[str]:
    for lesson in bank.lessons.values():
        asked = Counter(item.objective for item in lesson.items)
        for objective in lesson.objectives:
            if asked[objective.code] < ITEMS_PER_OBJECTIVE:
                yield (
                    f"{lesson.file}: objective {objective.code} has "
                    f"{asked[objective.code]} items; write {ITEMS_PER_OBJECTIVE}"
                )
        missing = set(DIFFICULTIES) - {item.difficulty for item in lesson.items}
        for difficulty in sorted(missing):
            yield f"{lesson.file}: has no item to {difficulty}; write one"


def _mixture(bank: Bank) -> Iterator[str]:
    items = list(bank.items.values())
    kinds = Counter(item.kind for item in items)
    if kinds["single"] > MAXIMUM_SINGLE * len(items):
        yield f"bank: {kinds['single']} of {len(items)} items are single; at most 40 %"
    if kinds["scenario"] < MINIMUM_SCENARIO * len(items):
        yield f"bank: {kinds['scenario']} of {len(items)} items are scenarios; at least 15 %"
    trivia = [item for item in items if _is_trivia(item)]
    if len(trivia) > MAXIMUM_TRIVIA * len(items):
        yield f"bank: {len(trivia)} items ask for dates and numbers; at most 10 %"


def _balance(bank: Bank) -> Iterator[str]:
    """What a test-wise guesser could use over the whole bank."""
    four = four_option_items(bank)
    longest = [item for item in four if _key_is_longest(item)]
    if len(longest) > MAXIMUM_KEY_LONGEST * len(four):
        yield f"bank: the key is longest in {len(longest)} of {len(four)}; at most 30 %"
    judged = [
        question.right_answer() == TRUE
        for item in bank.items.values()
        for question, _ in _questions(item)
        if question.kind == "true_false"
    ]
    least, most = TRUE_SHARE
    if judged and not least <= Fraction(sum(judged), len(judged)) <= most:
        yield f"bank: {sum(judged)} of {len(judged)} statements are true; 40 to 60 %"


def _key_is_longest(item: Item) -> bool:
    key, others = _key_and_others(item)
    return len(key) >= max(map(len, others))


def _is_trivia(item: Item) -> bool:
    """Whether the key of an item is a date or a number."""
    keys: Iterable[str] = [option.text for option in item.options if option.key]
    if item.gaps:
        keys = [gap.answers[0] for gap in item.gaps]
    return any(re.search(r"\d", re.sub(r"(?i)(điểm|thông điệp) \d+", "", key)) for key in keys)


# ---------- Words ----------


def _key_and_others(item: Item) -> tuple[str, list[str]]:
    key = next(option.text for option in item.options if option.key)
    return key, [option.text for option in item.options if not option.key]


def _question_sentence(stem: str) -> str:
    """The last sentence, which asks."""
    return re.split(r"(?<=[.!?”])\s+", stem.strip())[-1]


def _has(text: str, word: str) -> bool:
    return re.search(rf"\b{word}\b", text.casefold()) is not None


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _face(item: Item) -> str:
    """What makes a question this question: its stem, and its parts where the stem is a formula."""
    return fold(_plain(" ".join([item.stem, item.text, *item.parts().values()])))


def _sentences(item: Item) -> list[str]:
    return [one.text for one in item.statements] + [one.text for one in item.steps]


def _word_pairs(text: str) -> set[tuple[str, str]]:
    plain = _plain(text)
    for word in SUBJECT:
        plain = plain.replace(word, " ")
    words = plain.split()
    return set(pairwise(words))
