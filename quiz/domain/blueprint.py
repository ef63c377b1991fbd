"""Drawing the items of a paper: by topic, difficulty and kind, and never two that tell."""

import random
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from quiz.domain.errors import N_, Refused
from quiz.domain.items import DIFFICULTIES, KINDS, Item


class TooFewItems(Refused):
    """The blueprint asks for more items than its topics hold."""

    status = 422
    message = N_("Các chủ đề đã chọn chỉ có %(held)d câu hỏi. Hãy giảm số câu hoặc thêm chủ đề.")


@dataclass(frozen=True)
class Blueprint:
    """What to draw.

    `topics` are lesson codes. `difficulties` gives each difficulty its weight, as in
    {"remember": 3, "understand": 4, "apply": 3}; empty, or one that is missing, is "no matter".
    """

    topics: tuple[str, ...]
    size: int
    difficulties: Mapping[str, int] | None = None
    kinds: tuple[str, ...] = KINDS
    may_be_short: bool = False  # a practice takes what there is, for want of items that go together


def draw(
    lessons: Mapping[str, Sequence[Item]],
    blueprint: Blueprint,
    seen: Container[str],
    rng: random.Random,
) -> list[Item]:
    """Items for one paper, in random order. Raises TooFewItems.

    Every topic gives the same number (±1; one that holds too few leaves its share to the
    others). Within a topic an unseen item goes before a seen one, then the difficulty that
    lacks most for its share, then the kind met least so far, then chance. Of items that
    exclude each other one is drawn at most.
    """
    pools = {
        topic: [item for item in lessons[topic] if item.kind in blueprint.kinds]
        for topic in blueprint.topics
    }
    topic_of = {item.code: topic for topic, pool in pools.items() for item in pool}
    rivals = _rivals(item for pool in pools.values() for item in pool)
    wanted = shares(blueprint.difficulties or {}, blueprint.size)
    drawn: list[Item] = []
    kinds: Counter[str] = Counter()
    topics: list[str] = []
    while len(drawn) < blueprint.size:
        if not topics:  # a new round: one of each topic, in random order
            topics = [topic for topic, pool in pools.items() if pool]
            rng.shuffle(topics)
            if not topics and blueprint.may_be_short and drawn:
                break
            if not topics:
                raise TooFewItems(held=len(drawn))
        topic = topics.pop()
        if not pools[topic]:
            continue

        def rank(item: Item) -> tuple[bool, int, int, float]:
            lack = wanted.get(item.difficulty, 0)
            return (item.code in seen, -lack, kinds[item.kind], rng.random())

        best = min(pools[topic], key=rank)
        drawn.append(best)
        kinds[best.kind] += 1
        if wanted:
            wanted[best.difficulty] -= 1
        out = rivals.get(best.code, set()) | {best.code}
        for touched in {topic_of[code] for code in out if code in topic_of}:
            pools[touched] = [item for item in pools[touched] if item.code not in out]
    rng.shuffle(drawn)
    return drawn


def compatible(items: Sequence[Item], size: int) -> list[Item]:
    """The first of these items, up to this many, of which none excludes another."""
    rivals = _rivals(items)
    chosen: list[Item] = []
    for item in items:
        if len(chosen) < size and rivals.get(item.code, set()).isdisjoint(c.code for c in chosen):
            chosen.append(item)
    return chosen


def shares(weights: Mapping[str, int], size: int) -> dict[str, int]:
    """How many items of each difficulty: by weight, the largest remainders rounded up.

    >>> shares({"remember": 3, "understand": 4, "apply": 3}, 15)
    {'remember': 5, 'understand': 6, 'apply': 4}
    >>> shares({}, 15)
    {}
    """
    total = sum(weights.values())
    if not total:
        return {}
    exact = {name: divmod(weights.get(name, 0) * size, total) for name in DIFFICULTIES}
    counts = {name: whole for name, (whole, _) in exact.items()}
    by_remainder = sorted(DIFFICULTIES, key=lambda name: -exact[name][1])
    for name in by_remainder[: size - sum(counts.values())]:
        counts[name] += 1
    return counts


def _rivals(items: Iterable[Item]) -> dict[str, set[str]]:
    """Per item the items that exclude it or that it excludes."""
    rivals: dict[str, set[str]] = {}
    for item in items:
        for other in item.excludes:
            rivals.setdefault(item.code, set()).add(other)
            rivals.setdefault(other, set()).add(item.code)
    return rivals
