"""Understanding the inbox: every kept post once, every part of it on its own.

One part that cannot be used is set aside with its reason, and its neighbours are applied. A post
that keeps failing is marked after three tries; its bytes stay. Where somebody else was in the way,
nothing is wrong with a part: the whole batch is taken again, and after three times left for later.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial

from sqlmodel import Session

from webapp.db import EVERY_BRAND, Database, scoped
from webapp.domain.event import Event as Told
from webapp.domain.event import SetAside as Unusable
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.wording import say
from webapp.models.channel import Channel
from webapp.models.raw_event import RawEvent
from webapp.platforms.registry import Registry
from webapp.services import facts, forgotten, meeting, steps
from webapp.store import channels, once, races, raw_events, subscribers
from webapp.vault import Vault

log = logging.getLogger(__name__)
FASTEST = 2_000  # posts a second, which nobody understands: so many are fetched for a transaction
AHEAD = 10  # posts that are read at once
SHORT_S = 0.01  # after which no further post is begun in a transaction
# When all that waited is not understood after so long, each transaction takes a quarter longer than
# the one before: whoever is behind needs more of the database than whoever sends. A STOP must not
# wait long behind messages.
BEHIND_S, LONGER, LONG_S = 1.0, 1.25, 0.2
AT_HAND = "rows at hand"  # in `session.info`
TURNS = 3  # of one batch, where another writer is first
Applied = tuple[int, bool]  # posts, and whether there may be more


@dataclass(frozen=True)
class Applier:
    """What applying needs besides a session: who reads webhooks, the rules of windows, our key."""

    platforms: Registry
    book: Rulebook
    fingerprint: Callable[[str], str]  # by which those who were erased are known
    apart: bool = False  # each post, and each part of one, in a savepoint of its own


@dataclass
class _Post:
    raw: RawEvent
    platforms: Registry  # who reads it

    @cached_property
    def parts(self) -> Sequence[Told | Unusable] | None:
        """What it tells of; None: it is not JSON."""
        body = _parsed(self.raw)
        return None if body is None else self.platforms.read_webhook(body, self.raw.received_at)


def apply_new(
    db: Database,
    vault: Vault,
    platforms: Registry,
    book: Rulebook,
    now: datetime,
    budget_s: float = math.inf,
) -> int:
    """Apply what waits, in batches, for about so many seconds; returns how many posts."""
    applier, done = Applier(platforms, book, vault.fingerprint), 0
    began, short_s = time.monotonic(), SHORT_S
    with db.reader(EVERY_BRAND) as session:
        if not raw_events.waiting(session):
            return 0  # an empty inbox takes no write lock
    more = True
    while more:
        turn = partial(_take_turn, db, applier, now, short_s)
        applied, more = _persist(turn)
        done += applied
        so_far = time.monotonic() - began
        more = more and so_far < budget_s
        if so_far >= BEHIND_S:
            short_s = min(LONG_S, short_s * LONGER)
        time.sleep(steps.BREATH_S)
    return done


def _take_turn(db: Database, applier: Applier, now: datetime, short_s: float) -> Applied:
    """A transaction. Savepoints would cost as much as what they guard, and there is hardly ever
    anything to take back: only where posts could not be applied without, they are made."""
    try:
        return _transact(db, applier, now, short_s)
    except Exception as error:
        if races.lost(error):
            raise
        log.info("some posts are applied one by one: %s", error)
    return _transact(db, replace(applier, apart=True), now, short_s)


def _persist(work: Callable[[], Applied]) -> Applied:
    """Once more where another writer was first: nothing is written then."""
    for _ in range(TURNS - 1):
        try:
            return work()
        except Exception as error:
            if not races.lost(error):
                raise
    return work()


def _transact(db: Database, applier: Applier, now: datetime, short_s: float) -> Applied:
    with db.giving_writer(EVERY_BRAND) as session:
        applied = _apply_some(session, applier, now, short_s)
        session.commit()
    return applied


def _apply_some(session: Session, applier: Applier, now: datetime, short_s: float) -> Applied:
    """As many posts as fit into a short transaction, for a post may tell of hundreds of events and
    everybody else who writes waits meanwhile; and whether there may be more."""
    limit = max(AHEAD, round(short_s * FASTEST))
    until, found = time.monotonic() + short_s, raw_events.new(session, limit)
    posts = [_Post(raw, applier.platforms) for raw in found]
    for n, post in enumerate(posts, start=1):
        if n % AHEAD == 1 and not applier.apart:
            _look_ahead(session, posts[n - 1 : n - 1 + AHEAD], now)
        _apply_one(session, post, applier, now)
        if n < len(found) and time.monotonic() >= until:
            return n, True
    return len(found), len(found) == limit


def _look_ahead(session: Session, posts: Sequence[_Post], now: datetime) -> None:
    """Whom some posts are about, and what they were sent: read at once, and at hand when asked for.
    On SQLite, where nobody else can change it meanwhile."""
    if session.get_bind().dialect.name != "sqlite":
        return
    keys: dict[int, set[str]] = defaultdict(set)
    for post in posts:
        for part in post.parts or ():
            if isinstance(part, Told) and part.person_key is not None:
                for channel in _channels(session, part, post.raw.app_id):
                    keys[channel.id or 0].add(part.person_key)
    people = [it for key, names in keys.items() for it in subscribers.of_keys(session, key, names)]
    lately = facts.answerable(session, [it.id or 0 for it in people], now)
    session.info[AT_HAND] = [*people, *lately]


def _apply_one(session: Session, post: _Post, applier: Applier, now: datetime) -> None:
    raw = post.raw
    try:
        with _guard(session, applier):
            _apply_post(session, post, applier, now)
    except Exception as error:
        if not applier.apart or races.lost(error):
            raise
        log.exception("raw event %s could not be applied", raw.id)
        raw.attempts += 1
        raw.reason = str(error)[:500]
        raw.state = "failed" if raw.attempts >= raw_events.MOST_ATTEMPTS else "new"


def _guard(session: Session, applier: Applier) -> AbstractContextManager[object]:
    return session.begin_nested() if applier.apart else nullcontext()


def _apply_post(session: Session, post: _Post, applier: Applier, now: datetime) -> None:
    raw, parts = post.raw, post.parts
    if parts is None:
        raw.state, raw.reason = "set_aside", "The body is not JSON."
        return
    used = [_apply_part(session, raw, n, part, applier, now) for n, part in enumerate(parts)]
    raw.state = "applied" if any(used) or not parts else "set_aside"
    raw.applied_at = now


def _parsed(raw: RawEvent) -> Mapping[str, object] | None:
    try:
        body = json.loads(raw.body)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _apply_part(
    session: Session,
    raw: RawEvent,
    position: int,
    part: Told | Unusable,
    applier: Applier,
    now: datetime,
) -> bool:
    """True when the part was used; otherwise it is set aside with a reason."""
    if isinstance(part, Unusable):
        raw_events.set_aside(session, raw, position, str(part.reason), now)
        return False
    concerned = _channels(session, part, raw.app_id)
    if not concerned:
        reason = say("No channel here has the id %(key)s.", key=part.channel_key)
        raw_events.set_aside(session, raw, position, str(reason), now)
        return False
    try:
        for channel in concerned:
            with _guard(session, applier), scoped(session, channel.brand_id):
                _apply_to(session, channel, raw, part, applier, now)
                session.flush()  # before another brand's part comes
    except Exception as error:
        if not applier.apart or races.lost(error):
            raise
        log.exception("part %s of raw event %s could not be applied", position, raw.id)
        raw_events.set_aside(session, raw, position, f"It could not be applied: {error}", now)
        return False
    return True


def _apply_to(
    session: Session, channel: Channel, raw: RawEvent, part: Told, applier: Applier, now: datetime
) -> None:
    """The post's bytes go where it tells of somebody who was erased."""
    if not forgotten.about(session, channel, part, applier.fingerprint, now):
        meeting.apply(session, channel, raw.id or 0, part, applier.book, now)
        return
    raw.body = b""
    left = forgotten.left_of(part)
    if left is not None:
        meeting.apply(session, channel, raw.id or 0, left, applier.book, now)


def _channels(session: Session, part: Told, app_id: int) -> Sequence[Channel]:
    """Whom a part concerns."""
    key = ("concerned", app_id, part.channel_key, part.person_key is None)
    return once.read(session, key, lambda: _concerned(session, part, app_id))


def _concerned(session: Session, part: Told, app_id: int) -> Sequence[Channel]:
    """The channel of that id; for what concerns a whole WhatsApp business, all its numbers."""
    found = channels.with_key(session, app_id, part.channel_key)
    if found or part.person_key is not None:
        return found
    return channels.of_account(session, app_id, part.channel_key)
