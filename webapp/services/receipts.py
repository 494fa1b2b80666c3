"""A person's consents as one dated, checkable document: for her page, a download, the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

from webapp.domain import consent, proof, receipt
from webapp.domain.broadcast import Kind
from webapp.domain.confirmation import ReplyState
from webapp.domain.consent import Action, Source
from webapp.domain.permission import Actor
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.receipt import Line, Receipt
from webapp.models.brand import Brand
from webapp.models.opt_in import OptIn, TopicWording
from webapp.models.reply import Reply
from webapp.models.subscriber import Subscriber
from webapp.services import asking, subscribers
from webapp.store import audits, channels, consents, replies, topics


def of(session: Session, subscriber_id: int, now: datetime) -> Receipt:
    """Raises NotFound, for an erased person as well: there is nobody to give it to."""
    person = subscribers.found(session, subscriber_id)
    return Receipt(
        brand_id=person.brand_id,
        brand=session.get_one(Brand, person.brand_id).name,
        channel=channels.get(session, person.channel_id).name,
        person_id=subscriber_id,
        person_key=person.key,
        name=_name(person),
        made_at=now,
        stopped_at=person.opted_out_at,
        lines=tuple(lines(session, subscriber_id)),
    )


def handed_out(session: Session, actor: Actor, subscriber_id: int, now: datetime) -> Receipt:
    """The same for somebody who takes it away: the audit log keeps who did."""
    actor.require("subscriber.export")
    made = of(session, subscriber_id, now)
    audits.add(session, actor, made.brand_id, "subscriber.receipt", subscriber_id, now)
    session.commit()
    return made


def lines(session: Session, subscriber_id: int) -> list[Line]:
    """Every act, oldest first, each checked against the one before it."""
    rows = consents.ledger(session, subscriber_id)
    versions = topics.wordings(session, {row.topic_id for row in rows if row.topic_id})
    called = {row.id: row.name for row in topics.all_of(session, archived=True)}
    answers = replies.of_person(session, subscriber_id)
    broken = {*consents.broken_links(session, subscriber_id)}
    return [_line(row, versions, called, answers, whole=row.id not in broken) for row in rows]


def next_sends(
    session: Session, subscriber_id: int, book: Rulebook, now: datetime
) -> dict[int, datetime]:
    """By topic, from when its token may be used again; without those that may be used now."""
    rest = asking.spacing(book, Kind.SUBSCRIPTION, now)
    found = {
        row.topic_id: consent.next_send_at(row.last_used_at, rest, row.next_eligible_at)
        for row in consents.standing_rows(session, subscriber_id)
    }
    return {topic: at for topic, at in found.items() if at is not None and at > now}


def as_json(made: Receipt) -> dict[str, Any]:
    """What a person may keep and anybody may check; the token itself is not in it."""
    return {
        "receipt_of": {"person_id": made.person_id, "id": made.person_key, "name": made.name},
        "brand": made.brand,
        "brand_id": made.brand_id,
        "channel": made.channel,
        "made_at": _moment(made.made_at),
        "stopped_at": _moment(made.stopped_at),
        "whole": made.whole,
        "seal": made.seal,
        "how_to_check": receipt.HOW_TO_CHECK,
        "acts": [_act(made, line) for line in made.lines],
    }


def _line(
    row: OptIn,
    versions: Sequence[TopicWording],
    called: Mapping[int | None, str],
    answers: Mapping[int, Reply],
    *,
    whole: bool,
) -> Line:
    then = topics.said_at(versions, row.topic_id or 0, row.at)
    answer = answers.get(row.id or 0)
    sent = answer is not None and answer.state == ReplyState.SENT
    return Line(
        id=row.id or 0,
        topic_id=row.topic_id,
        topic=then.name if then else called.get(row.topic_id),
        action=Action(row.action),
        at=row.at,
        recorded_at=row.recorded_at,
        source=Source(row.source),
        wording=row.wording,
        evidence=row.evidence,
        token=proof.masked(row.token) if row.token else None,
        token_sha256=proof.token_hash(row.token),
        token_expires_at=row.token_expires_at,
        salt=row.salt,
        content_hash=row.content_hash,
        previous_hash=row.previous_hash,
        hash=row.hash,
        whole=whole,
        confirmed_at=answer.finished_at if answer and sent else None,
        confirmation=answer.state if answer else None,
    )


def _act(made: Receipt, line: Line) -> dict[str, Any]:
    return {
        "says": str(receipt.sentence(line, made.name)),
        "id": line.id,
        "topic_id": line.topic_id,
        "topic": line.topic,
        "action": line.action.value,
        "at": _moment(line.at),
        "recorded_at": _moment(line.recorded_at),
        "source": line.source.value,
        "wording": line.wording,
        "evidence": line.evidence,
        "token": line.token,
        "token_sha256": line.token_sha256,
        "token_expires_at": _moment(line.token_expires_at),
        "confirmed_at": _moment(line.confirmed_at),
        "salt": line.salt,
        "content_hash": line.content_hash,
        "previous_hash": line.previous_hash,
        "hash": line.hash,
        "whole": line.whole,
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()


def _name(person: Subscriber) -> str:
    return " ".join(filter(None, (person.first_name, person.last_name)))
