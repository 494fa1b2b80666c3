"""What a platform cannot carry though each part alone is short enough: said at the draft.

Lengths and counts are the rulebook's limits (`content_check`); this is about parts that do not go
together. WhatsApp: one link, or up to three replies, under a text (facts A2).
"""

from __future__ import annotations

from collections.abc import Iterator

from webapp.domain.broadcast import Kind
from webapp.domain.content import Content, UrlButton
from webapp.domain.content_check import Problems
from webapp.domain.event import WHATSAPP
from webapp.domain.wording import Sentence, say

MOST_REPLIES = 3


def problems(platform: str, kind: Kind, content: Content) -> Problems:
    """By field, as `content_check.problems`. Templates have their own form and are not asked."""
    found: Problems = {}
    if platform == WHATSAPP and kind is Kind.STANDARD:
        for field, sentence in _on_whatsapp(content):
            found.setdefault(field, []).append(sentence)
    return found


def _on_whatsapp(content: Content) -> Iterator[tuple[str, Sentence]]:
    links = sum(isinstance(button, UrlButton) for button in content.buttons)
    replies = len(content.buttons) - links + len(content.quick_replies)
    if links > 1:
        yield "buttons", say("A WhatsApp message holds one link: remove the others.")
    if links and replies:
        yield "buttons", say("On WhatsApp a link stands alone: remove it, or the other buttons.")
    if replies > MOST_REPLIES:
        yield (
            "quick_replies" if content.quick_replies else "buttons",
            say(
                "A WhatsApp message holds %(most)s buttons and quick replies in all.",
                most=MOST_REPLIES,
            ),
        )
    if content.quick_replies and not content.text:
        yield "text", say("Write the text that stands above the buttons.")
