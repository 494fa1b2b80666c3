"""The ledger of consent, chained by hash person by person, and what it says now.

A chain for each person, not one for the brand: acts of different people never wait for another,
an import of a million people stays one statement a chunk, and a receipt needs her own rows only.
That no two acts follow the same one is a unique key of the database, so a second writer who saw
the same last act fails instead of forking the chain; to make him wait instead, writers lock the
person first (`lock`).

Two digests a row (`domain.proof`): the content (wording, evidence, token) has one of its own, and
the row's hash covers that digest rather than the content. When a person is erased (`forget`) the
content goes and the digest stays: the chain still proves that, when and by whom the act was told,
and cannot prove or betray any more what it said. The random salt goes as well, since a wording can
be guessed and tried. What the chain does not show is a tail cut off by somebody who may also lift
the database's guards (`store.guards`): a copy kept elsewhere does, such as a receipt with its last
hash, or a backup.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, true, update
from sqlmodel import Session, col, func, select

from webapp.domain import import_row, proof
from webapp.domain.consent import Act, Action, Source, State, TopicStanding
from webapp.models.opt_in import Consent, OptIn
from webapp.models.subscriber import Subscriber
from webapp.store import bulk

Pair = tuple[int, int]  # subscriber id, topic id


@dataclass(frozen=True)
class FirstActs:
    """What `append_first` takes: acts without a token, by people who are new. Column by column,
    what they have in common once; `at` are times as `import_row.stamp` makes them."""

    brand_id: int
    action: str
    recorded_at: datetime
    wording: str
    source: str
    people: Sequence[int]
    topics: Sequence[int]
    at: Sequence[str]
    evidence: Sequence[str]


STREAMED = 2_000  # rows read ahead when everything is verified


def lock(session: Session, subscriber_ids: Iterable[int]) -> None:
    """Until the commit nobody else writes these people's acts. SQLite has one writer anyway."""
    if session.get_bind().dialect.name != "postgresql":
        return
    of_them = select(Subscriber.id).where(col(Subscriber.id).in_(sorted({*subscriber_ids})))
    session.exec(of_them.order_by(col(Subscriber.id)).with_for_update()).all()


def append(session: Session, rows: Sequence[OptIn]) -> None:
    """Add acts to the ledger, each linked to the person's act before it; gives them their ids."""
    if not rows:
        return
    lock(session, {row.subscriber_id for row in rows})
    last = last_hashes(session, {row.subscriber_id for row in rows})
    for row in rows:
        row.salt = secrets.token_hex(16)
        row.content_hash = proof.content_hash(row)
        row.previous_hash = last.get(row.subscriber_id, "")
        row.hash = last[row.subscriber_id] = proof.act_hash(row)
    bulk.add(session, OptIn, [row.model_dump(exclude={"id"}) for row in rows])
    ids = _ids_by_hash(session, {row.subscriber_id for row in rows})
    for row in rows:
        row.id = ids[row.hash]


def append_first(session: Session, acts: FirstActs) -> Sequence[int]:
    """Add acts of people who were written down in this transaction, and what they amount to: each
    of another topic, those of one person after one another. Returns the acts' ids.

    Nobody else can have written for them, so nothing is looked up and nobody waits."""
    ids = bulk.next_ids(session, OptIn, len(acts.people))
    whose = {"subscriber_id": acts.people, "topic_id": acts.topics}
    same = {"brand_id": acts.brand_id}
    bulk.pour(
        session,
        OptIn,
        {"id": ids, **whose, "at": acts.at, "evidence": acts.evidence, **_sealed(acts)},
        {
            **same,
            "action": acts.action,
            "recorded_at": acts.recorded_at,
            "wording": acts.wording,
            "source": acts.source,
        },
    )
    standing = {**whose, "opt_in_id": ids, "since": acts.at}
    bulk.pour(session, Consent, standing, {**same, "state": State.ACTIVE.value})
    return ids


def _sealed(acts: FirstActs) -> dict[str, Sequence[str]]:
    """What `append` writes on each act."""
    salts = [secrets.token_hex(16) for _ in acts.people]
    contents = [
        proof.content_digest(salt, acts.wording, evidence, None)
        for salt, evidence in zip(salts, acts.evidence, strict=True)
    ]
    recorded, last = acts.recorded_at.astimezone(UTC).isoformat(), dict[int, str]()
    before, hashes = [], []
    for person, topic, at, content in zip(acts.people, acts.topics, acts.at, contents, strict=True):
        previous = last.get(person, "")
        last[person] = proof.act_digest(
            previous, acts.brand_id, person, topic, acts.action, import_row.iso(at), recorded,
            acts.source, None, content,
        )  # fmt: skip
        before.append(previous)
        hashes.append(last[person])
    return {"salt": salts, "content_hash": contents, "previous_hash": before, "hash": hashes}


def last_hashes(session: Session, subscriber_ids: Iterable[int]) -> dict[int, str]:
    newest = (
        select(func.max(OptIn.id))
        .where(col(OptIn.subscriber_id).in_(subscriber_ids))
        .group_by(col(OptIn.subscriber_id))
    )
    query = select(OptIn.subscriber_id, OptIn.hash).where(col(OptIn.id).in_(newest))
    return dict(session.exec(query).all())


