"""What holds for the rows of one import: where they go, and which fields and topics there are."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlmodel import Session

from webapp.domain.event import WHATSAPP
from webapp.domain.import_columns import ATTRIBUTE
from webapp.domain.subscriber import AttributeType
from webapp.models.brand import Brand
from webapp.models.channel import Channel
from webapp.models.import_job import ImportJob
from webapp.services import topics, upserting
from webapp.services.import_reading import Reading
from webapp.services.upserting import Terms
from webapp.store import attributes
from webapp.vault import Vault


def of(
    session: Session,
    vault: Vault,
    reading: Reading,
    job: ImportJob,
    named: Collection[str],
    *,
    make: bool = False,
    before: Terms | None = None,
) -> Terms:
    """`named` are the topics of the rows at hand. `make`: they, and the file's attributes, are made
    when they are missing. `before` are the terms of the rows that came before: they hold for all
    that name no other topic."""
    if before is not None and before.topics.keys() >= {*named}:
        return before
    named = {*named, *(before.topics if before else ())}
    wording = str(reading.more.get("wording") or "")
    if make:
        topic_ids, _ = topics.ensure(session, reading.brand_id, named, wording)
    else:
        topic_ids = topics.called(session, named)
    known = _known_attributes(session) if reading.types else {}
    return Terms(
        brand_id=reading.brand_id,
        channel_id=job.channel_id,
        fingerprint=vault.fingerprint,
        attributes=known | (_new_attributes(session, reading, known) if make else {}),
        topics=topic_ids,
        zone=session.get_one(Brand, reading.brand_id).timezone,
        home=upserting.home_of(session.get_one(Channel, job.channel_id).platform),
        wording=wording,
        evidence=" ".join(
            filter(None, (str(reading.more.get("consent_source") or ""), job.filename))
        ),
    )


def by_phone(session: Session, job: ImportJob) -> bool:
    """Whether its people go by their telephone numbers."""
    return session.get_one(Channel, job.channel_id).platform == WHATSAPP


def _known_attributes(session: Session) -> dict[str, tuple[int, AttributeType]]:
    return {row.name: (row.id or 0, AttributeType(row.type)) for row in attributes.all_of(session)}


def _new_attributes(
    session: Session, reading: Reading, known: Mapping[str, object]
) -> dict[str, tuple[int, AttributeType]]:
    made = {}
    for column, target in reading.mapping.items():
        name = target.to.removeprefix(ATTRIBUTE)
        if target.type is not None and name not in known:
            label = column.replace("_", " ").strip() or name
            row = attributes.add(
                session, reading.brand_id, name, label[:1].upper() + label[1:], target.type
            )
            made[name] = (row.id or 0, target.type)
    return made
