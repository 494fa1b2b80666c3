"""Edits of what a broadcast says, to whom and when. Any real change voids its approval."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlmodel import Session

from webapp.domain import broadcast as life
from webapp.domain import message as contents
from webapp.domain import remark
from webapp.domain.brief import Brief
from webapp.domain.broadcast import BroadcastState, Event
from webapp.domain.content import Content
from webapp.domain.errors import Conflict, Invalid
from webapp.domain.permission import Actor
from webapp.domain.wording import Sentence, say
from webapp.models.broadcast import Broadcast
from webapp.models.campaign import Campaign
from webapp.models.channel import Channel
from webapp.models.opt_in import Topic
from webapp.models.segment import Segment
from webapp.services import templates
from webapp.store import audits, broadcasts, messages, occurrences

LABELS = frozenset({"name", "campaign_id"})  # an approver agrees to the send, not to these


@dataclass(frozen=True)
class Edited:
    """What an edit did: `changed` nothing at all, or `voided` an approval or a request for one."""

    broadcast: Broadcast
    changed: bool
    voided: bool


def change(
    session: Session,
    actor: Actor,
    broadcast_id: int,
    version: int,
    brief: Brief,
    now: datetime,
) -> Edited:
    """Name, kind, channel, campaign, topic, budget, rate. Raises Invalid by field."""
    actor.require("broadcast.edit")
    broadcast = _held(session, broadcast_id, version)
    check_brief(session, brief)
    differing = {
        name: value for name, value in asdict(brief).items() if getattr(broadcast, name) != value
    }
    if differing.keys() <= LABELS:
        return _relabel(session, actor, broadcast, differing, now)

    def put() -> bool:
        _set(broadcast, differing)
        return True

    return _edit(session, actor, broadcast, now, say("its kind or budget"), put)


def write(
    session: Session,
    actor: Actor,
    broadcast_id: int,
    version: int,
    content: Content,
    now: datetime,
) -> Edited:
    """Save the message, ready or not: a draft may be too long, it only cannot be approved.

    A template is kept as it reads today; Invalid (`template`) for one the channel does not have.
    """
    actor.require("broadcast.edit")
    broadcast = _held(session, broadcast_id, version)
    content = templates.completed(session, broadcast, content)

    def put() -> bool:
        before = messages.latest(session, broadcast_id)
        if before is not None and before.fingerprint == contents.fingerprint(content):
            return False
        messages.save(session, broadcast_id, content, now)
        return True

    return _edit(session, actor, broadcast, now, say("its message"), put)


def aim(
    session: Session,
    actor: Actor,
    broadcast_id: int,
    version: int,
    segment_id: int | None,
    now: datetime,
) -> Edited:
    """Choose who it is for; None is everyone on the channel."""
    actor.require("broadcast.edit")
    broadcast = _held(session, broadcast_id, version)
    if segment_id is not None and _missing(session.get(Segment, segment_id)):
        raise Invalid({"audience": [say("Choose one of your segments; this one is gone.")]})
    chosen: dict[str, object] = {"segment_id": segment_id}
    return _edit(
        session, actor, broadcast, now, say("its audience"), lambda: _set(broadcast, chosen)
    )


def time(
    session: Session,
    actor: Actor,
    broadcast_id: int,
    version: int,
    schedule: Mapping[str, object],
    now: datetime,
) -> Edited:
    """Say when it shall go out (`domain.schedule`, as JSON). Scheduling it is another step."""
    actor.require("broadcast.edit")
    broadcast = _held(session, broadcast_id, version)
    chosen: dict[str, object] = {"schedule": dict(schedule)}
    return _edit(session, actor, broadcast, now, say("its time"), lambda: _set(broadcast, chosen))


def exempt(
    session: Session,
    actor: Actor,
    broadcast_id: int,
    version: int,
    now: datetime,
    *,
    on: bool,
) -> Edited:
    """Let it go to people who have had as many messages as the brand's cap allows, or not. Only
    the house's cap: what the platform caps, stays. An approval of the other is void."""
    actor.require("broadcast.exempt")
    broadcast = _held(session, broadcast_id, version)
    put = {"cap_exempt": on}
    what = say("its exemption from the cap")
    edited = _edit(session, actor, broadcast, now, what, lambda: _set(broadcast, put))
    if edited.changed:
        action = "broadcast.exempt" if on else "broadcast.exempt_end"
        keep(session, actor, broadcast, action, now)
    return edited


