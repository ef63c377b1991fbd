"""Refusals: a rule of the house said no, and a person reads why."""

from collections.abc import Callable
from datetime import datetime


def N_(message: str) -> str:  # noqa: N802
    """Mark a sentence for translation; whoever shows it translates it."""
    return message


class Refused(Exception):
    """Raised by services and the domain, named for what happened, shown to the person."""

    status = 409
    message = N_("Chưa thực hiện được. Hãy tải lại trang rồi thử lần nữa.")

    def __init__(self, **values: object) -> None:
        """`values` fill the places of the message."""
        super().__init__(self.message)
        self.values = values

    def sentence(
        self, translate: Callable[[str], str], moment: Callable[[datetime], str] = str
    ) -> str:
        """The message in the language of `translate`, its moments as `moment` writes them."""
        values = {
            name: moment(value) if isinstance(value, datetime) else value
            for name, value in self.values.items()
        }
        return translate(self.message) % values if values else translate(self.message)


class NotFound(Refused):
    """There is no such thing, or it is not for this person: the same answer for both."""

    status = 404
    message = N_("Địa chỉ này không có hoặc không dành cho Anh/Chị.")
