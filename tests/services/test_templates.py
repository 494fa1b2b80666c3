"""Utility broadcasts: which template they fill, and what stops them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from tests import simulator_process
from tests.stage import Stage
from webapp.domain import remark
from webapp.domain.brief import Brief
from webapp.domain.broadcast import Kind
from webapp.domain.content import Content
from webapp.domain.delivery import DeliveryState
from webapp.domain.errors import Invalid
from webapp.domain.event import Event, EventKind
from webapp.domain.policy.verdict import Route
from webapp.domain.template_draft import TemplateDraft
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.models.raw_event import RawEvent
from webapp.models.template import Template, TemplateFetch
from webapp.services import (
    approving,
    attention,
    broadcasts,
    drafting,
    meeting,
    planning,
    preflight,
    scheduling,
    steering,
    template_lists,
    templates,
)
from webapp.services.channels import Outside
from webapp.services.sending import Sender

BODY = "Hi {{1}}, your order {{2}} is on its way to you."
COMPONENTS: list[dict[str, object]] = [
    {"type": "BODY", "text": BODY, "example": {"body_text": [["Ana", "A-17"]]}},
    {"type": "FOOTER", "text": "Rosewood"},
]
FILLED = {
    "template": {
        "name": "order_update",
        "language": "en",
        "values": {"body.1": "{{first_name|there}}", "body.2": "A-17"},
    }
}


def shelve(stage: Stage, **fields: Any) -> int:
    """A template of the channel, approved unless said otherwise."""
    with stage.house.db.writer(stage.people.rosewood) as session:
        row = Template(
            **{
                "brand_id": stage.people.rosewood,
                "channel_id": stage.people.channel,
                "key": "700",
                "name": "order_update",
                "language": "en",
                "category": "utility",
                "state": "approved",
                "components": COMPONENTS,
                "told_at": stage.clock.now(),
                **fields,
            }
        )
        session.add(row)
        session.commit()
        return row.id or 0


def change(stage: Stage, **fields: object) -> None:
    with stage.house.db.writer(stage.people.rosewood) as session:
        row = session.exec(select(Template)).one()
        for name, value in fields.items():
            setattr(row, name, value)
        session.add(row)
        session.commit()


def draft(stage: Stage, content: dict[str, object] | None = None) -> int:
    """A utility broadcast with its message and its time."""
    now, editor = stage.clock.now(), stage.actor()
    with stage.house.db.writer(stage.people.rosewood) as session:
        brief = Brief(name="On its way", kind=Kind.UTILITY, channel_id=stage.people.channel)
        made = broadcasts.create(session, editor, brief, now)
        key = made.id or 0
        drafting.write(session, editor, key, made.version, Content.parse(content or FILLED), now)
        drafting.time(session, editor, key, made.version, {"mode": "now"}, now)
        return key


def scheduled(stage: Stage, content: dict[str, object] | None = None) -> int:
    key, now, book = draft(stage, content), stage.clock.now(), stage.house.book
    editor, manager = replace(stage.actor(), user_id=stage.people.editor), stage.actor()
    with stage.house.db.writer(stage.people.rosewood) as session:
        approving.ask(session, editor, key, book, now)
        approving.approve(session, manager, key, book, now)
        scheduling.schedule(session, manager, key, book, now)
    stage.clock.advance(seconds=30)
    return key


def errors(stage: Stage, broadcast_id: int) -> dict[str, list[str]]:
    with stage.house.db.reader(stage.people.rosewood) as session:
        row = session.get_one(Broadcast, broadcast_id)
        found = preflight.check(session, row, stage.house.book, stage.clock.now()).errors
    return {name: [str(each) for each in sentences] for name, sentences in found.items()}


def tell(stage: Stage, action: str, **fields: Any) -> None:
    """A webhook about the template, through the door every event takes."""
    given = {
        "kind": EventKind.TEMPLATE_STATUS,
        "channel_key": "100200300",
        "person_key": None,
        "at": stage.clock.now(),
        "key": f"status:{action}:{stage.clock.now()}",
        "mid": "700",
        "ref": "order_update",
        "payload": "en",
        "action": action,
        **fields,
    }
    with stage.house.db.writer(stage.people.rosewood) as session:
        channel = session.get_one(Channel, stage.people.channel)
        kept, now = raw(session, stage, str(given["key"])), stage.clock.now()
        meeting.apply(session, channel, kept, Event(**given), stage.house.book, now)
        session.commit()


def raw(session: Session, stage: Stage, key: str) -> int:
    channel = session.get_one(Channel, stage.people.channel)
    row = RawEvent(
        app_id=channel.app_id, digest=key[:64], body=b"{}", received_at=stage.clock.now(),
        state="applied",
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id or 0


def reason(stage: Stage, broadcast_id: int) -> str:
    with stage.house.db.reader(stage.people.rosewood) as session:
        return str(remark.from_json(session.get_one(Broadcast, broadcast_id).state_reason))


def test_a_utility_broadcast_goes_from_draft_to_sent(stage: Stage) -> None:
    shelve(stage)
    broadcast = scheduled(stage)
    stage.start()
    stage.run(stage.sender())
    assert stage.state(broadcast) == "done"
    rows = stage.rows(broadcast)
    assert {name for name, row in rows.items() if row.state == DeliveryState.SENT} >= {"Ben"}
    assert rows["Ben"].route == Route.UTILITY.value
    body = next(it for it in stage.transport.bodies() if it["recipient"] == {"id": "2"})
    assert body["messaging_type"] == "UTILITY"
    message = body["message"]
    assert isinstance(message, dict)
    assert message["template"] == {
        "name": "order_update",
        "language": {"code": "en"},
        "components": [
            {
                "type": "body",
                "parameters": [{"type": "text", "text": "Ben"}, {"type": "text", "text": "A-17"}],
            }
        ],
    }
    assert stage.totals(broadcast).adds_up


def test_the_message_keeps_the_template_as_it_read_when_it_was_saved(stage: Stage) -> None:
    shelve(stage)
    key = draft(stage)
    with stage.house.db.reader(stage.people.rosewood) as session:
        written = templates.messages.content(session, key)
    assert written.template is not None
    assert written.template.layout.body == BODY
    assert written.template.filled.body == (
        "Hi {{first_name|there}}, your order A-17 is on its way to you."
    )
    assert Content.parse(written.to_json()) == written


def test_a_template_the_channel_does_not_have_is_refused_by_field(stage: Stage) -> None:
    with pytest.raises(Invalid) as refused:
        draft(stage)
    assert list(refused.value.errors) == ["template"]


def test_without_a_template_the_check_says_to_choose_one(stage: Stage) -> None:
    shelve(stage)
    key = draft(stage, {"text": "Your order is on its way"})
    assert errors(stage, key) == {"message.template": [str(templates.NONE_CHOSEN)]}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": "paused"}, "is paused on the platform"),
        ({"state": "rejected"}, "is rejected on the platform"),
        ({"state": "pending"}, "is in review on the platform"),
        ({"state": "a word of tomorrow"}, "is not known on the platform"),
        ({"category": "marketing"}, "counts the template order_update as marketing"),
        ({"components": [{"type": "BODY", "text": "Hi {{1}}, buy {{2}} now."}]}, "was changed"),
        ({"name": "another"}, "no longer on the platform"),
    ],
)
def test_a_template_that_is_not_what_was_chosen_stops_the_approval(
    stage: Stage, fields: dict[str, object], words: str
) -> None:
    shelve(stage)
    key = draft(stage)
    change(stage, **fields)
    (sentence,) = errors(stage, key)["message.template"]
    assert words in sentence
    with stage.house.db.reader(stage.people.rosewood) as session:
        row = session.get_one(Broadcast, key)
        forecast = planning.forecast(session, row, stage.clock.now(), stage.house.book)
    assert forecast.reached == 0
    assert {it.verdict.rule_id for it in forecast.reasons} >= {"messenger.utility.template"}


def test_saving_again_takes_the_template_as_it_reads_now(stage: Stage) -> None:
    shelve(stage)
    key = draft(stage)
    change(stage, components=[{"type": "BODY", "text": "Dear {{1}}, it left today."}])
    with stage.house.db.writer(stage.people.rosewood) as session:
        row = session.get_one(Broadcast, key)
        drafting.write(session, stage.actor(), key, row.version, Content.parse(FILLED),
                       stage.clock.now())  # fmt: skip
        written = templates.messages.content(session, key).template
    assert written is not None
    assert dict(written.values) == {"body.1": "{{first_name|there}}"}
    assert errors(stage, key) == {}


def test_an_open_place_left_empty_is_red_and_a_variable_wants_a_fallback(stage: Stage) -> None:
    shelve(stage)
    values = {"body.1": "{{first_name}}"}
    key = draft(stage, {"template": {"name": "order_update", "language": "en", "values": values}})
    found = errors(stage, key)
    assert found["message.template.body.2"] == ["Fill in {{2}}."]
    assert "fallback" in found["message.template.body.1"][0]


def test_words_that_sell_in_a_utility_template_are_warned_of(stage: Stage) -> None:
    shelve(stage, components=[{"type": "BODY", "text": "Hi {{1}}, the sale of {{2}} begins now."}])
    key = draft(stage)
    with stage.house.db.reader(stage.people.rosewood) as session:
        row = session.get_one(Broadcast, key)
        check = preflight.check(session, row, stage.house.book, stage.clock.now())
    assert any("sale" in str(line.words) for line in check.lines if line.mood == "warn")
    assert check.errors == {}


def test_a_template_paused_while_sending_holds_those_who_wait(stage: Stage) -> None:
    shelve(stage)
    broadcast = scheduled(stage)
    stage.start()
    tell(stage, "PAUSED", reason="LOW_QUALITY")
    stage.run(stage.sender())
    assert stage.transport.sent == []
    assert stage.state(broadcast) == "paused"
    assert "order_update is paused on the platform" in reason(stage, broadcast)
    waiting = stage.totals(broadcast)
    assert waiting.queued > 0
    assert waiting.adds_up


def test_an_approved_template_goes_on_after_resume(stage: Stage) -> None:
    shelve(stage)
    broadcast = scheduled(stage)
    stage.start()
    tell(stage, "paused")
    sender = stage.sender()
    stage.run(sender)
    stage.clock.advance(hours=3)
    tell(stage, "APPROVED")
    with stage.house.db.writer(stage.people.rosewood) as session:
        steering.resume(session, stage.actor(), broadcast, stage.clock.now())
    stage.run(sender)
    assert stage.state(broadcast) == "done"
    assert stage.rows(broadcast)["Ben"].state == DeliveryState.SENT


def test_resuming_with_a_paused_template_pauses_again_and_sends_nothing(stage: Stage) -> None:
    shelve(stage)
    broadcast = scheduled(stage)
    stage.start()
    tell(stage, "disabled")
    sender = stage.sender()
    stage.run(sender)
    with stage.house.db.writer(stage.people.rosewood) as session:
        steering.resume(session, stage.actor(), broadcast, stage.clock.now())
    stage.run(sender)
    assert (stage.state(broadcast), stage.transport.sent) == ("paused", [])


def test_a_scheduled_broadcast_whose_template_fell_is_missed_with_the_reason(stage: Stage) -> None:
    shelve(stage)
    broadcast = scheduled(stage)
    change(stage, category="marketing")
    stage.start()
    assert stage.state(broadcast) == "missed"
    assert "counts the template order_update as marketing" in reason(stage, broadcast)
    assert stage.totals(broadcast).audience == 0


def test_home_names_broadcasts_whose_template_fell(stage: Stage) -> None:
    shelve(stage)
    broadcast = scheduled(stage)
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert attention.needs(session, stage.actor(), stage.clock.now()).templates == []
    change(stage, state="paused")
    with stage.house.db.reader(stage.people.rosewood) as session:
        ((row, sentence),) = attention.needs(session, stage.actor(), stage.clock.now()).templates
        assert row.id == broadcast
        assert "paused" in str(sentence)


def test_a_late_word_about_a_template_changes_nothing(stage: Stage) -> None:
    shelve(stage)
    stage.clock.advance(hours=1)
    tell(stage, "paused")
    tell(stage, "approved", at=stage.clock.now() - timedelta(minutes=30), key="late")
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert session.exec(select(Template)).one().state == "paused"


@pytest.mark.parametrize("order", [("approved", "paused"), ("paused", "approved")])
def test_of_two_words_of_one_moment_the_one_that_stops_wins(
    stage: Stage, order: tuple[str, str]
) -> None:
    shelve(stage)
    stage.clock.advance(hours=1)
    for word in order:
        tell(stage, word)
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert session.exec(select(Template)).one().state == "paused"


def test_a_word_we_do_not_know_changes_no_state_and_asks_for_the_list(stage: Stage) -> None:
    shelve(stage)
    stage.clock.advance(hours=1)
    tell(stage, "something_new")
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert session.exec(select(Template)).one().state == "approved"
        assert session.exec(select(TemplateFetch)).one().due_at == stage.clock.now()


def test_a_flagged_template_is_of_bad_quality_and_may_still_be_sent(stage: Stage) -> None:
    shelve(stage)
    stage.clock.advance(hours=1)
    tell(stage, "FLAGGED")
    with stage.house.db.reader(stage.people.rosewood) as session:
        row = session.exec(select(Template)).one()
    assert (row.state, row.quality) == ("approved", "red")


def test_a_webhook_may_name_the_new_category(stage: Stage) -> None:
    shelve(stage)
    stage.clock.advance(hours=1)
    tell(stage, "marketing")
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert session.exec(select(Template)).one().category == "marketing"


def test_a_standard_message_carries_no_template(stage: Stage) -> None:
    shelve(stage)
    with stage.house.db.writer(stage.people.rosewood) as session:
        brief = Brief(name="Hello", kind=Kind.STANDARD, channel_id=stage.people.channel)
        made = broadcasts.create(session, stage.actor(), brief, stage.clock.now())
        drafting.write(session, stage.actor(), made.id or 0, made.version, Content.parse(FILLED),
                       stage.clock.now())  # fmt: skip
        key = made.id or 0
    assert str(templates.NO_TEMPLATE_HERE) in errors(stage, key)["message.template"]


def test_on_the_practice_platform_a_utility_broadcast_is_taken(
    stage: Stage, tmp_path: Path
) -> None:
    """A template made, reviewed and listed there; filled, sent and accepted there."""
    draft_ = TemplateDraft(
        name="order_update", category="utility", language="en", body=BODY,
        samples={"1": "Ana", "2": "A-17"},
    )  # fmt: skip
    with simulator_process.running(tmp_path) as simulator:
        simulator.register_page()
        simulator.people([{"psid": key, "first_name": "Somebody"} for key in "1234"])
        with stage.house.db.writer(stage.people.rosewood) as session:
            session.get_one(Channel, stage.people.channel).graph_url = simulator.url
            session.commit()
            house = stage.house
            real = Outside(house.platforms, house.vault, house.settings)
            act = (session, stage.actor(), real, stage.people.channel)
            template_lists.submit(*act, draft_, stage.clock.now())
            simulator_process.until(
                lambda: (
                    template_lists.fetch(*act, stage.clock.now())
                    and session.exec(select(Template)).one().state == "approved"
                )
            )
        broadcast = scheduled(stage)
        stage.start()
        sender = Sender(stage.house)
        sender.enter()

        def turned() -> bool:
            stage.run(sender, turns=1)
            return stage.state(broadcast) == "done"

        simulator_process.until(turned)
        sender.leave()
        sent = [entry for entry in simulator.journal(accepted=1) if entry["key"]]
    totals = stage.totals(broadcast)
    assert (totals.failed, totals.unknown) == (0, 0)
    assert len(sent) == totals.sent > 0
    assert totals.adds_up
