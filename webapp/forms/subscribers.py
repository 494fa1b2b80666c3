"""What narrows the list of subscribers, and what is changed on one person's page."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from webapp.forms.reading import Form
from webapp.store.subscribers import Cursor, Search


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


class NoteForm(Form):
    """Where a person's wish was heard: by phone, by mail."""

    evidence: Annotated[str, Field(max_length=200)] = ""


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
