"""Rows parted by how they are written: at once, not at all, or one by one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from webapp.domain import import_row
from webapp.domain.import_row import Record, Row
from webapp.domain.subscriber import AttributeType
from webapp.models.import_job import ImportJob
from webapp.services import import_arrivals, import_known, import_terms
from webapp.services.import_arrivals import Told
from webapp.services.import_known import Met
from webapp.services.import_reading import Reading
from webapp.services.upserting import Terms
from webapp.vault import Vault


@dataclass(frozen=True)
class Parted:
    """`new` people whom nobody knows; those of whom nothing is new, their ids by key (`same`); and
    the `rows` that have to be looked at one by one."""

    terms: Terms
    new: Sequence[Record]
    same: Mapping[str, int]
    rows: Sequence[Row]


def part(
    session: Session,
    vault: Vault,
    reading: Reading,
    job: ImportJob,
    records: Sequence[Record],
    met: Met,
    *,
    make: bool = False,
    before: Terms | None = None,
) -> Parted:
    """`make`: topics and attributes that are missing are made; until then a row that names one of
    those topics is looked at by itself. `before` as in `import_terms`."""
    told = {import_arrivals.told(record) for record in records}
    terms = import_terms.of(session, vault, reading, job, named(told), make=make, before=before)
    if reading.shifts:  # a practice channel's few
        return Parted(terms, [], {}, list(map(reading.row, records)))
    return among(session, terms, reading.types, records, met)


def among(
    session: Session,
    terms: Terms,
    types: Mapping[str, AttributeType],
    records: Sequence[Record],
    met: Met,
) -> Parted:
    """Each key once; `types` are the attributes of the rows, in the order of their records."""
    told = {import_arrivals.told(record) for record in records}
    sound, known = plain(told, terms.topics), met.keys
    new = [it for it in records if it[1] not in known and import_arrivals.told(it) in sound]
    same = import_known.unchanged(session, terms, types, records, met) if met else {}
    at_once = {record[1] for record in new} | same.keys()
    rows = [import_row.of_record(it, types) for it in records if it[1] not in at_once]
    return Parted(terms, new, same, rows)


def named(told: Collection[Told]) -> set[str]:
    """Every topic that rows name."""
    return {name for kept, _ in told for name in import_row.parted(kept)}


def plain(told: Collection[Told], topics: Mapping[str, int]) -> set[Told]:
    """Those with which nothing is to be said of a row whose person is new: topics that are known,
    with the time of consent, or none at all."""
    return {
        (kept, dated)
        for kept, dated in told
        if kept is None or (dated and topics.keys() >= {*import_row.parted(kept)})
    }
