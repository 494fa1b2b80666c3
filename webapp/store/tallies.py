"""How many people stand in each situation, of several channels and all topics at once.

Two grouped queries answer for a whole platform: one looks at everybody without a topic, one at
everybody who was ever asked about a topic. Who was never asked stands, for that topic, where the
first query saw them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from sqlmodel import Session, col, func, select

from webapp.db import brand_of
from webapp.domain.policy.situation import FACETS
from webapp.models.opt_in import Consent
from webapp.models.subscriber import Subscriber
from webapp.store import id_lists, situations
from webapp.store.situations import View

People = Mapping[int, int]  # people by situation code
_WEIGHTS = {facet.name: (facet.weight, facet.size) for facet in FACETS}
_LAST = select(func.max(col(Subscriber.id)))
_WITHOUT = ("topic", "topic_spaced", "paid_token", "paid_spaced")  # what a topic's query sets anew


def by_channel(session: Session, view: View, channel_ids: Collection[int]) -> dict[int, People]:
    """The living subscribers of each channel, looked at without a topic."""
    consent = situations.consent_of(view)
    number = situations.code(view, consent).label("code")
    query = (
        select(Subscriber.channel_id, number, func.count())
        .select_from(Subscriber)
        .outerjoin(consent, situations.joins(view, consent))
        .where(col(Subscriber.channel_id).in_(channel_ids), col(Subscriber.erased_at).is_(None))
        .group_by(col(Subscriber.channel_id), number)
    )
    found: dict[int, dict[int, int]] = {channel_id: {} for channel_id in channel_ids}
    for channel_id, code, n in session.exec(query):
        found[channel_id][code] = n
    return dict(found)


def of_people(session: Session, view: View, ids: Collection[int], channel_id: int) -> People:
    """The living of these who are on the channel, read by their ids: SQLite would rather walk along
    an index of the channel, or of the brand, so both are hidden from it."""
    consent, key = situations.consent_of(view), col(Subscriber.id)
    number = situations.code(view, consent).label("code")
    query: Any = select(number, func.count()).select_from(Subscriber)
    if view.topic_id is not None:
        query = query.outerjoin(consent, situations.joins(view, consent))
    chosen = query.where(
        key.in_(select(id_lists.table(session, list(ids)).c.value)),
        col(Subscriber.brand_id) + 0 == brand_of(session),
        col(Subscriber.channel_id) + 0 == channel_id,
        col(Subscriber.erased_at).is_(None),
    )
    rows: Any = session.connection().execute(chosen.group_by(number))
    return dict(rows.all())


def at_most(session: Session) -> int:
    """No more people than this are in the brand: the last id of anybody's, which costs nothing to
    ask. For that of the brand SQLite would sort all of its people."""
    last: int | None = session.connection().execute(_LAST).scalar()
    return last or 0


def by_topic(
    session: Session, view: View, everybody: Mapping[int, People], topic_ids: Collection[int]
) -> dict[tuple[int, int], People]:
    """The same people by channel and topic, `everybody` being what `by_channel` found; the paid
    facets are left at their first values, as `view.paid` False does."""
    asked = _asked(session, view, list(everybody), topic_ids)
    return {
        (channel_id, topic_id): _with_the_others(people, asked[channel_id, topic_id])
        for channel_id, people in everybody.items()
        for topic_id in topic_ids
    }


def _asked(
    session: Session, view: View, channel_ids: Collection[int], topic_ids: Collection[int]
) -> Mapping[tuple[int, int], People]:
    of_a_topic = replace(view, topic_id=min(topic_ids, default=0))  # the join says which
    number = situations.code(of_a_topic, Consent).label("code")
    query = (
        select(Subscriber.channel_id, Consent.topic_id, number, func.count())
        .select_from(Subscriber)
        .join(Consent, col(Consent.subscriber_id) == col(Subscriber.id))
        .where(
            col(Subscriber.channel_id).in_(channel_ids),
            col(Consent.topic_id).in_(topic_ids),
            col(Subscriber.erased_at).is_(None),
        )
        .group_by(col(Subscriber.channel_id), col(Consent.topic_id), number)
    )
    found: dict[tuple[int, int], dict[int, int]] = defaultdict(dict)
    for channel_id, topic_id, code, n in session.exec(query):
        found[channel_id, topic_id][code] = n
    return found


def _with_the_others(everybody: People, asked: People) -> People:
    """Those asked, and those of everybody who were not."""
    others: dict[int, int] = defaultdict(int)
    for code, n in everybody.items():
        others[_never_asked(code)] += n
    for code, n in asked.items():
        others[_never_asked(code)] -= n
    total = {code: n for code, n in others.items() if n > 0}
    for code, n in asked.items():
        total[code] = total.get(code, 0) + n
    return total


def _never_asked(code: int) -> int:
    """The same standing without a word about the topic: no consent, spaced, nothing paid."""
    for name in _WITHOUT:
        weight, size = _WEIGHTS[name]
        code -= weight * (code // weight % size)
    return code + _WEIGHTS["topic_spaced"][0] + _WEIGHTS["paid_spaced"][0]
