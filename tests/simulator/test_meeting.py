"""The product meets the platform: our client is understood, and understands every answer and event.

The two share no code, so this is where a difference of opinion shows.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.conftest import Platform
from tests.simulator_process import Simulator, running
from webapp.domain.event import Event, EventKind
from webapp.domain.message import Content, PostbackButton, QuickReply, UrlButton
from webapp.domain.policy.verdict import Route
from webapp.domain.retry import (
    Accepted,
    Ambiguous,
    ContentWrong,
    RefusedLater,
    RefusedPerson,
    StopChannel,
)
from webapp.platforms import registry
from webapp.platforms.protocol import ChannelAccess, Made, Outgoing, PaidCampaign, Recipient
from webapp.platforms.transport import Transport
from webapp.platforms.wire import Request
from webapp.simulator import clock, life, outbox, says
from webapp.simulator.clock import HOUR

MESSENGER = registry.default().get("messenger")
PAID = registry.default().paid("messenger")
PLAIN = Content(text="Olá, Ana 🌹")
RICH = Content(
    text="Roses",
    image_url="https://rosewood.example/rose.jpg",
    buttons=(UrlButton("Shop", "https://rosewood.example/"), PostbackButton("More", "MORE")),
    quick_replies=(QuickReply("Yes", "YES"), QuickReply("No", "NO")),
)


@dataclasses.dataclass
class Meeting:
    """Our client with its transport, in front of a practice page."""

    simulator: Simulator
    transport: Transport
    access: ChannelAccess

    def call(self, request: Request) -> Any:
        return self.transport.call(request)

    def send(self, psid: str, content: Content = PLAIN, key: str = "b1:o1:s1") -> Any:
        outgoing = Outgoing(key, Recipient("id", psid), Route.WINDOW, content)
        return MESSENGER.answer(self.call(MESSENGER.request(self.access, outgoing)))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running(tmp_path_factory.mktemp("instance"), speed=0.001) as simulator:
        yield simulator


@pytest.fixture
def meeting(server: Simulator) -> Iterator[Meeting]:
    number = len(server.state()["pages"])
    page = server.register_page(
        id=f"9{number:03}", token=f"token-{number}",
        options={"warm_up_minutes": 0, "strict_people": True},
    )  # fmt: skip
    server.people([
        {"psid": "ana", "page": page["id"], "country": "US", "window_ends_at": clock.text(2**42)},
        {"psid": "ben", "page": page["id"], "country": "BR"},
        {"psid": "cara", "page": page["id"], "blocked": True},
        {"psid": "dao", "page": page["id"], "country": "DE"},
    ])  # fmt: skip
    secret = str(server.page["app_secret"])
    access = ChannelAccess(
        page["id"], page["token"], server.url, "v25.0", app_secret=secret, ad_account="act_1"
    )
    transport = Transport()
    yield Meeting(server, transport, access)
    transport.close()
    server.no_faults()


def test_a_channel_is_connected_as_a_real_one(meeting: Meeting) -> None:
    check = MESSENGER.check_of(meeting.call(MESSENGER.check_request(meeting.access)))
    assert (check.alive, check.key, check.name) == (True, meeting.access.key, "Practice Page")
    assert meeting.call(MESSENGER.subscribe_request(meeting.access)).status == 200
    request = MESSENGER.profile_request(meeting.access, "ana", wide=True)
    profile = MESSENGER.profile_of(meeting.call(request))
    assert profile is not None
    assert profile.first_name
    dead = dataclasses.replace(meeting.access, token="dead", app_secret=None)
    assert not MESSENGER.check_of(meeting.call(MESSENGER.check_request(dead))).alive


@pytest.mark.parametrize("content", [PLAIN, RICH], ids=["plain", "rich"])
def test_what_we_send_is_taken_with_its_key(meeting: Meeting, content: Content) -> None:
    answer = meeting.send("ana", content, "b1:o1:s7")
    assert isinstance(answer, Accepted), answer
    entry = meeting.simulator.journal(page=meeting.access.key)[-1]
    assert (entry["key"], entry["mid"]) == ("b1:o1:s7", answer.message_id)


@pytest.mark.parametrize(
    ("psid", "meant"), [("ben", RefusedPerson), ("cara", RefusedPerson), ("eva", RefusedPerson)]
)
def test_a_no_to_one_person_is_understood_as_that(meeting: Meeting, psid: str, meant: type) -> None:
    assert isinstance(meeting.send(psid), meant)


@pytest.mark.parametrize(
    ("fault", "meant"),
    [
        ({"kind": "rate_limit", "seconds": 60}, RefusedLater),
        ({"kind": "error", "code": 80006}, RefusedLater),
        ({"kind": "error", "code": 4}, RefusedLater),
        ({"kind": "token_death"}, StopChannel),
        ({"kind": "error", "code": 368}, StopChannel),
        ({"kind": "error", "code": 10, "subcode": 1893063}, StopChannel),
        ({"kind": "error", "code": 100}, ContentWrong),
        ({"kind": "window_disagrees"}, RefusedPerson),
        ({"kind": "error", "code": 2}, Ambiguous),
        ({"kind": "error", "code": 1200}, Ambiguous),
        ({"kind": "http_5xx"}, Ambiguous),
        ({"kind": "reset_before"}, Ambiguous),
        ({"kind": "reset_after"}, Ambiguous),
        ({"kind": "null_message_id"}, Ambiguous),
        ({"kind": "garbage_200"}, Ambiguous),
    ],
    ids=str,
)
def test_a_fault_is_understood_for_what_it_is(
    meeting: Meeting, fault: dict[str, Any], meant: type
) -> None:
    meeting.simulator.fault(**fault, page=meeting.access.key, count=1)
    assert isinstance(meeting.send("ana"), meant)


def test_a_paid_campaign_is_made_and_sent(meeting: Meeting) -> None:
    campaign = PaidCampaign("Sale", 30_000, None, None)
    made = PAID.campaign_of(meeting.call(PAID.campaign_request(meeting.access, campaign)))
    assert isinstance(made, Made), made
    outgoing = Outgoing(
        "k",
        Recipient("token", "sim-ben-price-drops"),
        Route.SPONSORED,
        PLAIN,
        campaign_key=made.key,
    )
    for meant in (Accepted, RefusedPerson):  # the second comes too soon
        answer = PAID.answer(meeting.call(PAID.request(meeting.access, outgoing)))
        assert isinstance(answer, meant), answer


@pytest.mark.parametrize(("psid", "meant"), [("dao", Accepted), ("ben", RefusedPerson)])
def test_a_subscription_message_reaches_only_the_regions_where_it_lives(
    meeting: Meeting, psid: str, meant: type
) -> None:
    recipient = Recipient("token", f"sim-{psid}-price-drops")
    outgoing = Outgoing("k", recipient, Route.SUBSCRIPTION, PLAIN)
    answer = MESSENGER.answer(meeting.call(MESSENGER.request(meeting.access, outgoing)))
    assert isinstance(answer, meant), answer


def everything(platform: Platform) -> None:
    """One of each thing that can happen to a page and its people."""
    platform.option(
        behaviour={"delivered": 1, "read": 1, "clicked": 1, "stopped": 0, "blocked": 0},
        warm_up_minutes=0,
    )
    for act in (
        {"text": "hi"}, {"text": "Yes", "quick_reply": "YES"}, {"text": "hi", "ad": "1"},
        {"payload": "GO"}, {"reaction": "❤", "mid": "m_1"}, {"ref": "summer"}, {"plugin": "x"},
        {"reaction": "❤", "mid": "m_1", "action": "unreact"},
    ):  # fmt: skip
        says.something(platform.world, "1001", {"page": "500", **act})
    for status in ("OPT_IN", "REFRESHED", "STOP", "RESUME"):
        given = {"page": "500", "psid": "1002", "topic": "price-drops", "status": status}
        says.opt_in(platform.world, given)
    platform.send("1001", {"text": "Hi", "metadata": "k"})
    made = platform.ask("POST", "/act_1/message_campaign", {"name": "S", "page_id": "500"})
    platform.ask("POST", "/act_1/messages", {
        "message_id": made.body["id"],
        "messenger_delivery_data": {"subscription_token": "sim-1002-price-drops"},
        "message": {"attachment": {"type": "template", "payload": {
            "template_type": "button", "text": "?",
            "buttons": [{"type": "web_url", "title": "Shop", "url": "https://x.example"}]}}},
    })  # fmt: skip
    template = {"name": "t", "language": "en", "category": "UTILITY", "components": []}
    platform.ask("POST", "/me/message_templates", template)
    platform.time.advance(3 * HOUR)
    while life.live(platform.world):
        pass


def test_every_event_the_platform_tells_is_read_and_none_is_set_aside(platform: Platform) -> None:
    everything(platform)
    world, page = platform.world, platform.world.pages.every()[0]
    received = datetime.fromtimestamp(platform.time.now() / 1000, UTC) + timedelta(seconds=1)
    rows = outbox.waiting(world, page)
    body = json.loads(outbox.envelope(page, rows, world.clock.now()))
    events = MESSENGER.read_webhook(body, received)
    assert [event for event in events if not isinstance(event, Event)] == []
    assert {event.kind for event in events if isinstance(event, Event)} == {
        EventKind.MESSAGE, EventKind.POSTBACK, EventKind.REACTION, EventKind.UNREACTION,
        EventKind.REFERRAL, EventKind.OPTIN_PLUGIN, EventKind.OPTIN_TOPIC,
        EventKind.TOPIC_STOPPED, EventKind.TOPIC_RESUMED, EventKind.ECHO, EventKind.DELIVERY,
        EventKind.READ, EventKind.PAID_ECHO, EventKind.PAID_DELIVERY, EventKind.PAID_READ,
        EventKind.PAID_CLICK, EventKind.TEMPLATE_STATUS,
    }  # fmt: skip


def test_a_port_that_is_taken_is_one_line_on_stderr(server: Simulator, tmp_path: Path) -> None:
    port = int(server.url.rsplit(":", 1)[1])
    with pytest.raises(AssertionError, match="did not start"), running(tmp_path, port=port):
        pass
