from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from webapp.api.schemas.base import Answer, Body, Name
from webapp.forms.members import RoleName


class Token(Answer):
    id: int
    name: str
    prefix: str
    role: str
    user: str = Field(description="The e-mail address of the person it acts for.")
    created_at: datetime
    used_at: datetime | None
    expires_at: datetime | None


class NewToken(Body):
    """`days` left out: until it is revoked."""

    name: Name
    role: RoleName
    days: Annotated[int, Field(ge=1, le=3650)] | None = None


class MadeToken(Answer):
    """The only time the token itself is answered."""

    id: int
    token: str
    role: str
    expires_at: datetime | None
