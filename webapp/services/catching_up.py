"""Reading what people wrote while nobody here listened, before anything is sent.

A page of the channel's conversations is asked for at a time, one call a second of the two that the
platform allows. The people's messages in it go into the inbox, in the form of a webhook and with
the ids that their webhooks bring: so they are understood by the same code (STOP, windows from the
person's own time, those who were erased), and once only, whichever comes first. The page and where
to go on are committed together; what a crash interrupts is asked again. When the last page is
applied the channel sends by itself.

Sending waits for a platform that is busy, and for a person where it takes nothing of ours any more
(a dead token, a lost permission). Where it answers nothing of use for 40 seconds, or that it does
not tell this, waiting brings no message back and would keep everybody's from going out for as long
as nobody looks (invariant 13): the channel then sends on, as a WhatsApp number does at once, and
Home says what may be missing until somebody has read it.

Not brought back: buttons pressed, reactions and opt-ins, which conversations do not tell; and all
but the twenty newest messages of a conversation, which is said.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from webapp.db import EVERY_BRAND
from webapp.domain import errors, remark
from webapp.domain.errors import FanlightError
from webapp.domain.event import INSTAGRAM
from webapp.domain.permission import Actor, job
from webapp.domain.wording import Sentence, say, say_n
from webapp.house import House
from webapp.models.catch_up import CatchUp
from webapp.models.channel import Channel
from webapp.platforms import threads
from webapp.platforms.threads import Page, Said, Trouble
from webapp.services import alerting, missing
from webapp.services import channels as using
from webapp.services.channels import Outside
from webapp.store import audits, catch_ups, channels, raw_events

log = logging.getLogger(__name__)
MOST_CALLS = 400  # pages of fifty conversations, seven minutes; a choice
PATIENCE = timedelta(seconds=40)  # with answers of no use
SOON = timedelta(seconds=10)  # between two of them
MENDED = timedelta(minutes=5)  # after a refusal that a person has to mend at the platform
WATCH = job("watch")


def advance(house: House, outside: Outside | None = None) -> int:
    """One step of every channel that is being read; returns how many there were."""
    outside = outside or Outside(house.platforms, house.vault, house.settings)
    with house.db.reader(EVERY_BRAND) as session:
        due = [(row.channel_id, row.brand_id) for row in catch_ups.due(session, house.clock.now())]
    for channel_id, brand_id in due:
        with house.db.writer(brand_id) as session:
            _step(session, house, outside, channel_id)
    return len(due)


def send_anyway(session: Session, actor: Actor, channel_id: int, now: datetime) -> None:
    """A person decides that what may have been missed is not waited for."""
    actor.require("channel.edit")
    channel, row = channels.get(session, channel_id), catch_ups.locked(session, channel_id)
    if row is None or channel.state != catch_ups.READING:
        raise errors.Conflict(say("This channel does not wait for anything to be read."))
    audits.add(session, actor, channel.brand_id, "channel.send_anyway", channel_id, now,
               since=row.since.isoformat(), read=row.messages)  # fmt: skip
    _end(channel, row, now)
    session.commit()


def see(session: Session, actor: Actor, channel_id: int, now: datetime) -> None:
    """What could not be read was seen; it is not shown any more."""
    actor.require("channel.edit")
    channel, row = channels.get(session, channel_id), catch_ups.locked(session, channel_id)
    if row is None or row.note is None:
        return
    row.note = None
    audits.add(session, actor, channel.brand_id, "channel.see", channel_id, now)
    session.commit()


def _step(session: Session, house: House, outside: Outside, channel_id: int) -> None:
    """One channel's trouble stops no other; secrets that cannot be opened are such a trouble."""
    row = catch_ups.of(session, channel_id)
    if row is None or row.read_up_to is not None:
        _finish(session, channel_id, house.clock.now())
        return
    asked = (row.began_at, row.after)
    try:
        answer = _ask(session, outside, row)
    except FanlightError as error:
        answer = Trouble(error.sentence, stops=True)
    except Exception:
        log.exception("channel %s could not be read", channel_id)
        answer = Trouble(threads.UNCLEAR, threads.AGAIN_S, unclear=True)
    session.rollback()
    _keep(session, channel_id, asked, answer, house.clock.now())


def _ask(session: Session, outside: Outside, row: CatchUp) -> Page | Trouble:
    channel, small = channels.get(session, row.channel_id), row.trouble is not None
    platform, after = channel.platform, row.after
    access = using.access_to(outside, session, channel)
    session.rollback()  # the network is asked without a transaction
    request = threads.request(access, after, platform=platform, small=small, words=True)
    return threads.page_of(outside.call(request), access.key, platform)


