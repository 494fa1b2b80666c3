"""Messages that travel together have a row, a claim and an answer each, as if they went alone."""

from __future__ import annotations

import json
import math
from collections import Counter
from datetime import timedelta
from typing import Any, Literal

import pytest
from sqlmodel import col, select

from tests import fakes
from tests.domain.test_rate import most_in_a_second
from tests.services.test_hearing import claim
from tests.services.test_sending import with_more_people
from tests.stage import Stage
from webapp.domain import delivery
from webapp.domain.content import Content
from webapp.domain.delivery import DeliveryState
from webapp.domain.policy.verdict import Route
from webapp.domain.rate import Usage
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.platforms.protocol import ChannelAccess, Outgoing, Recipient
from webapp.platforms.wire import Reply, Request, TransportError
from webapp.services import claiming, recovering
from webapp.services.sending import Sender

PEOPLE, RATE, MOST = 60, 300, 15
SENT, FAILED, UNKNOWN, QUEUED = (
    DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.QUEUED,
)  # fmt: skip


@pytest.fixture
def crowd(stage: Stage) -> Stage:
    """A fast channel in batches, and many whose window is open; nothing is sent yet."""
    with_more_people(stage, PEOPLE - 1, rate=RATE)
    in_batches(stage, 50)
    stage.transport.answer = fakes.together(fakes.accepts)
    return stage


def in_batches(stage: Stage, size: int | None, **more: object) -> None:
    with stage.house.db.writer(stage.people.rosewood) as session:
        channel = session.get_one(Channel, stage.people.channel)
        channel.batch_size = size
        for name, value in more.items():
            setattr(channel, name, value)
        session.commit()


def sizes(stage: Stage) -> list[int]:
    """Messages in each request that was asked."""
    return [len(fakes.batch_in(request) or [request]) for request in stage.transport.sent]


def run(stage: Stage, sender: Sender, turns: int = 60) -> None:
    for _ in range(turns):
        sender.turn()
        stage.clock.advance(milliseconds=8)
    recovering.finish_runs(stage.house.db, stage.clock.now())


def states(stage: Stage, broadcast: int) -> Counter[DeliveryState]:
    query = select(Delivery.state).where(col(Delivery.broadcast_id) == broadcast)
    with stage.house.db.reader(stage.people.rosewood) as session:
        return Counter(DeliveryState(state) for state in session.exec(query))


def test_nobody_travels_together_unless_the_channel_asks_for_it(crowd: Stage) -> None:
    in_batches(crowd, None)
    broadcast = crowd.broadcast()
    crowd.start()
    run(crowd, crowd.sender())
    assert sizes(crowd) == [1] * PEOPLE
    assert states(crowd, broadcast)[SENT] == PEOPLE


def test_everybody_gets_theirs_once_in_far_fewer_requests(crowd: Stage) -> None:
    broadcast = crowd.broadcast()
    crowd.start()
    run(crowd, crowd.sender())
    assert sum(sizes(crowd)) == PEOPLE
    assert max(sizes(crowd)) == MOST
    assert len(sizes(crowd)) <= PEOPLE / 6
    assert states(crowd, broadcast)[SENT] == PEOPLE
    assert crowd.state(broadcast) == "done"
    with crowd.house.db.reader(crowd.people.rosewood) as session:
        rows = session.exec(select(Delivery).where(col(Delivery.state) == SENT)).all()
    keys = {row.platform_message_id: delivery.key_of(row.id or 0, row.epoch) for row in rows}
    assert all(mid == f"m_{key}" for mid, key in keys.items()), "each has its own answer"


def test_a_batch_is_no_larger_than_was_chosen(crowd: Stage) -> None:
    in_batches(crowd, 4)
    crowd.broadcast()
    crowd.start()
    run(crowd, crowd.sender())
    assert max(sizes(crowd)) == 4
    assert sum(sizes(crowd)) == PEOPLE


@pytest.mark.parametrize(("rate", "most"), [(20, 1), (40, 2), (100, 5)])
def test_at_small_rates_batches_are_small(crowd: Stage, rate: int, most: int) -> None:
    in_batches(crowd, 50, rate_per_second=rate)
    crowd.broadcast()
    crowd.start()
    run(crowd, crowd.sender(), turns=100)
    assert max(sizes(crowd)) == most


