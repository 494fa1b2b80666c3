"""Reach by hour under the time picker, and what it costs on the check."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.cast import Cast
from tests.views.browser import StoppedClock
from tests.views.conftest import SignIn
from webapp import db as database
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast
from webapp.models.rollup import RollupHour
from webapp.models.subscriber import Subscriber


def draft(db: database.Database, cast: Cast, clock: StoppedClock, **more: object) -> str:
    now = clock.now()
    with db.writer(cast.rosewood) as session:
        row = Broadcast(**{
            "brand_id": cast.rosewood, "channel_id": cast.channel, "name": "Hello",
            "kind": "standard", "created_at": now, "updated_at": now,
            "schedule": {"mode": "at", "at": "2026-11-24T09:00:00Z", "zone": "UTC"}, **more,
        })  # fmt: skip
        session.add(row)
        session.flush()
        number = row.id
        session.commit()
    return f"/b/rosewood/broadcasts/{number}"


def history(db: database.Database, cast: Cast, clock: StoppedClock, weeks: int) -> None:
    with db.writer(cast.rosewood) as session:
        for n in range(1, weeks * 168 + 1):
            hour = clock.now() - timedelta(hours=n)
            session.add(RollupHour(brand_id=cast.rosewood, channel_id=cast.channel, hour=hour,
                                   inbound=1))  # fmt: skip
        session.commit()


def test_the_best_hour_is_said_and_each_day_offers_its_own(
    client: SignIn, sqlite_db: database.Database, cast: Cast, clock: StoppedClock
) -> None:
    page = client("editor").get(f"{draft(sqlite_db, cast, clock)}?step=schedule").text
    assert "it reaches 1 person" not in page
    assert "Too little data to say who will write again" in page
    assert len(re.findall(r'class="day ', page)) == 8  # seven days that begin at noon touch eight
    assert "reaches 1 person; your chosen time reaches nobody." in page
    assert "4 people have no known country: counted as the strictest region." in page


def test_choosing_an_hour_sets_it_in_the_picker_without_script(
    client: SignIn, sqlite_db: database.Database, cast: Cast, clock: StoppedClock
) -> None:
    browser, at = client("editor"), draft(sqlite_db, cast, clock)
    page = browser.get(f"{at}?step=schedule").text
    links = [it.replace("&amp;", "&") for it in re.findall(r'<td><a href="([^"]+)"', page)]
    assert len(links) == 168
    picked = browser.get(links[5]).text
    assert 'name="send_date" value="2026-11-22"' in picked
    assert 'name="send_time" value="17:00"' in picked
    assert "<b>1</b> of 4 people may be written to then." in picked
    far = browser.get(f"{at}?step=schedule&pick=2026-11-24T03:00:00Z&send_zone=Asia/Kathmandu")
    assert 'name="send_time" value="08:45"' in far.text


@pytest.mark.parametrize(
    "query",
    [
        "pick=tomorrow",
        "pick=2026-11-24T03:00:00Z&send_zone=Mars",
        "pick=0001-01-01T00:00:00%2B14:00",
        "pick=9999-12-31T23:59:59Z&send_zone=Asia/Tokyo",
    ],
)
def test_an_hour_that_cannot_be_picked_leaves_the_picker_alone(
    client: SignIn, sqlite_db: database.Database, cast: Cast, clock: StoppedClock, query: str
) -> None:
    answer = client("editor").get(f"{draft(sqlite_db, cast, clock)}?step=schedule&{query}")
    assert answer.status_code == 200
    assert "Reach in the next 7 days" in answer.text


def test_a_typed_time_brings_its_reach_along(
    client: SignIn, sqlite_db: database.Database, cast: Cast, clock: StoppedClock
) -> None:
    history(sqlite_db, cast, clock, weeks=9)
    at = draft(sqlite_db, cast, clock)
    answer = client("editor").get(
        f"{at}/schedule/meaning?mode=at&send_date=2026-11-22&send_time=15:30&send_zone=UTC"
    )
    assert "<b>1</b> of 4 people may be written to then." in answer.text
    assert '<hx-partial hx-target="#reach"' in answer.text
    assert "off by 0% at the median in the last 4 weeks" in answer.text
    assert "at=2026-11-22T15:30:00Z" in answer.text


@pytest.mark.parametrize("kind", ["standard", "subscription", "sponsored"])
def test_the_picture_is_drawn_for_every_kind(
    client: SignIn, sqlite_db: database.Database, cast: Cast, clock: StoppedClock, kind: str
) -> None:
    history(sqlite_db, cast, clock, weeks=9)
    browser = client("viewer")
    at = draft(sqlite_db, cast, clock, kind=kind, topic_id=cast.topic, budget_micros=5_000_000)
    first = browser.get(f"{at}/reach.svg?at=2026-11-23T09:00:00Z&zone=Europe/Paris")
    assert first.data.startswith(b"<?xml")
    other = browser.get(f"{at}/reach.svg?theme=dark&size=narrow&zone=Europe/Paris")
    assert other.data != first.data
    assert browser.get(f"{at}/reach.png").data.startswith(b"\x89PNG")
    assert browser.get(f"{at}/cost.svg").data.startswith(b"<?xml")
    assert browser.get(f"{at}/reach.svg?zone=Mars").status_code == 422
    assert client(None).get(f"{at}/reach.svg").status_code == 303


def test_a_paid_kind_shows_its_curve_and_where_the_budget_ends(
    client: SignIn, sqlite_db: database.Database, cast: Cast, clock: StoppedClock
) -> None:
    with sqlite_db.writer(cast.rosewood) as session:
        session.get_one(Brand, cast.rosewood).country = "US"
        session.get_one(Subscriber, cast.dao).region = 6
        session.commit()
    browser = client("editor")
    dear = draft(sqlite_db, cast, clock, kind="sponsored", budget_micros=1)
    page = browser.get(dear).text
    assert "What reach costs" in page
    assert "with your budget of US$0.000001 you reach 0." in page
    assert "people may be written to</small>" in page
    assert "will be written to" not in page
    assert "United States" in page
    assert "never changed to reach more people" in page
    free = browser.get(draft(sqlite_db, cast, clock)).text
    assert "What reach costs" not in free