def check_brief(session: Session, brief: Brief) -> None:
    """Raises Invalid unless the rows it names are this brand's and still in use."""
    errors: dict[str, list[Sentence]] = {}
    if session.get(Channel, brief.channel_id) is None:
        errors["channel"] = [say("Choose one of your channels.")]
    if brief.campaign_id is not None and _missing(session.get(Campaign, brief.campaign_id)):
        errors["campaign"] = [say("Choose one of your campaigns, or none.")]
    if brief.topic_id is not None and _missing(session.get(Topic, brief.topic_id)):
        errors["topic"] = [say("Choose one of your topics.")]
    if errors:
        raise Invalid(errors)


def void(session: Session, broadcast: Broadcast, why: Sentence) -> None:
    """Back to draft: no approval, no request for one, no waiting run; and it says why."""
    occurrences.withdraw_due(session, broadcast.id or 0)
    broadcast.state = BroadcastState.DRAFT
    broadcast.asked_by = broadcast.asked_at = None
    broadcast.approved_by = broadcast.approved_at = broadcast.approval_hash = None
    broadcast.scheduled_at = None
    broadcast.state_reason = remark.to_json(why)
    session.add(broadcast)


def keep(
    session: Session,
    actor: Actor,
    broadcast: Broadcast,
    action: str,
    now: datetime,
    **detail: object,
) -> Broadcast:
    """Write an act on a broadcast down, with its line in the audit log, and commit."""
    broadcast.updated_at = now
    session.add(broadcast)
    audits.add(session, actor, broadcast.brand_id, action, broadcast.id, now, **detail)
    session.commit()
    return broadcast


def _held(session: Session, broadcast_id: int, version: int) -> Broadcast:
    broadcast = broadcasts.lock(session, broadcast_id)
    if broadcast.version != version:
        raise Conflict(
            say(
                "Somebody changed this broadcast since you opened it, and your change is not "
                "saved. See theirs, then make yours again."
            )
        )
    return broadcast


def _edit(
    session: Session,
    actor: Actor,
    broadcast: Broadcast,
    now: datetime,
    what: Sentence,
    put: Callable[[], bool],
) -> Edited:
    state = BroadcastState(broadcast.state)
    life.next_state(state, Event.EDIT)
    if not put() and state is not BroadcastState.MISSED:  # saving a missed one plans it again
        return Edited(broadcast, changed=False, voided=False)
    voided = state not in (BroadcastState.DRAFT, BroadcastState.MISSED)
    if voided:
        void(session, broadcast, _voided(state, what))
    elif state is BroadcastState.MISSED:
        void(session, broadcast, say("It was missed and is a draft again."))
    broadcast.version += 1
    keep(session, actor, broadcast, "broadcast.edit", now, what=what.text)
    return Edited(broadcast, changed=True, voided=voided)


def _relabel(
    session: Session,
    actor: Actor,
    broadcast: Broadcast,
    differing: Mapping[str, object],
    now: datetime,
) -> Edited:
    if _set(broadcast, differing):
        broadcast.version += 1
        keep(session, actor, broadcast, "broadcast.edit", now, what="its name or campaign")
    return Edited(broadcast, changed=bool(differing), voided=False)


def _set(broadcast: Broadcast, values: Mapping[str, object]) -> bool:
    """Put the values there; False when they were already."""
    differing = {name: value for name, value in values.items() if getattr(broadcast, name) != value}
    for name, value in differing.items():
        setattr(broadcast, name, value)
    return bool(differing)


def _voided(state: BroadcastState, what: Sentence) -> Sentence:
    if state is BroadcastState.IN_REVIEW:
        return say("It left the review because %(what)s changed. Ask again.", what=what)
    return say("Its approval is void because %(what)s changed. Ask again.", what=what)


def _missing(row: Campaign | Topic | Segment | None) -> bool:
    return row is None or row.archived_at is not None
