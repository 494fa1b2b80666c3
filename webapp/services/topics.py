"""The topics of a brand: made, worded, put away."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session

from webapp import db
from webapp.domain import errors
from webapp.domain.permission import Actor
from webapp.domain.wording import say
from webapp.models.opt_in import Topic
from webapp.store import audits
from webapp.store import topics as store

LONGEST_SLUG = 60


def add(session: Session, actor: Actor, name: str, wording: str, now: datetime) -> Topic:
    """Raises Conflict when the brand has a topic of that name."""
    actor.require("topic.edit")
    slug = slug_of(name)
    if not slug:
        raise errors.Invalid({"name": [say("Use letters or digits in the topic's name.")]})
    if store.by_slug(session, slug):
        raise errors.Conflict(say("There is a topic %(name)s already.", name=name))
    topic = Topic(brand_id=db.brand_of(session), slug=slug, name=name[:120], wording=wording)
    session.add(topic)
    session.flush()
    store.add_wording(session, topic, now)
    return _kept(session, actor, topic, "topic.add", now)


def reword(
    session: Session, actor: Actor, topic_id: int, name: str, wording: str, now: datetime
) -> Topic:
    """What people are shown from now on; opt-ins keep the wording they were given with."""
    actor.require("topic.edit")
    topic = found(session, topic_id)
    if (topic.name, topic.wording) != (name[:120], wording):
        topic.name, topic.wording = name[:120], wording
        store.add_wording(session, topic, now)
    return _kept(session, actor, topic, "topic.edit", now)


def archive(session: Session, actor: Actor, topic_id: int, now: datetime) -> Topic:
    actor.require("topic.edit")
    topic = found(session, topic_id)
    topic.archived_at = now
    return _kept(session, actor, topic, "topic.archive", now)


def found(session: Session, topic_id: int) -> Topic:
    topic = store.find(session, topic_id)
    if topic is None:
        raise errors.NotFound("topic", topic_id)
    return topic


def called(session: Session, names: Iterable[str]) -> dict[str, int]:
    """Ids of the topics that go by these names; names that no topic has are left out.

    What a file, a program or a webhook calls a topic may be its title or its slug, and one topic's
    title may read like another one's slug. People are shown the title, so it decides.
    """
    wanted = set(names)
    if not wanted:
        return {}
    known = store.ids_by_name(session)
    found = {name: known.get(name.casefold()) or known.get(slug_of(name)) for name in wanted}
    return {name: key for name, key in found.items() if key}


def ensure(
    session: Session, brand_id: int, names: Iterable[str], wording: str = ""
) -> tuple[dict[str, int], list[str]]:
    """Ids by name as `called`, and the titles of the topics that were made because they were
    missing. A step of a larger use case: no commit."""
    wanted, titles = set(names), []
    for name in sorted(wanted - called(session, wanted).keys()):
        if called(session, [name]):
            continue  # another spelling of one that was made just now
        slug = slug_of(name) or name[:LONGEST_SLUG]
        title = name.replace("-", " ").capitalize() if name == slug else name
        made(session, Topic(brand_id=brand_id, slug=slug, name=title, wording=wording))
        titles.append(title)
    return called(session, wanted), titles


def made(session: Session, topic: Topic) -> Topic:
    """Written with its first wording, which holds for every act before it as well: an opt-in may
    become known before its topic."""
    session.add(topic)
    session.flush()
    store.add_wording(session, topic, store.FROM_THE_BEGINNING)
    return topic


def slug_of(name: str) -> str:
    """`Price drops` is `price-drops`."""
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", bare.casefold()).strip("-")[:LONGEST_SLUG]


def _kept(session: Session, actor: Actor, topic: Topic, action: str, now: datetime) -> Topic:
    session.add(topic)
    audits.add(session, actor, topic.brand_id, action, topic.id, now, name=topic.name)
    session.commit()
    return topic
