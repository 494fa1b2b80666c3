"""A house with the cast in it, and the few moves the tests of sending repeat."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, select

from tests import cast, fakes
from webapp import config
from webapp import db as database
from webapp.domain.content import Content
from webapp.domain.delivery import Totals
from webapp.domain.permission import Actor, Role
from webapp.domain.policy import rulebook
from webapp.house import House
from webapp.models.broadcast import Broadcast
from webapp.models.delivery import Delivery
from webapp.models.opt_in import Consent, OptIn
from webapp.models.subscriber import Subscriber
from webapp.platforms import registry
from webapp.services import approving, planning, recovering, starting
from webapp.services.sending import Sender
from webapp.store import deliveries, messages, occurrences


@dataclass
class Stage:
    house: House
    clock: fakes.HandClock
    transport: fakes.FakeTransport
    people: cast.Cast

    def actor(self, role: Role = Role.ADMIN) -> Actor:
        user = {Role.ADMIN: self.people.admin, Role.MANAGER: self.people.manager}.get(role)
        return Actor(user, role.name.title(), role)

    def broadcast(self, text: str = "Hello {{first_name|there}}", **fields: object) -> int:
        """An approved broadcast to everyone on the channel, scheduled for now."""
        now = self.clock.now()
        with self.house.db.writer(self.people.rosewood) as session:
            row = Broadcast(
                **{
                    "brand_id": self.people.rosewood,
                    "channel_id": self.people.channel,
                    "name": "Doors open",
                    "kind": "standard",
                    "state": "scheduled",
                    "schedule": {"mode": "now"},
                    "created_at": now,
                    "updated_at": now,
                    **fields,
                }
            )
            session.add(row)
            session.flush()
            messages.save(session, row.id or 0, Content(text=text), now)
            row.approval_hash = approving.hash_of(session, row, self.house.book, now)
            occurrences.create(session, row, now)
            session.commit()
            return row.id or 0

    def opt_in(self, session: Session, person_id: int, **consent: object) -> None:
        """An act of consent to the cast's topic and where it stands: active, unless said."""
        now = self.clock.now()
        common = {"brand_id": self.people.rosewood, "subscriber_id": person_id,
                  "topic_id": self.people.topic}  # fmt: skip
        act = OptIn(**common, action="opt_in", at=now, recorded_at=now)
        session.add(act)
        session.flush()
        stands = {"opt_in_id": act.id, "since": now, "state": "active", **consent}
        session.add(Consent(**common, **stands))

    def take_book(self, book: rulebook.Rulebook) -> None:
        """Another book is in force from now on."""
        self.house = replace(self.house, packaged=book)

    def start(self) -> None:
        starting.start_due(self.house.db, self.house.book, self.clock.now())
        planning.plan_due(self.house.db, self.house.book, self.clock.now())

    def sender(self) -> Sender:
        made = Sender(self.house, self.transport)  # type: ignore[arg-type]
        made.enter()
        return made

    def run(self, sender: Sender, turns: int = 20) -> None:
        for _ in range(turns):
            sender.turn()
            self.clock.advance(milliseconds=25)
        recovering.finish_runs(self.house.db, self.clock.now())

    def totals(self, broadcast_id: int) -> Totals:
        with self.house.db.reader(self.people.rosewood) as session:
            return deliveries.totals(session, broadcast_id)

    def rows(self, broadcast_id: int) -> dict[str, Delivery]:
        """The ledger by first name."""
        query = (
            select(Subscriber.first_name, Delivery)
            .join(Delivery, Delivery.subscriber_id == Subscriber.id)
            .where(Delivery.broadcast_id == broadcast_id)
        )
        with self.house.db.reader(self.people.rosewood) as session:
            return {name or "": row for name, row in session.exec(query)}

    def state(self, broadcast_id: int) -> str:
        with self.house.db.reader(self.people.rosewood) as session:
            return session.get_one(Broadcast, broadcast_id).state


def build(db: database.Database, now: datetime, tmp_path: Path) -> Stage:
    settings = config.Settings(tmp_path, db.url, "a key", graph_url="http://127.0.0.1:1")
    clock = fakes.HandClock(now)
    house = House(settings, db, clock, cast.VAULT, registry.default(), rulebook.load())
    return Stage(house, clock, fakes.FakeTransport(), cast.enter(db, now))
