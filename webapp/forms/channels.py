from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from webapp.domain import batch
from webapp.domain.event import INSTAGRAM, MESSENGER, WHATSAPP
from webapp.domain.wording import say
from webapp.forms.reading import Form, Wrong

DIGITS = re.compile(r"[0-9]{1,64}")
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
PLATFORMS = (MESSENGER, INSTAGRAM, WHATSAPP)
FASTEST = 300  # calls a second: the Send API's own limit


def _channel_id(value: str) -> str:
    if not DIGITS.fullmatch(value):
        raise Wrong(say("This id has digits only, such as 100200300400500."))
    return value


def _platform(value: str) -> str:
    if value not in PLATFORMS:
        raise Wrong(say("Choose one of these platforms: %(known)s.", known=", ".join(PLATFORMS)))
    return value


def _slug(value: str) -> str:
    if not SLUG.fullmatch(value):
        raise Wrong(say("Write small letters, digits and hyphens only, such as my-app."))
    return value


def _ad_account(value: str) -> str:
    digits = value.removeprefix("act_")
    if not DIGITS.fullmatch(digits):
        raise Wrong(say("An ad account looks like act_1234567890."))
    return f"act_{digits}"


ChannelId = Annotated[str, AfterValidator(_channel_id)]
PlatformName = Annotated[str, AfterValidator(_platform)]
Slug = Annotated[str, AfterValidator(_slug)]
AdAccount = Annotated[str, AfterValidator(_ad_account)]
Rate = Annotated[int, Field(ge=1, le=FASTEST)]
BatchSize = Annotated[int, Field(ge=batch.LEAST, le=batch.MOST)]


class ChannelForm(Form):
    """What may change later."""

    name: Annotated[str, Field(max_length=120)]
    rate_per_second: Rate = 40
    ad_account: AdAccount | None = None
    travel: Literal["single", "batches"] = "single"
    batch_size: BatchSize | None = None  # left empty: as many as the rate allows

    @property
    def chosen_size(self) -> int | None:
        return (self.batch_size or batch.MOST) if self.travel == "batches" else None


class NewChannelForm(Form):
    key: ChannelId
    token: str
    platform: PlatformName = MESSENGER
    account: ChannelId | None = None
    name: Annotated[str, Field(max_length=120)] = ""
    app_slug: Slug = "default"
    app_secret: str | None = None
    graph_url: Annotated[str, Field(max_length=200)] | None = None
    ad_account: AdAccount | None = None
    rate_per_second: Rate = 40


class TokenOnlyForm(Form):
    token: str


class PracticeForm(Form):
    name: Annotated[str, Field(max_length=120)] = ""
    platform: PlatformName = MESSENGER
    simulator: Annotated[str, Field(max_length=200)] | None = None
