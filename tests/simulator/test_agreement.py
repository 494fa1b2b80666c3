"""The book and the platform were written apart. Where the book says yes, does the platform?

Ten thousand random people, times and kinds of message, seeded: whatever `decide` allows is rendered
by our platforms and put before the simulator. A refusal is a failure of this test, unless EXPLAINED
says why nobody could have known. WhatsApp joins when the book has its rows.
"""

from __future__ import annotations

import dataclasses
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.simulator.conftest import HandClock
from webapp.domain.broadcast import Kind
from webapp.domain.content import Content
from webapp.domain.event import Event, EventKind
from webapp.domain.policy import engine, rulebook
from webapp.domain.policy.engine import Question
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.policy.situation import Situation, TopicConsent, Window, region_of
from webapp.domain.policy.verdict import Route
from webapp.platforms import registry
from webapp.platforms.protocol import (
    ChannelAccess,
    Made,
    Outgoing,
    PaidCampaign,
    Recipient,
    TemplateUse,
)
from webapp.platforms.wire import Reply, Request
from webapp.services import meeting
from webapp.simulator import calls, graph, people, says, tokens, whatsapp_rules, world
from webapp.simulator.settings import Settings
from webapp.simulator.world import World

CASES, SEED = 10_000, 20261126
FIRST, LAST = datetime(2025, 7, 2, tzinfo=UTC), datetime(2027, 6, 30, tzinfo=UTC)
COUNTRIES = ("US", "BR", "FR", "DE", "GB", "JP", "KR", "AU", "MX", "CU", "IN", None)
BUSINESSES = ("US", "BR", "FR", "GB", "JP", "AU")
DAY = timedelta(hours=24)
REGISTRY = registry.default()
# What the simulator refuses though the book allows, and why the book cannot know.
EXPLAINED = {
    ("messenger", 551): "a block is told to nobody until a message meets it",
    ("messenger", 2300052): "a block is told to nobody until a message meets it; a paid one's code",
    ("instagram", 551): "a block is told to nobody until a message meets it",
    ("whatsapp", 131026): "a block is told to nobody until a message meets it",
    ("whatsapp", 131049): "the platform's own cap per person is adaptive and not published",
}
# What a person does, and the event we are told of it; `ad` marks what follows an ad.
ACTS = {
    "messenger": ("text", "ad", "payload", "reaction", "ref", "plugin"),
    "instagram": ("text", "ad", "payload", "reaction", "ref"),
    "whatsapp": ("text", "ad", "payload", "reaction", "call"),
}
TOLD = {
    "text": EventKind.MESSAGE,
    "ad": EventKind.MESSAGE,
    "payload": EventKind.POSTBACK,
    "reaction": EventKind.REACTION,
    "ref": EventKind.REFERRAL,
    "plugin": EventKind.OPTIN_PLUGIN,
    "call": EventKind.CALL,
}


@dataclass
class Case:
    """One person and one question, at one moment."""

    number: int
    platform: str
    kind: Kind
    at: datetime
    business: str
    country: str | None
    acts: list[tuple[str, datetime]] = field(default_factory=list)
    opted_in: datetime | None = None
    stopped: bool = False
    used: datetime | None = None
    blocked: bool = False
    had: int = 0  # marketing messages in the last hours, from whomever

    @property
    def page(self) -> str:
        return f"{self.platform}-{self.business}"

    @property
    def psid(self) -> str:
        return str(10**12 + self.number)


def made(dice: random.Random, number: int, platform: str) -> Case:
    at = FIRST + (LAST - FIRST) * dice.random()
    case = Case(
        number, platform, dice.choice(list(Kind)), at, dice.choice(BUSINESSES),
        dice.choice(COUNTRIES), blocked=dice.random() < 0.06, had=dice.choice((0, 0, 0, 2)),
    )  # fmt: skip
    for _ in range(dice.randrange(4)):
        ago = timedelta(minutes=dice.choice((5, 60, 1430, 1441, 4000, 9000, 10070, 10090, 30000)))
        case.acts.append((dice.choice(ACTS[platform]), at - ago - DAY * dice.random() * 0.05))
    case.acts.sort(key=lambda act: act[1])
    if dice.random() < 0.7:
        case.opted_in = at - timedelta(days=dice.choice((1, 30, 182, 184, 400)))
        case.stopped = dice.random() < 0.15
        spent = timedelta(hours=dice.choice((1, 11, 13, 23, 25, 47, 49, 200)))
        case.used = at - spent if dice.random() < 0.5 and at - spent > case.opted_in else None
    return case


