"""Messenger's rules, one row per clause; the comment names the source.

POL, SEND, CHG, ERR: the policy, send-messages, changelog and error pages of Messenger's platform.
MMSEND, MMCHG, MMGROW, FAQ: send page, changelog, audience page and FAQ of paid marketing messages.
OPTIN, UTIL: the pages of the opt-in webhook and of utility messages. OLD: policy-overview and
changelog/archive, older copies. ADW: Adweek 2017. CF: Chatfuel's help. OTN: its page.
"""

from __future__ import annotations

import pytest

from tests.domain.policy.truth import (
    ALLOWS,
    DENIES,
    HOLDS,
    Case,
    Informs,
    Region,
    TopicConsent,
    Window,
    check,
    check_informs,
)
from webapp.domain.policy.verdict import Until

NOW = "2026-11-22"
NEVER, ENDS = Until.NEVER_BY_ITSELF, Until.RULE_END
WRITE, OPT_IN = Until.WHEN_THEY_WRITE, Until.WHEN_THEY_OPT_IN
OPEN, CLOSED, AD = {"window": Window.OPEN}, {"window": Window.CLOSED}, {"window": Window.AD}
AGREED, TOKENLESS = {"topic": TopicConsent.ACTIVE}, {"topic": TopicConsent.NO_TOKEN}
IN_AU, IN_US, IN_NO = {"region": Region.AU}, {"region": Region.US}, {"region": Region.NO}
PAID = {"paid_token": True, "region": Region.US}
BILLED = {"has_ad_account": True}
W24, WAD = "messenger.window.24h", "messenger.window.ad"
SUB, PAY = "messenger.subscription", "messenger.sponsored"


def granted(*approvals: str) -> dict[str, object]:
    return {"approvals": frozenset(approvals)}


