"""Rosewood and its people: the practice brand, two who may approve, and its practice channel."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from webapp.db import scoped
from webapp.domain.permission import Actor, Role, job
from webapp.models.brand import Brand, Installation
from webapp.models.channel import Channel
from webapp.models.user import User
from webapp.platforms.wire import Request
from webapp.services import brands, connecting, members, practising, users
from webapp.services.channels import Outside
from webapp.store import brands as all_brands
from webapp.store import channels
from webapp.store import users as all_users
from webapp.vault import Vault

MARK: Final = "demo"  # the installation's row that says the practice brand is complete
SLUG: Final = "rosewood"
COUNTRY, ZONE, CURRENCY = "AU", "Australia/Melbourne", "USD"  # budgets are in the card's currency
YOU: Final = ("you@rosewood.example", "Robin Vale")
SECOND: Final = ("sam@rosewood.example", "Sam Okafor")
COMMAND: Final = "demo"


@dataclass(frozen=True)
class Staff:
    """The person at the keyboard, an admin, and the manager who may approve their work."""

    you: User
    second: User

    @property
    def you_act(self) -> Actor:
        return Actor(self.you.id, self.you.name, Role.ADMIN, operator=True, door="cli")

    @property
    def second_acts(self) -> Actor:
        return Actor(self.second.id, self.second.name, Role.MANAGER, door="cli")


def is_complete(session: Session) -> bool:
    return session.get(Installation, MARK) is not None


def mark_complete(session: Session, brand: Brand, now: datetime) -> None:
    session.add(Installation(name=MARK, value=str(brand.id), at=now))


def staff(session: Session, now: datetime) -> Staff:
    """Made on the first start, found later."""
    return Staff(_user(session, YOU, now, operator=True), _user(session, SECOND, now))


def brand(session: Session, vault: Vault, people: Staff, now: datetime) -> Brand:
    found = all_brands.by_slug(session, SLUG)
    if found is not None:
        return found
    made = brands.create(
        session, people.you_act, name="Rosewood", slug=SLUG, country=COUNTRY, timezone=ZONE,
        currency=CURRENCY, now=now,
    )  # fmt: skip
    with scoped(session, made.id or 0):
        members.add(
            session, vault, people.you_act, email=people.second.email, name=people.second.name,
            role=Role.MANAGER, now=now,
        )  # fmt: skip
    return made


def channel(
    session: Session, people: Staff, outside: Outside, simulator: str, now: datetime
) -> Channel:
    """The practice channel, where the simulator listens today; a session of the brand."""
    found = session.exec(
        select(Channel).where(col(Channel.practice)).order_by(col(Channel.id))
    ).first()
    if found is None:
        return practising.add(
            session, people.you_act, outside, now, name="Rosewood (practice)", simulator=simulator
        )
    if found.graph_url != simulator:
        found.graph_url = simulator
        session.commit()
    return found


def register_again(
    session: Session, outside: Outside, channel: Channel, brand: Brand, simulator: str
) -> None:
    """Tell the simulator where we listen today; a simulator that lost its state knows us again."""
    app = channels.app(session, channel.app_id)
    body = {
        "id": channel.key,
        "name": channel.name,
        "token": outside.vault.open(channel.access_token),
        "app_secret": outside.vault.open(app.app_secret),
        "verify_token": outside.vault.open(app.verify_token),
        "webhook_url": connecting.webhook_url(outside, practising.PRACTICE_APP),
        "country": brand.country,
        "options": practising.OPTIONS,
    }
    headers = {"Content-Type": "application/json"}
    address = f"{simulator}/_practice/pages"
    outside.call(Request("POST", address, headers, json.dumps(body).encode()))


def _user(session: Session, who: tuple[str, str], now: datetime, *, operator: bool = False) -> User:
    email, name = who
    made = all_users.by_email(session, email) or users.create(
        session, job(COMMAND), email, name, now, operator=operator
    )
    if made.timezone != ZONE:
        made.timezone = ZONE
        session.add(made)
        session.commit()
    return made
