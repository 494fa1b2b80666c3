"""The rulebook by API: a day or a time, and a sentence for every date that cannot be used."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.api import conftest
from tests.api.conftest import World
from webapp.api import blueprint, openapi

DAY_OR_TIME = [
    ("2020-03-03", "2020-03-03T00:00:00Z"),
    ("2020-03-04", "2020-03-04T00:30:00+00:30"),
    ("2020-03-03", "2020-03-04T00:30:00+01:00"),
]


@pytest.mark.parametrize(("day", "moment"), DAY_OR_TIME)
def test_a_day_and_a_time_on_it_hold_the_same_rules(world: World, day: str, moment: str) -> None:
    viewer = world.program("viewer")
    by_day = viewer.get(f"/rules?at={day}")["items"]
    assert by_day == viewer.get(f"/rules?at={quote(moment)}")["items"]
    window = [it["valid_to"] for it in by_day if it["id"] == "messenger.window.24h"]
    assert window == ["2020-03-03" if day == "2020-03-03" else None]


def test_only_rules_of_the_kind_and_the_platform_asked_for(world: World) -> None:
    found = world.program("viewer").get("/rules?platform=messenger&kind=sponsored")["items"]
    assert {it["platform"] for it in found} == {"messenger", "any"}
    assert all("sponsored" in it["kinds"] for it in found)
    assert any(it["id"] == "messenger.sponsored.token" for it in found)


REFUSED = [
    ("/rules?at=2026-11-22T10:00:00", "at", "time zone"),
    ("/rules?at=2026-02-30", "at", "date"),
    ("/rules?at=2026-02-30T10:00:00Z", "at", "2026"),
    ("/rules?at=yesterday", "at", "2026"),
    ("/rules?at=2016-11-13", "at", "The rulebook begins on 2016-11-14"),
    ("/rules?at=2016-11-14T00:30:00%2B01:00", "at", "The rulebook begins on 2016-11-14"),
    ("/rules?platform=telegram", "platform", "messenger, instagram, whatsapp"),
    ("/rules?kind=spam", "kind", "standard"),
    ("/rules/changes?from=2026-13-01&to=2026-12-31", "from", "date"),
    ("/rules/changes?from=2026-01-01&to=2026-12-31T00:00:00", "to", "time zone"),
    ("/rules/changes?from=2026-01-01", "to", "needed"),
    ("/rules/changes?from=2000-01-01&to=2026-12-31", "from", "The rulebook begins on 2016-11-14"),
    ("/rules/changes?from=2000-01-01&to=2001-12-31", "to", "The rulebook begins on 2016-11-14"),
    ("/rules/changes?from=2026-12-31&to=2026-01-01", "from", "Exchange"),
]


@pytest.mark.parametrize(("path", "field", "words"), REFUSED)
def test_a_date_that_cannot_be_used_is_refused_by_name(
    world: World, path: str, field: str, words: str
) -> None:
    found = conftest.problem(world.program("viewer").ask("GET", path), 422)
    assert words in " ".join(found["errors"][field])


def test_changes_are_of_the_platform_asked_for_and_take_times_as_days(world: World) -> None:
    viewer = world.program("viewer")
    days = viewer.get("/rules/changes?from=2020-01-01&to=2026-12-31&platform=instagram")["items"]
    times = viewer.get(
        "/rules/changes?from=2020-01-01T12:00:00Z&to=2026-12-31T23:00:00Z&platform=instagram"
    )["items"]
    assert days == times
    of = {(it["after"] or it["before"])["platform"] for it in days}
    assert "instagram" in of
    assert of <= {"instagram", "any"}, "a rule of every platform is one of this too"


def test_the_document_says_that_a_day_or_a_time_is_taken() -> None:
    paths = openapi.described(list(blueprint.operations()))["paths"]
    asked = {it["name"]: it for it in paths["/rules/changes"]["get"]["parameters"]}
    assert asked["from"]["required"]
    assert [it["format"] for it in asked["from"]["schema"]["anyOf"]] == ["date", "date-time"]
    kinds = {it["name"]: it["schema"] for it in paths["/rules"]["get"]["parameters"]}["kind"]
    assert "sponsored" in str(kinds)


def test_changes_tell_prices_and_limits_too(world: World) -> None:
    viewer = world.program("viewer")
    days = "from=2024-10-07&to=2024-10-08&platform=instagram"
    (limit,) = viewer.get(f"/rules/changes?{days}")["amounts"]
    assert (limit["what"], limit["id"], limit["becomes"]) == (
        "limit", "instagram.limit.rate_text", "changes",
    )  # fmt: skip
    assert limit["fields"] == [{"field": "value", "before": "100", "after": "300"}]
    assert limit["source"].startswith("https://")
    cards = viewer.get("/rules/changes?from=2025-06-30&to=2025-07-01&platform=whatsapp")["amounts"]
    assert {it["id"]: it["becomes"] for it in cards if it["what"] == "price_card"} == {
        "whatsapp.price.card": "begins", "whatsapp.price.conversation": "ends",
    }  # fmt: skip
