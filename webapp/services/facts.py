"""What people did with what was sent: delivered, read, clicked, replied; and unknowns settled.

Each fact keeps its earliest time, and a fact is counted once, so any order and any repetition of
the same events ends in the same state. Events that came before the delivery was known to be sent
are looked up when it is (`catch_up`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from webapp.domain.delivery import DeliveryState
from webapp.domain.event import WHATSAPP, EventKind
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.raw_event import Event
from webapp.store import events, once, rollups

ANSWER_WITHIN = timedelta(days=7)  # a later message is no reply to a broadcast
ECHOES = frozenset({EventKind.ECHO, EventKind.PAID_ECHO})
TAPS = frozenset({EventKind.POSTBACK, EventKind.PAID_CLICK})
REPLIES = frozenset({EventKind.MESSAGE, EventKind.POSTBACK})


def answerable(session: Session, people: Sequence[int], now: datetime) -> Sequence[Delivery]:
    """What these people may answer to, as far as it was sent lately."""
    return events.sent_since(session, people, now - ANSWER_WITHIN)


def apply(session: Session, event: Event) -> None:
    """What one stored event says about deliveries to its person."""
    kind = EventKind(event.kind)
    if kind in ECHOES or _brings_our_key(event):
        _echo(session, event)
    if kind is EventKind.FAILED:
        _fail(session, event)
    elif kind in (EventKind.DELIVERY, EventKind.PAID_DELIVERY):
        _receipt(session, event, ("delivered",))
    elif kind in (EventKind.READ, EventKind.PAID_READ):
        _receipt(session, event, ("delivered", "read"))
    elif kind in REPLIES | TAPS:
        _answer(session, event, kind)


def _brings_our_key(event: Event) -> bool:
    """A status of WhatsApp: like an echo it proves that the message was accepted."""
    return event.delivery_id is not None and event.kind in events.PROOFS


def catch_up(session: Session, rows: Iterable[Delivery]) -> None:
    """Events of these people that came before their delivery was written down as sent."""
    for row in rows:
        if row.claimed_at is None:
            continue
        for event in events.since(session, row.subscriber_id, second_of(row.claimed_at)):
            if event.kind not in ECHOES:
                apply(session, event)


def second_of(at: datetime) -> datetime:
    """Some platforms tell times in whole seconds: theirs of a later event may seem earlier."""
    return at.replace(microsecond=0)


def settle_unknown(session: Session, delivery_ids: Sequence[int]) -> int:
    """Unknown rows whose echo came earlier are sent after all; returns how many."""
    echoes = events.echoes_of(session, delivery_ids)
    for echo in echoes.values():
        _echo(session, echo)
    return len(echoes)


def _echo(session: Session, event: Event) -> None:
    """The platform shows our own message: it was accepted."""
    row = _echoed(session, event)
    if row is None or row.channel_id != event.channel_id:
        return
    event.delivery_id = row.id
    if row.state == DeliveryState.UNKNOWN:
        row.state, row.reason, row.detail = int(DeliveryState.SENT), None, None
        row.sent_at = event.at if event.kind in ECHOES else row.claimed_at
        row.platform_message_id = next(iter(_mids(event)), row.platform_message_id)
        session.flush()
        _count(session, row, event.at, unknown=-1, sent=1)
        catch_up(session, [row])
    elif row.state == DeliveryState.SENT:
        row.platform_message_id = row.platform_message_id or event.mid
        if event.kind in ECHOES and row.sent_at == row.claimed_at:  # told by a receipt, before it
            row.sent_at = event.at


def _echoed(session: Session, event: Event) -> Delivery | None:
    if event.delivery_id is not None:
        row = session.get(Delivery, event.delivery_id)
        return row if row is not None and _is_of(session, row, event) else None
    found = events.deliveries_by_message(session, event.channel_id, _mids(event))
    if found or event.subscriber_id is None or not event.detail.get("campaign_key"):
        return found[0] if found else None
    # A paid message carries no mark of ours: its person and its campaign name it.
    campaign = str(event.detail["campaign_key"])
    return events.unknown_of_campaign(session, event.subscriber_id, campaign)


def _is_of(session: Session, row: Delivery, event: Event) -> bool:
    """Whether a key that came back is about this row's person: another installation on the same
    Page, or this one before a backup was restored, may have used the same number for somebody
    else. On WhatsApp a person's ids change and rows are joined, so the key alone decides there."""
    if event.subscriber_id in (None, row.subscriber_id):
        return True
    return session.get_one(Channel, event.channel_id).platform == WHATSAPP


