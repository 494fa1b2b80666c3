"""Subscription tokens: `sim-<psid>-<topic>`, the same on every page, so anyone can seed them.

A token of that form never seen before counts as issued at first sight. Life, spacing and last use
are kept here, apart from any rulebook (recurring notifications and paid messages, facts of 2026).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from webapp.simulator import clock, errors
from webapp.simulator.clock import DAY, HOUR
from webapp.simulator.state import Row, State

FORM = re.compile(r"sim-([A-Za-z0-9_.]{1,64})-([^\s]{1,65})\Z")
LIFE = 183 * DAY  # six months
SPACING_WIDENED = clock.day("2025-09-01")
FREE_SPACING_BEFORE, FREE_SPACING = 24 * HOUR, 48 * HOUR
PAID_SPACING = 12 * HOUR
ENDED = clock.day("2026-02-10")
EUROPEAN_UNION = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)
STILL_FREE = EUROPEAN_UNION | {"AU", "JP", "KR", "GB"}


@dataclass(frozen=True, slots=True)
class Token:
    page: str
    token: str
    psid: str
    topic: str
    issued: int
    expires: int
    used: int | None
    used_paid: int | None
    stopped: bool


def name(psid: str, topic: str) -> str:
    return f"sim-{psid}-{topic}"


def find(state: State, page: str, text: str, now: int) -> Token | None:
    """The token, issued now if its form is right and it was never seen; None for other strings."""
    match = FORM.match(text)
    if match is None:
        return None
    row = state.one("SELECT * FROM token WHERE page=? AND token=?", page, text)
    return _token(row) if row else issue(state, page, match[1], match[2], now)


def issue(state: State, page: str, psid: str, topic: str, now: int) -> Token:
    """A fresh or renewed token: a new life, no longer stopped; its last use is remembered."""
    text = name(psid, topic)
    state.write(
        "INSERT INTO token (page, token, psid, topic, issued, expires) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (page, token) DO UPDATE"
        " SET issued=excluded.issued, expires=excluded.expires, stopped=0",
        page, text, psid, topic, now, now + LIFE,
    )  # fmt: skip
    row = state.one("SELECT * FROM token WHERE page=? AND token=?", page, text)
    assert row is not None  # noqa: S101 - it was just written
    return _token(row)


def stop(state: State, token: Token, *, stopped: bool) -> None:
    state.write(
        "UPDATE token SET stopped=? WHERE page=? AND token=?", stopped, token.page, token.token
    )


def spend(state: State, token: Token, now: int) -> None:
    state.write("UPDATE token SET used=? WHERE page=? AND token=?", now, token.page, token.token)


def spend_paid(state: State, token: Token, now: int) -> None:
    state.write(
        "UPDATE token SET used_paid=? WHERE page=? AND token=?", now, token.page, token.token
    )


def next_free(token: Token, now: int) -> int:
    """When the free, recurring notification may next be sent (milliseconds)."""
    spacing = FREE_SPACING if now >= SPACING_WIDENED else FREE_SPACING_BEFORE
    return token.issued if token.used is None else token.used + spacing


def next_paid(token: Token) -> int:
    return token.issued if token.used_paid is None else token.used_paid + PAID_SPACING


def check_free(token: Token, region: str | None, now: int, *, everywhere: bool) -> None:
    """Raises the refusal of a free send by this token to somebody in `region` (None: unknown)."""
    if token.stopped:
        raise errors.topic_stopped()
    if now >= token.expires:
        raise errors.subscription_token_invalid()
    outside = region is not None and region not in STILL_FREE
    if now >= ENDED and outside and not everywhere:
        raise errors.region_closed()
    if now < next_free(token, now):
        raise errors.too_soon(next_free(token, now) // 1000)


def page_of(state: State, page: str, after: str, limit: int) -> list[Token]:
    rows = state.all(
        "SELECT * FROM token WHERE page=? AND token>? ORDER BY token LIMIT ?", page, after, limit
    )
    return [_token(row) for row in rows]


def _token(row: Row) -> Token:
    """The columns stand in the order of the fields."""
    return Token(*row)