@pytest.mark.parametrize("rate", [40, 100])
def test_no_second_holds_more_than_the_rate(crowd: Stage, rate: int) -> None:
    in_batches(crowd, 50, rate_per_second=rate)
    crowd.broadcast()
    crowd.broadcast()
    crowd.start()
    starts, submit = [], crowd.transport.submit

    def noted(request: Request, token: Any) -> None:
        starts.extend([crowd.clock.now()] * len(token))
        submit(request, token)

    crowd.transport.submit = noted  # type: ignore[method-assign]
    run(crowd, crowd.sender(), turns=200)
    assert most_in_a_second(starts) <= math.floor(rate * 1.05)
    begun = max(starts) - min(starts)
    assert len(starts) / begun.total_seconds() > 0.8 * rate, "and it does not crawl"


def test_each_message_of_a_batch_ends_as_it_was_answered(crowd: Stage) -> None:
    answers = {
        "m1": fakes.refuses(551, 1545041),
        "m2": fakes.refuses(1200),
        "m3": fakes.breaks(TransportError.TIMEOUT, written=True),
        "m4": lambda _request: Reply(200, {}, b"{}"),
    }

    def each(request: Request) -> Reply:
        person = json.loads(request.body or b"")["recipient"]["id"]
        return answers.get(person, fakes.accepts)(request)

    crowd.transport.answer = fakes.together(each)
    broadcast = crowd.broadcast()
    crowd.start()
    run(crowd, crowd.sender())
    found = states(crowd, broadcast)
    assert (found[FAILED], found[UNKNOWN], found[SENT]) == (1, 3, PEOPLE - 4)
    assert crowd.totals(broadcast).adds_up


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (fakes.breaks(TransportError.TIMEOUT, written=True), UNKNOWN),
        (lambda _request: Reply(502, {}, b"bad gateway"), UNKNOWN),
        (lambda _request: Reply(200, {}, b"[]"), UNKNOWN),
        (fakes.breaks(TransportError.REFUSED, written=False), QUEUED),
        (fakes.refuses(613), QUEUED),
        (fakes.refuses(190, 463), QUEUED),
    ],
)
def test_a_request_that_fails_as_a_whole_fails_for_its_messages_and_no_others(
    crowd: Stage, answer: fakes.Answering, state: DeliveryState
) -> None:
    broadcast = crowd.broadcast()
    crowd.start()
    lost: list[Request] = []

    def first_fails(request: Request) -> Reply:
        if not lost:
            lost.append(request)
        return answer(request) if request is lost[0] else fakes.together(fakes.accepts)(request)

    crowd.transport.answer = first_fails
    sender = crowd.sender()
    while not lost:
        run(crowd, sender, turns=1)
    run(crowd, sender, turns=40)
    found, of_the_first = states(crowd, broadcast), len(fakes.batch_in(lost[0]) or [])
    assert of_the_first > 1
    if state is UNKNOWN:
        assert found[UNKNOWN] == of_the_first
    else:
        assert found[UNKNOWN] == found[FAILED] == 0
        assert found[QUEUED] >= of_the_first
    assert crowd.totals(broadcast).adds_up


def test_who_was_refused_by_something_on_the_way_takes_nobody_along(crowd: Stage) -> None:
    """A filter that minds one message answers for the whole request; the others must get theirs."""

    def filtered(request: Request) -> Reply:
        if b"m7%22" in (request.body or b"") or b'"m7"' in (request.body or b""):
            return Reply(403, {}, b"<html>Blocked</html>")
        return fakes.together(fakes.accepts)(request)

    crowd.transport.answer = filtered
    broadcast = crowd.broadcast()
    crowd.start()
    sender = crowd.sender()
    for _ in range(8):
        run(crowd, sender, turns=30)
        crowd.clock.advance(minutes=20)
    found = states(crowd, broadcast)
    assert found[SENT] == PEOPLE - 1
    assert found[SENT] + found[QUEUED] + found[FAILED] == PEOPLE
    asked = [fakes.batch_in(request) or [] for request in crowd.transport.sent]
    assert sum("m7%22" in str(items) for items in asked) == 1, "in company once, then alone"


def test_a_host_that_takes_no_batches_still_gets_everybody_theirs(crowd: Stage) -> None:
    def no_batches(request: Request) -> Reply:
        together = fakes.batch_in(request) is not None
        return (fakes.refuses(100, 33) if together else fakes.accepts)(request)

    crowd.transport.answer = no_batches
    broadcast = crowd.broadcast()
    crowd.start()
    sender = crowd.sender()
    for _ in range(12):
        run(crowd, sender, turns=20)
        crowd.clock.advance(seconds=10)
    assert states(crowd, broadcast)[SENT] == PEOPLE