def _fail(session: Session, event: Event) -> None:
    """Accepted, and not delivered after all: the row says why. Its state stays `sent`, which means
    accepted; a receipt that says otherwise stands above it."""
    for row in events.deliveries_by_message(session, event.channel_id, _mids(event)):
        if row.state == DeliveryState.SENT and row.delivered_at is None:
            told = (event.detail.get("action"), event.detail.get("reason"))
            row.detail = " ".join(str(part) for part in told if part)[:500] or None
            session.add(row)


def _receipt(session: Session, event: Event, names: Sequence[str]) -> None:
    """By message id where there is one, else everything asked for before the watermark.

    A receipt that names a message and no watermark speaks of that message alone.
    """
    moment, mids = _watermark(event), _mids(event)
    alone = bool(mids) and not event.detail.get("watermark")
    for name in names:
        rows: Sequence[Delivery] = events.deliveries_by_message(session, event.channel_id, mids)
        if not rows and event.subscriber_id is not None and not alone:
            rows = events.deliveries_before(session, event.subscriber_id, moment, name)
        for row in rows:
            _set(session, row, name, min(moment, event.at))


def _answer(session: Session, event: Event, kind: EventKind) -> None:
    """A tap or a message: the delivery it names, else the last one sent within a week."""
    row = _answered(session, event)
    if row is None:
        return
    if kind in TAPS or event.detail.get("payload"):
        _set(session, row, "clicked", event.at)
    if kind in REPLIES:
        _set(session, row, "replied", event.at)
    if kind is not EventKind.PAID_CLICK:
        _set(session, row, "read", event.at)
        _set(session, row, "delivered", event.at)


def _answered(session: Session, event: Event) -> Delivery | None:
    named = event.detail.get("reply_to") or event.detail.get("tracking_id")
    if named:
        rows = events.deliveries_by_message(session, event.channel_id, [str(named)])
        if rows and _is_of(session, rows[0], event):
            return rows[0]
    if event.subscriber_id is None:
        return None
    row = events.latest_sent(session, event.subscriber_id, event.at)
    if row is None or row.claimed_at is None or event.at - row.claimed_at > ANSWER_WITHIN:
        return None
    return row


def _set(session: Session, row: Delivery, name: str, at: datetime) -> None:
    """The earliest time wins; the first time a fact is known it is counted."""
    if row.state != DeliveryState.SENT:
        return
    at = max(at, row.claimed_at or at)
    before: datetime | None = getattr(row, f"{name}_at")
    if before is None:
        row.detail = None  # of a failure that was told earlier, and was none
        _count(session, row, at, **{name: 1})
    if before is None or at < before:
        setattr(row, f"{name}_at", at)
        session.add(row)


def _count(session: Session, row: Delivery, at: datetime, **counts: int) -> None:
    """By day with the message: on the day its outcome was counted, so that what became of a month's
    messages never exceeds them, in whatever order it is told. By hour when it happened."""
    sent, kind = row.finished_at or at, _kind(session, row.broadcast_id)
    rollups.add_told(session, row.brand_id, row.channel_id, sent, at, kind, counts)


def _kind(session: Session, broadcast_id: int) -> str:
    return once.read(
        session, ("kind", broadcast_id), lambda: session.get_one(Broadcast, broadcast_id).kind
    )


def _mids(event: Event) -> list[str]:
    mids = event.detail.get("mids")
    found = [str(mid) for mid in mids] if isinstance(mids, list) else []
    named = [event.mid, event.detail.get("tracking_id")]
    return found + [str(mid) for mid in named if mid]


def _watermark(event: Event) -> datetime:
    value = event.detail.get("watermark")
    return datetime.fromisoformat(value) if isinstance(value, str) else event.at
