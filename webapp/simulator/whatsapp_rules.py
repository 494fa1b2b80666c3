"""Whether WhatsApp delivers a message to a person: read from its pages, apart from any rulebook.

Free-form inside 24 hours from what the person last wrote, tapped or rang; templates at any time if
approved. Marketing templates: not to the United States since 2025-04-01, not to four countries at
all, not to people who stopped them, and not more than a person is thought to want. WhatsApp asks
nobody for a proof of opt-in.
"""

from __future__ import annotations

from webapp.simulator import clock, tokens, windows
from webapp.simulator import whatsapp_errors as errors
from webapp.simulator.clock import DAY, SECOND
from webapp.simulator.errors import Refusal
from webapp.simulator.pages import Page
from webapp.simulator.people import Person
from webapp.simulator.state import State

US_PAUSE = clock.day("2025-04-01")
BARRED = frozenset({"CU", "IR", "KP", "SY"})
# Where the cap per person is not in force: EEA, United Kingdom, Japan, South Korea.
UNCAPPED = tokens.EUROPEAN_UNION | {"IS", "LI", "NO", "GB", "JP", "KR"}
PAIR_INTERVAL, PAIR_BURST = 6 * SECOND, 45
MARKETING = "MARKETING"


def check(
    state: State, page: Page, person: Person, category: str | None, now: int
) -> Refusal | None:
    """Why the message does not arrive; None when it does. `category` None: free-form."""
    if person.blocked:
        return errors.undeliverable()
    inside = windows.is_open(person.window_ends, now)
    if category is None:
        return None if inside else errors.closed()
    if category != MARKETING:
        return None
    return _marketing(state, page, person, now, inside=inside)


def _marketing(
    state: State, page: Page, person: Person, now: int, *, inside: bool
) -> Refusal | None:
    country = person.region or page.country  # strangers are taken to be where the number is
    if country in BARRED:
        return errors.country()
    if country == "US" and now >= US_PAUSE:
        return errors.not_delivered()
    if has_stopped(state, person):
        return errors.stopped()
    if country in UNCAPPED or inside:
        return None
    had = state.number(
        "SELECT count(*) FROM marketing WHERE page=? AND psid=? AND at > ?",
        page.id, person.psid, now - DAY,
    )  # fmt: skip
    return errors.not_delivered() if had >= page.option("marketing_cap") else None


def count(state: State, person: Person, now: int) -> None:
    """A marketing message was delivered."""
    state.write("INSERT INTO marketing VALUES (?, ?, ?)", person.page, person.psid, now)


def has_stopped(state: State, person: Person) -> bool:
    query = "SELECT stopped FROM marketing_wish WHERE page=? AND psid=?"
    return bool(state.number(query, person.page, person.psid))


def wish(state: State, person: Person, *, stopped: bool) -> None:
    state.write(
        "INSERT OR REPLACE INTO marketing_wish VALUES (?, ?, ?)",
        person.page, person.psid, int(stopped),
    )  # fmt: skip


def pair(state: State, page: Page, psid: str, now: int) -> None:
    """Raises 131056: one message in six seconds to the same person, 45 at once on credit."""
    row = "SELECT due FROM pair WHERE page=? AND psid=?"
    due = max(state.number(row, page.id, psid), now)
    if due - now > PAIR_INTERVAL * (PAIR_BURST - 1):
        raise errors.pair()
    state.write("INSERT OR REPLACE INTO pair VALUES (?, ?, ?)", page.id, psid, due + PAIR_INTERVAL)
