"""The index of names is brought up to date by the clock; nothing it does is waited for.

Why our own sets, and not what the two databases have for letters inside a word (FTS5's trigrams on
SQLite, pg_trgm on PostgreSQL)? Both are kept in the transaction that writes a person, which an
import pays for row by row; neither finds one or two letters, which is how Chinese names are looked
for; pg_trgm needs an extension that a server may lack, and neither keeps brands apart, so that one
brand's search would wade through another's people. Sets of ids join what the list of people already
does with filters (`services.listing`), are the same code on both databases, and hold no name.

Each brand's people are read shelf by shelf, and sets written in transactions of some dozen. Until
the last of them, `until_id` and the lines stay what they were: an attempt that is cut short is
begun again and finds the same. What is not in yet is looked at one by one by whoever searches; when
that is too much, and while a large brand has no index at all, everybody is looked at as before.

Whoever is erased leaves the sets of their name in the same transaction; of a name they had before,
and the clock has not seen to yet, with its next turn.
"""

from __future__ import annotations

from pyroaring import BitMap64

from webapp import db as database
from webapp.db import EVERY_BRAND, Database
from webapp.services import steps
from webapp.store import brands, tallies
from webapp.store import name_index as store

MANY = 2_000  # people of a brand from which on it has an index
WORTHWHILE = 1_000  # new people from which on sets are written anew
LINES = 5_000  # read at once
WRITTEN = 64  # sets of a transaction


def tend(db: Database) -> int:
    """Bring every brand's index up to date where that is worth it; returns how many people were
    looked at."""
    with db.reader(EVERY_BRAND) as session:
        every = [brand.id or 0 for brand in brands.everyone(session)]
    return sum(_tend_brand(db, brand) for brand in every)


def _tend_brand(db: Database, brand_id: int) -> int:
    with db.reader(brand_id) as session:
        lines = store.lines(session, LINES)
        newest, until = store.newest(session), store.until(session)
        is_small = until is None and tallies.at_most(session) <= MANY
    if is_small:
        _done(db, brand_id, lines.ids, None)
        return 0
    is_behind = until is None or db.is_sqlite
    new = BitMap64(range((until or 0) + 1, newest + 1)) if is_behind else BitMap64()
    waiting = lines.people | new
    if until is not None and not lines.known and len(waiting) < WORTHWHILE:
        return 0
    for shelf, people in store.shelves(waiting):
        _put_away(db, brand_id, shelf, people, lines.known & people)
    _done(db, brand_id, lines.ids, newest if is_behind else None)
    return len(waiting)


def _put_away(db: Database, brand_id: int, shelf: int, people: BitMap64, known: BitMap64) -> None:
    """People of one shelf into the sets of their names; `known` ones out of all others."""
    with db.reader(brand_id) as session:
        there = store.named(session, people)
        others = store.grams_of(session, shelf) if known else ()
    with db.bulk_writer(brand_id) as session:
        grams = sorted({*there, *others})
        for at in range(0, len(grams), WRITTEN):
            store.correct(session, shelf, grams[at : at + WRITTEN], known, there)
            session.commit()
            database.give_way(session, steps.BREATH_S)


def _done(db: Database, brand_id: int, ids: list[int], until: int | None) -> None:
    if not ids and until is None:
        return
    with db.writer(brand_id) as session:
        store.drop_lines(session, ids)
        if until is not None:
            store.reached(session, until)
        session.commit()
