from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from webapp.domain.confirmation import LONGEST
from webapp.forms.reading import Form

Text = Annotated[str, Field(max_length=LONGEST)]


class WordForm(Form):
    """A brand's own word, and what it means."""

    phrase: Annotated[str, Field(max_length=60)]
    means: Literal["stop", "start"] = "stop"


class TextsForm(Form):
    """The two confirmations in one language; empty for the built-in ones."""

    stop: Text = ""
    start: Text = ""


class TurnForm(Form):
    confirms: bool = False
