from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from webapp.api.schemas.base import Answer, Body, Name

Wording = Annotated[str, Field(max_length=500)]


class Topic(Answer):
    """`wording` is what people are shown when they opt in."""

    id: int
    slug: str
    name: str
    wording: str
    archived_at: datetime | None
    opted_in: int = Field(default=0, description="People whose consent to it holds.")
    stopped: int = 0


class NewTopic(Body):
    name: Name
    wording: Wording = ""


class TopicChange(Body):
    name: Name | None = None
    wording: Wording | None = None