TRUTH = [
    # The window
    Case(W24, "2016-11-14", ALLOWS, Until.WINDOW_END, OPEN),  # OLD: in effect 2016-11-14
    Case(W24, "2020-03-03", ALLOWS, Until.WINDOW_END, OPEN),  # OLD: 24+1
    Case(W24, "2020-03-03", DENIES, WRITE, CLOSED),  # OLD: the +1 is not used
    Case(W24, "2020-03-04", ALLOWS, Until.WINDOW_END, OPEN),  # OLD: +1 removed
    Case(W24, "2020-03-04", DENIES, WRITE, CLOSED),  # OLD
    Case(W24, NOW, ALLOWS, Until.WINDOW_END, OPEN),  # POL
    Case(W24, NOW, DENIES, WRITE, CLOSED),  # POL
    Case(WAD, "2026-09-27", DENIES, WRITE, AD),  # POL of 2026-09-11: not there
    Case(WAD, "2026-09-27", ALLOWS, ENDS, OPEN),  # POL: a day from an ad is like any other
    Case(WAD, "2026-09-28", ALLOWS, Until.WINDOW_END, AD),  # POL of 2026-09-28: up to 7 days
    # Subscription: who opted in
    Case(f"{SUB}.opt_in", NOW, DENIES, OPT_IN),  # OLD: opt-in needed
    Case(f"{SUB}.opt_in", NOW, ALLOWS, NEVER, AGREED),  # OLD
    Case(f"{SUB}.stopped", NOW, DENIES, OPT_IN, {"topic": TopicConsent.STOPPED}),  # ERR 10/1893015
    Case(f"{SUB}.expired", NOW, DENIES, OPT_IN, {"topic": TopicConsent.EXPIRED}),  # OPTIN
    Case(f"{SUB}.token", NOW, DENIES, OPT_IN, TOKENLESS),  # OPTIN
    # Subscription: which approval
    Case(f"{SUB}.approval", "2016-11-14", DENIES, ENDS, TOKENLESS),  # OLD: beta
    Case(f"{SUB}.approval", "2017-02-12", ALLOWS, ENDS, TOKENLESS,
         facts=granted("subscription_beta")),  # OLD
    Case(f"{SUB}.approval", "2017-02-13", DENIES, ENDS, AGREED,
         facts=granted("subscription_beta")),  # OLD: the app needs its permission
    Case(f"{SUB}.approval", "2018-12-03", ALLOWS, ENDS, AGREED,
         facts=granted("pages_messaging_subscriptions")),  # OLD: the app's permission
    Case(f"{SUB}.approval", "2018-12-04", ALLOWS, ENDS, AGREED,
         facts=granted("pages_messaging_subscriptions")),  # OLD: the app's still honoured
    Case(f"{SUB}.approval", "2018-12-04", ALLOWS, ENDS, AGREED,
         facts=granted("page_subscription_messaging")),  # OLD: the Page's
    Case(f"{SUB}.approval", "2019-07-30", DENIES, ENDS, AGREED),  # OLD: neither
    Case(f"{SUB}.approval", "2019-07-31", DENIES, ENDS, AGREED,
         facts=granted("pages_messaging_subscriptions")),  # OLD: the app's no longer
    Case(f"{SUB}.approval", "2020-03-03", ALLOWS, ENDS, AGREED,
         facts=granted("page_subscription_messaging")),  # OLD
    Case(f"{SUB}.approval", "2020-03-04", DENIES, ENDS, AGREED,
         facts=granted("page_subscription_messaging")),  # POL: news Pages only
    Case(f"{SUB}.approval", "2022-05-18", ALLOWS, ENDS, AGREED, facts=granted("news_page_index")),
    # Subscription: recurring notifications
    Case(f"{SUB}.recurring", "2022-05-19", ALLOWS, NEVER, AGREED),  # CHG: launched
    Case(f"{SUB}.regions", "2026-02-10", DENIES, NEVER, {**AGREED, **IN_US}),  # FAQ: ended
    Case(f"{SUB}.regions", "2026-03-01", DENIES, NEVER, {**AGREED, **IN_US}, country="AU"),  # FAQ
    Case(f"{SUB}.regions", NOW, DENIES, NEVER, {**AGREED, **IN_AU}),  # FAQ: the brand is not there
    Case(f"{SUB}.regions", NOW, DENIES, NEVER, {**AGREED, **IN_NO}, country="AU"),  # FAQ: no EU
    Case(f"{SUB}.regions", NOW, DENIES, NEVER, AGREED, country="AU"),  # unknown: strictest
    Case(f"{SUB}.regions", NOW, ALLOWS, NEVER, {**AGREED, **IN_AU}, country="FR"),  # FAQ
    Case(f"{SUB}.spacing", "2025-08-31", HOLDS, Until.SPACING_END, {"topic_spaced": False}),  # CHG
    Case(f"{SUB}.spacing", "2025-08-31", ALLOWS, ENDS, {"topic_spaced": True}),  # CHG: 24 h
    Case(f"{SUB}.spacing", "2025-09-01", HOLDS, Until.SPACING_END, {"topic_spaced": False}),  # FAQ
    # Sponsored messages, history
    Case(f"{PAY}.legacy", "2016-11-14", ALLOWS, ENDS),  # Adweek: v1.3, November 2016
    Case(f"{PAY}.legacy", "2024-07-31", ALLOWS, ENDS),  # FAQ: deprecated on 2024-07-31
    Case(f"{PAY}.legacy_silence", "2018-01-01", HOLDS, Until.WINDOW_END, OPEN),  # ADW
    Case(f"{PAY}.legacy_silence", "2018-01-01", ALLOWS, ENDS, CLOSED),  # ADW
    Case(f"{PAY}.legacy_europe", "2020-12-16", DENIES, ENDS, {"region": Region.FR}),  # CF: people
    Case(f"{PAY}.legacy_europe", "2020-12-16", DENIES, ENDS, IN_NO),  # CF: the Economic Area
    Case(f"{PAY}.legacy_europe", "2020-12-16", DENIES, ENDS, IN_US, country="FR"),  # CF: Pages
    Case(f"{PAY}.legacy_europe", "2024-07-31", ALLOWS, ENDS, IN_US),  # CF
    Case(f"{PAY}.ended", "2024-08-01", DENIES, ENDS),  # FAQ
    Case(f"{PAY}.ended", "2025-06-30", DENIES, ENDS),  # MMCHG: begins on 2025-07-01
    # Paid marketing messages
    Case(f"{PAY}.business_countries", "2025-07-01", ALLOWS, NEVER, PAID),  # MMSEND
    Case(f"{PAY}.business_countries", NOW, DENIES, NEVER, PAID, country="CA"),  # MMSEND: not listed
    Case(f"{PAY}.business_countries", NOW, DENIES, NEVER, PAID, country=None),  # unknown: strictest
    Case(f"{PAY}.ad_account", NOW, DENIES, NEVER, PAID),  # MMSEND: billed to an ad account
    Case(f"{PAY}.ad_account", NOW, ALLOWS, NEVER, PAID, facts=BILLED),  # MMSEND
    *(
        Case(f"{PAY}.recipient_regions", NOW, DENIES, NEVER, {**PAID, "region": region})  # MMSEND
        for region in (
            *(Region.EU, Region.DE, Region.EU_EAST, Region.EU_WEST, Region.NO, Region.IS),
            *(Region.UK, Region.JP, Region.KR, Region.AU, Region.UNKNOWN),
        )
    ),
    Case(f"{PAY}.recipient_regions", NOW, ALLOWS, NEVER, {**PAID, "region": Region.BR}),  # MMSEND
    Case(f"{PAY}.token", NOW, DENIES, OPT_IN, IN_US),  # MMGROW
    Case(f"{PAY}.token", NOW, ALLOWS, NEVER, PAID),  # MMGROW
    Case(f"{PAY}.spacing", "2025-08-10", HOLDS, Until.SPACING_END, {**PAID, "paid_spaced": False}),
    Case(f"{PAY}.spacing", "2025-08-11", HOLDS, Until.SPACING_END, {**PAID, "paid_spaced": False}),
    # Utility
    Case("messenger.utility.template", "2025-09-29", DENIES, NEVER),  # UTIL: approved only
    Case("messenger.utility.template", "2025-09-29", ALLOWS, NEVER,
         facts={"template_approved": True}),  # UTIL
    Case("messenger.utility.template", NOW, DENIES, NEVER,
         facts={"template_approved": True, "template_state": "PENDING"}),  # UTIL
]  # fmt: skip


