"""The items that attempts saw, exactly as they saw them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy import select

from quiz.domain.items import Item
from quiz.domain.paper import Position, lay_out
from quiz.models import ItemVersion, insert_new, transactions

_items: dict[str, Item] = {}  # by digest: a version never changes, so no entry grows stale


def freeze(items: Sequence[Item], rng: Random, now: datetime) -> list[dict[str, Any]]:
    """The paper of these items for one attempt; their versions are kept. The caller commits."""
    _keep_versions(items, now)
    return [dict(vars(lay_out(item, rng))) for item in items]


def positions(paper: Sequence[Mapping[str, Any]]) -> list[Position]:
    """The questions of a frozen paper, in order."""
    return [position(place) for place in paper]


def position(place: Mapping[str, Any]) -> Position:
    """One question of a frozen paper."""
    orders = tuple(tuple(order) for order in place.get("orders", ()))
    return Position(place["item"], place["version"], tuple(place["order"]), orders)


def item(version: str) -> Item:
    """The item with this digest, as attempts saw it."""
    if version not in _items:
        load([version])
    return _items[version]


def load(versions: Iterable[str]) -> None:
    """Read the versions that this process has not met yet, in one statement."""
    missing = [version for version in versions if version not in _items]
    if missing:
        rows = transactions.connection().execute(
            select(ItemVersion.digest, ItemVersion.content).where(ItemVersion.digest.in_(missing))
        )
        _items.update({row.digest: Item.from_json(row.content) for row in rows})


def _keep_versions(items: Sequence[Item], now: datetime) -> None:
    """Write the versions that no attempt has used before."""
    digests = {item.digest: item for item in items}
    past_the_orm = transactions.connection()
    known = select(ItemVersion.digest).where(ItemVersion.digest.in_(digests))
    kept = set(past_the_orm.scalars(known))
    new = [
        {"digest": digest, "item_code": item.code, "content": item.to_json(), "created_at": now}
        for digest, item in sorted(digests.items())
        if digest not in kept
    ]
    if new:
        past_the_orm.execute(insert_new(ItemVersion).on_conflict_do_nothing(), new)