def test_what_the_whole_says_of_usage_is_heard_beside_what_each_says(crowd: Stage) -> None:
    used = json.dumps({"call_count": 85})
    whole = fakes.together(fakes.accepts)
    crowd.transport.answer = lambda request: Reply(200, {"x-app-usage": used}, whole(request).body)
    crowd.broadcast()
    crowd.start()
    sender = crowd.sender()
    run(crowd, sender, turns=30)
    assert sender.hearing.used(crowd.people.channel, crowd.clock.now()) == Usage(85.0)


@pytest.mark.parametrize(
    ("platform", "route", "together"),
    [
        ("messenger", Route.WINDOW, True), ("instagram", Route.WINDOW, True),
        ("messenger", Route.SPONSORED, False), ("whatsapp", Route.WINDOW, False),
    ],
)  # fmt: skip
def test_bought_messages_and_whatsapp_go_one_by_one(
    stage: Stage, platform: str, route: Route, *, together: bool
) -> None:
    sender = stage.sender()
    access = ChannelAccess("500", "T", "http://127.0.0.1:1", "v26.0", ad_account="act_1")
    sender.keys.opened[1] = ("", access)
    kind: Literal["id", "token"] = "token" if route is Route.SPONSORED else "id"
    said = Outgoing("fl:1", Recipient(kind, "77"), route, Content(text="Hi"), campaign_key="c")
    both = [claim(n)._replace(outgoing=said, platform=platform) for n in (1, 2)]
    assert sender.post.hand_over(both) == []
    assert len(stage.transport.sent) == (1 if together else 2)
    assert sender.post.flying == 2


def test_a_sender_that_dies_leaves_no_more_unknown_than_it_had_in_flight_and_a_wave(
    crowd: Stage,
) -> None:
    broadcast = crowd.broadcast()
    crowd.start()
    sender = crowd.sender()
    run(crowd, sender, turns=10)
    crowd.transport.silent = True
    run(crowd, sender, turns=12)
    asked = sender.post.flying
    assert asked == sum(sizes(crowd)) - states(crowd, broadcast)[SENT]
    assert states(crowd, broadcast)[DeliveryState.CLAIMED] <= asked + RATE * claiming.WAVE_S
    before = sum(sizes(crowd))
    crowd.clock.advance(seconds=60)
    recovering.bury_dead(crowd.house.db, crowd.clock.now())
    assert states(crowd, broadcast)[UNKNOWN] <= asked + math.ceil(RATE * claiming.WAVE_S)
    crowd.transport.silent = False
    crowd.transport.waiting.clear()
    run(crowd, crowd.sender())
    totals = crowd.totals(broadcast)
    assert totals.adds_up
    assert totals.sent + totals.unknown == PEOPLE
    assert sum(sizes(crowd)) - before <= PEOPLE - before, "nobody is asked twice"


def test_claims_of_a_batch_are_no_more_than_a_wave_while_they_wait(crowd: Stage) -> None:
    broadcast = crowd.broadcast()
    crowd.start()
    sender, most = crowd.sender(), 0
    for _ in range(100):
        sender.turn()
        waiting = len(sender.hand.ready) + len(sender.hand.overdue)
        most = max(most, waiting)
        claimed = states(crowd, broadcast)[DeliveryState.CLAIMED]
        assert claimed <= sender.post.flying + RATE * claiming.WAVE_S + len(sender.heard.outcomes)
        crowd.clock.advance(milliseconds=3)
    assert MOST <= most <= math.ceil(RATE * claiming.WAVE_S)


def test_a_batch_that_misses_its_slot_gets_another(crowd: Stage) -> None:
    broadcast = crowd.broadcast()
    crowd.start()
    sender = crowd.sender()
    run(crowd, sender, turns=8)
    crowd.clock.advance(milliseconds=200)
    assert any(it.last_moment < crowd.clock.now() for it in sender.hand.ready)
    run(crowd, sender)
    assert states(crowd, broadcast)[SENT] == PEOPLE
    assert sum(sizes(crowd)) == PEOPLE


def test_messages_of_a_batch_wait_for_the_last_of_them_and_no_longer(crowd: Stage) -> None:
    crowd.broadcast()
    crowd.start()
    sender = crowd.sender()
    sender.turn()
    groups = Counter(it.slot for it in sender.hand.ready)
    assert max(groups.values()) == MOST
    assert max(groups) - crowd.clock.now() < timedelta(milliseconds=150)
