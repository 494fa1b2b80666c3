"""Instagram and WhatsApp at the simulator: their own windows, limits, codes, events; and that our
client is understood and understands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.simulator.conftest import NOON, HandClock, Platform, refusal
from webapp.domain.content import Content
from webapp.domain.event import Event, SetAside
from webapp.domain.policy.verdict import Route
from webapp.domain.retry import Accepted, RefusedLater
from webapp.platforms import registry
from webapp.platforms.protocol import ChannelAccess, Outgoing, Recipient, TemplateUse
from webapp.platforms.wire import Reply, Request
from webapp.simulator import clock, life, outbox, practice, world
from webapp.simulator.clock import HOUR, SECOND
from webapp.simulator.settings import Settings

REGISTRY = registry.default()
ANA, BEN, CARA, US = "5511999990001", "5511999990002", "5511999990003", "15550001111"
RECEIVED = datetime(2027, 1, 1, tzinfo=UTC)


class Stage(Platform):
    """A page of one platform, its people, and our client in front of it."""

    platform: str

    @property
    def access(self) -> ChannelAccess:
        return ChannelAccess("500", "T", "http://sim", "v26.0", account="900")

    def call(self, request: Request) -> Reply:
        path = request.url.removeprefix("http://sim")
        body = json.loads(request.body) if request.body else None
        answer = self.ask(request.method, path, body)
        return Reply(answer.status, {}, json.dumps(answer.body).encode())

    def ours(self, psid: str, route: Route = Route.WINDOW, **more: Any) -> Any:
        """A message of ours to this person, and what its answer means to us."""
        sender = REGISTRY.carrying(self.platform, route)
        outgoing = Outgoing("fl:7", Recipient("id", psid), route, Content(text="Olá"), **more)
        return sender.answer(self.call(sender.request(self.access, outgoing)))

    def heard(self) -> list[Event]:
        """Everything told so far, as our reader understands it; nothing may be set aside."""
        life.live(self.world)
        page = self.world.pages.find("500")
        assert page is not None
        rows = outbox.waiting(self.world, page)
        outbox.delete(self.world, rows)
        body = json.loads(outbox.envelope(page, rows, self.time.now()))
        found = REGISTRY.read_webhook(body, RECEIVED) if rows else []
        assert not [it for it in found if isinstance(it, SetAside)], found
        return [it for it in found if isinstance(it, Event)]


def made(platform: str) -> Stage:
    time, built = HandClock(), world.make(Settings(seed=7))
    built.clock = time  # type: ignore[assignment]
    stage = Stage(built, time)
    stage.platform = platform
    stage.practice("POST", "pages", {
        "id": "500", "token": "T", "app_secret": "s", "webhook_url": "http://127.0.0.1:9/",
        "platform": platform, "account": "900" if platform == "whatsapp" else "", "country": "BR",
    })  # fmt: skip
    hour, two_days = clock.text(NOON - HOUR), clock.text(NOON - 48 * HOUR)
    stage.people(
        {"psid": ANA, "page": "500", "country": "BR", "last_inbound_at": hour},
        {"psid": BEN, "page": "500", "country": "BR", "last_inbound_at": two_days},
        {"psid": CARA, "page": "500", "country": "BR", "last_inbound_at": hour, "blocked": True},
        {"psid": US, "page": "500", "country": "US", "last_inbound_at": two_days},
    )
    return stage


@pytest.fixture
def whatsapp() -> Iterator[Stage]:
    stage = made("whatsapp")
    for name, category in (("news", "MARKETING"), ("order", "UTILITY"), ("reject_it", "UTILITY")):
        parts = [{"type": "BODY", "text": "{{1}}"}]
        body = {"name": name, "language": "pt_BR", "category": category, "components": parts}
        assert stage.ask("POST", "/v26.0/900/message_templates", body).status == 200
    stage.time.advance(SECOND)
    stage.heard()
    yield stage
    stage.world.state.close()


@pytest.fixture
def instagram() -> Iterator[Stage]:
    stage = made("instagram")
    yield stage
    stage.world.state.close()


def use(name: str) -> dict[str, Any]:
    return {"template": TemplateUse(name, "pt_BR")}


def codes(events: list[Event]) -> list[str | None]:
    return [event.action for event in events if event.kind.value == "failed"]


def test_a_free_message_inside_the_window_is_accepted_and_told_as_sent(whatsapp: Stage) -> None:
    assert isinstance(whatsapp.ours(ANA), Accepted)
    (sent,) = whatsapp.heard()
    assert (sent.kind.value, sent.metadata, sent.phone) == ("echo", "fl:7", ANA)
    assert sent.person_key == f"BR.9{ANA}"


def test_a_user_id_leads_to_the_same_person_as_the_number(whatsapp: Stage) -> None:
    assert whatsapp.ours(f"BR.9{ANA}") == Accepted(whatsapp.heard()[0].mid or "", ANA)


@pytest.mark.parametrize(
    ("psid", "route", "more", "code"),
    [
        (BEN, Route.WINDOW, {}, "131047"),
        (CARA, Route.WINDOW, {}, "131026"),
        (US, Route.SPONSORED, use("news"), "131049"),
    ],
)
def test_what_is_wrong_with_a_person_is_told_by_a_later_status(
    whatsapp: Stage, psid: str, route: Route, more: dict[str, Any], code: str
) -> None:
    assert isinstance(whatsapp.ours(psid, route, **more), Accepted)
    assert codes(whatsapp.heard()) == [code]


def test_or_at_once_where_a_lesson_wants_it(whatsapp: Stage) -> None:
    whatsapp.option(late_failures=False)
    answer = whatsapp.ours(BEN)
    assert answer.code == 131047


@pytest.mark.parametrize("name", ["nobody_knows_it", "reject_it"])
def test_a_template_that_is_not_approved_is_refused(whatsapp: Stage, name: str) -> None:
    assert whatsapp.ours(BEN, Route.UTILITY, **use(name)).code == 132001


def test_a_templates_values_are_counted(whatsapp: Stage) -> None:
    empty = TemplateUse("order", "pt_BR", ({"type": "body", "parameters": []},))
    assert whatsapp.ours(BEN, Route.UTILITY, template=empty).code == 132000


def test_an_approved_template_goes_outside_the_window(whatsapp: Stage) -> None:
    assert isinstance(whatsapp.ours(BEN, Route.UTILITY, **use("order")), Accepted)
    assert codes(whatsapp.heard()) == []


def test_a_person_gets_as_much_marketing_as_they_are_thought_to_want(whatsapp: Stage) -> None:
    for _ in range(3):
        whatsapp.ours(BEN, Route.SPONSORED, **use("news"))
    assert codes(whatsapp.heard()) == ["131049"]


def test_whoever_stops_marketing_gets_none_until_they_resume(whatsapp: Stage) -> None:
    tell = f"people/{BEN}/say"
    whatsapp.practice("POST", tell, {"page": "500", "marketing": "stop"})
    whatsapp.ours(BEN, Route.SPONSORED, **use("news"))
    events = whatsapp.heard()
    assert [event.kind.value for event in events] == ["optout", "echo", "failed"]
    assert codes(events) == ["131050"]
    whatsapp.practice("POST", tell, {"page": "500", "marketing": "resume"})
    whatsapp.ours(BEN, Route.SPONSORED, **use("news"))
    assert codes(whatsapp.heard()) == []


def test_a_pair_and_a_number_have_their_speed(whatsapp: Stage) -> None:
    answers = [whatsapp.ours(ANA) for _ in range(47)]
    assert isinstance(answers[-1], RefusedLater)
    assert answers[-1].code == 131056
    whatsapp.option(throughput=1)
    assert whatsapp.ours(BEN, Route.UTILITY, **use("order")).code == 130429


def test_a_message_a_tap_and_a_call_open_a_window_and_a_reaction_does_not(
    whatsapp: Stage,
) -> None:
    for act in ({"reaction": "❤", "mid": "m"}, {"call": True}):
        whatsapp.practice("POST", f"people/{BEN}/say", {"page": "500", **act})
        person = whatsapp.practice("GET", f"people/500/{BEN}")
        assert person["window_open"] is ("call" in act)
    assert [event.kind.value for event in whatsapp.heard()] == ["reaction", "call"]


def test_an_ad_on_whatsapp_makes_no_window_longer(whatsapp: Stage) -> None:
    whatsapp.practice("POST", f"people/{BEN}/say", {"page": "500", "text": "hi", "ad": "AD1"})
    (event,) = whatsapp.heard()
    assert (event.source, event.ad_id) == ("ADS", "AD1")
    assert whatsapp.practice("GET", f"people/500/{BEN}")["window_ends"] == NOON + SECOND + 24 * HOUR


def test_the_crowd_answers_on_whatsapp_as_everywhere(whatsapp: Stage) -> None:
    sure = dict.fromkeys(("delivered", "read", "replied", "tapped", "reacted"), 1.0)
    whatsapp.option(behaviour=sure)
    whatsapp.ours(ANA)
    whatsapp.time.advance(2 * HOUR)
    kinds = [event.kind.value for event in whatsapp.heard()]
    assert kinds == ["echo", "delivery", "read", *sorted(kinds[3:])]
    assert {"message", "reaction"} <= set(kinds)


def test_the_number_and_its_account_answer_for_themselves(whatsapp: Stage) -> None:
    platform = REGISTRY.get("whatsapp")
    check = platform.check_of(whatsapp.call(platform.check_request(whatsapp.access)))
    assert (check.alive, check.key) == (True, "500")
    assert whatsapp.call(platform.subscribe_request(whatsapp.access)).status == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"type": "text", "text": {"body": "x"}}, 131009),
        ({"messaging_product": "whatsapp", "to": ANA, "type": "text", "text": {}}, 131008),
        ({"messaging_product": "whatsapp", "to": ANA, "type": "poll", "poll": {}}, 131051),
        ({"messaging_product": "whatsapp", "type": "text", "text": {"body": "x"}}, 131008),
    ],
)
def test_a_wrong_call_is_refused_at_once(whatsapp: Stage, body: dict[str, Any], code: int) -> None:
    assert refusal(whatsapp.ask("POST", "/v26.0/500/messages", body)) == (code, None)


def test_instagrams_window_has_its_own_code(instagram: Stage) -> None:
    assert isinstance(instagram.ours(ANA), Accepted)
    answer = instagram.ours(BEN)
    assert (answer.code, answer.subcode) == (10, 2534022)


def test_instagram_counts_bytes(instagram: Stage) -> None:
    body = {"recipient": {"id": ANA}, "message": {"text": "é" * 501}}
    assert refusal(instagram.ask("POST", "/v26.0/500/messages", body))[0] == 100
    body["message"]["text"] = "é" * 500  # type: ignore[index]
    assert instagram.ask("POST", "/v26.0/500/messages", body).status == 200


def test_instagram_tells_echoes_and_reads_and_no_deliveries(instagram: Stage) -> None:
    instagram.option(behaviour={"delivered": 1, "read": 1, "replied": 1})
    instagram.ours(ANA)
    instagram.time.advance(2 * HOUR)
    events = instagram.heard()
    assert [event.kind.value for event in events] == ["echo", "read", "message"]
    assert events[0].metadata == "fl:7"
    assert events[1].mid == events[0].mid


def test_the_human_agents_tag_lasts_seven_days_on_instagram(instagram: Stage) -> None:
    body = {"recipient": {"id": BEN}, "message": {"text": "x"}, "tag": "HUMAN_AGENT",
            "messaging_type": "MESSAGE_TAG"}  # fmt: skip
    assert instagram.ask("POST", "/v26.0/500/messages", body).status == 200
    instagram.time.advance(6 * 24 * HOUR)
    assert refusal(instagram.ask("POST", "/v26.0/500/messages", body)) == (10, 2534022)


def test_a_platform_nobody_knows_is_a_misuse(instagram: Stage) -> None:
    answer = practice.serve(
        instagram.world,
        practice.Request("POST", "/_practice/pages", {}, b'{"id":"9","platform":"telegram"}'),
    )
    assert answer.status == 400  # type: ignore[union-attr]