def _ids_by_hash(session: Session, subscriber_ids: Iterable[int]) -> dict[str, int]:
    query = select(OptIn.hash, OptIn.id).where(col(OptIn.subscriber_id).in_(subscriber_ids))
    return {hash_: key or 0 for hash_, key in session.exec(query)}


def ledger(session: Session, subscriber_id: int) -> Sequence[OptIn]:
    """Every act of one person, in the order they were written down."""
    query = select(OptIn).where(OptIn.subscriber_id == subscriber_id).order_by(col(OptIn.id))
    return session.exec(query).all()


def of_ids(session: Session, act_ids: Iterable[int]) -> Sequence[OptIn]:
    return session.exec(select(OptIn).where(col(OptIn.id).in_(act_ids))).all()


def act(row: OptIn) -> Act:
    """A line of the ledger as the rules of consent read it; topics go by their id."""
    topic = None if row.topic_id is None else str(row.topic_id)
    return Act(
        Action(row.action), row.at, topic, Source(row.source), row.token, row.token_expires_at
    )


def standing_rows(session: Session, subscriber_id: int) -> Sequence[Consent]:
    query = select(Consent).where(Consent.subscriber_id == subscriber_id)
    return session.exec(query.order_by(col(Consent.topic_id))).all()


def states(session: Session, subscriber_ids: Collection[int]) -> dict[Pair, str]:
    """The state of each person's consent to each topic they were ever asked about."""
    query = select(Consent.subscriber_id, Consent.topic_id, Consent.state).where(
        bulk.among(session, col(Consent.subscriber_id), subscriber_ids)
    )
    return {(person, topic): state for person, topic, state in session.exec(query)}


def silent(session: Session, subscriber_ids: Iterable[int]) -> set[int]:
    """Those who get no message of any kind, as the database has it now."""
    query = select(Subscriber.id).where(
        col(Subscriber.id).in_(subscriber_ids), col(Subscriber.opted_out_at).is_not(None)
    )
    return {key for key in session.exec(query) if key is not None}


def set_standing(
    session: Session, resting_on: OptIn, topic_id: int, found: TopicStanding
) -> Consent:
    """Write down where the person stands; what sending keeps on the row stays as it is."""
    subscriber_id = resting_on.subscriber_id
    query = select(Consent).where(
        Consent.subscriber_id == subscriber_id, Consent.topic_id == topic_id
    )
    query = query.execution_options(populate_existing=True)  # another writer may have been here
    row = session.exec(query).first() or Consent(
        brand_id=resting_on.brand_id,
        subscriber_id=subscriber_id,
        topic_id=topic_id,
        state=found.state,
        opt_in_id=resting_on.id or 0,
        since=found.since,
    )
    for name, value in {**_columns(found), "opt_in_id": resting_on.id}.items():
        setattr(row, name, value)
    session.add(row)
    return row


def add_standings(session: Session, acts: Sequence[OptIn]) -> None:
    """Many at once: each act is the first its person ever did on its topic."""
    rows = [
        {
            "brand_id": row.brand_id,
            "subscriber_id": row.subscriber_id,
            "topic_id": row.topic_id,
            "opt_in_id": row.id,
            "state": State.ACTIVE.value,
            "since": row.at,
            "token": row.token,
            "token_expires_at": row.token_expires_at,
        }
        for row in acts
    ]
    bulk.add(session, Consent, rows)


def forget(session: Session, subscriber_id: int) -> None:
    """Take the content out of an erased person's acts; the database lets nothing else be changed.
    `erased_at` has to be written before."""
    blank = {"wording": "", "evidence": "", "token": None, "salt": ""}
    session.exec(update(OptIn).where(col(OptIn.subscriber_id) == subscriber_id).values(blank))
    of_person = update(Consent).where(col(Consent.subscriber_id) == subscriber_id)
    session.exec(of_person.values(token=None))


def end_standings(session: Session, subscriber_id: int, besides: Collection[int]) -> None:
    """Topics that no act is about any more, once more of them are known: nothing is sent there.
    The rows stay, since a send under way may hold one."""
    for row in standing_rows(session, subscriber_id):
        if row.topic_id not in besides:
            row.state, row.token, row.token_expires_at = State.STOPPED.value, None, None


def broken_links(session: Session, subscriber_id: int) -> Iterator[int]:
    """Ids of one person's acts that were changed, or whose predecessor is missing."""
    return _broken(session, col(OptIn.subscriber_id) == subscriber_id)


def all_broken_links(session: Session) -> Iterator[int]:
    """The same over every person, read as a stream."""
    return _broken(session, true())


def count(session: Session) -> int:
    return session.exec(select(func.count()).select_from(OptIn)).one()


def _broken(session: Session, which: ColumnElement[bool]) -> Iterator[int]:
    query = (
        select(OptIn, Subscriber.erased_at)
        .join(Subscriber, col(Subscriber.id) == OptIn.subscriber_id)
        .where(which)
        .order_by(col(OptIn.subscriber_id), col(OptIn.id))
        .execution_options(yield_per=STREAMED)
    )
    person, previous = 0, ""
    for row, erased_at in session.exec(query):
        previous = previous if row.subscriber_id == person else ""
        if not proof.holds(row, previous, forgotten=erased_at is not None):
            yield row.id or 0
        person, previous = row.subscriber_id, row.hash


def _columns(found: TopicStanding) -> dict[str, object]:
    return {
        "state": found.state.value,
        "since": found.since,
        "token": found.token,
        "token_expires_at": found.token_expires_at,
    }
