"""Instagram's rules, one row per clause; the comment names the source, as in the Messenger table.

IGHOOK: the page of Instagram's webhooks. SUM: section "Instagram summary" of the facts' pages.
"""

from __future__ import annotations

import pytest

from tests.domain.policy.truth import (
    ALLOWS,
    DENIES,
    Case,
    Informs,
    Region,
    Window,
    check,
    check_informs,
)
from webapp.domain.policy.verdict import Until

NOW = "2026-11-22"
NEVER, ENDS, WRITE = Until.NEVER_BY_ITSELF, Until.RULE_END, Until.WHEN_THEY_WRITE
OPEN, CLOSED, AD = {"window": Window.OPEN}, {"window": Window.CLOSED}, {"window": Window.AD}
EVERYTHING = {"has_ad_account": True, "template_approved": True}

TRUTH = [
    Case("instagram.window.24h", "2021-06-02", ALLOWS, Until.WINDOW_END, OPEN),  # POL
    Case("instagram.window.24h", NOW, ALLOWS, Until.WINDOW_END, OPEN),  # POL: 24 h
    Case("instagram.window.24h", NOW, DENIES, WRITE, CLOSED),  # POL; 10/2534022
    Case("instagram.window.ad", "2026-09-27", DENIES, WRITE, AD),  # POL of 2026-09-11
    Case("instagram.window.ad", "2026-09-28", ALLOWS, Until.WINDOW_END, AD),  # POL of 2026-09-28
    Case("instagram.subscription.none", NOW, DENIES, NEVER, {"region": Region.AU}),  # SUM
    Case("instagram.sponsored.none", NOW, DENIES, NEVER, {"paid_token": True}, facts=EVERYTHING),
    Case("instagram.utility.none", NOW, DENIES, NEVER, facts=EVERYTHING),  # UTIL: Pages only
]


def opens(name: str, yes: int, event: str, first: str = "2021-06-02") -> Informs:
    return Informs(f"instagram.opens.{name}", first, None, {"event": event, "opens": yes})


INFORMS = [
    opens("message", 1, "messages"),  # SEND, POL
    opens("postback", 1, "messaging_postbacks"),  # SEND, POL
    opens("ad", 1, "messages"),  # SEND, POL: and then writes
    opens("reaction", 1, "message_reactions"),  # SEND, POL
    opens("link", 0, "messaging_referral"),  # POL does not list it, SEND does
    opens("comment", 0, "comments"),  # POL against SEND
    opens("opt_in", 0, "messaging_optins", "2022-05-19"),  # SEND
    opens("receipt", 0, "messaging_seen"),  # IGHOOK
    Informs("instagram.subscription.request", "2022-05-19", None,
            {"a_day": 5, "a_week": 10, "days": 7}),  # OPTIN
    Informs("instagram.human_agent.7d", "2021-06-02", None, {"days": 7}),  # CHG 2021-06-02
    Informs("instagram.tags", "2021-06-02", None, {"tags": 1, "names": "HUMAN_AGENT"}),  # OLD
    Informs("instagram.private_reply", "2021-06-02", None, {"messages": 1, "days": 7}),  # POL
    Informs("instagram.requests", "2021-06-02"),  # SUM
    Informs("instagram.login", "2024-07-23"),  # CHG
    Informs("instagram.handover", "2025-10-23"),  # CHG
]  # fmt: skip


@pytest.mark.parametrize("case", TRUTH, ids=str)
def test_a_clause_of_instagram_says_what_its_source_says(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("informs", INFORMS, ids=str)
def test_what_instagrams_book_only_tells_has_its_days_and_numbers(informs: Informs) -> None:
    check_informs(informs)
