"""When a verdict changes, in words."""

from __future__ import annotations

from datetime import date

from webapp.domain.policy.verdict import Until
from webapp.domain.wording import Sentence, say

_WORDS = {
    Until.WINDOW_END: say("when the window ends"),
    Until.SPACING_END: say("when the time between two messages is over"),
    Until.QUIET_END: say("when the quiet hours end"),
    Until.CAP_END: say("when the cap allows the next message"),
    Until.RULE_END: say("when the rule ends"),
    Until.CHANNEL_RESUMES: say("when the channel is back"),
    Until.WHEN_THEY_WRITE: say("when they write"),
    Until.WHEN_THEY_OPT_IN: say("when they opt in"),
    Until.NEVER_BY_ITSELF: say("never by itself"),
}


def words(until: Until, rule_ends_on: date | None = None) -> Sentence:
    """`rule_ends_on`: the last day the rule holds, where that is known."""
    if until is Until.RULE_END and rule_ends_on is not None:
        return say("after %(day)s, when the rule ends", day=rule_ends_on)
    return _WORDS[until]
