"""Those who failed, asked once more: a run of its own, the same guarantees, nobody unknown."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from tests import fakes
from tests.services.test_house_rules import person, put_rules
from tests.stage import Stage
from webapp.domain import remark
from webapp.domain.delivery import DeliveryState
from webapp.domain.errors import Conflict, Forbidden, Refused
from webapp.domain.permission import Role
from webapp.models.audit import Audit
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.delivery import Delivery
from webapp.models.subscriber import Subscriber
from webapp.platforms import answers
from webapp.platforms.wire import Reply, Request, TransportError
from webapp.services import approving, retrying, settling, steering
from webapp.store import occurrences

OWNED = (100, 2018300)  # another app holds the conversation: that passes


def ended(stage: Stage, answer: fakes.Answering) -> int:
    """Sent to Ana, Nina and Olga, who are open, and answered like this."""
    with stage.house.db.writer(stage.people.rosewood) as session:
        for name in ("Nina", "Olga"):
            person(session, stage, name, None, 20)
        session.commit()
    broadcast = stage.broadcast()
    stage.transport.answer = answer
    stage.start()
    stage.run(stage.sender())
    stage.transport.answer = fakes.accepts
    return broadcast


def mixed(request: Request) -> Reply:
    """Ana is refused in a way that passes, Nina for good; of Olga nobody knows."""
    said = (request.body or b"").decode()
    if '"Nina"' in said:
        return fakes.refuses(2018218)(request)
    if '"Olga"' in said:
        return fakes.breaks(TransportError.TIMEOUT, written=True)(request)
    return fakes.refuses(*OWNED)(request)


def again(stage: Stage, broadcast: int, role: Role = Role.MANAGER) -> None:
    with stage.house.db.writer(stage.people.rosewood) as session:
        retrying.retry(session, stage.actor(role), broadcast, stage.house.book, stage.clock.now())
    stage.clock.advance(seconds=20)
    stage.start()
    stage.run(stage.sender())


def ledger(stage: Stage, broadcast: int) -> dict[tuple[int, str], str]:
    """The states by run and name."""
    query = (
        select(Delivery, Subscriber.first_name)
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(Delivery.broadcast_id == broadcast)
    )
    with stage.house.db.reader(stage.people.rosewood) as session:
        return {
            (row.occurrence, name or ""): DeliveryState(row.state).name
            for row, name in session.exec(query)
        }


def retryable(session: Session, broadcast: int) -> int:
    return retrying.retryable(session, session.get_one(Broadcast, broadcast))


def test_only_who_failed_for_what_may_have_passed_is_asked_once_more(stage: Stage) -> None:
    broadcast = ended(stage, mixed)
    found = ledger(stage, broadcast)
    assert [found[1, name] for name in ("Ana", "Nina", "Olga")] == ["FAILED", "FAILED", "UNKNOWN"]
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert retryable(session, broadcast) == 1
    again(stage, broadcast)
    after = ledger(stage, broadcast)
    assert {key: state for key, state in after.items() if key[0] == 2} == {(2, "Ana"): "SENT"}
    assert {key: state for key, state in after.items() if key[0] == 1} == found
    assert stage.totals(broadcast).adds_up
    assert stage.state(broadcast) == "done"
    with stage.house.db.reader(stage.people.rosewood) as session:
        first, second = occurrences.of(session, broadcast)
        assert (second.retry_of, second.message_id) == (1, first.message_id)
        log = session.exec(select(Audit).where(Audit.action == "broadcast.retry")).one()
        assert log.detail["people"] == 1
        assert retryable(session, broadcast) == 0


def test_a_doubt_that_a_person_settled_as_failed_is_not_tried_again(stage: Stage) -> None:
    broadcast = ended(stage, mixed)
    with stage.house.db.writer(stage.people.rosewood) as session:
        query = select(Delivery.id).where(Delivery.state == int(DeliveryState.UNKNOWN))
        settling.settle(
            session, stage.actor(), broadcast, session.exec(query).one() or 0, "failed",
            stage.clock.now(),
        )  # fmt: skip
        assert retryable(session, broadcast) == 1


def test_the_rules_are_decided_anew(stage: Stage) -> None:
    """Ana has stopped, Nina has had enough; Olga may be written to still."""
    broadcast = ended(stage, fakes.refuses(*OWNED))
    put_rules(stage, cap={"messages": 1, "days": 7})
    now = stage.clock.now()
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.get_one(Subscriber, stage.people.ana).opted_out_at = now
        query = select(Subscriber).where(Subscriber.first_name == "Nina")
        nina = session.exec(query).one()
        query_of_hers = select(Delivery).where(Delivery.subscriber_id == nina.id)
        before = session.exec(query_of_hers).one()
        other = Broadcast(
            brand_id=stage.people.rosewood, channel_id=stage.people.channel, name="x",
            kind="standard", state="done", created_at=now, updated_at=now,
        )  # fmt: skip
        session.add(other)
        session.flush()
        session.add(
            Delivery(
                brand_id=before.brand_id, broadcast_id=other.id or 0, channel_id=before.channel_id,
                subscriber_id=before.subscriber_id, state=int(DeliveryState.SENT), claimed_at=now,
                sent_at=now,
            )
        )  # fmt: skip
        session.commit()
    again(stage, broadcast)
    found = ledger(stage, broadcast)
    assert [found[2, name] for name in ("Ana", "Nina", "Olga")] == ["SKIPPED", "SKIPPED", "SENT"]
    assert stage.totals(broadcast).adds_up


def test_where_the_rules_let_nobody_be_asked_it_is_refused_until_they_do(stage: Stage) -> None:
    """Blocked for us: a try would leave everybody out, and they would never be asked again."""
    broadcast = ended(stage, fakes.refuses(551))
    with stage.house.db.reader(stage.people.rosewood) as session:
        row = session.get_one(Broadcast, broadcast)
        seen = retrying.outlook(session, row, stage.house.book, stage.clock.now())
    assert (seen.audience, seen.reached) == (3, 0)
    assert [(it.verdict.rule_id, it.people) for it in seen.reasons] == [("person.unavailable", 3)]
    with pytest.raises(Refused, match="as things stand"):
        again(stage, broadcast)
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.get_one(Subscriber, stage.people.ana).unavailable_at = None
        session.commit()
    again(stage, broadcast)
    found = ledger(stage, broadcast)
    assert [found[2, name] for name in ("Ana", "Nina", "Olga")] == ["SENT", "SKIPPED", "SKIPPED"]


def test_who_fails_again_may_be_asked_again(stage: Stage) -> None:
    broadcast = ended(stage, fakes.refuses(*OWNED))
    stage.transport.answer = fakes.refuses(*OWNED)
    again(stage, broadcast)
    stage.transport.answer = fakes.accepts
    again(stage, broadcast)
    assert ledger(stage, broadcast)[3, "Ana"] == "SENT"
    with pytest.raises(Refused, match="Nobody failed"):
        again(stage, broadcast)


def test_it_is_asked_when_it_is_over_and_once(stage: Stage) -> None:
    broadcast = stage.broadcast()
    with pytest.raises(Refused, match="when it is over"):
        again(stage, broadcast)
    other = ended(stage, fakes.refuses(*OWNED))
    with stage.house.db.writer(stage.people.rosewood) as session:
        with pytest.raises(Forbidden):
            retrying.retry(
                session, stage.actor(Role.EDITOR), other, stage.house.book, stage.clock.now()
            )
        act = (session, stage.actor(), other, stage.house.book, stage.clock.now())
        retrying.retry(*act)
        with pytest.raises(Refused):
            retrying.retry(*act)
        query = select(Occurrence).where(Occurrence.broadcast_id == other)
        assert len(session.exec(query).all()) == 2


def test_it_can_be_taken_back_for_20_seconds(stage: Stage) -> None:
    broadcast = ended(stage, fakes.refuses(*OWNED))
    before, sent = ledger(stage, broadcast), len(stage.transport.sent)
    with stage.house.db.writer(stage.people.rosewood) as session:
        act = (session, stage.actor(), broadcast)
        retrying.retry(*act, stage.house.book, stage.clock.now())
        assert retryable(session, broadcast) == 0
    stage.clock.advance(seconds=19)
    stage.start()
    assert stage.state(broadcast) == "done"
    with stage.house.db.writer(stage.people.rosewood) as session:
        assert retrying.undo(session, *act[1:], stage.clock.now()).state == "cancelled"
        with pytest.raises(Conflict, match="nothing to take back"):
            retrying.undo(session, *act[1:], stage.clock.now())
        assert retryable(session, broadcast) == 3
    stage.clock.advance(seconds=60)
    stage.start()
    stage.run(stage.sender())
    assert (ledger(stage, broadcast), len(stage.transport.sent)) == (before, sent)
    assert stage.state(broadcast) == "done"
    again(stage, broadcast)
    assert ledger(stage, broadcast)[3, "Ana"] == "SENT"


def test_one_that_was_missed_says_to_try_again_and_can_be(stage: Stage) -> None:
    """It said to schedule the broadcast again, which is over and is not scheduled."""
    broadcast = ended(stage, fakes.refuses(*OWNED))
    with stage.house.db.writer(stage.people.rosewood) as session:
        retrying.retry(session, stage.actor(), broadcast, stage.house.book, stage.clock.now())
    stage.clock.advance(seconds=3 * 3600)
    stage.start()
    with stage.house.db.reader(stage.people.rosewood) as session:
        note = str(remark.from_json(occurrences.of(session, broadcast)[-1].note))
        assert retryable(session, broadcast) == 3
    assert note.endswith("Try those who failed again to send it.")
    again(stage, broadcast)
    assert ledger(stage, broadcast)[3, "Ana"] == "SENT"


def test_it_cannot_be_taken_back_once_it_has_started(stage: Stage) -> None:
    broadcast = ended(stage, fakes.refuses(*OWNED))
    again(stage, broadcast)
    db, now = stage.house.db, stage.clock.now()
    with (
        db.writer(stage.people.rosewood) as session,
        pytest.raises(Conflict, match="it has started"),
    ):
        retrying.undo(session, stage.actor(), broadcast, now)


def test_of_one_that_was_stopped_only_the_failed_are_asked_again(stage: Stage) -> None:
    """A picture that cannot be fetched pauses it; a person cancels it, and mends the picture."""
    broadcast = ended(stage, fakes.refuses(100, 2018047))
    assert stage.state(broadcast) == "paused"
    with stage.house.db.writer(stage.people.rosewood) as session:
        steering.cancel(session, stage.actor(), broadcast, stage.clock.now())
    first = ledger(stage, broadcast)
    failed = {name for (_, name), state in first.items() if state == "FAILED"}
    again(stage, broadcast)
    found = ledger(stage, broadcast)
    assert failed
    assert {name: found[2, name] for name in failed} == dict.fromkeys(failed, "SENT")
    assert {key for key in found if key[0] == 2} == {(2, name) for name in failed}
    assert stage.totals(broadcast).adds_up
    assert stage.state(broadcast) == "done"


def test_an_approval_that_is_void_by_now_stops_it(stage: Stage) -> None:
    broadcast = ended(stage, fakes.refuses(*OWNED))
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.get_one(Broadcast, broadcast).approval_hash = "of something else"
        session.commit()
    with pytest.raises(Conflict, match="approval does not hold"):
        again(stage, broadcast)


def test_people_of_a_local_time_that_is_long_past_are_asked_at_once(stage: Stage) -> None:
    day = (stage.clock.now() - timedelta(days=1)).date().isoformat()
    chosen = {"mode": "local", "day": day, "time": "10:00", "zone": "Europe/Paris"}
    broadcast = ended(stage, fakes.refuses(*OWNED))
    with stage.house.db.writer(stage.people.rosewood) as session:
        row = session.get_one(Broadcast, broadcast)
        row.schedule = chosen
        session.flush()
        row.approval_hash = approving.hash_of(session, row, stage.house.book, stage.clock.now())
        session.commit()
    again(stage, broadcast)
    assert ledger(stage, broadcast)[2, "Ana"] == "SENT"


@pytest.mark.parametrize(
    ("reason", "may"),
    [
        ("10/2018278", True), ("551", True), ("131049", True), ("100/2018300", True),
        ("100/2018047", True), ("no answer", False), ("process.died", False), ("1", False),
        ("2", False), ("1357046", False), ("2018218", False), ("10/1893015", False),
        ("999999", False), ("100", False),
    ],
)  # fmt: skip
def test_what_may_pass(reason: str, may: bool) -> None:  # noqa: FBT001
    assert answers.may_pass(reason) is may
