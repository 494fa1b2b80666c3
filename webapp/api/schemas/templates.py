from __future__ import annotations

from datetime import datetime

from pydantic import Field

from webapp.api.schemas.base import Answer, Id, Json, PageQuery


class TemplateQuery(PageQuery):
    channel: Id | None = Field(default=None, description="Only this channel's.")


class Template(Answer):
    """One name in one language. A broadcast names it as `content.template`."""

    id: int
    channel_id: int
    key: str = Field(description="The platform's id.")
    name: str
    language: str
    category: str
    coming_category: str = Field(description="What the platform will change it to; empty if not.")
    state: str
    quality: str
    rejected_reason: str
    components: list[Json]
    places: list[str] = Field(description="What `values` of a message fill: body.1, buttons.0 ...")
    usable: bool = Field(description="Approved, and every part of it can be filled from here.")
    told_at: datetime
    fetched_at: datetime | None
