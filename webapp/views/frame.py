"""What the frame of every page asks for: where the links of the rail lead, what was just said."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app, get_flashed_messages, url_for
from werkzeug.routing import BuildError


def install(app: Flask) -> None:
    app.jinja_env.globals.update(place=place, told=told)


def place(endpoint: str, **values: object) -> str | None:
    """The address of a screen, in the brand being looked at; None where there is no such screen."""
    if endpoint not in current_app.view_functions:
        return None
    try:
        return url_for(endpoint, **values)  # type: ignore[arg-type]
    except BuildError:
        return None


def told() -> list[tuple[str, str]]:
    """Lines to show once, each with its mood."""
    return cast("list[tuple[str, str]]", get_flashed_messages(with_categories=True))
