"""A channel whose webhooks were turned off: it stops alone, says so, and goes on when mended."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from tests import fakes, simulator_process
from tests.cast import PAGE
from tests.services import whatsapp_stage
from tests.services.test_receiving import understand
from tests.stage import Stage
from webapp.db import EVERY_BRAND
from webapp.domain import errors
from webapp.domain.permission import Role
from webapp.models.alert import Alert
from webapp.models.audit import Audit
from webapp.models.channel import Channel
from webapp.models.subscriber import Subscriber
from webapp.models.webhook_check import WebhookCheck
from webapp.platforms import webhook_subscription
from webapp.platforms.messenger import platform as messenger
from webapp.platforms.webhook_subscription import Heard, Unknown
from webapp.platforms.wire import Reply, Request, TransportError
from webapp.services import catching_up, channels, webhook_checks
from webapp.services.channels import Outside

NEEDED = messenger.NEEDED_FIELDS


@dataclass
class Graph:
    """Who is subscribed to what; `None` apps stand for a platform that cannot be reached."""

    apps: list[dict[str, object]] | None = field(default_factory=list)
    takes: bool = True  # what is asked for is given
    error: int | None = None
    asked: list[Request] = field(default_factory=list)

    def __call__(self, request: Request) -> Reply:
        self.asked.append(request)
        if self.apps is None:
            return Reply(0, error=TransportError.REFUSED, sent_first_byte=False)
        if self.error is not None:
            return fakes.refuses(self.error)(request)
        if request.method == "POST":
            wanted = json.loads(request.body or b"{}").get("subscribed_fields", "")
            if self.takes:
                self.apps = [{"id": "1", "subscribed_fields": wanted.split(",")}]
            return Reply(200, body=b'{"success": true}')
        return Reply(200, body=json.dumps({"data": self.apps}).encode())


def all_of(*fields: str) -> list[dict[str, object]]:
    return [{"id": "1", "subscribed_fields": list(fields)}]


def look(stage: Stage, graph: Graph) -> int:
    house = stage.house
    return webhook_checks.look(house, Outside(house.platforms, house.vault, house.settings, graph))


def heard_once(stage: Stage) -> None:
    """Until now webhooks came."""
    look(stage, Graph(all_of(*NEEDED)))
    stage.clock.advance(minutes=2)


def subscribe(stage: Stage, graph: Graph, role: Role = Role.ADMIN) -> None:
    house = stage.house
    outside = Outside(house.platforms, house.vault, house.settings, graph)
    with house.db.writer(stage.people.rosewood) as session:
        webhook_checks.subscribe(
            session, stage.actor(role), outside, stage.people.channel, house.clock.now()
        )


def channel(stage: Stage) -> Channel:
    with stage.house.db.reader(stage.people.rosewood) as session:
        return session.get_one(Channel, stage.people.channel)


def audited(stage: Stage) -> Sequence[str]:
    with stage.house.db.reader(EVERY_BRAND) as session:
        return session.exec(select(Audit.action).order_by(Audit.id)).all()  # type: ignore[arg-type]


def test_a_channel_whose_webhooks_come_goes_on(stage: Stage) -> None:
    assert look(stage, Graph(all_of(*NEEDED, "feed"))) == 2
    assert channel(stage).state == "connected"
    assert look(stage, Graph([])) == 0, "each is asked every two minutes"


@pytest.mark.parametrize("apps", [[], all_of("feed"), all_of(*NEEDED[1:])])
def test_one_whose_webhooks_are_off_stops_and_says_so(
    stage: Stage, apps: list[dict[str, object]]
) -> None:
    heard_once(stage)
    look(stage, Graph(apps))
    found = channel(stage)
    assert found.state == "stopped"
    assert channels.is_deaf(found)
    assert "Subscribe again" in str(found.stopped_reason)
    assert "channel.stop" in audited(stage)
    with stage.house.db.reader(EVERY_BRAND) as session:
        alerts = session.exec(select(Alert)).all()
    assert stage.people.admin in {alert.user_id for alert in alerts}


def test_a_platform_that_never_listed_us_stops_nothing_and_it_is_said(stage: Stage) -> None:
    look(stage, Graph([]))
    assert channel(stage).state == "connected"
    with stage.house.db.reader(stage.people.rosewood) as session:
        check = session.get_one(WebhookCheck, stage.people.channel)
    assert "does not list our app" in str(check.trouble)


def test_nothing_is_sent_while_they_are_off(stage: Stage) -> None:
    heard_once(stage)
    stage.broadcast()
    stage.start()
    look(stage, Graph([]))
    stage.run(stage.sender())
    assert stage.transport.sent == []


def test_subscribing_again_lets_it_send_by_itself(stage: Stage) -> None:
    heard_once(stage)
    graph = Graph([])
    look(stage, graph)
    subscribe(stage, graph)
    assert channel(stage).state != "stopped"
    assert "channel.subscribe" in audited(stage)


def test_mended_at_the_platform_it_goes_on_by_itself_too(stage: Stage) -> None:
    heard_once(stage)
    look(stage, Graph([]))
    stage.clock.advance(minutes=10)
    look(stage, Graph(all_of(*NEEDED)))
    assert channel(stage).state != "stopped"


def test_what_the_platform_does_not_give_is_said(stage: Stage) -> None:
    heard_once(stage)
    graph = Graph([], takes=False)
    look(stage, graph)
    with pytest.raises(errors.Refused, match="webhooks for"):
        subscribe(stage, graph)
    assert channel(stage).state == "stopped"


def test_only_an_admin_subscribes(stage: Stage) -> None:
    with pytest.raises(errors.Forbidden):
        subscribe(stage, Graph(), Role.MANAGER)


def test_a_channel_stopped_by_a_person_stays_stopped(stage: Stage) -> None:
    with stage.house.db.writer(stage.people.rosewood) as session:
        channels.stop(session, stage.actor(), stage.people.channel, stage.clock.now())
    look(stage, Graph(all_of(*NEEDED)))
    assert channel(stage).state == "stopped"
    assert not channels.is_deaf(channel(stage))


def test_pressing_resume_does_not_bring_webhooks_back(stage: Stage) -> None:
    heard_once(stage)
    graph = Graph([])
    look(stage, graph)
    house = stage.house
    outside = Outside(house.platforms, house.vault, house.settings, graph)
    with (
        house.db.writer(stage.people.rosewood) as session,
        pytest.raises(errors.Refused, match="Subscribe again"),
    ):
        channels.resume(session, stage.actor(), outside, stage.people.channel, stage.clock.now())


def test_a_platform_out_of_reach_stops_nothing_and_is_asked_again(stage: Stage) -> None:
    look(stage, Graph(None))
    assert channel(stage).state == "connected"
    with stage.house.db.reader(stage.people.rosewood) as session:
        check = session.get_one(WebhookCheck, stage.people.channel)
    assert check.trouble is not None
    assert check.due_at == stage.clock.now() + timedelta(minutes=2)


def test_a_dead_token_is_noticed_and_a_missing_right_to_look_is_none(stage: Stage) -> None:
    look(stage, Graph(error=200))
    assert channel(stage).state == "connected", "it may send; it may only not ask"
    stage.clock.advance(minutes=2)
    look(stage, Graph(error=190))
    assert channel(stage).state == "stopped"


def test_whatsapp_lists_apps_without_fields(stage: Stage) -> None:
    number = whatsapp_stage.add_channels(stage)["whatsapp"]
    graph = Graph([{"whatsapp_business_api_data": {"id": "1"}}])
    look(stage, graph)
    with stage.house.db.reader(EVERY_BRAND) as session:
        assert session.get_one(Channel, number).state == "connected"
    assert any(f"/{whatsapp_stage.ACCOUNT}/subscribed_apps" in it.url for it in graph.asked)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(200, body=b'{"data": []}'), Heard(("a", "b"))),
        (Reply(200, body=b'{"data": [{"subscribed_fields": ["b"]}]}'), Heard(("a",))),
        (Reply(200, body=b'{"data": [{"subscribed_fields": []}, {"id": "9"}]}'), Heard()),
        (Reply(200, body=b'{"data": [7]}'), Heard()),
        (Reply(200, body=b"<html>"), Unknown(webhook_subscription.UNCLEAR)),
        (Reply(500, body=b""), Unknown(webhook_subscription.UNCLEAR)),
    ],
)
def test_an_answer_is_read_leniently(reply: Reply, said: Heard | Unknown) -> None:
    found = webhook_subscription.read(reply, ("a", "b"))
    assert type(found) is type(said)
    assert isinstance(found, Unknown) or found == said


def test_on_the_simulator_a_stop_that_no_webhook_brought_is_read_before_it_sends(
    stage: Stage, tmp_path: Path
) -> None:
    stage.clock.moment = datetime.now(UTC)  # the simulator's people write by the real clock
    house = stage.house
    with simulator_process.running(tmp_path) as simulator:
        simulator.register_page()
        with house.db.writer(stage.people.rosewood) as session:
            session.get_one(Channel, stage.people.channel).graph_url = simulator.url
            session.commit()
        webhook_checks.look(house)
        simulator.graph("DELETE", f"{PAGE}/subscribed_apps")
        stage.clock.advance(minutes=2)
        webhook_checks.look(house)
        assert channels.is_deaf(channel(stage))
        simulator.say("2", "STOP")
        outside = Outside(house.platforms, house.vault, house.settings)
        with house.db.writer(stage.people.rosewood) as session:
            webhook_checks.subscribe(
                session, stage.actor(), outside, stage.people.channel, house.clock.now()
            )
        catching_up.advance(house)
        understand(stage)
        catching_up.advance(house)
    assert channel(stage).state == "connected"
    with house.db.reader(stage.people.rosewood) as session:
        assert session.get_one(Subscriber, stage.people.ben).opted_out_at is not None
