"""Stop everything, as an operator and as everybody else sees it."""

from __future__ import annotations

from datetime import datetime

from tests.cast import Cast
from tests.fakes import FakeTransport, HandClock
from tests.stage import Stage
from tests.views.conftest import SignIn
from webapp.db import EVERY_BRAND
from webapp.domain.halt import Cause
from webapp.house import House
from webapp.services import halting


def test_an_operator_stops_everything_and_goes_on(client: SignIn) -> None:
    operator, viewer = client("admin"), client("viewer")
    page = operator.get("/stop/")
    assert "Nothing is going out" in page.text
    assert "Nothing is being sent" not in page.text
    assert operator.post("/stop/").status_code == 303
    assert "Everything was stopped by" in operator.get("/b/rosewood/").text
    assert "An operator of this installation can go on." in viewer.get("/b/rosewood/").text
    assert "Go on: write to 0 people" in operator.get("/stop/").text
    assert "fanlight_halted 1.0" in operator.get("/metrics").text
    assert operator.post("/stop/end").status_code == 303
    assert "Nothing is being sent" not in viewer.get("/b/rosewood/").text
    assert "fanlight_halted 0.0" in operator.get("/metrics").text


def test_nobody_else_stops_or_goes_on(client: SignIn) -> None:
    for role in ("viewer", "editor", "manager"):
        browser = client(role)
        assert browser.get("/stop/").status_code == 403
        assert browser.post("/stop/").status_code == 403
        assert browser.post("/stop/end").status_code == 403
        assert "/stop/" not in browser.get("/b/rosewood/settings/").text
    assert client(None).get("/stop/").status_code == 303


def test_after_a_restore_the_first_button_leaves_out_who_waited(
    client: SignIn, house: House, cast: Cast, now: datetime
) -> None:
    stage = Stage(house, HandClock(now), FakeTransport(), cast)
    broadcast = stage.broadcast()
    stage.start()
    with house.db.writer(EVERY_BRAND) as session:
        halting.hold(session, Cause.RESTORED, now)
        session.commit()
    operator = client("admin")
    page = operator.get("/stop/").text
    first, second = page.index("Go on, and leave 1 person out"), page.index("Write to 1 person")
    assert first < second
    assert "gets it a second time" in page
    answer = operator.post("/stop/end", {"leaving_out": "1"})
    assert answer.status_code == 303
    assert "1 person who waited is left out" in operator.get("/stop/").text
    assert stage.totals(broadcast).cancelled == 1


def test_what_is_under_way_is_asked_for_again_and_again(client: SignIn) -> None:
    part = client("admin").get("/stop/", htmx=True).text
    assert part.lstrip().startswith('<section id="live"')
