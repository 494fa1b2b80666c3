"""The house's holds, what a person's own word forbids, and the interface all platforms share.

POL, ERR: Messenger's policy and error pages. GRAPH: the changelog of the Graph API.
"""

from __future__ import annotations

from collections.abc import Mapping

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
from webapp.domain.policy.verdict import Stance, Until

NOW = "2026-11-22"
ABLE: Mapping[str, object] = {
    "window": Window.OPEN,
    "topic": TopicConsent.ACTIVE,
    "paid_token": True,
    "region": Region.AU,
}


def of_every_kind(
    rule: str, stance: Stance, until: Until, person: Mapping[str, object], **facts: object
) -> list[Case]:
    return [
        Case(rule, day, stance, until, {**ABLE, **person}, kind, "AU", facts)
        for kind in Kind
        for day in ("2016-11-14", NOW)
    ]


TRUTH = [
    *of_every_kind("brand.channel", HOLDS, Until.CHANNEL_RESUMES, {}, channel_suspended=True),
    *of_every_kind("brand.channel", ALLOWS, Until.NEVER_BY_ITSELF, {}),
    *of_every_kind("brand.quiet_hours", HOLDS, Until.QUIET_END, {"quiet": True}),
    *of_every_kind("brand.quiet_hours", ALLOWS, Until.NEVER_BY_ITSELF, {}),
    *of_every_kind("brand.cap", HOLDS, Until.CAP_END, {"capped": True}),
    *of_every_kind("brand.cap", ALLOWS, Until.NEVER_BY_ITSELF, {}),
    *of_every_kind("consent.stop", DENIES, Until.WHEN_THEY_OPT_IN, {"opted_out": True}),  # POL
    *of_every_kind("consent.stop", ALLOWS, Until.NEVER_BY_ITSELF, {}),  # POL
    *of_every_kind("person.unavailable", DENIES, Until.WHEN_THEY_WRITE, {"unavailable": True}),
    *of_every_kind("person.unavailable", ALLOWS, Until.NEVER_BY_ITSELF, {}),  # ERR 551
]  # fmt: skip
INFORMS = [
    Informs("graph.parameters", "2026-10-27"),  # GRAPH
    Informs("graph.v21", "2027-01-21", None, {"version": "21.0"}),  # GRAPH
    Informs("graph.v22", "2027-05-20", None, {"version": "22.0"}),  # GRAPH
    Informs("graph.v23", "2027-10-08", None, {"version": "23.0"}),  # GRAPH
    Informs("graph.v24", "2028-02-18", None, {"version": "24.0"}),  # GRAPH
    Informs("graph.v25", "2028-07-29", None, {"version": "25.0"}),  # GRAPH
]


@pytest.mark.parametrize("case", TRUTH, ids=str)
def test_a_clause_for_every_platform_says_what_its_source_says(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("informs", INFORMS, ids=str)
def test_what_the_book_only_tells_has_its_days_and_numbers(informs: Informs) -> None:
    check_informs(informs)
