from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from webapp.domain.wording import say
from webapp.forms.places import Zone
from webapp.forms.reading import Form, Wrong


class ProfileForm(Form):
    name: Annotated[str, Field(max_length=120)]
    language: Literal["en", "fr"]
    timezone: Zone
    theme: Literal["auto", "light", "dark"] = "auto"
    alerts: bool = False  # a box that is not ticked is not sent


class PasswordForm(Form):
    """`old` may be empty for who has no password yet."""

    old: str = ""
    password: str
    again: str

    @field_validator("again")
    @classmethod
    def _same(cls, value: str, read: ValidationInfo) -> str:
        if value != read.data.get("password"):
            raise Wrong(say("The two new passwords differ. Write the same one twice."))
        return value
