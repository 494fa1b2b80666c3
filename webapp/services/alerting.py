"""Trouble told by e-mail to those who may do something about it, once a cause.

The rows are written in the transaction of the cause: no trouble without its rows, no rows without
the trouble. `alert_mail` sends them. Whoever did it by hand is not told of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from webapp.db import scoped
from webapp.domain import remark
from webapp.domain.halt import Halt
from webapp.domain.permission import Actor, Role
from webapp.domain.wording import Sentence, say
from webapp.models.alert import Alert
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.channel import Channel
from webapp.models.user import User
from webapp.store import alerts


@dataclass(frozen=True)
class Trouble:
    """`cause` names this very event; `path` is where something can be done about it."""

    cause: str
    subject: Sentence
    sentence: Sentence
    advice: Sentence
    path: str


def channel_stopped(session: Session, channel: Channel, sentence: Sentence, now: datetime) -> None:
    trouble = Trouble(
        f"channel {channel.id} stopped {now.isoformat()}",
        say("%(channel)s has stopped sending", channel=channel.name),
        sentence,
        say("Everyone who waits keeps their place. Open the channel and follow what it says; it "
            "sends again when it is resumed or has a new token."),
        f"settings/channels/{channel.id}",
    )  # fmt: skip
    _tell(session, channel.brand_id, "channel.edit", trouble, now)


def channel_waits(
    session: Session, channel: Channel, sentence: Sentence, since: datetime, now: datetime
) -> None:
    """`since`: when it began to wait, so that one waiting is told once."""
    trouble = Trouble(
        f"channel {channel.id} waits {since.isoformat()}",
        say("%(channel)s cannot read what it missed", channel=channel.name),
        sentence,
        say("Nothing is sent on it until then. It is tried again by itself once this is mended; "
            "the channel's page also lets you send anyway."),
        f"settings/channels/{channel.id}",
    )  # fmt: skip
    _tell(session, channel.brand_id, "channel.edit", trouble, now)


def broadcast_paused(
    session: Session, broadcast: Broadcast, sentence: Sentence, now: datetime
) -> None:
    trouble = Trouble(
        f"broadcast {broadcast.id} paused {now.isoformat()}",
        say("“%(broadcast)s” has paused by itself", broadcast=broadcast.name),
        sentence,
        say("Nobody else is written to. Look at the reason, then resume it or cancel it."),
        f"broadcasts/{broadcast.id}",
    )
    _tell(session, broadcast.brand_id, "broadcast.pause", trouble, now)


def run_missed(
    session: Session, broadcast: Broadcast, run: Occurrence, sentence: Sentence, now: datetime
) -> None:
    trouble = Trouble(
        f"run {run.id} missed",
        say("“%(broadcast)s” was not sent", broadcast=broadcast.name),
        sentence,
        say("Nobody was written to. Open it to send it at another time."),
        f"broadcasts/{broadcast.id}",
    )
    _tell(session, broadcast.brand_id, "broadcast.schedule", trouble, now)


def everything_stopped(session: Session, halt: Halt, actor: Actor, now: datetime) -> None:
    """Operators are told: they alone can go on."""
    trouble = Trouble(
        f"halt {halt.at.isoformat()}",
        say("Nothing is being sent in any brand"),
        halt.sentence,
        say("Everyone who waits keeps their place. Look at what is under way, then go on."),
        "/stop/",
    )
    others = [user for user in alerts.operators(session) if user.id != actor.user_id]
    _write(session, None, others, trouble, trouble.path, now)


def _tell(
    session: Session, brand_id: int, permission: str, trouble: Trouble, now: datetime
) -> None:
    brand = session.get_one(Brand, brand_id)
    session.flush()  # rows of other brands may wait for it
    with scoped(session, brand_id):
        able = [user for user, role in alerts.members(session)
                if Actor(user.id, user.name, Role[role.upper()]).can(permission)]  # fmt: skip
    _write(session, brand_id, able, trouble, f"/b/{brand.slug}/{trouble.path}", now)


def _write(
    session: Session,
    brand_id: int | None,
    people: Iterable[User],
    trouble: Trouble,
    path: str,
    now: datetime,
) -> None:
    for user in people:
        if alerts.is_known(session, user.id or 0, trouble.cause):
            continue
        session.add(
            Alert(
                brand_id=brand_id,
                user_id=user.id or 0,
                cause=trouble.cause[:120],
                subject=remark.to_json(trouble.subject),
                sentence=remark.to_json(trouble.sentence),
                advice=remark.to_json(trouble.advice),
                path=path,
                created_at=now,
                not_before=now,
            )
        )
