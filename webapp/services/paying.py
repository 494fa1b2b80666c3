"""Paid runs need a campaign on the platform before their first message.

It is made as soon as a sponsored broadcast is scheduled: the platform asks for an hour of warm-up.
Making one twice costs nothing, so an unclear answer is simply asked again.
"""

from __future__ import annotations

from sqlmodel import Session, col, select

from webapp.db import EVERY_BRAND
from webapp.domain import remark
from webapp.domain.broadcast import BroadcastState, Kind
from webapp.domain.retry import ContentWrong, RefusedPerson, StopChannel
from webapp.domain.wording import Sentence
from webapp.house import House
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.channel import Channel
from webapp.platforms.protocol import Made, PaidCampaign
from webapp.platforms.transport import Transport
from webapp.services import channels, recording
from webapp.services.channels import Outside

LIVE = ("due", "planning", "sending")
SOLD_BY_CAMPAIGN = "messenger"  # on WhatsApp a paid message is a template and needs no campaign
MICROS_A_CENT = 10_000


def prepare(house: House) -> int:
    """Make the campaigns that scheduled sponsored runs still lack; returns how many were made."""
    with house.db.reader(EVERY_BRAND) as session:
        wanted = lacking(session)
    if not wanted:
        return 0
    transport = Transport(connections=1)
    try:
        return sum(_make(house, transport, run_id) for run_id in wanted)
    finally:
        transport.close()


def lacking(session: Session) -> list[int]:
    query = (
        select(Occurrence.id)
        .join(Broadcast, col(Broadcast.id) == Occurrence.broadcast_id)
        .join(Channel, col(Channel.id) == Broadcast.channel_id)
        .where(
            Broadcast.kind == Kind.SPONSORED.value,
            col(Occurrence.state).in_(LIVE),
            col(Occurrence.campaign_key).is_(None),
            Channel.state == "connected",
            Channel.platform == SOLD_BY_CAMPAIGN,
        )
    )
    return [number for number in session.exec(query) if number is not None]


def _make(house: House, transport: Transport, run_id: int) -> bool:
    """Ask without a transaction open, then write down what came back."""
    with house.db.reader(EVERY_BRAND) as session:
        run = session.get_one(Occurrence, run_id)
        broadcast = session.get_one(Broadcast, run.broadcast_id)
        channel = session.get_one(Channel, broadcast.channel_id)
        access = channels.access_to(
            Outside(house.platforms, house.vault, house.settings, transport.call), session, channel
        )
    platform = house.platforms.paid(channel.platform)
    answer = platform.campaign_of(
        transport.call(platform.campaign_request(access, _campaign(broadcast)))
    )
    with house.db.writer(EVERY_BRAND) as session:
        if isinstance(answer, Made):
            session.get_one(Occurrence, run_id).campaign_key = answer.key
        elif isinstance(answer, StopChannel):
            recording.stop_channel(session, channel.id or 0, answer, house.clock.now())
        elif isinstance(answer, ContentWrong | RefusedPerson):
            _refuse(session, run_id, answer.sentence)
        session.commit()
    return isinstance(answer, Made)


def _campaign(broadcast: Broadcast) -> PaidCampaign:
    budget = broadcast.budget_micros
    return PaidCampaign(
        name=broadcast.name, lifetime_budget=None if budget is None else budget // MICROS_A_CENT
    )


def _refuse(session: Session, run_id: int, sentence: Sentence) -> None:
    """The platform will not have this campaign: nothing is sent, and the page says why."""
    run = session.get_one(Occurrence, run_id)
    broadcast = session.get_one(Broadcast, run.broadcast_id)
    broadcast.state_reason = remark.to_json(sentence)
    if broadcast.state == BroadcastState.SENDING:
        broadcast.state, run.state = BroadcastState.PAUSED.value, "paused"