class Brand:
    """What we know of a case, from events and nothing else."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book

    def decide(self, case: Case) -> engine.Decision:
        question = Question(
            platform=case.platform, kind=case.kind, at=case.at, business_country=case.business,
            topic="news", has_ad_account=True, template_approved=True,
        )  # fmt: skip
        return engine.decide(self._situation(case), question, self.book)

    def _situation(self, case: Case) -> Situation:
        alive = case.opted_in is not None and case.opted_in + timedelta(days=183) > case.at
        topic = TopicConsent.NONE
        if case.opted_in is not None:
            topic = TopicConsent.ACTIVE if alive else TopicConsent.EXPIRED
            topic = TopicConsent.STOPPED if case.stopped else topic
        known: dict[str, Any] = {
            "window": self._window(case),
            "topic": topic,
            "topic_spaced": self._spaced(case, Kind.SUBSCRIPTION),
            "paid_token": alive and not case.stopped,
            "paid_spaced": self._spaced(case, Kind.SPONSORED),
            "opted_in": topic is TopicConsent.ACTIVE,
            "opted_out": case.stopped and case.platform == "whatsapp",
            "region": region_of(case.country),
        }
        names = {facet.name for facet in dataclasses.fields(Situation)}
        return Situation(**{name: value for name, value in known.items() if name in names})

    def _window(self, case: Case) -> Window:
        found = Window.CLOSED
        for act, at in case.acts:
            opener = meeting.opens_window(_event(case, act, at), case.platform)
            if opener is None:
                continue
            _, length = meeting._length(case.platform, opener, at, self.book)
            if at + min(length, DAY) > case.at:
                return Window.OPEN
            if at + length > case.at:
                found = Window.AD
        return found

    def _spaced(self, case: Case, kind: Kind) -> bool:
        rule = self.book.rule(f"{case.platform}.{kind}.spacing", case.at)
        hours = float(rule.params["hours"]) if rule else 0.0
        return case.used is None or case.used + timedelta(hours=hours) <= case.at


def _event(case: Case, act: str, at: datetime) -> Event:
    source = {"ad": "ADS", "ref": "SHORTLINK"}.get(act)
    return Event(
        kind=TOLD[act], channel_key=case.page, person_key=case.psid, at=at, key="k",
        source=source, ref="r" if act == "ref" else None,
    )  # fmt: skip


class Platforms:
    """The practice platform with a page of each platform in each country; time is set by hand."""

    def __init__(self) -> None:
        self.world: World = world.make(Settings(seed=7))
        self.time = HandClock(_ms(FIRST - timedelta(days=500)))
        self.world.clock = self.time  # type: ignore[assignment]
        free = {"rate": 10**9, "throughput": 10**9, "engaged": 10**9, "warm_up_minutes": 0,
                "late_failures": False}  # fmt: skip
        for platform in ACTS:
            for country in BUSINESSES:
                key = f"{platform}-{country}"
                self.world.pages.register(
                    {"id": key, "token": f"T-{key}", "platform": platform, "country": country,
                     "options": free}
                )  # fmt: skip
                if platform != "instagram":
                    self._templates(platform, key)

    def _templates(self, platform: str, page: str) -> None:
        parts = [{"type": "BODY", "text": "{{1}}"}]
        for category in ("UTILITY", "MARKETING")[: 1 if platform == "messenger" else 2]:
            body = {"name": f"sim_{category.lower()}", "language": "en", "category": category,
                    "components": parts}  # fmt: skip
            answer = self.ask(page, "POST", f"/v26.0/{page}/message_templates", body)
            assert answer.status == 200, answer.body

    def ask(self, page: str, method: str, path: str, body: Any) -> Reply:
        bearer = {"authorization": f"Bearer T-{page}"}
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = graph.serve(self.world, calls.read(calls.Request(method, path, bearer, raw)))
        return Reply(answer.status, {}, json.dumps(answer.body).encode())

    def live(self, case: Case) -> None:
        """What happened in the case, at its own times."""
        told = {"psid": case.psid, "page": case.page, "country": case.country}
        if case.country is None:
            page = self.world.pages.find(case.page)
            assert page is not None
            people.meet(self.world.state, 7, page, case.psid, 0)
        else:
            pages = {page.id: page for page in self.world.pages.every()}
            people.tell(self.world.state, 7, pages, [told], _ms(case.at))
        for act, at in case.acts:
            self.time.moment = _ms(at)
            says.something(self.world, case.psid, {"page": case.page, **_said(act)})
        self._topic(case)
        self.time.moment = _ms(case.at)
        if case.blocked:
            says.something(self.world, case.psid, {"page": case.page, "block": True})

    def _topic(self, case: Case) -> None:
        person = people.find(self.world.state, case.page, case.psid)
        assert person is not None
        for _ in range(case.had):
            whatsapp_rules.count(self.world.state, person, _ms(case.at - timedelta(hours=2)))
        if case.platform == "whatsapp" and case.stopped:
            says.something(self.world, case.psid, {"page": case.page, "marketing": "stop"})
        if case.opted_in is None or case.platform != "messenger":
            return
        state = self.world.state
        token = tokens.issue(state, case.page, case.psid, "news", _ms(case.opted_in))
        if case.used is not None:
            state.write("UPDATE token SET used=?, used_paid=? WHERE page=? AND token=?",
                        _ms(case.used), _ms(case.used), case.page, token.token)  # fmt: skip
        if case.stopped:
            tokens.stop(state, token, stopped=True)

    def send(self, case: Case, route: Route) -> Reply:
        """Rendered by the platform that carries the route, as any broadcast is."""
        sender = REGISTRY.carrying(case.platform, route)
        access = ChannelAccess(
            case.page, f"T-{case.page}", "http://sim", "v26.0", ad_account="act_1"
        )
        request = sender.request(access, self._outgoing(case, route, access))
        return self._asked(case, request)

    def _outgoing(self, case: Case, route: Route, access: ChannelAccess) -> Outgoing:
        token = f"sim-{case.psid}-news"
        by_token = case.platform == "messenger" and route in (Route.SUBSCRIPTION, Route.SPONSORED)
        recipient = Recipient("token", token) if by_token else Recipient("id", case.psid)
        content = Content(text="Hello")
        campaign = None
        if by_token and route is Route.SPONSORED:
            content = Content(text="Hello", image_url="https://r.example/r.jpg")
            campaign = self._campaign(case, access)
        category = "marketing" if route is Route.SPONSORED else "utility"
        used = TemplateUse(f"sim_{category}", "en")
        return Outgoing(f"fl:{case.number}", recipient, route, content, campaign, used)

    def _campaign(self, case: Case, access: ChannelAccess) -> str:
        paid = REGISTRY.paid("messenger")
        reply = self._asked(case, paid.campaign_request(access, PaidCampaign("c")))
        campaign = paid.campaign_of(reply)
        assert isinstance(campaign, Made), reply
        return campaign.key

    def _asked(self, case: Case, request: Request) -> Reply:
        path = request.url.removeprefix("http://sim")
        return self.ask(case.page, request.method, path, request.body or b"")


def _said(act: str) -> dict[str, Any]:
    return {
        "text": {"text": "hi"},
        "ad": {"text": "hi", "ad": "AD1"},
        "payload": {"payload": "GO"},
        "reaction": {"reaction": "❤", "mid": "m_1"},
        "ref": {"ref": "r"},
        "plugin": {"plugin": "p"},
        "call": {"call": True},
    }[act]


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def platforms_of(book: Rulebook) -> list[str]:
    """Those of which the book has rules."""
    named = {rule.platform for rule in book.rules}
    return [platform for platform in ACTS if platform in named]


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return rulebook.load()


@pytest.fixture(scope="module")
def outcomes(book: Rulebook) -> Counter[tuple[str, str, int]]:
    """(platform, route, code) of everything the book allowed; code 0 is accepted."""
    return Counter(_tried(book))


def _tried(book: Rulebook) -> Iterator[tuple[str, str, int]]:
    dice, brand, platforms = random.Random(SEED), Brand(book), Platforms()
    named = platforms_of(book)
    for number in range(CASES):
        case = made(dice, number, named[number % len(named)])
        decision = brand.decide(case)
        if not decision.allowed:
            continue
        platforms.live(case)
        reply = platforms.send(case, decision.route)
        error = json.loads(reply.body).get("error", {})
        yield case.platform, decision.route.value, error.get("code", 0)


def test_the_platform_refuses_nothing_that_the_book_allowed(
    outcomes: Counter[tuple[str, str, int]],
) -> None:
    refused = {
        outcome: count for outcome, count in outcomes.items()
        if outcome[2] and (outcome[0], outcome[2]) not in EXPLAINED
    }  # fmt: skip
    assert not refused


def test_the_cases_ask_enough_to_mean_something(
    outcomes: Counter[tuple[str, str, int]], book: Rulebook
) -> None:
    """Every platform and every route it has was allowed many times over."""
    accepted = {(platform, route) for platform, route, code in outcomes if code == 0}
    expected = {("messenger", route) for route in ("window", "subscription", "sponsored",
                                                   "utility")}  # fmt: skip
    expected |= {("instagram", "window")}
    if "whatsapp" in platforms_of(book):
        expected |= {("whatsapp", route) for route in ("window", "utility", "sponsored")}
    assert expected <= accepted
    assert sum(outcomes.values()) > CASES / 10


def test_every_explanation_is_needed(
    outcomes: Counter[tuple[str, str, int]], book: Rulebook
) -> None:
    """A difference that never shows explains nothing."""
    shown = {(platform, code) for platform, _, code in outcomes if code}
    named = platforms_of(book)
    assert {row for row in EXPLAINED if row[0] in named} <= shown
