"""Connecting and keeping channels, against a Graph that answers as told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import Session

from tests import cast as casting
from tests.cast import APP_SECRET, PAGE, VAULT, Cast
from webapp import db as database
from webapp.config import Settings
from webapp.domain.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from webapp.domain.permission import Actor, Role
from webapp.models.channel import RateBucket
from webapp.platforms import registry
from webapp.platforms.wire import Reply, Request, TransportError
from webapp.services import channels, connecting, practising
from webapp.services.channels import Outside
from webapp.services.connecting import Connection
from webapp.store import channels as all_channels

DEAD = {"error": {"message": "Session has expired", "type": "OAuthException", "code": 190}}
NEW = "700800900"


class Graph:
    """Knows one Page by token; remembers what it was asked."""

    def __init__(self, key: str = NEW, name: str = "Rosewood") -> None:
        self.key, self.name = key, name
        self.asked: list[Request] = []
        self.dead = False
        self.reachable = True

    def __call__(self, request: Request) -> Reply:
        self.asked.append(request)
        if not self.reachable:
            return Reply(0, error=TransportError.REFUSED, sent_first_byte=False)
        if request.url.endswith("/_practice/pages"):
            told = json.loads(request.body or b"")
            self.key, self.name = told["id"], told["name"]
            return Reply(200, body=json.dumps({**told, "token": "SIM-1"}).encode())
        if self.dead:
            return Reply(400, body=json.dumps(DEAD).encode())
        return Reply(200, body=json.dumps({"id": self.key, "name": self.name}).encode())


@pytest.fixture
def graph() -> Graph:
    return Graph()


@pytest.fixture
def outside(graph: Graph, tmp_path: Path) -> Outside:
    settings = Settings(tmp_path, "", "key", base_url="https://fanlight.example")
    return Outside(registry.default(), VAULT, settings, graph)


@pytest.fixture
def cast(db: database.Database, now: datetime) -> Cast:
    return casting.enter(db, now)


@pytest.fixture
def session(db: database.Database, cast: Cast) -> Iterator[Session]:
    with db.writer(cast.rosewood) as writing:
        yield writing


@pytest.fixture
def admin(cast: Cast) -> Actor:
    return Actor(cast.admin, "Admin", Role.ADMIN)


def test_a_channel_is_connected_with_its_secrets_sealed(
    session: Session, admin: Actor, outside: Outside, now: datetime
) -> None:
    given = Connection(NEW, "page-token", app_slug="shop", app_secret="s3cret")
    made = connecting.connect(session, admin, outside, given, now)
    assert (made.name, made.state) == ("Rosewood", "connected")
    assert "page-token" not in made.access_token
    access = channels.access_to(outside, session, made)
    assert (access.token, access.app_secret) == ("page-token", "s3cret")
    assert session.get(RateBucket, made.id) is not None


def test_the_platform_is_asked_for_webhooks(
    session: Session, admin: Actor, outside: Outside, graph: Graph, now: datetime
) -> None:
    connecting.connect(session, admin, outside, Connection(NEW, "page-token"), now)
    assert any("subscribed_apps" in request.url for request in graph.asked)


def test_a_dead_token_connects_nothing(
    session: Session, admin: Actor, outside: Outside, graph: Graph, now: datetime
) -> None:
    graph.dead = True
    with pytest.raises(Invalid) as caught:
        connecting.connect(session, admin, outside, Connection(NEW, "page-token"), now)
    assert list(caught.value.errors) == ["token"]
    assert all_channels.anywhere(session, "messenger", NEW) is None


def test_the_token_of_another_page_is_refused_by_name(
    session: Session, admin: Actor, outside: Outside, graph: Graph, now: datetime
) -> None:
    graph.key = "1"
    with pytest.raises(Invalid, match="belongs to Rosewood"):
        connecting.connect(session, admin, outside, Connection(NEW, "page-token"), now)


@pytest.mark.parametrize(
    ("key", "words"), [(PAGE, "this brand already"), ("900800700", "another brand")]
)
def test_a_page_is_connected_once(
    session: Session, admin: Actor, outside: Outside, now: datetime, key: str, words: str
) -> None:
    with pytest.raises(Conflict, match=words):
        connecting.connect(session, admin, outside, Connection(key, "t"), now)


def test_a_brand_cannot_change_the_secret_of_a_shared_app(
    session: Session, admin: Actor, outside: Outside, now: datetime
) -> None:
    given = Connection(NEW, "t", app_slug="default", app_secret="stolen")
    with pytest.raises(Invalid) as caught:
        connecting.connect(session, admin, outside, given, now)
    assert list(caught.value.errors) == ["app_secret"]
    given = Connection(NEW, "t", app_slug="default", app_secret=APP_SECRET)
    assert connecting.connect(session, admin, outside, given, now)


def test_a_new_app_needs_its_secret(
    session: Session, admin: Actor, outside: Outside, now: datetime
) -> None:
    with pytest.raises(Invalid, match="this app is new"):
        connecting.connect(session, admin, outside, Connection(NEW, "t", app_slug="new"), now)


def test_our_server_calls_no_address_an_admin_makes_up(
    session: Session, admin: Actor, outside: Outside, graph: Graph, now: datetime
) -> None:
    given = Connection(NEW, "t", graph_url="http://169.254.169.254")
    with pytest.raises(Invalid):
        connecting.connect(session, admin, outside, given, now)
    assert graph.asked == []


def test_editors_connect_nothing(session: Session, outside: Outside, now: datetime) -> None:
    editor = Actor(1, "Editor", Role.EDITOR)
    with pytest.raises(Forbidden):
        connecting.connect(session, editor, outside, Connection(NEW, "t"), now)


def test_a_practice_channel_is_one_call(
    session: Session, admin: Actor, outside: Outside, graph: Graph, now: datetime
) -> None:
    made = practising.add(session, admin, outside, now)
    told = json.loads(graph.asked[0].body or b"")
    assert graph.asked[0].url == "http://127.0.0.1:8090/_practice/pages"
    assert told["webhook_url"] == "https://fanlight.example/webhooks/meta/practice"
    assert (made.practice, made.graph_url) == (True, "http://127.0.0.1:8090")
    assert channels.access_to(outside, session, made).app_secret == told["app_secret"]
    assert practising.add(session, admin, outside, now).app_id == made.app_id


def test_without_a_simulator_it_says_how_to_start_one(
    session: Session, admin: Actor, outside: Outside, graph: Graph, now: datetime
) -> None:
    graph.reachable = False
    with pytest.raises(Refused, match="fanlight simulator"):
        practising.add(session, admin, outside, now)


def test_a_token_found_dead_stops_the_channel_and_a_new_one_revives_it(
    session: Session, admin: Actor, outside: Outside, graph: Graph, cast: Cast, now: datetime
) -> None:
    graph.key, graph.dead = PAGE, True
    assert not channels.test(session, admin, outside, cast.channel, now).alive
    channel = all_channels.get(session, cast.channel)
    assert (channel.state, channel.stopped_at) == ("stopped", now)
    with pytest.raises(Refused):
        channels.resume(session, admin, outside, cast.channel, now)
    graph.dead = False
    channels.reconnect(session, admin, outside, cast.channel, "fresh", now)
    channel = all_channels.get(session, cast.channel)
    assert (channel.state, channel.stopped_reason) == ("reading", None)
    assert channels.access_to(outside, session, channel).token == "fresh"


def test_a_platform_that_cannot_be_reached_stops_nothing(
    session: Session, admin: Actor, outside: Outside, graph: Graph, cast: Cast, now: datetime
) -> None:
    graph.reachable = False
    assert not channels.test(session, admin, outside, cast.channel, now).alive
    assert all_channels.get(session, cast.channel).state == "connected"


def test_a_stopped_channel_goes_on_when_resumed(
    session: Session, admin: Actor, outside: Outside, graph: Graph, cast: Cast, now: datetime
) -> None:
    graph.key = PAGE
    channels.stop(session, admin, cast.channel, now)
    assert all_channels.get(session, cast.channel).state == "stopped"
    channels.resume(session, admin, outside, cast.channel, now)
    assert all_channels.get(session, cast.channel).state == "connected"


def test_a_channel_of_another_brand_is_not_found(
    session: Session, admin: Actor, outside: Outside, cast: Cast, now: datetime
) -> None:
    with pytest.raises(NotFound):
        channels.test(session, admin, outside, cast.other_channel, now)
    with pytest.raises(NotFound):
        channels.stop(session, admin, cast.other_channel, now)
