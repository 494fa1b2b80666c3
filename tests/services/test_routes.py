"""The opted-in and the paid kinds: token, spacing, expiry, budget and the rules of the day."""

from __future__ import annotations

import json

import pytest
from sqlmodel import select

from tests import fakes
from tests.stage import Stage
from webapp.domain.broadcast import Kind
from webapp.domain.delivery import DeliveryState
from webapp.domain.policy import engine
from webapp.domain.policy.verdict import Route
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.opt_in import Consent
from webapp.models.subscriber import Subscriber
from webapp.platforms.wire import Reply, Request
from webapp.services import asking, planning, recording


def subscription(stage: Stage) -> int:
    return stage.broadcast(text="Prices fell", kind="subscription", topic_id=stage.people.topic)


def sponsored(stage: Stage, budget_micros: int | None = None) -> int:
    """Dao in the United States, where paid messages may go, and a campaign made for them."""
    with stage.house.db.writer(stage.people.rosewood) as session:
        dao = session.get_one(Subscriber, stage.people.dao)
        dao.country, dao.region = "US", 6
        session.commit()
    broadcast = stage.broadcast(text="Sale", kind="sponsored", budget_micros=budget_micros)
    with stage.house.db.writer(stage.people.rosewood) as session:
        run = session.exec(select(Occurrence).where(Occurrence.broadcast_id == broadcast)).one()
        run.campaign_key = "c1"
        session.commit()
    return broadcast


def paid_accepts(request: Request) -> Reply:
    assert "/act_1/messages" in request.url
    return Reply(200, {}, json.dumps({"success": True,
                                      "marketing_message_tracking_id": "t1"}).encode())  # fmt: skip


def dao_region(stage: Stage, region: int = 1) -> None:
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.get_one(Subscriber, stage.people.dao).region = region
        session.commit()


def test_a_subscription_message_uses_the_token_of_its_topic(stage: Stage) -> None:
    dao_region(stage)
    broadcast = subscription(stage)
    stage.start()
    stage.run(stage.sender())
    (body,) = stage.transport.bodies()
    assert body["recipient"] == {"notification_messages_token": "sim-4-price-drops"}
    row = stage.rows(broadcast)["Dao"]
    assert (row.state, row.route) == (DeliveryState.SENT, "subscription")
    assert row.opt_in_id is not None
    assert stage.rows(broadcast)["Ana"].reason == "messenger.subscription.opt_in"


def test_a_tokens_spacing_is_respected(stage: Stage) -> None:
    dao_region(stage)
    first = subscription(stage)
    stage.start()
    stage.run(stage.sender())
    stage.clock.advance(hours=47)
    second = subscription(stage)
    stage.start()
    stage.run(stage.sender())
    assert stage.rows(first)["Dao"].state == DeliveryState.SENT
    assert stage.rows(second)["Dao"].reason == "messenger.subscription.spacing"
    stage.clock.advance(hours=2)
    third = subscription(stage)
    stage.start()
    stage.run(stage.sender())
    assert stage.rows(third)["Dao"].state == DeliveryState.SENT


def test_a_token_the_platform_did_not_take_is_free_again(stage: Stage) -> None:
    dao_region(stage)
    subscription(stage)
    stage.start()
    stage.transport.answer = fakes.refuses(613)
    stage.run(stage.sender(), turns=4)
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert session.exec(select(Consent)).one().last_used_at is None


def test_an_expired_token_is_not_used(stage: Stage) -> None:
    dao_region(stage)
    stage.clock.advance(days=171)
    broadcast = subscription(stage)
    stage.start()
    assert stage.rows(broadcast)["Dao"].reason == "messenger.subscription.expired"


def test_a_topic_stopped_at_the_platform_is_stopped_here(stage: Stage) -> None:
    dao_region(stage)
    broadcast = subscription(stage)
    stage.start()
    stage.transport.answer = fakes.refuses(10, 1893015)
    stage.run(stage.sender())
    assert stage.rows(broadcast)["Dao"].state == DeliveryState.FAILED
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert session.exec(select(Consent)).one().state == "stopped"


def test_a_sponsored_message_goes_through_its_campaign_and_is_priced(stage: Stage) -> None:
    broadcast = sponsored(stage)
    stage.transport.answer = paid_accepts
    stage.start()
    stage.run(stage.sender())
    row = stage.rows(broadcast)["Dao"]
    assert (row.state, row.route) == (DeliveryState.SENT, "sponsored")
    assert row.price_micros > 0
    assert row.platform_message_id == "t1"


def test_a_sponsored_run_waits_for_its_campaign(stage: Stage) -> None:
    broadcast = sponsored(stage)
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.exec(select(Occurrence)).one().campaign_key = None
        session.commit()
    stage.start()
    stage.run(stage.sender())
    assert stage.transport.sent == []
    assert stage.totals(broadcast).queued == 1


def test_the_budget_is_enforced_at_the_claim(stage: Stage) -> None:
    broadcast = sponsored(stage, budget_micros=1)
    stage.start()
    stage.run(stage.sender())
    assert stage.transport.sent == []
    assert stage.rows(broadcast)["Dao"].reason == "brand.budget"
    assert stage.totals(broadcast).adds_up


@pytest.mark.parametrize(
    ("kind", "country", "rule"),
    [
        (Kind.SUBSCRIPTION, "US", "messenger.subscription.regions"),
        (Kind.SPONSORED, "FR", "messenger.sponsored.business_countries"),
    ],
)
def test_a_kind_todays_rules_forbid_is_refused_with_rule_and_source(
    stage: Stage, kind: Kind, country: str, rule: str
) -> None:
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.get_one(Brand, stage.people.rosewood).country = country
        session.commit()
    broadcast = stage.broadcast(kind=kind.value, topic_id=stage.people.topic)
    with stage.house.db.reader(stage.people.rosewood) as session:
        row = session.get_one(Broadcast, broadcast)
        asked = asking.about(session, row, stage.clock.now(), stage.house.book)
        refused = engine.refuse_kind(asked.question, stage.house.book)
        forecast = planning.forecast(session, row, stage.clock.now(), stage.house.book)
    assert refused is not None
    assert refused.rule_id == rule
    assert refused.source.startswith("https://")
    assert forecast.reached == 0


def test_a_forecast_is_what_the_plan_then_is(stage: Stage) -> None:
    broadcast = stage.broadcast()
    with stage.house.db.reader(stage.people.rosewood) as session:
        row = session.get_one(Broadcast, broadcast)
        forecast = planning.forecast(session, row, stage.clock.now(), stage.house.book)
    stage.start()
    totals = stage.totals(broadcast)
    assert forecast.audience == totals.audience
    assert forecast.by_route == {Route.WINDOW: totals.queued}
    assert sum(reason.people for reason in forecast.reasons) == totals.skipped


def test_a_plan_goes_on_where_it_stopped(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "CHUNK", 1)
    broadcast = stage.broadcast()
    calls = iter([None, RuntimeError("killed")])
    real = planning._write

    def write(*args: object) -> bool:
        fault = next(calls, None)
        if fault:
            raise fault
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(planning, "_write", write)
    with pytest.raises(RuntimeError):
        stage.start()
    assert stage.totals(broadcast).audience == 1
    stage.start()
    assert stage.totals(broadcast).audience == 4
    assert stage.state(broadcast) == "sending"


def test_reasons_of_answers_read_as_codes() -> None:
    answer = recording.RefusedPerson(10, 2018278, recording.Sentence("x"))
    assert recording.reason_of(answer) == "10/2018278"
