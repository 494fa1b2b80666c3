from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.test import Client

from tests.views.browser import StoppedClock
from tests.views.conftest import SignIn
from webapp import app as webapp_app
from webapp.db import EVERY_BRAND
from webapp.house import House
from webapp.store import workers


def beat(house: House) -> None:
    with house.db.writer(EVERY_BRAND) as session:
        workers.note_heartbeat(session, "clock", house.clock.now())
        session.commit()


def test_it_is_alive(client: SignIn) -> None:
    assert client(None).get("/healthz").json == {"status": "alive"}


def test_it_is_ready_while_the_clock_beats(
    client: SignIn, house: House, clock: StoppedClock
) -> None:
    beat(house)
    clock.advance(timedelta(seconds=60))
    answer = client(None).get("/readyz")
    assert (answer.status_code, answer.json["ready"]) == (200, True)
    clock.advance(timedelta(seconds=1))
    answer = client(None).get("/readyz")
    assert (answer.status_code, answer.json["clock"]) == (503, False)


def test_it_is_not_ready_before_the_clock_ever_ran(client: SignIn) -> None:
    answer = client(None).get("/readyz")
    assert (answer.status_code, answer.json["clock_age_seconds"]) == (503, None)


def test_metrics_are_prometheus_text_for_this_network_only(client: SignIn, house: House) -> None:
    beat(house)
    browser = client(None)
    page = browser.get("/metrics")
    assert page.mimetype == "text/plain"
    assert "fanlight_clock_age_seconds 0.0" in page.text
    assert 'fanlight_channels{state="connected"} 2.0' in page.text
    far = browser.client.get("/metrics", environ_base={"REMOTE_ADDR": "8.8.8.8"})
    assert far.status_code == 404


@pytest.mark.parametrize(("proxy", "status"), [("127.0.0.1", 404), ("*", 404), ("192.0.2.1", 200)])
def test_a_stranger_is_known_by_what_the_trusted_proxy_says(
    house: House, proxy: str, status: int
) -> None:
    trusting = replace(house, settings=replace(house.settings, trusted_proxy=proxy))
    with closing(webapp_app.server(trusting, "127.0.0.1", 0)) as server:
        caller = {"REMOTE_ADDR": "127.0.0.1"}
        passed_on = Client(server.application)  # type: ignore[attr-defined]
        answer = passed_on.get(
            "/metrics", environ_base=caller, headers={"X-Forwarded-For": "8.8.8.8"}
        )
    assert answer.status_code == status
