"""What narrows the list of subscribers, and what is changed on one person's page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated, Literal

from pydantic import Field

from webapp.domain import zone as zones
from webapp.domain.broadcast import Kind
from webapp.domain.errors import Invalid
from webapp.domain.wording import Sentence, say
from webapp.domain.zone import Local
from webapp.forms.reading import Form
from webapp.models.opt_in import Topic
from webapp.store.searches import Cursor, Search


class SearchForm(Form):
    """The address of a list: every part may be missing, and a wrong one is as good as missing."""

    q: Annotated[str, Field(max_length=200)] = ""
    tag: Annotated[str, Field(max_length=80)] = ""
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] = ""
    window: Literal["", "open", "closed", "opted_out"] = ""
    channel: Annotated[int, Field(ge=1, lt=2**63)] | None = None

    def search(self) -> Search:
        return Search(self.q, self.tag, self.country, self.window, self.channel)


class TagForm(Form):
    tag: Annotated[str, Field(min_length=1, max_length=80)]


class PutForm(Form):
    """A tag for everybody found; `tag` itself is one of the filters."""

    put: Annotated[str, Field(min_length=1, max_length=80)]


class TakeForm(Form):
    """A tag to take off everybody found."""

    take: Annotated[str, Field(min_length=1, max_length=80)]


class NoteForm(Form):
    """Where a person's wish was heard: by phone, by mail."""

    evidence: Annotated[str, Field(max_length=200)] = ""


class MomentForm(Form):
    """Which message, and when: a wall-clock time and its zone, or neither for now.

    The zone stands in the address, so that a link means the same moment to whoever follows it.
    """

    kind: Literal["standard", "subscription", "sponsored", "utility"] = "standard"
    topic: Annotated[str, Field(max_length=60)] = ""
    at_date: date | None = None
    at_time: time | None = None
    at_zone: Annotated[str, Field(max_length=64)] = ""

    @property
    def kind_(self) -> Kind:
        return Kind(self.kind)

    def at(self) -> datetime | None:
        """The instant; None for now. Raises Invalid by field."""
        found = self._local()
        return None if found is None else found.at

    def note(self) -> Sentence | None:
        found = self._local()
        return None if found is None else zones.shift_note(found.shift)

    def topic_of(self, known: Mapping[str, Topic]) -> Topic | None:
        """Of a subscription message; other kinds have none. Raises Invalid."""
        if self.kind_ is not Kind.SUBSCRIPTION:
            return None
        if self.topic not in known:
            raise Invalid({"topic": [say("Choose the topic of the message.")]})
        return known[self.topic]

    def _local(self) -> Local | None:
        if self.at_date is None and self.at_time is None:
            return None
        if self.at_date is None:
            raise Invalid({"at_date": [say("Choose the day.")]})
        if self.at_time is None:
            raise Invalid({"at_time": [say("Choose the time.")]})
        if not self.at_zone:
            wall = f"{self.at_date} {self.at_time:%H:%M}"
            raise Invalid({"at": [say("%(time)s has no time zone: say which clocks.", time=wall)]})
        try:
            return zones.local(self.at_date, self.at_time, self.at_zone)
        except Invalid as refused:
            raise Invalid({"at": refused.errors["zone"]}) from None
        except OverflowError:
            raise Invalid({"at": [say("Choose a day nearer to today.")]}) from None


def cursor(text: str) -> Cursor | None:
    """From an address: `2026-11-22T10:00:00+00:00~7`, or `~7` after people who never wrote."""
    at, mark, key = text.rpartition("~")
    try:
        moment = datetime.fromisoformat(at) if at else None
        if not mark or (moment is not None and moment.tzinfo is None):
            return None
        return Cursor(moment, int(key))
    except ValueError:
        return None


def cursor_text(cursor_: Cursor) -> str:
    at = cursor_.last_inbound_at
    return f"{at.isoformat() if at else ''}~{cursor_.id}"
