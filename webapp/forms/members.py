from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from webapp.domain.permission import Role
from webapp.forms.reading import Form

RoleName = Literal["viewer", "editor", "manager", "admin"]


class RoleForm(Form):
    role: RoleName

    def chosen(self) -> Role:
        return Role[self.role.upper()]


class MemberForm(RoleForm):
    email: Annotated[str, Field(max_length=254)]
    name: Annotated[str, Field(max_length=120)] = ""


class TokenForm(RoleForm):
    """`days` empty: until it is revoked."""

    name: Annotated[str, Field(max_length=120)]
    days: Annotated[int, Field(ge=1, le=3650)] | None = None
