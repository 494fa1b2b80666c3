from __future__ import annotations

from datetime import datetime

from pydantic import Field

from webapp.api.schemas.base import Answer, Json, PageQuery


class Health(Answer):
    """Whether this installation works, and how much waits in this brand."""

    ready: bool
    database: bool
    schema_current: bool
    clock: bool = Field(description="Whether the clock process is alive.")
    clock_at: datetime | None
    workers: int
    queued: int = Field(description="Messages waiting to be sent.")
    broadcasts: dict[str, int]
    channels: dict[str, int]
    rulebook: str
    halted: str | None = Field(
        description="Why nothing is sent in any brand until an operator goes on; null: it is sent."
    )


class AuditLine(Answer):
    id: int
    at: datetime
    user_id: int | None
    door: str
    action: str
    noun_id: int | None
    detail: Json
    hash: str


class AuditQuery(PageQuery):
    """Newest first."""
