"""The invented people enter the database, their consent with its proof, and the simulator."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import update
from sqlmodel import Session, col

from webapp.db import brand_of
from webapp.domain.consent import Action, Source, token_expiry
from webapp.domain.errors import Refused
from webapp.domain.event import Opener
from webapp.domain.import_row import Row
from webapp.domain.wording import say
from webapp.models.opt_in import OptIn
from webapp.models.subscriber import Subscriber
from webapp.platforms.wire import Request
from webapp.services import topics, upserting
from webapp.services.channels import Outside
from webapp.services.demonstration.crowd import Invented
from webapp.services.practising import GOOD
from webapp.services.upserting import Terms
from webapp.store import consents, rollups

TOKEN_MONTHS = 6
WINDOW = timedelta(hours=24)
WORDING = "Yes, write to me about this. I can stop it at any time with STOP."
Fingerprint = Callable[[str], str]


def enter(
    session: Session,
    channel_id: int,
    zone: ZoneInfo,
    fingerprint: Fingerprint,
    crowd: Sequence[Invented],
    now: datetime,
) -> dict[str, int]:
    """Everyone with tags, consents and STOPs; returns their ids by key. Does not commit."""
    brand_id = brand_of(session)
    slugs = {slug for person in crowd for slug, _ in person.topics}
    topic_ids, _ = topics.ensure(session, brand_id, slugs, WORDING)
    terms = Terms(brand_id, channel_id, fingerprint, {}, topic_ids, str(zone))
    rows = [_row(line, person) for line, person in enumerate(crowd, start=1)]
    ids = upserting.carry_out(session, terms, upserting.plan(session, terms, rows, now), now)
    _opened_by_messages(session, channel_id)
    _opt_in(session, crowd, ids, topic_ids, now)
    _stop(session, crowd, ids)
    _count(session, channel_id, zone, crowd)
    return ids


def tell(outside: Outside, simulator: str, page: str, crowd: Sequence[Invented]) -> None:
    """The simulator knows the same people, so that its windows agree with ours."""
    lines = "\n".join(json.dumps(_told(page, person)) for person in crowd)
    request = Request(
        "POST",
        f"{simulator}/_practice/people",
        {"Content-Type": "application/x-ndjson"},
        lines.encode(),
    )
    reply = outside.call(request)
    if reply.error is not None or reply.status != GOOD:
        raise Refused(say("The simulator does not answer at %(address)s.", address=simulator))


def _told(page: str, person: Invented) -> dict[str, object]:
    return {
        "psid": person.key,
        "page": page,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "locale": person.locale,
        "timezone": person.timezone,
        "country": person.country,
        "last_inbound_at": person.last_inbound_at.isoformat(),
        "topics": [slug for slug, _ in person.topics],
        "blocked": person.blocked,
    }


def _row(line: int, person: Invented) -> Row:
    names = ("first_name", "last_name", "locale", "timezone", "country", "city", "source")
    return Row(
        line=line,
        key=person.key,
        values={name: str(getattr(person, name)) for name in names},
        tags=person.tags,
        first_seen_at=person.first_seen_at,
        last_inbound_at=person.last_inbound_at,
    )


def _opened_by_messages(session: Session, channel_id: int) -> None:
    of_channel = update(Subscriber).where(col(Subscriber.channel_id) == channel_id)
    session.exec(of_channel.values(window_opener=Opener.MESSAGE.value))


def _opt_in(
    session: Session,
    crowd: Sequence[Invented],
    ids: Mapping[str, int],
    topic_ids: Mapping[str, int],
    now: datetime,
) -> None:
    acts = [
        OptIn(
            brand_id=brand_of(session),
            subscriber_id=ids[person.key],
            topic_id=topic_ids[slug],
            action=Action.OPT_IN.value,
            at=at,
            recorded_at=now,
            wording=WORDING,
            source=Source.WEBHOOK.value,
            token=f"sim-{person.key}-{slug}",
            token_expires_at=token_expiry(at, TOKEN_MONTHS),
        )
        for person in crowd
        for slug, at in person.topics
    ]
    consents.append(session, acts)
    consents.add_standings(session, acts)


def _stop(session: Session, crowd: Sequence[Invented], ids: Mapping[str, int]) -> None:
    stopped = [(ids[p.key], p.stopped_at) for p in crowd if p.stopped_at]
    acts = [
        OptIn(
            brand_id=brand_of(session),
            subscriber_id=key,
            action=Action.STOP_ALL.value,
            at=at,
            recorded_at=at,
            source=Source.WEBHOOK.value,
        )
        for key, at in stopped
    ]
    consents.append(session, acts)
    for key, at in stopped:
        of_person = update(Subscriber).where(col(Subscriber.id) == key)
        session.exec(of_person.values(opted_out_at=at))


def _count(session: Session, channel_id: int, zone: ZoneInfo, crowd: Sequence[Invented]) -> None:
    joined = [at for person in crowd for _, at in person.topics]
    left = [person.stopped_at for person in crowd if person.stopped_at]
    for measure, moments in (("opt_ins", joined), ("opt_outs", left)):
        days: Counter[date] = Counter(at.astimezone(zone).date() for at in moments)
        rollups.add_days(session, brand_of(session), channel_id, measure, days)
