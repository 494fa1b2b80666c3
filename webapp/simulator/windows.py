"""When a page may write to a person: read from the platform's policy pages, on their own.

24 hours from the person's last message, pressed button, reaction, m.me link into the thread or
plugin opt-in; up to seven days when that message was the first after a click-to-message ad
(policy page of 2026-09-28). An opt-in to a topic, a receipt, an "unreact" open nothing.
"""

from __future__ import annotations

from webapp.simulator.clock import DAY, HOUR

STANDARD = 24 * HOUR
FROM_AD = 7 * DAY
HUMAN_AGENT = 7 * DAY
OPENERS_ON = {
    "messenger": frozenset(
        {"message", "quick_reply", "postback", "reaction", "referral", "plugin"}
    ),
    "instagram": frozenset({"message", "quick_reply", "postback", "reaction"}),
    "whatsapp": frozenset({"message", "quick_reply", "postback", "call"}),
}
OPENERS = frozenset().union(*OPENERS_ON.values())


def ends_after(what: str, at: int, *, from_ad: bool = False) -> int | None:
    """The end of the window that `what`, done at `at`, opens; None if it opens none."""
    if what not in OPENERS:
        return None
    return at + (FROM_AD if from_ad and what == "message" else STANDARD)


def is_open(ends: int, now: int) -> bool:
    return now < ends


def human_may_answer(last_inbound: int | None, now: int) -> bool:
    """The HUMAN_AGENT tag: seven days after what the person did last."""
    return last_inbound is not None and now < last_inbound + HUMAN_AGENT
