"""The browser's cookie: the key of a session on the server, and texts for one page only."""

from __future__ import annotations

from flask import session


def begin(key: str) -> None:
    """Give the browser the session `key`, in a cookie that holds nothing of before."""
    session.clear()
    session.permanent = True
    session["_user_id"] = key
    session["_fresh"] = True


def end() -> None:
    session.clear()


def hand_over(name: str, text: str) -> None:
    """Keep a text for the next page only, so that reloading that page does nothing again."""
    session[f"once:{name}"] = text


def handed(name: str) -> str | None:
    text: str | None = session.pop(f"once:{name}", None)
    return text
