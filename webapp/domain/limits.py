"""How much one message may hold on a platform; the rulebook fills these in by date."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    CHARACTERS = "characters"  # Unicode code points
    BYTES = "bytes"  # of UTF-8


@dataclass(frozen=True)
class Limits:
    unit: Unit
    text: int
    button_text: int  # a text with buttons under it
    card_title: int
    card_subtitle: int
    buttons: int  # how many
    button_title: int
    quick_replies: int  # how many
    quick_reply_title: int
    payload: int
    # WhatsApp: a picture's text and subtitle are one text under it, and quick replies are buttons.
    one_text: bool = False

    def measure(self, text: str) -> int:
        return len(text) if self.unit is Unit.CHARACTERS else len(text.encode())


# Messenger as of 2026; pages of developers.facebook.com/docs/messenger-platform.
MESSENGER_2026 = Limits(
    unit=Unit.CHARACTERS,  # characters or bytes is not confirmed for the plain text
    text=2000,  # Send API reference, not confirmed since; 640 before 2017
    button_text=640,  # button template, 2026-04-22
    card_title=80,  # generic template, 2026-04-22
    card_subtitle=80,  # generic template, 2026-04-22
    buttons=3,  # button template, 2026-04-22
    button_title=20,  # enforced by older SDKs, a safe lower bound
    quick_replies=13,  # quick replies, 2026-04-22; 11 in older SDKs
    quick_reply_title=20,  # quick replies, 2026-04-22: the platform cuts off the rest
    payload=1000,  # enforced by older SDKs, a safe lower bound
)
