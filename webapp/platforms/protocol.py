"""What every platform can do, as pure functions: build requests, read replies and webhooks.

The transport does the I/O, services decide; a platform only knows its wire.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

from webapp.domain.event import Event, SetAside
from webapp.domain.rate import Usage
from webapp.domain.retry import Answer
from webapp.domain.wording import Sentence
from webapp.platforms.wire import Reply, Request

if TYPE_CHECKING:
    from webapp.domain.message import Content
    from webapp.domain.policy.verdict import Route

KEY_LIMIT = 200  # characters of a delivery key


@dataclass(frozen=True, slots=True)
class ChannelAccess:
    """What a request needs of a channel. `key` is the page's, account's or number's id.

    `ad_account` as `act_...`; `account` the WhatsApp business account a number belongs to.
    """

    key: str
    token: str = field(repr=False)
    graph_url: str
    version: str
    app_secret: str | None = field(default=None, repr=False)
    ad_account: str | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person by id on the page, or by an opt-in token."""

    kind: Literal["id", "token"]
    value: str


@dataclass(frozen=True, slots=True)
class TemplateUse:
    """An approved template by its name and language (`en`, `pt_BR`), filled in for one person.

    `components` are the platform's own (`{"type": "body", "parameters": [...]}`); without any the
    template's one body parameter is the message's text.
    """

    name: str
    language: str
    components: tuple[Mapping[str, object], ...] = ()


class Alike:
    """Shared by messages that differ in nothing but whom they go to and our key: their JSON is made
    once for each form of it (`platforms.moulds`), and each of them only fills its gaps."""

    __slots__ = ("moulds",)

    def __init__(self) -> None:
        self.moulds: dict[tuple[object, ...], tuple[bytes, ...]] = {}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one person, rendered. `key` is our delivery key, at most 200 characters.

    `campaign_key` is the platform's paid campaign, for the sponsored route; `template` is needed
    by the routes that go by template. `alike` is held in common by those that say the same.
    """

    key: str
    recipient: Recipient
    route: Route
    content: Content
    campaign_key: str | None = None
    template: TemplateUse | None = None
    alike: Alike | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Check:
    """Whether a channel's token works; when not, `sentence` says what to do.

    `key` is the page the token belongs to: it must be the channel's own. `people_a_day` is what a
    WhatsApp business may reach outside windows (`domain.portfolio`).
    """

    alive: bool
    key: str | None = None
    name: str | None = None
    sentence: Sentence | None = None
    certain: bool = True  # False when the platform could not be reached: ask again
    people_a_day: int | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What the platform tells about a person; all of it may be missing."""

    first_name: str | None = None
    last_name: str | None = None
    locale: str | None = None
    utc_offset_hours: float | None = None
    gender: str | None = None
    picture_url: str | None = None


@dataclass(frozen=True, slots=True)
class PaidCampaign:
    """A paid campaign to be made on the platform; `lifetime_budget` in cents, None without one."""

    name: str
    lifetime_budget: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """The platform made what was asked; `key` is its id for it."""

    key: str


class Sender(Protocol):
    """One way of sending. Nothing here does I/O or reads a clock."""

    @property
    def name(self) -> str: ...

    def payload(self, outgoing: Outgoing) -> dict[str, object]:
        """The message as it goes on the wire: preview and send both come from here.

        ValueError for a route this sender does not carry.
        """

    def request(self, access: ChannelAccess, outgoing: Outgoing) -> Request: ...

    def answer(self, reply: Reply) -> Answer:
        """What the reply to `request` means. Never raises, whatever came back."""

    def usage(self, reply: Reply) -> Usage | None: ...


class Platform(Sender, Protocol):
    """A place where people are: sending to them, and hearing of them."""

    @property
    def subscribed_fields(self) -> Sequence[str]:
        """The webhook fields it needs, to be ticked in the app's settings."""

    def read_webhook(
        self, body: Mapping[str, object], received: datetime
    ) -> Sequence[Event | SetAside]:
        """Everything in one webhook body, in its order. Never raises, for any JSON."""

    def check_request(self, access: ChannelAccess) -> Request: ...

    def check_of(self, reply: Reply) -> Check: ...

    def subscribe_request(self, access: ChannelAccess) -> Request:
        """Ask the platform to send this channel's webhooks to our app."""

    @property
    def needed_fields(self) -> Sequence[str]:
        """Those of them without which somebody's wish would go unheard: nothing is sent then."""

    def subscriptions_request(self, access: ChannelAccess) -> Request:
        """Ask who is sent this channel's webhooks: `platforms.webhook_subscription` reads it."""

    def profile_request(
        self, access: ChannelAccess, person_key: str, *, wide: bool = False
    ) -> Request:
        """`wide` asks for locale, timezone and gender too: refused whole without the rights."""

    def profile_of(self, reply: Reply) -> Profile | None: ...


class PaidSender(Sender, Protocol):
    """Sending that is bought: every message belongs to a campaign made beforehand."""

    def campaign_request(self, access: ChannelAccess, campaign: PaidCampaign) -> Request: ...

    def campaign_of(self, reply: Reply) -> Made | Answer:
        """The campaign made, or why not (an answer as for a message)."""
