"""One thing of a webhook with its surroundings: who, when, on which page, and how to say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from webapp.domain.event import Event, EventKind, SetAside
from webapp.domain.wording import Sentence, say
from webapp.platforms import webhook_values as values

Reading = Event | SetAside


@dataclass(frozen=True)
class Item:
    """`raw` is the event as it came; `entry_page` and `sent_at` are its envelope's."""

    raw: object
    entry_page: str | None
    sent_at: datetime | None
    received: datetime
    standby: bool = False

    @cached_property
    def body(self) -> Mapping[str, object]:
        return values.mapping(self.raw)

    @cached_property
    def sender(self) -> str | None:
        return values.party(self.body.get("sender"))

    @cached_property
    def recipient(self) -> str | None:
        return values.party(self.body.get("recipient"))

    @property
    def page(self) -> str | None:
        return self.entry_page or self.recipient

    @cached_property
    def user_ref(self) -> str | None:
        """A plugin's name for somebody who has not written yet."""
        return values.identity(values.mapping(self.body.get("sender")).get("user_ref"))

    @cached_property
    def stamp(self) -> datetime | None:
        """The event's own time, as the platform gave it: part of keys, so never adjusted."""
        return values.moment(self.body.get("timestamp"))

    @property
    def from_page(self) -> bool:
        """Written by the page: the other direction, whatever the flags say."""
        return self.sender is not None and self.sender == self.page != self.recipient

    def past(self, when: datetime | None) -> datetime | None:
        """Nothing was done after we heard of it."""
        return None if when is None else min(when, self.received)

    def event(
        self,
        kind: EventKind,
        *parts: object,
        person: str | None,
        page: str | None = None,
        stamp: datetime | None = None,
        **more: Any,
    ) -> Reading:
        """The event, its key made of `parts`; set aside when no page is named at all."""
        channel = page or self.page
        if channel is None:
            return self.aside(say("This event does not say which page it belongs to."))
        known = stamp or self.stamp
        return Event(
            kind=kind,
            channel_key=channel,
            person_key=person,
            at=self.past(known or self.sent_at) or self.received,
            at_known=known is not None,
            key=values.key(kind, channel, *parts),
            standby=self.standby,
            **more,
        )

    def aside(self, reason: Sentence) -> SetAside:
        key = values.digest("aside", [self.entry_page, self.raw])
        return SetAside(reason=reason, key=key, channel_key=self.entry_page)

    def nobody(self) -> SetAside:
        return self.aside(say("This event does not say who it comes from."))
