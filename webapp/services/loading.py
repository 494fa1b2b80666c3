"""Many people whom a program names, written as a file's are: by column where nobody knows them,
not at all where nothing is new, one by one for the rest.

A program sends lines and wants its answer: so nothing is staged on disk, no job is kept and nothing
can be undone. Its lines are read some thousand at a time and written in the order in which they
came; a person named twice is written twice, and the later line comes on top of the earlier one.
Each portion is one transaction, with a line of the audit; what `upserting` decides for a row that
meets somebody is decided there and nowhere else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlmodel import Session

from webapp.domain.consent import Source
from webapp.domain.import_row import RECORD, Record, Row
from webapp.domain.permission import Actor
from webapp.domain.subscriber import AttributeType
from webapp.services import (
    import_arrivals,
    import_known,
    import_parting,
    subscribers,
    upserting,
)
from webapp.services.upserting import Change, Terms
from webapp.store import audience_changes, audits
from webapp.vault import Vault

_SEEN, _INBOUND = RECORD.index("first_seen_at"), RECORD.index("last_inbound_at")


@dataclass(frozen=True)
class Portion:
    """Some thousand rows for one channel, each key once, with the brand's attributes that they
    have. `rows` are those that no record can tell: a list that is emptied."""

    channel_id: int
    types: Mapping[str, AttributeType]
    records: Sequence[Record]
    rows: Sequence[Row] = ()

    @cached_property
    def topics(self) -> Collection[str]:
        told = {import_arrivals.told(record) for record in self.records}
        return import_parting.named(told) | {name for row in self.rows for name in row.topics}

    @property
    def attributes(self) -> Collection[str]:
        return self.types.keys()


@dataclass(frozen=True)
class Loaded:
    """`counts` by outcome; `changes` are those that were looked at one by one, and may have a
    refusal or remarks; `made` are the titles of topics that had to be made."""

    counts: Counter[str]
    changes: Sequence[Change]
    made: Sequence[str]


def load(
    session: Session, actor: Actor, vault: Vault, portion: Portion, now: datetime, **proof: str
) -> Loaded:
    """In one transaction; `proof` has the wording and evidence of opt-ins."""
    actor.require("subscriber.edit")
    terms = subscribers.terms_for(session, vault, portion.channel_id, portion, Source.API, **proof)
    counts, changes = _written(session, terms, portion, now)
    made = {"topics": list(terms.made)} if terms.made else {}
    audits.add(session, actor, terms.brand_id, "subscriber.bulk", None, now, **counts, **made)
    session.commit()
    return Loaded(counts, changes, terms.made)


def _written(
    session: Session, terms: Terms, portion: Portion, now: datetime
) -> tuple[Counter[str], Sequence[Change]]:
    records, types = sorted(portion.records, key=_turn), portion.types
    keys = [record[1] for record in records]
    met = import_known.met(session, portion.channel_id, terms.fingerprint, keys)
    parted = import_parting.among(session, terms, types, records, met)
    if parted.new:
        import_arrivals.write(session, terms, types, parted.new, now)
    changes = upserting.plan(session, terms, _in_order(parted.rows, portion.rows), now)
    upserting.carry_out(session, terms, changes, now)
    audience_changes.close(session)
    counts = Counter(created=len(parted.new), unchanged=len(parted.same))
    return +counts + upserting.tally(changes), changes


def _turn(record: Record) -> tuple[str, str]:
    """The order in which the tables like people: by the time of their last message."""
    return record[_INBOUND] or record[_SEEN] or "", record[1]


def _in_order(*parts: Sequence[Row]) -> list[Row]:
    """As the lines came."""
    return sorted((row for part in parts for row in part), key=lambda row: row.line)
