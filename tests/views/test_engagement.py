"""The executives' page: charts by address, files, a link that expires."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta

import pytest
from sqlmodel import select

from tests.cast import Cast
from tests.views.browser import StoppedClock
from tests.views.conftest import SignIn
from webapp import db as database
from webapp.house import House
from webapp.models.fatigue import FatigueWeek
from webapp.models.user import Membership
from webapp.store import rollups

HERE = "/b/rosewood/engagement/"
CHARTS = ("reach", "responses", "funnel", "consents", "fatigue", "heat", "spend")


@pytest.fixture
def year(sqlite_db: database.Database, cast: Cast, clock: StoppedClock) -> None:
    with sqlite_db.writer(cast.rosewood) as session:
        for days in (1, 40, 80, 370):
            at = clock.now() - timedelta(days=days)
            rollups.add(
                session, cast.rosewood, cast.channel, at, "standard",
                sent=1_240, delivered=1_200, read=700, clicked=90, replied=60, inbound=150,
                opt_ins=12, opt_outs=3, spend_micros=5_000_000,
            )  # fmt: skip
        session.commit()


@pytest.mark.parametrize("who", ["viewer", "manager"])
def test_the_page_says_each_finding_and_has_each_table(
    client: SignIn, year: None, who: str
) -> None:
    page = client(who).get(HERE).text
    assert "180 of 3,600 delivered messages were answered (5%)" in page
    assert page.count("<figure") == page.count("<table") == len(CHARTS)
    assert "3,720" in page
    assert ("Make a link" in page) == (who == "manager")


def test_an_empty_year_is_honest_everywhere(client: SignIn) -> None:
    browser = client("viewer")
    assert "Not enough data yet" in browser.get(HERE).text
    for name in CHARTS:
        assert browser.get(f"{HERE}2026/{name}.svg").status_code == 200
    assert browser.get(f"{HERE}2026.pdf").data.startswith(b"%PDF")


def test_a_chart_has_four_faces_and_is_drawn_once(client: SignIn, year: None) -> None:
    browser = client("viewer")
    faces = {
        browser.get(f"{HERE}2026/reach.svg", theme=theme, size=size).data
        for theme in ("light", "dark")
        for size in ("wide", "narrow")
    }
    assert len(faces) == 4
    first = browser.get(f"{HERE}2026/reach.svg")
    assert first.mimetype == "image/svg+xml"
    assert "default-src 'none'" in first.headers["Content-Security-Policy"]
    again = browser.client.get(
        f"{HERE}2026/reach.svg", headers={"If-None-Match": first.headers["ETag"]}
    )
    assert (again.status_code, again.data) == (304, b"")
    assert browser.get(f"{HERE}2026/heat.png").data.startswith(b"\x89PNG")


def test_new_numbers_are_a_new_picture(
    client: SignIn, year: None, sqlite_db: database.Database, cast: Cast, clock: StoppedClock
) -> None:
    browser = client("viewer")
    before = browser.get(f"{HERE}2026/reach.svg").headers["ETag"]
    heat = browser.get(f"{HERE}2026/heat.svg").headers["ETag"]
    with sqlite_db.writer(cast.rosewood) as session:
        rollups.add(session, cast.rosewood, cast.channel, clock.now(), "standard", sent=1)
        session.commit()
    assert browser.get(f"{HERE}2026/reach.svg").headers["ETag"] != before
    assert browser.get(f"{HERE}2026/heat.svg").headers["ETag"] == heat


@pytest.mark.parametrize(
    "path", ["2026/nothing.svg", "2026/reach.gif", "1999/reach.svg", "99999.pdf", "?year=1999"]
)
def test_what_is_no_chart_or_year_is_not_found(client: SignIn, path: str) -> None:
    assert client("viewer").get(HERE + path).status_code == 404


def test_nobody_and_other_brands_see_nothing(client: SignIn, year: None) -> None:
    assert client(None).get(f"{HERE}2026/reach.svg").status_code == 303
    assert client("manager").get("/b/other/engagement/").status_code == 404
    assert client("editor").post(f"{HERE}2026/links").status_code == 403


def test_the_file_has_a_line_a_month(client: SignIn, year: None) -> None:
    answer = client("viewer").get(f"{HERE}2026.csv")
    assert 'filename="rosewood-engagement-2026.csv"' in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["month"] for row in rows][:2] == ["2026-01", "2026-02"]
    assert (rows[10]["sent"], rows[10]["spend"], rows[10]["target"]) == ("1240", "5", "")
    assert rows[10]["last_year_sent"] == "1240"


def test_the_paper_has_a_page_for_each_chart(client: SignIn, year: None) -> None:
    paper = client("viewer").get(f"{HERE}2026.pdf").data
    assert len(re.findall(rb"/Type /Page\b", paper)) == 1 + len(CHARTS)


def link(client: SignIn) -> str:
    manager = client("manager")
    assert manager.post(f"{HERE}2026/links").status_code == 303
    page = manager.get(HERE).text
    found = re.search(r'<code id="link">http://[^/]+(/shared/[^<]+)</code>', page)
    assert found
    assert "/shared/" not in manager.get(HERE).text  # shown once
    return found.group(1)


def test_a_link_opens_the_page_without_a_login_until_it_expires(
    client: SignIn, year: None, clock: StoppedClock
) -> None:
    address = link(client)
    nobody = client(None)
    page = nobody.get(address).text
    assert "3,600 delivered messages" in page
    picture = re.search(r'src="([^"]+reach\.svg)', page)
    assert picture
    assert nobody.get(picture.group(1)).mimetype == "image/svg+xml"
    assert nobody.get(address + ".pdf").data.startswith(b"%PDF")
    clock.advance(timedelta(days=30))
    assert nobody.get(address).status_code == 404


def test_a_link_dies_with_its_makers_membership_and_cannot_be_forged(
    client: SignIn, year: None, sqlite_db: database.Database, cast: Cast
) -> None:
    address = link(client)
    assert client(None).get(address + "x").status_code == 404
    assert client(None).get("/shared/engagement/rubbish").status_code == 404
    with sqlite_db.writer(cast.rosewood) as session:
        session.delete(
            session.exec(select(Membership).where(Membership.user_id == cast.manager)).one()
        )
        session.commit()
    assert client(None).get(address).status_code == 404


def test_messages_a_person_are_a_chart_a_table_and_a_file(
    client: SignIn, house: House, cast: Cast
) -> None:
    with house.db.writer(cast.rosewood) as session:
        session.add(FatigueWeek(brand_id=cast.rosewood, monday=date(2026, 11, 9), people=1_000,
                                one=300, two=200, three=50, more=42, messages=1_100,
                                counted_at=house.clock.now()))  # fmt: skip
        session.commit()
    browser = client("viewer")
    page = browser.get("/b/rosewood/engagement/").text
    assert "Messages each person got in a week" in page
    assert "41% of the people got nothing and 4.2% four messages or more" in page
    lines = browser.get("/b/rosewood/engagement/2026/weeks.csv").text.splitlines()
    assert lines[1] == "2026-11-09,1000,408,300,200,50,42,1100"
    assert browser.get("/b/rosewood/engagement/2026/fatigue.svg").status_code == 200
