"""One change of a WhatsApp webhook with its surroundings: which number, who, when (facts A3).

Who somebody is (facts, "Identity 2026"): the user id (`US.1349...`) where the platform names one,
else the phone number. The number comes along as `phone`, so that people known by it are found;
a number may pass to somebody else, so it is never the key of a person who has a user id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from webapp.domain.event import Event, EventKind, SetAside
from webapp.domain.wording import Sentence, say
from webapp.platforms import home_country
from webapp.platforms import webhook_values as values

Reading = Event | SetAside
Part = Mapping[str, object]
NAME_LIMIT = 200
USER_ID_LIMIT = 140  # two letters of the country, a dot, up to 128 letters and digits; some air


@dataclass(frozen=True)
class Party:
    """One person as a webhook names them."""

    user_id: str | None = None
    phone: str | None = None
    name: str | None = None

    @property
    def key(self) -> str | None:
        return self.user_id or self.phone

    @property
    def country(self) -> str | None:
        """The user id begins with the country it was given in; without one the number tells it."""
        return home_country.country_of(self.user_id) or home_country.country_of(self.phone)

    @property
    def named(self) -> dict[str, Any]:
        """What goes into an event besides the key."""
        return {"phone": self.phone, "name": self.name, "country": self.country}


@dataclass(frozen=True)
class Change:
    """`account` is the business account's id, `sent_at` the time in the envelope, if it has one."""

    raw: object
    account: str | None
    sent_at: datetime | None
    received: datetime

    @cached_property
    def field(self) -> str:
        return values.text(values.mapping(self.raw).get("field"), values.ID_LIMIT) or "?"

    @cached_property
    def value(self) -> Part:
        return values.mapping(values.mapping(self.raw).get("value"))

    @cached_property
    def number(self) -> str | None:
        """The business number's id, which is the channel's key; the number is for people."""
        metadata = values.mapping(self.value.get("metadata"))
        return values.identity(metadata.get("phone_number_id"), values.PARTY_LIMIT)

    def party(self, user_id: object, phone: object) -> Party:
        """The person meant, completed from the contact that names the same id or number."""
        party = Party(values.identity(user_id, USER_ID_LIMIT), number(phone))
        for contact in map(values.mapping, values.items(self.value.get("contacts"))):
            known = Party(
                values.identity(contact.get("user_id"), USER_ID_LIMIT), number(contact.get("wa_id"))
            )
            if _same(party, known):
                name = values.text(values.mapping(contact.get("profile")).get("name"), NAME_LIMIT)
                return Party(party.user_id or known.user_id, party.phone or known.phone, name)
        return party

    def event(
        self,
        kind: EventKind,
        *parts: object,
        person: Party | None,
        stamp: datetime | None,
        channel: str | None = None,
        **more: Any,
    ) -> Reading:
        """The event, its key made of `parts`; set aside when no number is named."""
        channel = channel or self.number
        if channel is None:
            return self.aside(say("This event does not say which number it belongs to."))
        happened = stamp or self.sent_at
        return Event(
            kind=kind,
            channel_key=channel,
            person_key=person.key if person else None,
            at=min(happened, self.received) if happened else self.received,
            at_known=stamp is not None,
            key=values.key(kind, channel, *parts),
            **(person.named if person else {}),
            **more,
        )

    def aside(self, reason: Sentence, part: object = None) -> SetAside:
        key = values.digest("aside", [self.account, self.raw if part is None else part])
        return SetAside(reason=reason, key=key, channel_key=self.number or self.account)


def number(value: object) -> str | None:
    """A phone number as WhatsApp writes it in its events: digits without a plus."""
    found = values.identity(value, values.PARTY_LIMIT)
    return found.removeprefix("+") if found else None


def _same(one: Party, other: Party) -> bool:
    by_id = one.user_id is not None and one.user_id == other.user_id
    by_number = one.phone is not None and one.phone == other.phone
    contradict = one.user_id and other.user_id and one.user_id != other.user_id
    return (by_id or by_number) and not contradict
