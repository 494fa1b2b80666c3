"""People as their pages know them. Somebody never met is made up from the seed on first sight."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from webapp.simulator import clock, crowd, tokens, windows
from webapp.simulator.answers import Json
from webapp.simulator.pages import Misuse, Page
from webapp.simulator.state import Row, State

PSID = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")
FIELDS = ("first_name", "last_name", "locale", "timezone", "country")
GIVEN = frozenset(
    {"psid", "page", "last_inbound_at", "window_ends_at", "topics", "blocked", *FIELDS}
)
INSERT = (
    "INSERT INTO person (page, psid, first_name, last_name, locale, timezone, country,"
    " last_inbound, window_ends, blocked, stranger) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (page, psid) DO UPDATE SET first_name=excluded.first_name,"
    " last_name=excluded.last_name, locale=excluded.locale, timezone=excluded.timezone,"
    " country=excluded.country, last_inbound=excluded.last_inbound,"
    " window_ends=excluded.window_ends, blocked=excluded.blocked, stranger=excluded.stranger"
)


@dataclass(frozen=True, slots=True)
class Person:
    """`heard` counts the messages accepted for them: it makes each reaction its own chance.

    A `stranger` was met by a call, not told of: where they live is unknown to the rules.
    """

    page: str
    psid: str
    first_name: str
    last_name: str
    locale: str
    timezone: str
    country: str
    last_inbound: int | None
    window_ends: int
    blocked: bool
    heard: int
    stranger: bool

    @property
    def region(self) -> str | None:
        """The country the rules go by; None where nobody said."""
        return None if self.stranger else self.country


def find(state: State, page: str, psid: str) -> Person | None:
    row = state.one("SELECT * FROM person WHERE page=? AND psid=?", page, psid)
    return _person(row) if row else None


def meet(state: State, seed: int, page: Page, psid: str, window_ends: int) -> Person:
    """A person with an unknown past joins the page, with this window (0: closed)."""
    who = crowd.someone(seed, page.country, psid)
    facts = [getattr(who, name) for name in FIELDS]
    state.write(INSERT, page.id, psid, *facts, None, window_ends, 0, 1)
    row = dict(zip(FIELDS, facts, strict=True))
    return Person(
        page=page.id, psid=psid, **row, last_inbound=None, window_ends=window_ends,
        blocked=False, heard=0, stranger=True,
    )  # fmt: skip


def has_acted(state: State, person: Person, what: str, at: int, *, from_ad: bool = False) -> None:
    """The person did something at `at`; an older event never shortens a window."""
    ends = windows.ends_after(what, at, from_ad=from_ad) or 0
    state.write(
        "UPDATE person SET last_inbound=max(coalesce(last_inbound, 0), ?),"
        " window_ends=max(window_ends, ?), blocked=0 WHERE page=? AND psid=?",
        at, ends, person.page, person.psid,
    )  # fmt: skip


def has_heard(state: State, person: Person) -> None:
    state.write("UPDATE person SET heard=heard+1 WHERE page=? AND psid=?", person.page, person.psid)


def block(state: State, person: Person, *, blocked: bool) -> None:
    state.write(
        "UPDATE person SET blocked=? WHERE page=? AND psid=?", blocked, person.page, person.psid
    )


def shown(person: Person, now: int) -> Json:
    """As the control door shows a person, with whether they may be written to now."""
    window_open = windows.is_open(person.window_ends, now)
    flags = {"blocked": bool(person.blocked), "stranger": bool(person.stranger)}
    return {**asdict(person), **flags, "window_open": window_open}


def count(state: State, page: str) -> int:
    return state.number("SELECT count(*) FROM person WHERE page=?", page)


def read_list(body: bytes) -> list[Json]:
    """A JSON list, one JSON object, or NDJSON. Misuse names the line that is none of these."""
    text = body.decode("utf-8-sig").strip()
    if text.startswith("["):
        return [_object(item, place) for place, item in enumerate(json.loads(text), 1)]
    return [_object(_line(line, place), place) for place, line in enumerate(text.splitlines(), 1)]


def tell(state: State, seed: int, pages: dict[str, Page], given: Iterable[Json], now: int) -> int:
    """People the simulator is told of; whoever is known is replaced. Returns how many."""
    entries = [(_page(pages, item, place), item) for place, item in enumerate(given, 1)]
    state.write_many(INSERT, [_row(seed, page, item) for page, item in entries])
    for page, item in entries:
        for topic in item.get("topics") or []:
            tokens.issue(state, page.id, str(item["psid"]), str(topic), now)
    return len(entries)


def make_crowd(state: State, seed: int, page: Page, size: int, now: int) -> list[str]:
    """A crowd of `size` for the page: the same each time for the same seed."""
    made = list(crowd.members(seed, page.id, size, now))
    rows = ({"psid": psid, "last_inbound_at": at} for psid, at in made)
    state.write_many(INSERT, (_row(seed, page, row) for row in rows))
    return [psid for psid, _ in made]


def _person(row: Row) -> Person:
    """The columns stand in the order of the fields."""
    return Person(*row)


def _line(line: str, place: int) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise Misuse(f"Line {place} is not JSON: {error}") from error


def _object(item: Any, place: int) -> Json:
    if not isinstance(item, dict) or not PSID.match(str(item.get("psid", ""))):
        raise Misuse(
            f"Person {place} needs a psid of letters, digits, dots, hyphens or underscores."
        )
    unknown = set(item) - GIVEN
    if unknown:
        raise Misuse(f"Person {place}: nothing is known about {', '.join(sorted(unknown))}.")
    return item


def _page(pages: dict[str, Page], item: Json, place: int) -> Page:
    page = pages.get(str(item.get("page", ""))) if "page" in item or len(pages) != 1 else None
    page = page or (next(iter(pages.values())) if len(pages) == 1 and "page" not in item else None)
    if page is None:
        raise Misuse(f"Person {place} names no page that is registered.")
    return page


def _row(seed: int, page: Page, item: Json) -> tuple[Any, ...]:
    """The columns of INSERT; what was not said is made up from the seed."""
    who = crowd.someone(seed, str(item.get("country") or page.country), str(item["psid"]))
    last = clock.parse(item.get("last_inbound_at"))
    ends = clock.parse(item.get("window_ends_at"))
    if ends is None:
        ends = 0 if last is None else windows.ends_after("message", last)
    facts = (item.get(name) or getattr(who, name) for name in FIELDS)
    return (page.id, str(item["psid"]), *facts, last, ends, int(bool(item.get("blocked"))), 0)
