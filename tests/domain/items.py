"""One item of every kind, small enough to mark by eye."""

from quiz.domain.items import Gap, Item, Option, Pair, Statement, Step


def item(kind, code="d01-x", **parts):
    fields = {
        "lesson": "d01",
        "objective": "d01-o1",
        "difficulty": "apply",
        "source": "a8",
        "stem": "?",
        "explanation": "Vì.",
        **parts,
    }
    return Item(code=code, kind=kind, **fields)


SINGLE = item("single", options=tuple(Option(c, c, c == "b", "vì") for c in "abcd"))
MULTIPLE = item("multiple", options=tuple(Option(c, c, c in "ab", "vì") for c in "abcde"))
TRUE_FALSE = item(
    "true_false", options=(Option("true", "Đúng", False, "vì"), Option("false", "Sai", True))
)
CLASSIFY = item(
    "classify",
    statements=tuple(Statement(f"s{n}", str(n), "it" if n % 2 else "dx", "") for n in range(1, 5)),
)
MATCH = item(
    "match", pairs=tuple(Pair(f"l{n}", f"L{n}", f"R{n}", "") for n in range(1, 4)), spare="R4"
)
ORDER = item("order", steps=tuple(Step(f"s{n}", f"S{n}", f"F{n}") for n in range(1, 5)))
BANKED = item(
    "cloze",
    text="{1} và {2}.",
    gaps=(Gap("g1", ("một",), "F1"), Gap("g2", ("hai",), "F2")),
    words=("ba",),
)
TYPED = item(
    "cloze",
    text="{1} và {2}.",
    gaps=(Gap("g1", ("nền tảng số", "nền tảng"), "F1"), Gap("g2", ("điện toán",), "F2")),
)
SCENARIO = item(
    "scenario",
    questions=(
        item("single", "q1", options=SINGLE.options),
        item("classify", "q2", statements=CLASSIFY.statements),
        item("cloze", "q3", text=TYPED.text, gaps=TYPED.gaps),
    ),
)
ITEMS = (SINGLE, MULTIPLE, TRUE_FALSE, CLASSIFY, MATCH, ORDER, BANKED, TYPED, SCENARIO)
