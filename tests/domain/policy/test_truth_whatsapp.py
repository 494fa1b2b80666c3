"""WhatsApp's rules, one row per clause; the comment names the source.

SEND, OPTIN, CAT, PAUSE, PACE, CAP, LIMITS, PRICE, MMAPI: Meta's pages on sending, opt-in, template
categories, pausing, pacing, marketing limits per user, messaging limits, pricing and the Marketing
Messages API. BSUID: the page on user ids. JM: dated notes on Meta's pages of September 2026.
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
from webapp.domain.broadcast import Kind
from webapp.domain.policy.verdict import Until
from webapp.domain.portfolio import SMALLEST, Portfolio

NOW = "2026-11-22"
NEVER, ENDS = Until.NEVER_BY_ITSELF, Until.RULE_END
WRITE, OPT_IN = Until.WHEN_THEY_WRITE, Until.WHEN_THEY_OPT_IN
OPEN, CLOSED, AD = {"window": Window.OPEN}, {"window": Window.CLOSED}, {"window": Window.AD}
AGREED = {"opted_in": True}
IN_BR, IN_US = {**AGREED, "region": Region.BR}, {**AGREED, "region": Region.US}
APPROVED = {"template_approved": True}
FULL = {**APPROVED, "portfolio": Portfolio(2000, 2000)}
UTILITY, SPONSORED, STANDARD = Kind.UTILITY, Kind.SPONSORED, Kind.STANDARD


def template(state: str = "approved", category: str = "") -> dict[str, object]:
    return {"template_approved": True, "template_state": state, "template_category": category}


TRUTH = [
    Case("whatsapp.subscription.none", "2022-02-01", DENIES, NEVER, AGREED),  # CAT
    Case("whatsapp.window.24h", "2022-02-01", ALLOWS, Until.WINDOW_END, {**OPEN, **AGREED}),
    Case("whatsapp.window.24h", NOW, ALLOWS, Until.WINDOW_END, {**OPEN, **AGREED}),  # SEND
    Case("whatsapp.window.24h", NOW, DENIES, WRITE, {**CLOSED, **AGREED}),  # SEND: templates only
    Case("whatsapp.window.24h", NOW, DENIES, WRITE, {**AD, **AGREED}),  # SEND: no longer for an ad
    Case("whatsapp.window.24h", NOW, DENIES, WRITE, {**AGREED, "free_entry": True}),  # PRICE
    # Where marketing is not delivered
    Case("whatsapp.sponsored.us_pause", "2025-04-01", DENIES, NEVER, IN_US, facts=APPROVED),  # CAP
    Case("whatsapp.sponsored.us_pause", NOW, DENIES, NEVER, IN_US, facts=APPROVED),  # JM: still
    Case("whatsapp.sponsored.us_pause", NOW, DENIES, NEVER, AGREED, facts=APPROVED),  # unknown
    Case("whatsapp.sponsored.us_pause", NOW, ALLOWS, NEVER, {**AGREED, "region": Region.CA},
         facts=APPROVED),  # CAP: +1 and an area code of the United States
    Case("whatsapp.sponsored.us_pause", NOW, ALLOWS, NEVER, IN_BR, country="US"),  # CAP: abroad
    *(
        Case("whatsapp.sponsored.barred", NOW, DENIES, NEVER, {**AGREED, "region": region})  # MMAPI
        for region in (Region.CU, Region.IR, Region.KP, Region.SY, Region.UNKNOWN)
    ),
    Case("whatsapp.sponsored.barred", "2023-06-01", ALLOWS, NEVER, IN_US, facts=APPROVED),  # MMAPI
    # What state and category a template has
    *(
        Case("whatsapp.template.paused", NOW, DENIES, NEVER, IN_BR, kind, facts=template("PAUSED"))
        for kind in (UTILITY, SPONSORED)  # PAUSE: rejected, not charged
    ),
    Case("whatsapp.template.paused", "2023-10-12", ALLOWS, NEVER, IN_BR, UTILITY, facts=template()),
    *(
        Case("whatsapp.template.disabled", NOW, DENIES, NEVER, IN_BR, kind, facts=template(state))
        for state in ("rejected", "disabled", "archived", "deleted")  # PAUSE: 132016
        for kind in (UTILITY, SPONSORED)
    ),
    Case("whatsapp.utility.category", NOW, DENIES, NEVER, IN_BR,
         facts=template(category="MARKETING")),  # CAT
    Case("whatsapp.utility.category", NOW, DENIES, NEVER, IN_BR,
         facts=template(category="authentication")),  # CAT
    Case("whatsapp.utility.category", NOW, ALLOWS, NEVER, IN_BR,
         facts=template(category="utility")),  # CAT
    Case("whatsapp.utility.template", "2023-06-01", ALLOWS, NEVER, IN_BR, facts=APPROVED),  # CAT
    Case("whatsapp.utility.template", NOW, ALLOWS, NEVER, IN_US, facts=APPROVED),  # CAP: marketing
    Case("whatsapp.utility.template", NOW, DENIES, NEVER, IN_BR),  # CAT: approved only
    Case("whatsapp.utility.template", NOW, DENIES, NEVER, IN_BR, facts=template("pending")),  # CAT
    Case("whatsapp.utility.template", NOW, DENIES, NEVER, IN_BR, facts=template("in_appeal")),
    Case("whatsapp.sponsored.category", NOW, DENIES, NEVER, IN_BR,
         facts=template(category="utility")),  # CAT
    Case("whatsapp.sponsored.category", NOW, DENIES, NEVER, IN_BR,
         facts=template(category="authentication")),  # CAT
    Case("whatsapp.sponsored.category", NOW, ALLOWS, NEVER, IN_BR,
         facts=template(category="marketing")),  # CAT
    Case("whatsapp.sponsored.template", "2023-06-01", ALLOWS, NEVER, IN_BR, facts=APPROVED),  # CAT
    Case("whatsapp.sponsored.template", NOW, ALLOWS, NEVER, IN_BR, facts=template()),  # CAT
    Case("whatsapp.sponsored.template", NOW, DENIES, NEVER, IN_BR),  # CAT: approved only
    # Opt-in and stop
    *(
        Case("whatsapp.opt_in", day, DENIES, OPT_IN, {**OPEN, "region": Region.BR}, kind,
             facts=APPROVED)
        for day in ("2024-11-29", "2024-11-30")  # OPTIN: before November 2024 WhatsApp's own
        for kind in (STANDARD, UTILITY, SPONSORED)  # SEND: inside the window too
    ),
    Case("whatsapp.opt_in", "2022-02-01", ALLOWS, ENDS, {**OPEN, **AGREED}, STANDARD),  # OPTIN
    Case("whatsapp.opt_in", NOW, ALLOWS, NEVER, {**OPEN, **AGREED}, STANDARD),  # OPTIN
    Case("whatsapp.stopped", NOW, DENIES, OPT_IN, {**IN_BR, "topic": TopicConsent.STOPPED},
         facts=APPROVED),  # CAP: 131050
    Case("whatsapp.stopped", NOW, ALLOWS, NEVER, {**IN_BR, "topic": TopicConsent.NO_TOKEN},
         facts=APPROVED),  # OPTIN: no token is needed
    # The portfolio's limit
    Case("whatsapp.portfolio.limit", "2025-10-07", HOLDS, Until.CAP_END, IN_BR, UTILITY,
         facts=FULL),  # LIMITS
    Case("whatsapp.portfolio.limit", NOW, HOLDS, Until.CAP_END, IN_BR, SPONSORED, facts=FULL),
    Case("whatsapp.portfolio.limit", NOW, ALLOWS, NEVER, {**IN_BR, **OPEN}, SPONSORED, facts=FULL),
    Case("whatsapp.portfolio.limit", NOW, ALLOWS, NEVER, IN_BR, SPONSORED,
         facts={**FULL, "portfolio": Portfolio(2000, 1999)}),  # LIMITS
    Case("whatsapp.portfolio.limit", NOW, ALLOWS, NEVER, IN_BR, SPONSORED,
         facts={**FULL, "portfolio": Portfolio(None, 2000)}),  # LIMITS: TIER_UNLIMITED
    Case("whatsapp.portfolio.limit", NOW, HOLDS, Until.CAP_END, IN_BR, SPONSORED,
         facts={**APPROVED, "portfolio": Portfolio(SMALLEST, 250)}),  # unknown: the lowest
]  # fmt: skip


def opens(name: str, yes: int, event: str) -> Informs:
    return Informs(f"whatsapp.opens.{name}", "2022-02-01", None, {"event": event, "opens": yes})


INFORMS = [
    opens("message", 1, "messages"),  # SEND
    opens("call", 1, "calls"),  # SEND
    opens("ad", 1, "messages"),  # PRICE: the window opens as usual
    opens("reaction", 0, "messages"),  # not found: stricter
    opens("receipt", 0, "statuses"),  # SEND
    Informs("whatsapp.free_entry.72h", "2025-07-01", None,
            {"hours": 72, "answer_hours": 24}),  # PRICE
    Informs("whatsapp.template.authentication", "2023-06-01"),  # CAT
    Informs("whatsapp.template.recategorised", "2025-04-09", "2025-04-15"),  # CAT
    Informs("whatsapp.template.recategorised", "2025-04-16", None, {"hours": 24}),  # CAT
    Informs("whatsapp.template.pacing", "2023-10-12", "2025-12-07"),  # PACE
    Informs("whatsapp.template.pacing", "2025-12-08", None, {"templates": 500_000, "days": 365}),
    Informs("whatsapp.sponsored.cap", "2023-06-01", "2025-03-02", {"wait_hours": 24}),  # CAP
    Informs("whatsapp.sponsored.cap", "2025-03-03", None, {"wait_hours": 24}),  # CAP
    Informs("whatsapp.pair_rate", "2022-02-01", None, {"seconds": 6, "burst": 45}),  # about-page
    Informs("whatsapp.charge.model", "2022-02-01", "2025-06-30", {"hours": 24}),  # gallabox
    Informs("whatsapp.charge.model", "2025-07-01"),  # PRICE
    Informs("whatsapp.charge.service", "2022-02-01", "2024-10-31"),  # PRICE
    Informs("whatsapp.charge.service", "2024-11-01", "2026-09-30"),  # PRICE: free for everybody
    Informs("whatsapp.charge.service", "2026-10-01", None, {"free": 1000}),  # JM
    Informs("whatsapp.charge.utility", "2025-07-01", "2026-09-30"),  # PRICE
    Informs("whatsapp.charge.utility", "2026-10-01"),  # JM
    Informs("whatsapp.charge.max_price", "2026-10-01"),  # MMAPI
    Informs("whatsapp.marketing_api", "2025-11-19", None, {"hours": 12, "days": 30}),  # MMAPI
    Informs("whatsapp.marketing_placement", "2026-09-19"),  # Marketing API v26
    Informs("whatsapp.identity", "2026-03-31"),  # BSUID
    Informs("whatsapp.identity.send", "2026-07-31"),  # JM against BSUID
    Informs("whatsapp.assistants", "2026-01-15"),  # JM
    Informs("whatsapp.accounts", "2026-09-23", "2026-12-31"),  # JM
    Informs("whatsapp.accounts", "2027-01-01", "2027-12-31"),  # JM: first half of 2027
    Informs("whatsapp.accounts", "2028-01-01"),  # JM: first half of 2028
]  # fmt: skip


@pytest.mark.parametrize("case", TRUTH, ids=str)
def test_a_clause_of_whatsapp_says_what_its_source_says(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("informs", INFORMS, ids=str)
def test_what_whatsapps_book_only_tells_has_its_days_and_numbers(informs: Informs) -> None:
    check_informs(informs)


@pytest.mark.parametrize(
    ("kind", "person", "route"),
    [
        (STANDARD, {**OPEN, **AGREED}, "window"),
        (UTILITY, AGREED, "utility"),  # an unknown country: no rule of utility is regional
        (SPONSORED, IN_BR, "sponsored"),
        (SPONSORED, {**IN_BR, **OPEN}, "sponsored"),
        (SPONSORED, {**IN_BR, "opted_out": True}, "none"),
        (SPONSORED, IN_US, "none"),
        (Kind.SUBSCRIPTION, IN_BR, "none"),
    ],
)
def test_a_kind_goes_by_its_own_route(kind: Kind, person: dict[str, object], route: str) -> None:
    any_rule = {
        STANDARD: "whatsapp.window.24h",
        UTILITY: "whatsapp.utility.template",
        SPONSORED: "whatsapp.sponsored.template",
    }.get(kind, "whatsapp.subscription.none")
    case = Case(any_rule, NOW, ALLOWS, NEVER, person, kind, facts=template())
    assert case.decision.route.value == route


def test_a_subscription_is_refused_with_what_to_do_instead() -> None:
    case = Case("whatsapp.subscription.none", NOW, DENIES, NEVER)
    assert "choose the kind sponsored" in str(case.decision.reason.sentence)
