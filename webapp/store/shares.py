"""Somebody's place in a split, in SQL: what `domain.share.place` says, on both databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, literal
from sqlalchemy import cast as sql_cast
from sqlmodel import col

from webapp.domain import share
from webapp.domain.segment_values import Share
from webapp.models.subscriber import Subscriber


def clause(wanted: Share) -> ColumnElement[bool]:
    """Whether a `Subscriber` is among the first per cent of a split."""
    return place(wanted.name) < wanted.percent


def place(name: str) -> ColumnElement[int]:
    first, *rest = share.coefficients(name)
    x = sql_cast(col(Subscriber.id), BigInteger) % _whole(share.PRIME)
    found: ColumnElement[Any] = _whole(first)
    for coefficient in rest:
        found = (found * x + _whole(coefficient)) % _whole(share.PRIME)
    return found % _whole(share.PLACES)


def _whole(number: int) -> ColumnElement[int]:
    return literal(number, BigInteger)
