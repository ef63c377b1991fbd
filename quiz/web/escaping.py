"""Escaping in templates: MarkupSafe's, without an object around each of a page's pieces."""

from collections.abc import Callable
from typing import Any

import jinja2.runtime
import markupsafe
from flask import Flask
from markupsafe import Markup, escape

_escaped_text: Callable[[Any], str] = markupsafe._escape_inner  # type: ignore[attr-defined]


def init_app(_app: Flask) -> None:
    """Let templates that are loaded from now on escape by `escaped`."""
    jinja2.runtime.escape = escaped  # type: ignore[attr-defined,assignment]


def escaped(value: object) -> str:
    """This value as HTML.

    `escape` marks what it gives as safe, so that it is not escaped again. A template joins its
    some thousand pieces and marks the whole: the marks cost it a fifth of its time.
    """
    kind = type(value)
    if kind is str:
        return _escaped_text(value)
    if kind is Markup:
        return value  # type: ignore[return-value]
    if kind is int:
        return str(value)
    return escape(value)
