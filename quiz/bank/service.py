"""What the bank says today beside what attempts have used."""

from collections import Counter

from sqlalchemy import inspect, select

from quiz.domain.bank import Bank
from quiz.domain.item_changes import change_of_sense
from quiz.domain.items import Item
from quiz.models import ItemVersion, db


def changed_items(bank: Bank) -> list[str]:
    """Items whose code has been used in attempts for something else, with the reason.

    Empty without a database, for then no attempt has used anything.
    """
    if not inspect(db.session.connection()).has_table(ItemVersion.__tablename__):
        return []
    latest: dict[str, str] = {}
    for row in db.session.execute(
        select(ItemVersion.item_code, ItemVersion.content).order_by(ItemVersion.created_at)
    ):
        latest[row.item_code] = row.content
    faults = []
    for code, content in sorted(latest.items()):
        item = bank.items.get(code)
        if item is None:
            continue  # withdrawn: attempts keep their own version
        reason = change_of_sense(Item.from_json(content), item)
        if reason:
            faults.append(f"item {code}: used in attempts when {reason}; give it a new code")
    return faults


def counts(bank: Bank) -> dict[str, dict[str, int]]:
    """How many items of each kind every lesson has, by lesson code."""
    return {
        code: dict(Counter(item.kind for item in lesson.items))
        for code, lesson in bank.lessons.items()
    }


def preview(item: Item) -> str:
    """The item as a learner reads it, then its key and feedback, as plain text."""
    lines = [
        f"{item.code}  {item.kind}, {item.difficulty}, {item.objective}, {item.source}",
        "",
        *_asked(item),
        "",
        "— Đáp án và lời phản hồi —",
        *_keyed(item),
    ]
    return "\n".join(lines)


def _asked(item: Item) -> list[str]:
    lines = [item.stem]
    if item.text:
        lines.append(f"  {item.text}")
    if item.kind != "order":  # in the right order, which is the key
        lines += [f"  · {text}" for text in item.parts().values() if not item.gaps]
    else:
        lines += [f"  · {text}" for text in sorted(item.parts().values())]
    lines += [f"  [ ] {text}" for text in sorted(item.choices().values())]
    for number, question in enumerate(item.questions, start=1):
        lines += ["", f"({number}) {question.kind}", *_asked(question)]
    return lines


def _keyed(item: Item) -> list[str]:
    lines = [
        f"  {'+' if option.key else '-'} {option.text}"
        + (f"\n      {option.feedback}" if option.feedback else "")
        for option in item.options
    ]
    lines += [f"  {one.side}: {one.text}\n      {one.feedback}" for one in item.statements]
    lines += [f"  {one.left} → {one.right}\n      {one.feedback}" for one in item.pairs]
    lines += [
        f"  {number}. {one.text}" + (f"\n      {one.feedback}" if one.feedback else "")
        for number, one in enumerate(item.steps, start=1)
    ]
    lines += [
        f"  {{{number}}} {' / '.join(one.answers)}\n      {one.feedback}"
        for number, one in enumerate(item.gaps, start=1)
    ]
    for number, question in enumerate(item.questions, start=1):
        lines += [f"({number})", *_keyed(question)]
    return [*lines, f"  Vì sao: {item.explanation}"]
