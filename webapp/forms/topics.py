from __future__ import annotations

from typing import Annotated

from pydantic import Field

from webapp.forms.reading import Form


class TopicForm(Form):
    """`wording` is what people are shown when they opt in."""

    name: Annotated[str, Field(max_length=120)]
    wording: Annotated[str, Field(max_length=500)] = ""
