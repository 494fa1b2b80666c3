"""The list of a channel's templates, fetched; and new templates sent for review."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlmodel import select

from tests import simulator_process
from tests.cast import PAGE
from tests.stage import Stage
from webapp.domain import remark
from webapp.domain.errors import Forbidden, Invalid, Refused
from webapp.domain.permission import Role
from webapp.domain.template_draft import TemplateDraft
from webapp.models.channel import Channel
from webapp.models.template import Template, TemplateFetch
from webapp.platforms.wire import Reply, Request, TransportError
from webapp.services import template_lists
from webapp.services.channels import Outside

BODY = {"type": "BODY", "text": "Hi {{1}}, it left."}
DRAFT = TemplateDraft(
    name="order_ready",
    category="utility",
    language="en",
    body="Hi {{1}}, your order is ready.",
    samples={"1": "Ana"},
)


def listed(name: str, **fields: object) -> dict[str, object]:
    return {
        "id": f"id-{name}",
        "name": name,
        "language": "en",
        "category": "UTILITY",
        "status": "APPROVED",
        "components": [BODY],
        **fields,
    }


def ok(body: object) -> Reply:
    return Reply(200, {}, json.dumps(body).encode())


def outside(stage: Stage, answer: Callable[[Request], Reply]) -> Outside:
    house = stage.house
    return Outside(house.platforms, house.vault, house.settings, answer)


def fetch(stage: Stage, answer: Callable[[Request], Reply], role: Role = Role.EDITOR) -> int:
    with stage.house.db.writer(stage.people.rosewood) as session:
        return template_lists.fetch(
            session, stage.actor(role), outside(stage, answer), stage.people.channel,
            stage.clock.now(),
        )  # fmt: skip


def kept(stage: Stage) -> Sequence[Template]:
    with stage.house.db.reader(stage.people.rosewood) as session:
        return session.exec(select(Template).order_by(Template.name)).all()


def last_fetch(stage: Stage) -> TemplateFetch:
    with stage.house.db.reader(stage.people.rosewood) as session:
        return session.exec(select(TemplateFetch)).one()


def test_a_list_is_kept_with_what_the_platform_says_of_each(stage: Stage) -> None:
    rejected = listed("b", status="REJECTED", rejected_reason="INVALID_FORMAT")
    first = listed("a", quality_score={"score": "GREEN"}, correct_category="MARKETING")
    assert fetch(stage, lambda _: ok({"data": [first, rejected]})) == 2
    one, two = kept(stage)
    assert (one.key, one.state, one.category, one.quality) == (
        "id-a",
        "approved",
        "utility",
        "green",
    )
    assert (one.coming_category, one.components) == ("marketing", [BODY])
    assert (two.state, two.rejected_reason) == ("rejected", "INVALID_FORMAT")
    assert last_fetch(stage).due_at == stage.clock.now() + template_lists.EVERY


def test_a_list_of_several_pages_is_followed_to_its_end(stage: Stage) -> None:
    def answer(request: Request) -> Reply:
        query = parse_qs(urlsplit(request.url).query)
        if query.get("after") == ["second"]:
            return ok({"data": [listed("b")], "paging": {"cursors": {"after": "x"}}})
        paging = {"cursors": {"after": "second"}, "next": "https://graph.example/next"}
        return ok({"data": [listed("a")], "paging": paging})

    assert fetch(stage, answer) == 2


def test_what_a_whole_list_no_longer_names_is_gone(stage: Stage) -> None:
    fetch(stage, lambda _: ok({"data": [listed("a"), listed("b")]}))
    fetch(stage, lambda _: ok({"data": [listed("b", status="PAUSED")]}))
    assert [(row.name, row.state) for row in kept(stage)] == [("b", "paused")]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, {}, b"<html>"),
        Reply(200, {}, b'{"data": 7}'),
        Reply(503, {}, b""),
        Reply(400, {}, b'{"error": {"code": 190, "message": "dead"}}'),
        Reply(0, error=TransportError.TIMEOUT, sent_first_byte=True),
    ],
)
def test_a_list_that_cannot_be_read_changes_nothing_and_says_why(
    stage: Stage, reply: Reply
) -> None:
    fetch(stage, lambda _: ok({"data": [listed("a")]}))
    with pytest.raises(Refused):
        fetch(stage, lambda _: reply)
    assert [row.name for row in kept(stage)] == ["a"]
    noted = last_fetch(stage)
    assert remark.from_json(noted.trouble) is not None
    assert noted.due_at == stage.clock.now() + template_lists.AGAIN


@pytest.mark.parametrize(
    "item",
    [None, 7, "x", {}, {"id": "1"}, {"id": "1", "name": "a"}, {"name": "a", "language": "en"}],
)
def test_an_entry_that_is_no_template_is_left_out(stage: Stage, item: object) -> None:
    assert fetch(stage, lambda _: ok({"data": [item, listed("a")]})) == 1


def test_an_entry_with_the_worst_of_texts_is_kept_whole(stage: Stage) -> None:
    nested: object = "deep"
    for _ in range(50):
        nested = [nested]
    odd = listed("a", components=[{"type": "BODY", "text": "\ud800 \x00 ok", "more": nested}, 7])
    assert fetch(stage, lambda _: ok({"data": [odd]})) == 1
    assert kept(stage)[0].components[0]["text"] == "?  ok"


def test_the_clock_asks_what_is_due_and_nothing_else(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def call(request: Request) -> Reply:
        asked.append(urlsplit(request.url).path)
        return ok({"data": []})

    monkeypatch.setattr(template_lists, "Outside", lambda *given: Outside(*given, call))
    assert template_lists.fetch_due(stage.house) == 2  # both brands' pages, never asked before
    assert any(path.endswith(f"/{PAGE}/message_templates") for path in asked)
    assert template_lists.fetch_due(stage.house) == 0
    stage.clock.advance(minutes=15)
    assert template_lists.fetch_due(stage.house) == 2


def test_a_channel_that_breaks_leaves_the_others_their_lists(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def call(request: Request) -> Reply:
        if PAGE in request.url:
            raise RuntimeError("broken")
        return ok({"data": [listed("a")]})

    monkeypatch.setattr(template_lists, "Outside", lambda *given: Outside(*given, call))
    assert template_lists.fetch_due(stage.house) == 2
    with stage.house.db.reader(stage.people.other) as session:
        assert session.exec(select(Template)).one().name == "a"


def test_a_viewer_fetches_nothing(stage: Stage) -> None:
    with pytest.raises(Forbidden):
        fetch(stage, lambda _: ok({"data": []}), Role.VIEWER)


def submit(stage: Stage, draft: TemplateDraft, answer: Callable[[Request], Reply]) -> Template:
    with stage.house.db.writer(stage.people.rosewood) as session:
        return template_lists.submit(
            session, stage.actor(Role.MANAGER), outside(stage, answer), stage.people.channel,
            draft, stage.clock.now(),
        )  # fmt: skip


def test_a_new_template_is_sent_with_its_samples_and_kept_in_review(stage: Stage) -> None:
    asked: list[object] = []

    def answer(request: Request) -> Reply:
        asked.append(json.loads(request.body or b"null"))
        return ok({"id": "77", "status": "PENDING", "category": "UTILITY"})

    made = submit(stage, DRAFT, answer)
    assert (made.key, made.state, made.category) == ("77", "pending", "utility")
    assert asked == [
        {
            "name": "order_ready",
            "language": "en",
            "category": "UTILITY",
            "components": [
                {
                    "type": "BODY",
                    "text": "Hi {{1}}, your order is ready.",
                    "example": {"body_text": [["Ana"]]},
                }
            ],
        }
    ]


def test_what_the_platform_would_refuse_is_refused_before_it_is_asked(stage: Stage) -> None:
    def never(_request: Request) -> Reply:
        raise AssertionError("nobody may be asked")

    with pytest.raises(Invalid) as refused:
        submit(stage, replace(DRAFT, name="Order Ready", samples={}), never)
    assert set(refused.value.errors) == {"name", "samples.1"}


def test_the_platforms_refusal_is_repeated_in_its_words(stage: Stage) -> None:
    error = {"error": {"code": 100, "error_subcode": 2388072, "message": "Too many variables"}}
    with pytest.raises(Refused, match="Too many variables"):
        submit(stage, DRAFT, lambda _: Reply(400, {}, json.dumps(error).encode()))
    assert kept(stage) == []


def test_a_name_is_taken_once_in_a_language(stage: Stage) -> None:
    fetch(stage, lambda _: ok({"data": [listed("order_ready")]}))
    with pytest.raises(Invalid, match="already"):
        submit(stage, DRAFT, lambda _: ok({"id": "1"}))


def test_on_the_practice_platform_a_template_is_made_reviewed_and_listed(
    stage: Stage, tmp_path: Path
) -> None:
    with simulator_process.running(tmp_path) as simulator:
        simulator.register_page()
        with stage.house.db.writer(stage.people.rosewood) as session:
            session.get_one(Channel, stage.people.channel).graph_url = simulator.url
            session.commit()
        with stage.house.db.writer(stage.people.rosewood) as session:
            house = stage.house
            real = Outside(house.platforms, house.vault, house.settings)
            act = (session, stage.actor(), real, stage.people.channel)
            template_lists.submit(*act, DRAFT, stage.clock.now())
            template_lists.submit(*act, replace(DRAFT, name="reject_me"), stage.clock.now())
            simulator_process.until(
                lambda: (template_lists.fetch(*act, stage.clock.now()), _reviewed(stage))[1]
            )
    assert {row.name: row.state for row in kept(stage)} == {
        "order_ready": "approved",
        "reject_me": "rejected",
    }


def _reviewed(stage: Stage) -> bool:
    return all(row.state != "pending" for row in kept(stage))
