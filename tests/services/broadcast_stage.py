"""A stage for the tests of broadcasts: the cast, the book, and a broadcast ready to ask for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from tests import cast as casting
from tests.cast import Cast
from webapp import db as database
from webapp.domain.brief import Brief
from webapp.domain.broadcast import Kind
from webapp.domain.content import Content
from webapp.domain.permission import Actor, Role
from webapp.domain.policy import rulebook
from webapp.models.broadcast import Broadcast
from webapp.models.segment import Segment
from webapp.services import approving, broadcasts, drafting, scheduling

BOOK = rulebook.load()


@dataclass
class Stage:
    db: database.Database
    cast: Cast
    now: datetime

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self.db.writer(self.cast.rosewood) as session:
            yield session

    def actor(self, role: str) -> Actor:
        return Actor(getattr(self.cast, role), role.title(), Role[role.upper()])

    @property
    def editor(self) -> Actor:
        return self.actor("editor")

    @property
    def manager(self) -> Actor:
        return self.actor("manager")

    def draft(self, session: Session, **brief: Any) -> Broadcast:
        """Without a message, an audience or a time."""
        given = {"name": "Doors", "kind": Kind.STANDARD, "channel_id": self.cast.channel, **brief}
        return broadcasts.create(session, self.editor, Brief(**given), self.now)

    def ready(
        self, session: Session, schedule: dict[str, object] | None = None, **brief: Any
    ) -> Broadcast:
        """With all three; to everyone on the channel, in a day."""
        made = self.draft(session, **brief)
        content = Content(text="Oi {{first_name|there}}")
        at = (self.now + timedelta(days=1)).isoformat()
        chosen = schedule or {"mode": "at", "at": at, "zone": "Europe/Paris"}
        drafting.write(session, self.editor, made.id or 0, made.version, content, self.now)
        drafting.time(session, self.editor, made.id or 0, made.version, chosen, self.now)
        return made

    def approved(self, session: Session, **given: Any) -> Broadcast:
        made = self.ready(session, **given)
        approving.ask(session, self.editor, made.id or 0, BOOK, self.now)
        return approving.approve(session, self.manager, made.id or 0, BOOK, self.now)

    def scheduled(self, session: Session, **given: Any) -> Broadcast:
        made = self.approved(session, **given)
        return scheduling.schedule(session, self.manager, made.id or 0, BOOK, self.now)

    def segment(self, session: Session, tree: dict[str, object]) -> int:
        row = Segment(
            brand_id=self.cast.rosewood,
            name="French",
            tree=tree,
            created_at=self.now,
            updated_at=self.now,
        )
        session.add(row)
        session.commit()
        return row.id or 0


def enter(db: database.Database, now: datetime) -> Stage:
    return Stage(db, casting.enter(db, now), now)
