"""A POST with an `Idempotency-Key` is carried out once, however often it is sent.

The key is reserved before anything is done and the answer is kept after: a process that dies in
between leaves a reservation, so a repeat is refused rather than done twice. Answers are kept
sealed, because some hold a token that is shown once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from webapp import db
from webapp.domain.errors import Conflict, Invalid
from webapp.domain.wording import say
from webapp.store import idempotency
from webapp.vault import Vault

KEPT: Final = timedelta(hours=24)
FIELD: Final = "Idempotency-Key"
OTHER = say("This key was used for another request. Use a new key for each thing to be done.")
UNFINISHED = say(
    "The first request with this key has not been answered. If it is not under way any more, look "
    "what came of it before you send it again with a new key."
)


@dataclass(frozen=True)
class Kept:
    """An answer as it was given."""

    status: int
    body: bytes
    content_type: str


@dataclass(frozen=True)
class Once:
    """One request under its key, by one token."""

    database: db.Database
    vault: Vault
    token_id: int
    key: str
    request_hash: str

    def begin(self, now: datetime) -> Kept | None:
        """None: do it, then `keep` or `release`. Otherwise what was answered before.

        Raises Invalid when the key was used for something else, Conflict while it is under way.
        """
        with self.database.writer(db.NO_BRAND) as session:
            idempotency.forget_before(session, self.token_id, now - KEPT)
            mine = idempotency.reserve(session, self.token_id, self.key, self.request_hash, now)
            session.commit()
            return None if mine else self._known(session)

    def keep(self, answer: Kept) -> None:
        sealed = self.vault.seal(answer.body.decode())
        with self.database.writer(db.NO_BRAND) as session:
            idempotency.finish(
                session, self.token_id, self.key, answer.status, sealed, answer.content_type
            )
            session.commit()

    def release(self) -> None:
        """Nothing was done: the same key may be used again."""
        with self.database.writer(db.NO_BRAND) as session:
            idempotency.forget(session, self.token_id, self.key)
            session.commit()

    def _known(self, session: Session) -> Kept:
        row = idempotency.find(session, self.token_id, self.key)
        if row is not None and row.request_hash != self.request_hash:
            raise Invalid({FIELD: [OTHER]})
        if row is None or row.status == 0:
            raise Conflict(UNFINISHED)
        return Kept(row.status, self.vault.open(row.body).encode(), row.content_type)
