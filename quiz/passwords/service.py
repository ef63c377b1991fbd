"""Passwords: hashed slowly on purpose, by a thread that lets everything else go first."""

import os
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from quiz.domain.errors import N_, Refused

# How many wait for their turn in a process. Each holds one of its threads, of which the README
# starts 16: the rest stay free for saves, however many people sign in.
LONGEST_QUEUE = 10
PRIORITY = 10  # low, but not the lowest: a process waits for its thread at times

# OWASP's minimum for Argon2id; the library's default costs seven times the CPU.
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)

P = ParamSpec("P")
Value = TypeVar("Value")


class ManySignIns(Refused):
    """More people sign in at once than the machine can hash passwords for."""

    status = 503
    message = N_(
        "Đang có nhiều người đăng nhập cùng lúc. "
        "Mời Anh/Chị chờ vài giây, nhập lại mật khẩu rồi bấm nút lần nữa."
    )


def hashed(password: str) -> str:
    """The hash to keep. Raises ManySignIns."""
    return _in_turn(_hasher.hash, password)


def matches(stored: str | None, password: str) -> bool:
    """Whether this is the password of a kept hash. Raises ManySignIns.

    With None it takes as long, and it is not: the time must not tell whether an account exists.
    """
    return _in_turn(_matches, stored or _of_nobody(), password) and stored is not None


def is_outdated(stored: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _in_turn(act: Callable[P, Value], *args: P.args, **kwargs: P.kwargs) -> Value:
    """Do it in the thread for it, one after another: a process each core keeps them busy."""
    if not _queue.acquire(blocking=False):
        raise ManySignIns
    try:
        return _thread.submit(act, *args, **kwargs).result()
    finally:
        _queue.release()


def _give_way() -> None:
    if hasattr(os, "setpriority"):  # not on Windows
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), PRIORITY)


_queue = threading.BoundedSemaphore(LONGEST_QUEUE)
_thread = ThreadPoolExecutor(1, "passwords", initializer=_give_way)


@lru_cache(maxsize=1)
def _of_nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe(12))
