"""Instagram's events: Messenger's, with echoes among the messages and reads that name one message.

There are no delivery receipts, no plugins and no topics (facts 5.5).
"""

from __future__ import annotations

from dataclasses import replace

from webapp.simulator import events
from webapp.simulator.answers import Json
from webapp.simulator.events import Event, message, postback, reaction
from webapp.simulator.pages import Page

__all__ = ["delivered", "echo", "message", "plugin_opt_in", "postback", "reaction", "read",
           "referral"]  # fmt: skip


def echo(page: Page, psid: str, at: int, mid: str, said: Json) -> Event:
    return replace(events.echo(page, psid, at, mid, said), subscription="messages")


def delivered(page: Page, psid: str, at: int, mid: str) -> None:
    return None


def read(page: Page, psid: str, at: int, mid: str) -> Event:
    return events.from_person("messaging_seen", page, psid, at, read={"mid": mid})


def referral(page: Page, psid: str, at: int, ref: str) -> Event:
    """An ig.me link into a thread that exists."""
    return replace(events.referral(page, psid, at, ref), subscription="messaging_referral")


def plugin_opt_in(page: Page, psid: str, at: int, ref: str) -> None:
    return None
