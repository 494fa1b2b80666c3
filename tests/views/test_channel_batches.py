"""A channel can send in batches: chosen on its page, with what it costs in plain words."""

from __future__ import annotations

import json

import pytest
from sqlmodel import select

from tests.cast import Cast
from tests.views.conftest import SignIn
from webapp.house import House
from webapp.models.audit import Audit
from webapp.models.channel import Channel

GIVEN = {"name": "Rosewood", "rate_per_second": "300"}


def at(cast: Cast) -> str:
    return f"/b/rosewood/settings/channels/{cast.channel}"


def channel(house: House, cast: Cast) -> Channel:
    with house.db.reader(cast.rosewood) as session:
        return session.get_one(Channel, cast.channel)


def become(house: House, cast: Cast, **facts: object) -> None:
    with house.db.writer(cast.rosewood) as session:
        row = session.get_one(Channel, cast.channel)
        for name, value in facts.items():
            setattr(row, name, value)
        session.commit()


def test_it_is_off_and_the_page_says_what_it_would_cost(
    client: SignIn, house: House, cast: Cast
) -> None:
    become(house, cast, rate_per_second=300)
    page = client("admin").get(at(cast)).text
    assert channel(house, cast).batch_size is None
    assert "all of them are unknown instead of one" in page
    assert "15 at 300 messages a second" in page
    assert "up to 5 % slower" in page
    assert "Messages travel" not in page


@pytest.mark.parametrize(("size", "kept"), [("4", 4), ("", 50)])
def test_it_is_turned_on_and_off_again(
    client: SignIn, house: House, cast: Cast, size: str, kept: int
) -> None:
    browser = client("admin")
    browser.post(at(cast), {**GIVEN, "travel": "batches", "batch_size": size})
    assert channel(house, cast).batch_size == kept
    assert f"in batches of up to {min(kept, 15)}" in browser.get(at(cast)).text
    browser.post(at(cast), {**GIVEN, "travel": "single", "batch_size": size})
    assert channel(house, cast).batch_size is None


def test_who_turned_it_on_is_written_down(client: SignIn, house: House, cast: Cast) -> None:
    client("admin").post(at(cast), {**GIVEN, "travel": "batches", "batch_size": "4"})
    with house.db.reader(cast.rosewood) as session:
        noted = session.exec(select(Audit).where(Audit.action == "channel.edit")).one()
    assert noted.user_id == cast.admin
    assert '"batch": 4' in json.dumps(noted.detail)


@pytest.mark.parametrize(("size", "words"), [("1", "Write 2 or more"), ("51", "Write 50 or less")])
def test_a_size_that_no_batch_has_is_refused_by_its_field(
    client: SignIn, house: House, cast: Cast, size: str, words: str
) -> None:
    given = {**GIVEN, "travel": "batches", "batch_size": size}
    answer = client("admin").post(at(cast), given)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="batches" checked' in answer.text
    assert channel(house, cast).batch_size is None


def test_a_rate_too_small_for_batches_is_said(client: SignIn, house: House, cast: Cast) -> None:
    become(house, cast, rate_per_second=20, batch_size=50)
    page = client("admin").get(at(cast)).text
    assert "At 20 messages a second they still go one by one" in page
    assert "one by one: the rate is too small for batches" in page


def test_whatsapp_is_not_offered_it(client: SignIn, house: House, cast: Cast) -> None:
    become(house, cast, platform="whatsapp", account="900")
    browser = client("admin")
    assert "How messages travel" not in browser.get(at(cast)).text
    answer = browser.post(at(cast), {**GIVEN, "travel": "batches"})
    assert answer.status_code == 422
    assert "Only Pages and Instagram accounts send in batches" in answer.text


def test_only_who_may_change_the_channel_may_change_this(
    client: SignIn, house: House, cast: Cast
) -> None:
    answer = client("manager").post(at(cast), {**GIVEN, "travel": "batches"})
    assert answer.status_code in (403, 404)
    assert channel(house, cast).batch_size is None
