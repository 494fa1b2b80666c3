"""A broadcast and the plan under the rules of another day, and what owners read on their home."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from tests import small_book
from tests.cast import Cast
from tests.views.browser import Browser, StoppedClock
from tests.views.conftest import SignIn
from tests.views.test_broadcasts import make
from webapp import db as database
from webapp.domain.policy.situation import Region
from webapp.house import House
from webapp.models.broadcast import Broadcast
from webapp.models.rule_alarm import RuleAlarm
from webapp.models.subscriber import Subscriber

ROOT = "/b/rosewood/broadcasts"


@pytest.fixture
def editor(client: SignIn) -> Browser:
    return client("editor")


@pytest.fixture
def topical(editor: Browser, cast: Cast, sqlite_db: database.Database) -> str:
    """To Dao in the United States, who opted in: the rules of before 2026-02-10 allowed it."""
    with sqlite_db.writer(cast.rosewood) as session:
        dao = session.get_one(Subscriber, cast.dao)
        dao.country, dao.region = "US", int(Region.US)
        session.commit()
    return make(editor, cast, kind="subscription", topic=str(cast.topic))


def test_the_check_leads_to_the_rules_of_another_day(editor: Browser, topical: str) -> None:
    assert f'href="{topical}/backtest"' in editor.get(topical).text
    page = editor.get(f"{topical}/backtest").text
    assert "Days on which these rules change" in page
    assert f"{topical}/backtest?at=2026-02-10" in page
    assert "What becomes of them" not in page


def test_both_sides_stand_beside_each_other_with_rule_and_source(
    editor: Browser, topical: str
) -> None:
    page = editor.get(f"{topical}/backtest", at="2026-02-09").text
    assert "1 of 4 people could be written to, 1 more than planned." in page
    assert "Messages to opted-in topics ended" in page
    assert "<code>messenger.subscription.regions</code>" in page
    assert 'href="https://developers.facebook.com' in page
    part = editor.get(f"{topical}/backtest", htmx=True, at="2026-02-09").text
    assert part.lstrip().startswith('<div id="tried"')


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("2016-11-13", "The rulebook begins on Mon 14 Nov 2016"),
        ("yesterday", "Write a date, such as 2026-11-27."),
        ("2026-02-30", "Write a date, such as 2026-11-27."),
    ],
)
@pytest.mark.parametrize("page", ["backtest", "{here}/backtest"])
def test_a_day_that_cannot_be_tried_is_told_beside_the_field(
    editor: Browser, topical: str, page: str, day: str, sentence: str
) -> None:
    here = topical.rpartition("/")[2]
    answer = editor.get(f"{ROOT}/{page.format(here=here)}", at=day)
    assert answer.status_code == 422
    assert sentence in answer.text


def test_after_the_last_known_change_it_says_that_nothing_is_announced(
    editor: Browser, topical: str
) -> None:
    page = editor.get(f"{topical}/backtest", at="2090-01-01").text
    assert "the rules known today are taken to stay" in page


def test_the_whole_plan_says_what_breaks(editor: Browser, topical: str, cast: Cast) -> None:
    make(editor, cast, name="Hours")
    page = editor.get(f"{ROOT}/backtest", at="2021-06-01").text
    assert "Hours" in page
    assert "breaks" in page
    assert f"{topical}/backtest?at=2021-06-01" in page
    assert "would reach nobody any more" in page


def test_an_empty_plan_says_so(editor: Browser) -> None:
    assert "Nothing is planned" in editor.get(f"{ROOT}/backtest").text
    assert editor.get(f"{ROOT}/backtest", **{"from": "-7"}).status_code == 200


def test_the_year_leads_to_the_plan_under_other_rules(editor: Browser) -> None:
    assert f'href="{ROOT}/backtest"' in editor.get("/b/rosewood/year/2026/").text


def test_the_page_of_an_approved_one_says_that_the_rules_changed(
    app: Flask, client: SignIn, editor: Browser, house: House, cast: Cast
) -> None:
    here = make(editor, cast)
    manager = client("manager")
    editor.post(f"{here}/review")
    manager.post(f"{here}/approval")
    assert "The approval no longer holds" not in manager.get(here).text
    alike = replace(house.book, version="of another release")
    other = small_book.of(small_book.window(), small_book.not_in_europe())
    for book, holds in ((alike, True), (other, False)):
        app.extensions["fanlight"] = replace(house, packaged=book)
        page = manager.get(here).text
        assert ("The approval no longer holds" not in page) == holds
        assert ("the rules changed after it" in page) == (not holds)


def test_changed_rules_stand_on_the_owners_home_until_one_has_read_it(
    client: SignIn, editor: Browser, topical: str, house: House, clock: StoppedClock, cast: Cast
) -> None:
    broadcast_id = int(topical.rpartition("/")[2])
    with house.db.writer(cast.rosewood) as session:
        row = session.get_one(Broadcast, broadcast_id)
        day = (clock.now() + timedelta(days=20)).date()
        session.add(
            RuleAlarm(
                brand_id=cast.rosewood, broadcast_id=broadcast_id, broadcast_version=row.version,
                cause=f"day:{day}", day=day, rule_ids=["messenger.tags"],
                rule={"text": "Tags end."}, send_at=clock.now() + timedelta(days=30),
                people=1240, reached_before=1500, reached_after=260, at=clock.now(),
            )
        )  # fmt: skip
        session.commit()
    home = editor.get("/b/rosewood/").text
    assert "1,240 fewer people can be written to. From Sat 12 Dec 2026: Tags end." in home
    assert f"{topical}/backtest?at=2026-12-11" in home
    assert "1,240 fewer" not in client("manager").get("/b/rosewood/").text
    viewer = client("viewer")
    assert viewer.post(f"{topical}/alarms/1/end").status_code == 403
    assert editor.post(f"{topical}/alarms/99/end").status_code == 404
    assert editor.post(f"{topical}/alarms/1/end").status_code == 303
    assert "1,240 fewer" not in editor.get("/b/rosewood/").text
    log = client("admin").get("/b/rosewood/settings/audit/").text
    assert "has read how changed rules touch broadcast" in log
