from __future__ import annotations

from datetime import datetime

from pydantic import Field

from webapp.api.schemas.base import Answer, Body
from webapp.domain import import_encoding


class Undone(Answer):
    """People, but for `withdrawn`: the opt-ins taken back. The others are those who stayed."""

    gone: int
    restored: int = Field(description="Known before; got back what the import had changed.")
    left: int = Field(description="Known before; nothing of theirs had to change.")
    withdrawn: int
    heard: int = Field(description="Stayed: they wrote, stopped or did something of their own.")
    sent: int = Field(description="Stayed: a broadcast was sent to them or planned for them.")
    acts: int = Field(description="Stayed: they opted in in another way too.")
    besides: int = Field(description="Stayed: another import brought them too.")


class Import(Answer):
    """`state`: uploaded, fetching or halted (from a platform), checking, checked, running, paused,
    done, failed, undoing or undone."""

    id: int
    channel_id: int
    filename: str
    encoding: str
    delimiter: str
    state: str
    rows: int
    created: int
    updated: int
    unchanged: int
    refused: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    reason: str | None
    undone: Undone | None = None


class Reading(Body):
    """How a file is read."""

    encoding: str = Field(description=f"One of {', '.join(import_encoding.CODECS)}.", max_length=20)
    delimiter: str = Field(description="A comma, semicolon, tab or bar.", max_length=3)


class RefusedLine(Answer):
    id: int
    line: int
    column: str
    value: str
    reason: str
