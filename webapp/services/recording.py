"""Writing down what the platform answered: one transaction for all replies of a turn."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session

from webapp.domain import remark, retry
from webapp.domain.broadcast import BroadcastState
from webapp.domain.delivery import DeliveryState
from webapp.domain.permission import job
from webapp.domain.retry import (
    Accepted,
    Ambiguous,
    Answer,
    ContentWrong,
    PersonEffect,
    RefusedLater,
    RefusedPerson,
    StopChannel,
    WaitScope,
)
from webapp.domain.wording import Sentence, say
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.channel import Channel
from webapp.models.opt_in import Consent
from webapp.models.subscriber import Subscriber
from webapp.services import alerting, consents, facts, failures, withdrawing
from webapp.services.claims import Claim
from webapp.store import audits, claims, deliveries, events, rollups, subscribers, tokens_of_topics
from webapp.store.claims import Settlement

SENDER = job("sender")
A_DAY_S = 24 * 3600.0
COUNTED = {
    DeliveryState.SENT: "sent",
    DeliveryState.FAILED: "failed",
    DeliveryState.UNKNOWN: "unknown",
    DeliveryState.CANCELLED: "cancelled",
}
COSTLY = frozenset({DeliveryState.SENT, DeliveryState.UNKNOWN})  # or may have been
HELD = say(
    "The platform holds these messages while it judges the template, and may drop them. Look at "
    "the template's state; go on when it is approved still."
)


class Outcome(NamedTuple):
    """A claim and what came of it; `answer` None: never asked, back to the queue."""

    claim: Claim
    answer: Answer | None
    resume_at: datetime | None = None  # of RefusedLater, and where the limit is nearly used up


def record(session: Session, worker_id: int, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Settle every outcome that is still this worker's, and act on what the answers mean."""
    found = [_settlement(it) for it in outcomes]
    settled = withdrawing.settled(session, [it.claim for it in outcomes], found)
    mine = claims.settle(session, worker_id, settled, now)
    both = [
        (it, ended.state)
        for it, ended in zip(outcomes, settled, strict=True)
        if it.claim.delivery_id in mine
    ]
    kept = [it for it, _ in both]
    _count(session, both, now)
    _give_tokens_back(session, kept)
    for it in filter(_wants_more, kept):
        _act(session, it, now)
    _listen_back(session, kept, now)


def _listen_back(session: Session, kept: Sequence[Outcome], now: datetime) -> None:
    """What the platform told of these messages before we had written down that they were sent."""
    session.flush()
    unclear = [it.claim.delivery_id for it in kept if isinstance(it.answer, Ambiguous)]
    if unclear:
        facts.settle_unknown(session, unclear)
    sent = [it.claim for it in kept if isinstance(it.answer, Accepted)]
    subscribers.mark_sent(session, [claim.subscriber_id for claim in sent], now)
    early = events.heard_from(
        session,
        [claim.subscriber_id for claim in sent],
        facts.second_of(min((claim.claimed_at for claim in sent), default=now)),
    )
    ids = [claim.delivery_id for claim in sent if claim.subscriber_id in early]
    facts.catch_up(session, deliveries.by_ids(session, ids))


def _settlement(it: Outcome) -> Settlement:
    key = it.claim.delivery_id
    match it.answer:
        case Accepted(message_id=message_id):
            return Settlement(key, DeliveryState.SENT, platform_message_id=message_id)
        case RefusedPerson() | ContentWrong():
            return _told(key, DeliveryState.FAILED, it.answer)
        case Ambiguous():
            return _told(key, DeliveryState.UNKNOWN, it.answer)
        case _:
            return Settlement(key, DeliveryState.QUEUED)


def _told(
    key: int, state: DeliveryState, answer: RefusedPerson | ContentWrong | Ambiguous
) -> Settlement:
    return Settlement(key, state, reason_of(answer), str(answer.sentence)[:500])


def reason_of(answer: RefusedPerson | ContentWrong | Ambiguous | StopChannel | RefusedLater) -> str:
    """`10/2018278`, `190`, or `no answer` when the platform gave no code."""
    if answer.code is None:
        return "no answer"
    return f"{answer.code}/{answer.subcode}" if answer.subcode else str(answer.code)


def stops_others(it: Outcome) -> bool:
    """Whether this answer is about more than its own row: a channel, a broadcast."""
    if it.resume_at is not None and not isinstance(it.answer, RefusedLater):
        return True
    match it.answer:
        case Accepted(held=held):
            return held
        case RefusedLater(scope=scope):
            return scope is not WaitScope.PERSON
        case answer:
            return not isinstance(answer, RefusedPerson | Ambiguous)


