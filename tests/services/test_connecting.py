"""Each platform's channel is connected with what it needs, and told what it does not have."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlmodel import select

from tests import cast
from tests.stage import Stage
from webapp.domain.errors import Conflict, Invalid
from webapp.models.channel import Channel
from webapp.platforms.wire import Reply, Request
from webapp.services import connecting, practising
from webapp.services.channels import Outside, access_to
from webapp.services.connecting import Connection


class Wire:
    """Answers every check as the channel asked about, and keeps what was asked."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> Reply:
        self.asked.append(request)
        body: dict[str, Any] = {"id": self.key, "name": "Rosewood", "username": "rosewood",
                                "verified_name": "Rosewood SA", "token": "T"}  # fmt: skip
        if request.url.endswith("/_practice/pages"):
            self.key = json.loads(request.body or b"{}")["id"]
        return Reply(200, {}, json.dumps(body).encode())


def outside(stage: Stage, wire: Wire) -> Outside:
    house = stage.house
    return Outside(house.platforms, house.vault, house.settings, wire)


def connect(stage: Stage, wire: Wire, **given: Any) -> Channel:
    with stage.house.db.writer(stage.people.rosewood) as session:
        return connecting.connect(
            session, stage.actor(), outside(stage, wire),
            Connection(key=wire.key, token="secret", app_secret=cast.APP_SECRET, **given),
            stage.clock.now(),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("platform", "account", "name", "subscribed"),
    [
        ("instagram", None, "rosewood", "/me/subscribed_apps"),
        ("whatsapp", "900", "Rosewood SA", "/900/subscribed_apps"),
        ("messenger", None, "Rosewood", "/555/subscribed_apps"),
    ],
)
def test_a_channel_of_each_platform_is_tried_connected_and_subscribed(
    stage: Stage, platform: str, account: str | None, name: str, subscribed: str
) -> None:
    wire = Wire("555")
    made = connect(stage, wire, platform=platform, account=account)
    assert (made.platform, made.key, made.account, made.name) == (platform, "555", account, name)
    assert wire.asked[-1].url.split("?")[0].endswith(subscribed)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"platform": "whatsapp"}, "account"),
        ({"platform": "instagram", "account": "900"}, "account"),
        ({"platform": "messenger", "account": "900"}, "account"),
        ({"platform": "instagram", "ad_account": "act_1"}, "ad_account"),
        ({"platform": "telegram"}, "platform"),
    ],
)
def test_what_does_not_belong_to_a_platform_is_refused_by_name(
    stage: Stage, given: dict[str, Any], field: str
) -> None:
    wire = Wire("555")
    with pytest.raises(Invalid) as refused:
        connect(stage, wire, **given)
    assert list(refused.value.errors) == [field]
    assert not wire.asked, "nothing was asked of the platform"


def test_the_same_number_is_connected_once(stage: Stage) -> None:
    connect(stage, Wire("555"), platform="whatsapp", account="900")
    with pytest.raises(Conflict):
        connect(stage, Wire("555"), platform="whatsapp", account="900")


def test_a_request_of_a_number_knows_its_business_account(stage: Stage) -> None:
    wire = Wire("555")
    connect(stage, wire, platform="whatsapp", account="900")
    with stage.house.db.reader(stage.people.rosewood) as session:
        channel = session.exec(select(Channel).where(Channel.platform == "whatsapp")).one()
        assert access_to(outside(stage, wire), session, channel).account == "900"


@pytest.mark.parametrize("platform", ["messenger", "instagram", "whatsapp"])
def test_a_practice_channel_of_each_platform_is_made_at_the_simulator(
    stage: Stage, platform: str
) -> None:
    wire = Wire("?")
    with stage.house.db.writer(stage.people.rosewood) as session:
        made = practising.add(
            session, stage.actor(), outside(stage, wire), stage.clock.now(), platform=platform
        )
    told = json.loads(wire.asked[0].body or b"{}")
    assert (told["platform"], told["name"]) == (platform, practising.NAMES[platform])
    assert (made.practice, made.platform, made.key) == (True, platform, told["id"])
    assert told["account"] == (made.account or "")
