"""Answers of POSTs by their key, for callers who ask again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from webapp.models.audit import IdempotencyKey
from webapp.store import inserts


def reserve(session: Session, token_id: int, key: str, request_hash: str, now: datetime) -> bool:
    """Whether the key is ours now; one of two callers at the same moment wins."""
    statement = inserts.into(IdempotencyKey, session.get_bind().dialect.name).values(
        token_id=token_id,
        key=key,
        request_hash=request_hash,
        status=0,
        body="",
        content_type="",
        created_at=now,
    )
    statement = statement.on_conflict_do_nothing(index_elements=["token_id", "key"])
    mine = statement.returning(col(IdempotencyKey.id))  # a rowcount is not told by psycopg here
    return session.connection().execute(mine).first() is not None


def find(session: Session, token_id: int, key: str) -> IdempotencyKey | None:
    query = select(IdempotencyKey).where(
        IdempotencyKey.token_id == token_id, IdempotencyKey.key == key
    )
    return session.exec(query).first()


def finish(
    session: Session, token_id: int, key: str, status: int, body: str, content_type: str
) -> None:
    session.exec(
        update(IdempotencyKey)
        .where(col(IdempotencyKey.token_id) == token_id, col(IdempotencyKey.key) == key)
        .values(status=status, body=body, content_type=content_type)
    )


def forget(session: Session, token_id: int, key: str) -> None:
    session.exec(
        delete(IdempotencyKey).where(
            col(IdempotencyKey.token_id) == token_id, col(IdempotencyKey.key) == key
        )
    )


def forget_before(session: Session, token_id: int, moment: datetime) -> None:
    session.exec(
        delete(IdempotencyKey).where(
            col(IdempotencyKey.token_id) == token_id, col(IdempotencyKey.created_at) < moment
        )
    )