def _count(session: Session, kept: Sequence[tuple[Outcome, DeliveryState]], now: datetime) -> None:
    alike = Counter(
        (it.claim.brand_id, it.claim.channel_id, it.claim.kind, state, it.claim.price_micros)
        for it, state in kept
        if state in COUNTED
    )
    counts: dict[tuple[int, int, str], Counter[str]] = defaultdict(Counter)
    for (brand_id, channel_id, kind, state, price), people in alike.items():
        counter = counts[brand_id, channel_id, kind]
        counter[COUNTED[state]] += people
        if state in COSTLY:
            counter["spend_micros"] += people * price
    for (brand_id, channel_id, kind), counter in counts.items():
        rollups.add(session, brand_id, channel_id, now, kind, **counter)


def _give_tokens_back(session: Session, kept: Sequence[Outcome]) -> None:
    for it in kept:
        if it.claim.consent_id is not None and not isinstance(it.answer, Accepted | Ambiguous):
            before = {it.claim.consent_id: it.claim.consent_used_at}
            tokens_of_topics.give_back(session, before, it.claim.claimed_at)


def _wants_more(it: Outcome) -> bool:
    return not isinstance(it.answer, Accepted) or it.answer.held or it.resume_at is not None


def _act(session: Session, it: Outcome, now: datetime) -> None:
    if it.resume_at is not None and not isinstance(it.answer, RefusedLater):
        _rest(session.get_one(Channel, it.claim.channel_id), it.resume_at)
    match it.answer:
        case RefusedPerson(effect=effect):
            _affect(session, it.claim, effect, now)
        case RefusedLater():
            _wait(session, it)
        case StopChannel():
            stop_channel(session, it.claim.channel_id, it.answer, now)
        case ContentWrong():
            pause(session, it.claim.broadcast_id, it.claim.occurrence_id, it.answer.sentence, now)
        case Accepted(held=True):
            pause(session, it.claim.broadcast_id, it.claim.occurrence_id, HELD, now)
        case _:
            return


def _affect(session: Session, claim: Claim, effect: PersonEffect, now: datetime) -> None:
    """The platform's word about a person beats ours."""
    person = session.get_one(Subscriber, claim.subscriber_id)
    if effect is PersonEffect.CLOSE_WINDOW:
        failures.close_window(person, now)
    elif effect is PersonEffect.UNAVAILABLE:
        person.unavailable_at = now
    elif claim.consent_id is not None:
        _affect_token(session, person, session.get_one(Consent, claim.consent_id), effect, now)


def _affect_token(
    session: Session, person: Subscriber, consent: Consent, effect: PersonEffect, now: datetime
) -> None:
    """A token that is dead or stopped ends the consent it came with; a new opt-in begins anew."""
    if effect is PersonEffect.NEXT_ELIGIBLE:
        consent.next_eligible_at = retry.next_attempt(now, 1, A_DAY_S)
    elif effect in (PersonEffect.DROP_TOKEN, PersonEffect.STOP_TOPIC):
        said = "the platform no longer accepts the token"
        consents.stop(session, person, consent.topic_id, at=now, now=now, evidence=said)


def _wait(session: Session, it: Outcome) -> None:
    """The channel waits, or what the platform meant alone: a campaign's run, one person's row."""
    if it.resume_at is None or not isinstance(it.answer, RefusedLater):
        return
    if it.answer.scope is WaitScope.PERSON:
        claims.write(session, [{"id": it.claim.delivery_id, "due_at": it.resume_at}])
        session.get_one(Occurrence, it.claim.occurrence_id).holds = True
        return
    waiting: Channel | Occurrence = (
        session.get_one(Occurrence, it.claim.occurrence_id)
        if it.answer.scope is WaitScope.BROADCAST
        else session.get_one(Channel, it.claim.channel_id)
    )
    _rest(waiting, it.resume_at)


def _rest(waiting: Channel | Occurrence, until: datetime) -> None:
    waiting.resume_at = max(until, waiting.resume_at or until)


def stop_channel(session: Session, channel_id: int, answer: StopChannel, now: datetime) -> None:
    """This channel stops alone and says what to do; its rows stay queued."""
    channel = session.get_one(Channel, channel_id)
    if channel.state == "stopped":
        return
    channel.state, channel.stopped_at = "stopped", now
    channel.stopped_reason = {**remark.to_json(answer.sentence), "code": reason_of(answer)}
    audits.add(
        session, SENDER, channel.brand_id, "channel.stop", channel_id, now, code=reason_of(answer)
    )
    alerting.channel_stopped(session, channel, answer.sentence, now)


def pause(
    session: Session, broadcast_id: int, occurrence_id: int, sentence: Sentence, now: datetime
) -> None:
    """Stop a broadcast before its next row, with the reason on its page."""
    broadcast = session.get_one(Broadcast, broadcast_id)
    if broadcast.state != BroadcastState.SENDING:
        return
    broadcast.state = BroadcastState.PAUSED.value
    broadcast.state_reason = remark.to_json(sentence)
    session.get_one(Occurrence, occurrence_id).state = "paused"
    audits.add(session, SENDER, broadcast.brand_id, "broadcast.pause", broadcast_id, now,
               reason=str(sentence)[:300])  # fmt: skip
    alerting.broadcast_paused(session, broadcast, sentence, now)
