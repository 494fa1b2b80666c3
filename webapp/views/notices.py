"""What a person is told after an action: a line on the next page, or a toast after a swap."""

from __future__ import annotations

from typing import Literal

from flask import Flask, Response, flash

from webapp.domain.wording import Sentence
from webapp.views import frame, htmx, language

Mood = Literal["good", "warn", "bad"]


def install(app: Flask) -> None:
    app.after_request(_as_toasts)


def tell(sentence: Sentence, mood: Mood = "good") -> None:
    """Said once, wherever the person is when the answer arrives."""
    flash(language.translate(sentence), mood)


def _as_toasts(response: Response) -> Response:
    """A swapped fragment has no place for flashed lines, so they travel as an event."""
    if not htmx.is_fragment() or htmx.leads_away(response):
        return response
    told = frame.told()
    if told:
        lines = [{"mood": mood, "text": text} for mood, text in told]
        htmx.trigger(response, "fanlight:toast", {"lines": lines})
    return response
