"""The year screen, its campaigns, dates and feed."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from icalendar import Calendar
from sqlmodel import select

from tests.cast import Cast
from tests.views.browser import Browser, StoppedClock
from tests.views.conftest import SignIn
from webapp import db as database
from webapp.domain.policy import rulebook
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast
from webapp.models.campaign import Campaign, Moment, Target
from webapp.models.user import Membership
from webapp.store import rollups
from webapp.views import rule_subjects

YEAR = "/b/rosewood/year/2026/"
CAMPAIGNS = "/b/rosewood/campaigns"
SALE = {
    "name": "Winter <sale>",
    "kind": "sponsored",
    "starts_on": "2026-11-20",
    "ends_on": "2026-12-10",
    "lane": "Seasons",
    "budget": "210.50",
    "target_reach": "9000",
    "goal": "Sell the coats",
}


def made(browser: Browser, **more: str) -> int:
    answer = browser.post(f"{CAMPAIGNS}/", {**SALE, **more})
    assert answer.status_code == 303
    found = re.findall(r'data-campaign="(\d+)"', browser.get(YEAR).text)
    return int(found[-1])


def plan(db: database.Database, cast: Cast) -> list[Campaign]:
    with db.reader(cast.rosewood) as session:
        rows = list(session.exec(select(Campaign)))
        session.expunge_all()
        return rows


def test_an_empty_year_says_what_to_do(client: SignIn) -> None:
    assert "Add a campaign" in client("editor").get(YEAR).text
    page = client("viewer").get(YEAR).text
    assert "Nothing is planned for 2026" in page
    assert "Add a campaign" not in page
    assert 'id="move"' not in page


@pytest.mark.parametrize("show", ["", "q4", "11", "12", "rubbish"])
def test_a_campaign_is_drawn_and_said(client: SignIn, show: str) -> None:
    browser = client("editor")
    key = made(browser)
    page = browser.get(YEAR, show=show).text
    assert f'id="campaign-{key}"' in page
    assert "Winter &lt;sale&gt;" in page
    assert "<sale>" not in page
    assert 'id="campaign-' not in browser.get(YEAR, show="q1").text
    assert "20 Nov to 10 Dec" in browser.get(YEAR, **{"as": "table"}).text


def test_a_campaign_is_changed_and_taken_off(
    client: SignIn, sqlite_db: database.Database, cast: Cast
) -> None:
    browser = client("editor")
    key = made(browser)
    assert 'value="210.50"' in browser.get(f"{CAMPAIGNS}/{key}").text
    posted = {**SALE, "name": "Coats", "owner": str(cast.manager), "budget": ""}
    assert browser.post(f"{CAMPAIGNS}/{key}", posted).status_code == 303
    (row,) = plan(sqlite_db, cast)
    assert (row.name, row.owner_id, row.budget_micros) == ("Coats", cast.manager, 0)
    assert browser.post(f"{CAMPAIGNS}/{key}/archive").status_code == 303
    assert "Coats" not in client("editor").get(YEAR).text.replace("Coats is off the plan", "")
    assert browser.get(f"{CAMPAIGNS}/{key}").status_code == 404


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "Fill this in."),
        ({"ends_on": "2026-11-01"}, "The last day comes before the first."),
        ({"starts_on": "soon"}, "Write a date"),
        ({"budget": "-5"}, "Write 0 or more."),
        ({"kind": "magic"}, "Choose one of the list."),
        ({"owner": "987654"}, "Choose somebody who works for this brand."),
    ],
)
def test_a_campaign_that_cannot_be_is_shown_again_with_the_reason(
    client: SignIn, change: dict[str, str], words: str
) -> None:
    answer = client("editor").post(f"{CAMPAIGNS}/", {**SALE, **change}, htmx=True)
    assert answer.status_code == 422
    assert words in answer.text
    assert "Sell the coats" in answer.text


def test_a_move_by_key_answers_the_plan_and_says_what_it_did(
    client: SignIn, sqlite_db: database.Database, cast: Cast
) -> None:
    browser = client("editor")
    move = {"campaign": made(browser), "days": "7", "show": "q4"}
    browser.get(YEAR)
    answer = browser.post(f"{YEAR}moves", move, htmx=True)
    assert answer.text.lstrip().startswith('<div id="plan"')
    assert "now runs from Fri 27 Nov 2026 to Thu 17 Dec 2026" in answer.headers["HX-Trigger"]
    assert plan(sqlite_db, cast)[0].starts_on == date(2026, 11, 27)


def test_a_move_by_button_works_without_script_and_ends_at_the_year(
    client: SignIn, sqlite_db: database.Database, cast: Cast
) -> None:
    browser = client("editor")
    move = {"campaign": made(browser), "days": "300", "show": "q4"}
    answer = browser.post(f"{YEAR}moves", move)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{YEAR}?show=q4")
    assert plan(sqlite_db, cast)[0].ends_on == date(2026, 12, 31)
    assert browser.post(f"{YEAR}moves", {**move, "days": "400"}).status_code == 422
    assert browser.post(f"{YEAR}moves", {**move, "days": "x"}).status_code == 422
    assert browser.post(f"{YEAR}moves", {"campaign": "987654", "days": "1"}).status_code == 404
    assert client("viewer").post(f"{YEAR}moves", move).status_code == 403


def test_targets_are_changed_in_place_by_a_manager(
    client: SignIn, sqlite_db: database.Database, cast: Cast
) -> None:
    manager = client("manager")
    posted = {"reach-2026-03": "500", "budget-2026-03": "5.05", "reach-2026-04": ""}
    assert manager.post(f"{YEAR}targets", posted).status_code == 303
    with sqlite_db.reader(cast.rosewood) as session:
        kept = {(row.month.month, row.measure): row.value for row in session.exec(select(Target))}
    assert kept == {(3, "reach"): 500, (3, "budget"): 5_050_000}
    page = manager.get(YEAR).text
    assert 'name="reach-2026-03" value="500"' in page
    assert 'name="budget-2026-03" value="5.05"' in page
    refused = manager.post(f"{YEAR}targets", {"reach-2026-03": "many"}, htmx=True)
    assert refused.status_code == 422
    assert 'value="many"' in refused.text
    assert client("editor").post(f"{YEAR}targets", posted).status_code == 403
    assert 'name="reach-2026-03"' not in client("viewer").get(YEAR).text


def test_a_year_is_copied_into_the_next(client: SignIn) -> None:
    browser = client("manager")
    made(browser)
    answer = browser.post(f"{YEAR}copies")
    assert answer.headers["Location"] == "/b/rosewood/year/2027/"
    page = browser.get("/b/rosewood/year/2027/").text
    assert "Copied from 2026: campaigns 1, targets 0." in page
    assert "20 Nov to 10 Dec" in page


def test_names_in_letters_that_our_fonts_lack_are_on_the_plan(client: SignIn) -> None:
    browser = client("editor")
    for name in ("春のセール", "Sale 🎉", "تخفيضات"):
        browser.post("/b/rosewood/campaigns/", {**SALE, "name": name, "lane": f"{name} lane"})
        browser.post("/b/rosewood/moments/", {"on": "2026-08-15", "name": f"{name} day"})
        page = browser.get(YEAR)
        assert page.status_code == 200
        assert f">{name}</text>" in page.text
        assert f"{name} day" in page.text


def test_moments_come_and_go(client: SignIn, sqlite_db: database.Database, cast: Cast) -> None:
    browser = client("editor")
    assert "Christmas Day" in browser.get(YEAR).text
    browser.post("/b/rosewood/moments/", {"on": "2026-08-15", "name": "New shop"})
    assert "New shop" in browser.get(YEAR).text
    with sqlite_db.reader(cast.rosewood) as session:
        key = session.exec(select(Moment.id)).one()
    browser.post(f"/b/rosewood/moments/{key}/remove")
    assert "New shop" not in browser.get(YEAR).text.replace("New shop is off the plan.", "")
    assert browser.post("/b/rosewood/moments/", {"on": "x", "name": ""}).status_code == 422


def send(cast: Cast, now: datetime, name: str, at: datetime) -> Broadcast:
    return Broadcast(
        brand_id=cast.rosewood, channel_id=cast.channel, name=name, kind="standard",
        state="scheduled", scheduled_at=at, created_at=now, updated_at=now,
    )  # fmt: skip


def test_collisions_to_come_are_told_and_those_that_were_are_not(
    client: SignIn, sqlite_db: database.Database, cast: Cast, now: datetime
) -> None:
    with sqlite_db.writer(cast.rosewood) as session:
        for month in (3, 12):
            for name in ("One", "Two"):
                at = datetime(2026, month, 3, 9, tzinfo=UTC)
                session.add(send(cast, now, f"{name} of {month}", at))
        session.commit()
    page = client("viewer").get(YEAR).text
    assert "3 Dec: &#34;One of 12&#34; and &#34;Two of 12&#34; reach the same people" in page
    assert "&#34;One of 3&#34;" not in page
    assert page.count("colliding") == 2


def test_the_feed_holds_campaigns_moments_and_broadcasts_without_a_login(
    client: SignIn, sqlite_db: database.Database, cast: Cast, now: datetime
) -> None:
    browser = client("editor")
    made(browser)
    browser.post("/b/rosewood/moments/", {"on": "2026-08-15", "name": "New shop"})
    with sqlite_db.writer(cast.rosewood) as session:
        session.get_one(Brand, cast.rosewood).timezone = "America/Sao_Paulo"
        session.add(send(cast, now, "Doors open", datetime(2026, 12, 3, 9, tzinfo=UTC)))
        session.commit()
    found = re.search(r'id="feed-address">http://[^/]+(/calendar/[^<]+)<', browser.get(YEAR).text)
    assert found
    answer = client(None).get(found.group(1))
    assert answer.mimetype == "text/calendar"
    events = {str(e["summary"]): e for e in Calendar.from_ical(answer.data).walk("VEVENT")}
    assert set(events) == {"Winter <sale>", "New shop", "Doors open"}
    assert events["Winter <sale>"].decoded("dtend") == date(2026, 12, 11)
    assert events["Doors open"].decoded("dtstart") == datetime(2026, 12, 3, 9, tzinfo=UTC)
    assert client(None).get(found.group(1)).data == answer.data
    with sqlite_db.writer(cast.rosewood) as session:
        session.delete(session.exec(select(Membership).where(Membership.role == "editor")).one())
        session.commit()
    assert client(None).get(found.group(1)).status_code == 404
    assert client(None).get("/calendar/rubbish.ics").status_code == 404


@pytest.mark.parametrize("year", ["1999", "2100", "99999"])
def test_a_year_nobody_plans_is_not_found(client: SignIn, year: str) -> None:
    assert client("viewer").get(f"/b/rosewood/year/{year}/").status_code == 404


def test_a_moment_is_added_for_today_unless_another_time_is_shown(client: SignIn) -> None:
    manager = client("manager")
    assert 'name="on" type="date" value="2026-11-22"' in manager.get(YEAR).text
    assert 'name="on" type="date" value="2027-01-01"' in manager.get("/b/rosewood/year/2027/").text


def test_every_rule_is_about_something_that_has_a_word() -> None:
    middles = {rule.id.split(".")[1] for rule in rulebook.load().rules}
    versions = {middle for middle in middles if re.fullmatch(r"v\d+", middle)}
    assert middles - versions <= rule_subjects.SUBJECTS.keys()


def test_the_year_in_words_goes_from_day_to_day(client: SignIn) -> None:
    manager = client("manager")
    manager.post("/b/rosewood/moments/", {"on": "2026-10-30", "name": "Launch"})
    page = manager.get(f"{YEAR}?as=table").text
    october = page[page.index("<h2>October 2026") : page.index("<h2>November 2026")]
    assert october.index("27 Oct") < october.index("Launch")


def test_what_was_spent_in_dollars_is_not_told_in_euros(
    client: SignIn, sqlite_db: database.Database, cast: Cast, now: datetime
) -> None:
    with sqlite_db.writer(cast.rosewood) as session:
        session.get_one(Brand, cast.rosewood).currency = "EUR"
        rollups.add(session, cast.rosewood, cast.channel, now, "sponsored", spend_micros=2_000_000)
        session.commit()
    browser = client("manager")
    browser.post(f"{YEAR}targets", {"budget-2026-11": "8"})
    plan = browser.get(YEAR).text
    assert "US$2.00" in plan
    assert "25%" not in plan
    page = browser.get("/b/rosewood/engagement/?year=2026").text
    assert "US$2.00 was spent in 2026; the budget of \u20ac8.00 is in another currency." in page
    assert "\u20ac2.00" not in plan + page
    lines = browser.get("/b/rosewood/engagement/2026.csv").text.splitlines()
    november = dict(zip(lines[0].split(","), lines[11].split(","), strict=True))
    assert (november["spend"], november["spend_currency"]) == ("2", "USD")
    assert (november["budget"], november["currency"]) == ("8", "EUR")


def test_a_new_year_begins_where_the_brand_is(
    client: SignIn, sqlite_db: database.Database, cast: Cast, clock: StoppedClock
) -> None:
    clock.at = datetime(2026, 12, 31, 14, tzinfo=UTC)  # four in the morning on Kiritimati
    with sqlite_db.writer(cast.rosewood) as session:
        session.get_one(Brand, cast.rosewood).timezone = "Pacific/Kiritimati"
        session.commit()
    browser = client("editor")
    assert 'name="starts_on" type="date" value="2027-01-01"' in browser.get(f"{CAMPAIGNS}/new").text
    home = browser.get("/b/rosewood/").text
    assert home.count('href="/b/rosewood/year/2027/"') == 2, "in the rail, and the empty week's"
    assert "?year=2027" in browser.get("/b/rosewood/engagement/?year=2025").text