def opens(name: str, yes: int, event: str, first: str = "2016-11-14") -> Informs:
    return Informs(f"messenger.opens.{name}", first, None, {"event": event, "opens": yes})


INFORMS = [
    opens("message", 1, "messages"),  # SEND, POL
    opens("postback", 1, "messaging_postbacks"),  # SEND, POL
    opens("ad", 1, "messages"),  # SEND, POL: and then writes
    opens("plugin", 1, "messaging_optins"),  # SEND, POL
    opens("link", 1, "messaging_referrals"),  # POL: with a ref
    opens("reaction", 1, "message_reactions"),  # SEND, POL
    opens("comment", 0, "feed"),  # POL against SEND
    opens("opt_in", 0, "messaging_optins", "2022-05-19"),  # SEND
    opens("receipt", 0, "message_deliveries"),  # SEND: not listed
    Informs(f"{SUB}.life.daily", "2022-05-19", None, {"months": 6, "days": 1}),  # OPTIN
    Informs(f"{SUB}.life.weekly", "2022-05-19", None, {"months": 9, "days": 7}),  # OPTIN
    Informs(f"{SUB}.life.monthly", "2022-05-19", None, {"months": 12, "days": 30}),  # OPTIN
    Informs(f"{SUB}.request", "2022-05-19", None, {"days": 7}),  # ERR 9/2018352
    Informs(f"{SUB}.follow_up", "2023-02-02", None, {"messages": 3, "minutes": 2}),  # CHG
    Informs(f"{SUB}.new_clients", "2025-09-01"),  # FAQ
    Informs(f"{SUB}.renewal", "2022-05-19"),  # OPTIN
    Informs("messenger.one_time.notification", "2020-03-04", None, {"days": 365, "messages": 1}),
    Informs("messenger.news", "2020-03-04"),  # POL
    Informs("messenger.broadcast_api", "2017-11-01", "2020-03-03"),  # OLD
    Informs(f"{PAY}.legacy_api", "2016-11-14", "2020-03-03"),  # OLD
    Informs(f"{PAY}.legacy_daily", "2020-12-16", "2024-07-31",
            {"messages": 1, "silent_days": 365}),  # CF
    Informs(f"{PAY}.once", "2025-07-01", "2025-10-19", {"days": 90}),  # MMCHG
    Informs(f"{PAY}.caps", "2026-04-10", None, {"weekly_share": 20, "daily_share": 40}),  # MMCHG
    Informs(f"{PAY}.warm_up", "2026-05-05", None, {"minutes": 60}),  # MMCHG
    Informs(f"{PAY}.app_review", "2025-07-01"),  # MMSEND
    Informs(f"{PAY}.one_token", "2025-07-01"),  # MMGROW
    Informs(f"{PAY}.gap", "2026-06-11"),  # MMCHG
    Informs(f"{PAY}.budget", "2025-07-01", None, {"more": 75}),  # MMSEND
    Informs("messenger.utility.content", "2026-03-06", None, {"buttons": 3}),  # UTIL
    Informs("messenger.tags", "2017-01-01", "2020-03-03", {
        "tags": 17,
        "names": "ACCOUNT_UPDATE, APPLICATION_UPDATE, APPOINTMENT_UPDATE, BUSINESS_PRODUCTIVITY, "
        "COMMUNITY_ALERT, CONFIRMED_EVENT_REMINDER, FEATURE_FUNCTIONALITY_UPDATE, GAME_EVENT, "
        "ISSUE_RESOLUTION, NON_PROMOTIONAL_SUBSCRIPTION, PAIRING_UPDATE, PAYMENT_UPDATE, "
        "PERSONAL_FINANCE_UPDATE, RESERVATION_UPDATE, SHIPPING_UPDATE, TICKET_UPDATE, "
        "TRANSPORTATION_UPDATE",
    }),  # messaging-apis v0.8.4; OLD for the count
    Informs("messenger.tags", "2020-03-04", "2026-04-26", {
        "tags": 4,
        "names": "CONFIRMED_EVENT_UPDATE, POST_PURCHASE_UPDATE, ACCOUNT_UPDATE, HUMAN_AGENT",
    }),  # OLD: 17 to 4
    Informs("messenger.tags", "2026-04-27", None, {
        "tags": 1, "names": "HUMAN_AGENT", "error": 100,
        "gone": "CONFIRMED_EVENT_UPDATE, ACCOUNT_UPDATE, POST_PURCHASE_UPDATE",
    }),  # CHG 2026-03-27
    Informs("messenger.human_agent.7d", "2021-06-02", None, {"days": 7}),  # CHG 2021-06-02
    Informs("messenger.customer_feedback", "2021-06-02", None, {"days": 7}),  # OLD
    Informs("messenger.private_reply", "2016-11-14", None, {"messages": 1, "days": 7}),  # POL
    Informs("messenger.responsiveness", "2020-03-04", None, {"seconds": 30}),  # POL
    Informs("messenger.disclosure", "2020-03-04"),  # POL
    Informs("messenger.europe.receipts", "2020-12-16", "2022-04-18"),  # CHG 2020-12-01, 2022-04-19
    Informs("messenger.japan.receipts", "2021-03-30", "2022-04-18"),  # CHG
]  # fmt: skip


@pytest.mark.parametrize("case", TRUTH, ids=str)
def test_a_clause_of_messenger_says_what_its_source_says(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("informs", INFORMS, ids=str)
def test_what_messengers_book_only_tells_has_its_days_and_numbers(informs: Informs) -> None:
    check_informs(informs)


@pytest.mark.parametrize("informs", [it for it in INFORMS if it.rule == "messenger.tags"], ids=str)
def test_the_count_of_tags_is_the_number_of_their_names(informs: Informs) -> None:
    names = str(informs.params["names"])
    assert len(names.split(", ")) == informs.params["tags"]
