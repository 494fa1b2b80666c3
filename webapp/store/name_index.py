"""Who has which letters in a row in their name, as sets of ids: see `domain.name_grams`.

People lie on shelves by their ids, so that whoever is new touches the last shelf alone and no set
grows for ever. A set may have somebody too many, whose name was another one or who was just about
to be committed; nobody is missing but those who are `waiting`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from pyroaring import BitMap64
from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from webapp.db import brand_of
from webapp.domain import name_grams
from webapp.models.name_index import NameChange, NameGram, NameIndex
from webapp.models.subscriber import Subscriber
from webapp.store import id_lists, inserts

SHELF = 2**18  # ids
LISTED = 20_000  # people whose names are looked up by their ids, not by a walk along the shelf


class Lines(NamedTuple):
    """People to be looked at; `known` may be in sets they no longer belong in. `ids`: of lines."""

    people: BitMap64
    known: BitMap64
    ids: list[int]


def until(session: Session) -> int | None:
    """Everybody up to this id is in, but for who is in `lines`; None where there is no index."""
    return session.exec(select(NameIndex.until_id)).first()


def newest(session: Session) -> int:
    """The highest id of all brands, which costs nothing to ask."""
    return session.connection().execute(select(func.max(col(Subscriber.id)))).scalar() or 0


def lines(session: Session, limit: int) -> Lines:
    """The oldest so many; to be read before anything that is to be right but for them."""
    line = NameChange
    query = select(line.id, line.first_id, line.last_id, line.known).where(
        line.brand_id == brand_of(session)
    )
    people, known, ids = BitMap64(), BitMap64(), []
    for id_, first, last, was_known in session.exec(query.order_by(col(line.id)).limit(limit)):
        ids.append(id_ or 0)
        for found in (people, known) if was_known else (people,):
            found.add_range(first, last + 1)
    return Lines(people, known, ids)


def behind(session: Session, last: int, limit: int) -> Sequence[int]:
    """New people, at most so many. On PostgreSQL they have lines."""
    if session.get_bind().dialect.name != "sqlite":
        return []
    query = select(col(Subscriber.id)).where(
        col(Subscriber.id) > last, col(Subscriber.brand_id) + 0 == brand_of(session)
    )
    found = session.connection().execute(query.order_by(col(Subscriber.id)).limit(limit))
    return [key for key in found.scalars() if key is not None]


def having(session: Session, grams: Collection[str]) -> BitMap64:
    """Who has all of these, of which there is at least one, or had them when last looked at."""
    query = select(NameGram.shelf, NameGram.people).where(col(NameGram.gram).in_(grams))
    by_shelf: dict[int, list[bytes]] = defaultdict(list)
    for shelf, people in session.exec(query):
        by_shelf[shelf].append(people)
    full = [map(BitMap64.deserialize, it) for it in by_shelf.values() if len(it) == len(grams)]
    return BitMap64.union(BitMap64(), *(BitMap64.intersection(*it) for it in full))


def shelves(people: BitMap64) -> Iterable[tuple[int, BitMap64]]:
    """These people by their shelf."""
    left = people
    while left:
        shelf = left.min() // SHELF
        here = left & BitMap64(range(shelf * SHELF, (shelf + 1) * SHELF))
        yield shelf, here
        left = left - here


def named(session: Session, people: BitMap64) -> dict[str, BitMap64]:
    """The grams of those of one shelf who have a name."""
    key, brand = col(Subscriber.id), col(Subscriber.brand_id) + 0  # led by the ids
    query = select(key, Subscriber.name_folded).where(
        brand == brand_of(session), Subscriber.name_folded != ""
    )
    if len(people) <= LISTED:
        query = query.where(key.in_(select(id_lists.table(session, list(people)).c.value)))
    else:
        query = query.where(key.between(people.min(), people.max()))
    by_word: dict[str, list[int]] = defaultdict(list)
    for person, name in session.connection().execute(query):
        for word in set(name.split()):
            by_word[word].append(person or 0)
    by_gram: dict[str, list[int]] = defaultdict(list)
    for word, theirs in by_word.items():
        for gram in name_grams.of(word):
            by_gram[gram] += theirs
    return {gram: BitMap64(theirs) & people for gram, theirs in by_gram.items()}


def grams_of(session: Session, shelf: int) -> Sequence[str]:
    """All there are on a shelf."""
    return session.exec(select(NameGram.gram).where(NameGram.shelf == shelf)).all()


def correct(
    session: Session,
    shelf: int,
    grams: Collection[str],
    gone: BitMap64,
    there: Mapping[str, BitMap64],
) -> None:
    """Of these grams of a shelf: `gone` have none of them, and then each has who is `there`."""
    dialect = session.get_bind().dialect.name
    kept = {row.gram: row for row in session.exec(_locked(shelf, grams))}
    rows: list[dict[str, Any]] = []
    for gram in sorted({*kept, *grams}):
        before = BitMap64.deserialize(kept[gram].people) if gram in kept else BitMap64()
        after = (before - gone) | there.get(gram, BitMap64())
        if after != before:
            rows.append({"brand_id": brand_of(session), "shelf": shelf, "gram": gram,
                         "people": after.serialize() if after else b""})  # fmt: skip
    empty = [row["gram"] for row in rows if not row["people"]]
    _put(session, dialect, [row for row in rows if row["people"]])
    if empty:
        session.exec(
            delete(NameGram).where(col(NameGram.shelf) == shelf, col(NameGram.gram).in_(empty))
        )


def _locked(shelf: int, grams: Collection[str]) -> Any:
    """In one order for all, so that nobody waits for somebody who waits for them."""
    query = select(NameGram).where(NameGram.shelf == shelf, col(NameGram.gram).in_(grams))
    return (
        query.order_by(col(NameGram.gram))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _put(session: Session, dialect: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    statement = inserts.into(NameGram, dialect)
    session.connection().execute(
        statement.on_conflict_do_update(
            index_elements=["brand_id", "gram", "shelf"],
            set_={"people": statement.excluded.people},
        ),
        rows,
    )


def forget(session: Session, person: int, name: str) -> None:
    """Somebody is no longer found by a name that they had."""
    grams = {gram for word in name.split() for gram in name_grams.of(word)}
    if grams:
        correct(session, person // SHELF, grams, BitMap64([person]), {})


def drop_lines(session: Session, ids: Sequence[int]) -> None:
    """Those read, and none beside: on PostgreSQL a line may appear after one of a higher id."""
    listed = select(id_lists.table(session, ids).c.value)
    mine = col(NameChange.brand_id) == brand_of(session)
    gone = delete(NameChange).where(mine, col(NameChange.id).in_(listed))
    session.exec(gone.execution_options(synchronize_session=False))


def reached(session: Session, last: int) -> None:
    """The index goes up to this id; in a transaction that writes, so nobody is deleted meanwhile:
    SQLite would give the id of the last one again."""
    last = min(last, newest(session))
    statement = inserts.into(NameIndex, session.get_bind().dialect.name)
    session.connection().execute(
        statement.values(brand_id=brand_of(session), until_id=last).on_conflict_do_update(
            index_elements=["brand_id"], set_={"until_id": last}
        )
    )
