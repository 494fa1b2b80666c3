"""A WhatsApp number and an Instagram account beside the cast's Page, and what they hear."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from tests import cast
from tests.stage import Stage
from webapp.db import EVERY_BRAND
from webapp.models.channel import Channel
from webapp.models.raw_event import Event, RawEvent
from webapp.models.subscriber import Subscriber, SubscriberKey
from webapp.services import applying

NUMBER, ACCOUNT, INSTAGRAM = "1122334455667", "102290129340398", "17841400"
PHONE, USER = "5511999990000", "BR.77"


def add_channels(stage: Stage) -> dict[str, int]:
    """Both connected for Rosewood; their ids by platform."""
    with stage.house.db.writer(EVERY_BRAND) as session:
        home = session.get_one(Channel, stage.people.channel)
        made = [
            Channel(
                brand_id=home.brand_id, app_id=home.app_id, platform=platform, key=key, name=key,
                account=account, access_token=cast.VAULT.seal("t"), created_at=stage.clock.now(),
            )
            for platform, key, account in (
                ("whatsapp", NUMBER, ACCOUNT), ("instagram", INSTAGRAM, None)
            )
        ]  # fmt: skip
        session.add_all(made)
        session.flush()
        ids = {row.platform: row.id or 0 for row in made}
        session.commit()
    return ids


def message(at: datetime, wamid: str, **more: Any) -> dict[str, Any]:
    """One entry of `messages`, from PHONE unless said otherwise."""
    said = {"id": wamid, "timestamp": str(int(at.timestamp())), "from": PHONE,
            "type": "text", "text": {"body": "Oi"}}  # fmt: skip
    return {name: part for name, part in {**said, **more}.items() if part is not None}


def status(at: datetime, name: str, wamid: str = "wamid.out", **more: Any) -> dict[str, Any]:
    return {"id": wamid, "status": name, "timestamp": str(int(at.timestamp())),
            "recipient_id": PHONE, **more}  # fmt: skip


def on_whatsapp(field: str = "messages", **value: Any) -> dict[str, Any]:
    about = {"metadata": {"phone_number_id": NUMBER}, **value}
    change = {"field": field, "value": about}
    entry = {"id": ACCOUNT, "time": 1_700_000_000, "changes": [change]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def on_instagram(*items: dict[str, Any]) -> dict[str, Any]:
    return {"object": "instagram", "entry": [{"id": INSTAGRAM, "messaging": list(items)}]}


def hear(stage: Stage, bodies: Iterable[dict[str, Any]]) -> None:
    """Kept as posted, then applied, one after the other."""
    house = stage.house
    for body in bodies:
        raw = json.dumps(body).encode()
        with house.db.writer(EVERY_BRAND) as session:
            home = session.get_one(Channel, stage.people.channel)
            count = len(session.exec(select(RawEvent.id)).all())
            session.add(RawEvent(app_id=home.app_id, digest=str(count), body=raw,
                                 received_at=stage.clock.now()))  # fmt: skip
            session.commit()
        applying.apply_new(house.db, house.vault, house.platforms, house.book, house.clock.now())


def people(stage: Stage, channel_id: int) -> list[Subscriber]:
    """Who may be written to."""
    with stage.house.db.reader(EVERY_BRAND) as session:
        query = select(Subscriber).where(
            Subscriber.channel_id == channel_id, col(Subscriber.erased_at).is_(None)
        )
        return list(session.exec(query.order_by(col(Subscriber.id))))


def other_keys(stage: Stage, person: Subscriber) -> set[str]:
    with stage.house.db.reader(EVERY_BRAND) as session:
        query = select(SubscriberKey.key).where(SubscriberKey.subscriber_id == person.id)
        return set(session.exec(query))


def forget(stage: Stage, channel_id: int) -> None:
    """As if nothing had been heard on this channel."""
    with stage.house.db.writer(EVERY_BRAND) as session:
        for table in (SubscriberKey, Event):
            for row in session.exec(select(table).where(table.channel_id == channel_id)):
                session.delete(row)
        session.flush()
        for person in session.exec(select(Subscriber).where(Subscriber.channel_id == channel_id)):
            session.delete(person)
        session.commit()