def _keep(
    session: Session,
    channel_id: int,
    asked: tuple[datetime, str | None],
    answer: Page | Trouble,
    now: datetime,
) -> None:
    """Nothing, where it was begun anew, or decided by a person, meanwhile."""
    row, channel = catch_ups.locked(session, channel_id), channels.get(session, channel_id)
    if row is None or channel.state != catch_ups.READING or (row.began_at, row.after) != asked:
        session.rollback()
        return
    row.calls += 1
    if isinstance(answer, Trouble):
        _note(session, channel, row, answer, now)
    else:
        _put_in(session, channel, row, answer, now)
    session.commit()
    _finish(session, channel_id, now)


def _note(
    session: Session, channel: Channel, row: CatchUp, trouble: Trouble, now: datetime
) -> None:
    """Asked again by itself, or given up; where a person has to do something first, they are told
    by e-mail."""
    first = _in_trouble_since(row) or now
    if trouble.stops and row.trouble is None:
        alerting.channel_waits(session, channel, trouble.sentence, row.began_at, now)
    elif not trouble.stops and (trouble.wait_s is None or _too_long(trouble, first, now)):
        _give_up(session, channel, row, now)
        return
    row.trouble = {**remark.to_json(trouble.sentence), "since": first.isoformat()}
    row.due_at = now + _wait(trouble)


def _in_trouble_since(row: CatchUp) -> datetime | None:
    since = (row.trouble or {}).get("since")
    return datetime.fromisoformat(str(since)) if since else None


def _too_long(trouble: Trouble, first: datetime, now: datetime) -> bool:
    return trouble.unclear and now - first >= PATIENCE


def _wait(trouble: Trouble) -> timedelta:
    if trouble.unclear:
        return SOON
    return MENDED if trouble.wait_s is None else timedelta(seconds=trouble.wait_s)


def _give_up(session: Session, channel: Channel, row: CatchUp, now: datetime) -> None:
    """What was read so far still counts first."""
    row.note = remark.to_json(missing.unread(channel, row.since, now))
    row.read_up_to, row.trouble, row.due_at = raw_events.newest_new(session) or 0, None, now


def _put_in(session: Session, channel: Channel, row: CatchUp, page: Page, now: datetime) -> None:
    said = [
        (thread.key, it)
        for thread in page.threads
        for it in thread.inbound
        if it.mid and it.at >= row.since
    ]
    if said:
        raw_events.keep(session, [_post(channel, said, now)])
    row.messages += len(said)
    row.cut += sum(it.oldest_at is not None and it.oldest_at > row.since for it in page.threads)
    row.after, row.trouble, row.due_at = page.after, None, now
    if page.after is None or page.is_older(row.since):
        row.read_up_to = raw_events.newest_new(session) or 0
    elif row.calls >= MOST_CALLS:
        row.due_at = None
        row.trouble = remark.to_json(TOO_MANY)
        alerting.channel_waits(session, channel, TOO_MANY, row.began_at, now)


TOO_MANY = say(
    "More conversations changed meanwhile than are read by themselves. The newest were read. "
    "Look through the others, then press “Send anyway”."
)


def _post(channel: Channel, said: Sequence[tuple[str, Said]], now: datetime) -> dict[str, object]:
    """As a webhook would have brought them; the same page twice is the same bytes."""
    events = [
        {
            "sender": {"id": key},
            "recipient": {"id": channel.key},
            "timestamp": int(it.at.timestamp() * 1000),
            "message": {"mid": it.mid, "text": it.text or ""},
        }
        for key, it in said
    ]
    entry = {"id": channel.key, "fetched": "conversations", "messaging": events}
    name = "instagram" if channel.platform == INSTAGRAM else "page"
    body = json.dumps({"object": name, "entry": [entry]}).encode()
    return {"app_id": channel.app_id, "digest": hashlib.sha256(body).hexdigest(), "body": body,
            "received_at": now, "state": "new", "attempts": 0}  # fmt: skip


def _finish(session: Session, channel_id: int, now: datetime) -> None:
    """Once all that was read is applied, the channel sends."""
    row, channel = catch_ups.locked(session, channel_id), channels.get(session, channel_id)
    if row is None or row.read_up_to is None or channel.state != catch_ups.READING:
        return
    if raw_events.is_new_up_to(session, row.read_up_to):
        return
    if row.cut:
        row.note = remark.to_json(_cut(channel, row.cut))
    audits.add(session, WATCH, channel.brand_id, "channel.caught_up", channel_id, now,
               since=row.since.isoformat(), read=row.messages, calls=row.calls,
               whole=row.note is None)  # fmt: skip
    _end(channel, row, now)
    session.commit()


def _end(channel: Channel, row: CatchUp, now: datetime) -> None:
    channel.state = "connected"
    row.ended_at, row.due_at, row.trouble = now, None, None


def _cut(channel: Channel, n: int) -> Sentence:
    return say_n(
        "In %(n)s conversation of %(name)s people wrote more than the platform tells: it gives the "
        "newest messages only. Look there for an earlier STOP.",
        "In %(n)s conversations of %(name)s people wrote more than the platform tells: it gives "
        "the newest messages only. Look there for an earlier STOP.",
        n,
        name=channel.name,
    )
