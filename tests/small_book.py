"""Rulebooks of a few rules, for the tests of what happens when the rules change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from webapp.domain.policy import rulebook
from webapp.domain.policy.rulebook import Rulebook

WINDOW = """
[[rule]]
id = "messenger.window.24h"
platform = "messenger"
kinds = ["standard"]
route = "window"
valid_from = {since}
{until}
sentence = "{sentence}"
denies = {{ when = {{ window = "closed" }}, until = "when_they_write" }}
allows = {{ when = {{ window = "open" }}, until = "window_end" }}
source = "https://example.com/window"
checked_on = 2026-11-22
confidence = "high"
"""
STOP = """
[[rule]]
id = "consent.stop"
platform = "any"
kinds = ["any"]
valid_from = 2016-11-14
sentence = "Who said STOP gets nothing."
denies = { when = { opted_out = true }, until = "when_they_opt_in" }
source = "brand settings"
checked_on = 2026-11-22
confidence = "high"
"""
ABROAD = """
[[rule]]
id = "messenger.window.not_there"
platform = "messenger"
kinds = ["standard"]
route = "window"
valid_from = {since}
sentence = "Nobody in these countries may be written to."
recipient_regions = {{ except = ["EU"] }}
source = "https://example.com/countries"
checked_on = 2026-11-22
confidence = "high"
"""
FIRST = date(2016, 11, 14)


def window(*, ends: date | None = None, sentence: str = "Write while the window is open.") -> str:
    """Free messages in the window, up to the day before `ends`."""
    until = f"valid_to = {ends - timedelta(days=1)}" if ends else ""
    return WINDOW.format(since=FIRST, until=until, sentence=sentence)


def not_in_europe(since: date = FIRST) -> str:
    return ABROAD.format(since=since)


def of(*rules: str) -> Rulebook:
    """These rules and the stop of consent, with the limits and prices of the real book."""
    made = rulebook.read({"rules.toml": "".join((STOP, *rules)).encode()})
    real = rulebook.load()
    return replace(made, bounds=real.bounds, cards=real.cards)
