from __future__ import annotations

from typing import Literal

from pydantic import Field

from webapp.api.schemas.base import Body, Time


class Settlement(Body):
    """What a person found out about an unknown."""

    outcome: Literal["sent", "failed"]


class SettlementOfAll(Settlement):
    """Of all unknowns of a broadcast; what became unknown after `seen_at` stays."""

    reason: str | None = Field(default=None, max_length=80)
    seen_at: Time | None = None
