"""What the frame of every page asks for: where the links of the rail lead, what was just said."""

from __future__ import annotations

from flask import Flask, current_app, get_flashed_messages, request, url_for
from werkzeug.routing import BuildError


def install(app: Flask) -> None:
    app.jinja_env.globals.update(place=place, told=told)


def place(endpoint: str, **values: object) -> str | None:
    """The address of a screen, in the brand being looked at; None where there is no such screen."""
    slug = (request.view_args or {}).get("brand_slug")
    if endpoint not in current_app.view_functions:
        return None
    if slug and current_app.url_map.is_endpoint_expecting(endpoint, "brand_slug"):
        values.setdefault("brand_slug", slug)
    try:
        return url_for(endpoint, **values)  # type: ignore[arg-type]
    except BuildError:
        return None


def told() -> list[tuple[str, str]]:
    """Lines to show once, each with its mood."""
    return [(mood, line) for mood, line in get_flashed_messages(with_categories=True)]
