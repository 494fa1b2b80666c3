"""People are found by letters of their names: as a look at everybody finds them, on both databases.

The reference is `searches`, which compares the words with each name."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap64
from sqlalchemy import text
from sqlmodel import Session, col, delete, select

from tests import cast as casting
from tests.cast import VAULT, Cast
from webapp import db as database
from webapp.domain import name_grams
from webapp.domain.permission import Actor, Role
from webapp.models.name_index import NameChange, NameGram, NameIndex
from webapp.models.subscriber import Subscriber
from webapp.services import listing, merging, name_upkeep, naming, selections, subscribers
from webapp.services.selections import Selection
from webapp.store import audience_ladders, name_index, name_watch, schema, searches, tags
from webapp.store.searches import Cursor, Search

ADMIN = Actor(None, "Ada", Role.ADMIN)
FIRST = [
    "Ana", "ANANDA", "Élise", "Zoë", "İpek", "Işık", "Straße", "สมชาย", "王", "王小明", "😀Kim",
    "O'Neil", "a_b", "100%", "Nguyễn", "é", "ﬁona", "ΣΊΣΥΦΟΣ", "",
]  # fmt: skip
LAST = ["Souza", "da Silva", "Kanan", "nana", "Łukasz", "李", "\u3000Wide\u3000Space", "Sıla", ""]
NEEDLES = [
    "a", "an", "ana", "anan", "É", "elise", "ss", "strasse", "i̇", "İ", "ı", "สม", "ชาย",
    "王", "小明", "😀", "o'", "_", "%", "a_", "00%", "ﬁ", "fi", "σ", "ς", "zzz", "\\", "/",
    "'", '"', "nana na", "wide space", "da si", "souza ana", "x" * 300,
]  # fmt: skip


@pytest.fixture
def people(db: database.Database, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """With an index for any number of people, and shelves that fill quickly."""
    monkeypatch.setattr(name_upkeep, "MANY", 0)
    monkeypatch.setattr(name_upkeep, "WORTHWHILE", 1)
    monkeypatch.setattr(name_upkeep, "WRITTEN", 5)
    monkeypatch.setattr(name_index, "SHELF", 16)
    monkeypatch.setattr(listing, "FEW", 3)
    monkeypatch.setattr(audience_ladders, "PEOPLE", 4)
    return casting.enter(db, now)


def add(session: Session, people: Cast, names: Sequence[tuple[str, str]], now: datetime) -> None:
    for n, (first, last) in enumerate(names):
        session.add(
            Subscriber(
                brand_id=people.rosewood, channel_id=people.channel, key=f"n{now:%s}{n}",
                first_name=first, last_name=last, name_folded=merging.folded(first, last),
                last_inbound_at=now - timedelta(minutes=n % 9) if n % 3 else None,
                country="FR" if n % 2 else "BR", created_at=now, updated_at=now,
            )
        )  # fmt: skip
    session.commit()


def random_names(seed: int, many: int) -> list[tuple[str, str]]:
    chance = random.Random(seed)
    return [(chance.choice(FIRST), chance.choice(LAST)) for _ in range(many)]


def walked(page: object, session: Session, search: Search, now: datetime) -> list[int]:
    found: list[int] = []
    after = None
    while shown := page(session, search, now, after, 4):  # type: ignore[operator]
        found += [person.id or 0 for person in shown]
        after = Cursor(shown[-1].last_inbound_at, shown[-1].id or 0)
    return found


def agree(session: Session, search: Search, now: datetime) -> int:
    expected = walked(searches.page, session, search, now)
    assert walked(listing.page, session, search, now) == expected, search
    assert selections.count(session, Selection(search), now) == len(expected), search
    return len(expected)


def agree_on_all(db: database.Database, brand: int, now: datetime) -> int:
    searched = [*map(Search, NEEDLES), *(Search(it, country="FR") for it in NEEDLES[:8])]
    with db.reader(brand) as session:
        assert naming.having(session, "a") is not None, "the index is not asked"
        for it in searched[::3]:
            chunks = selections.chunks(db, brand, Selection(it), now, size=7)
            expected = searches.ids(session, it, now, 0, 1_000)
            assert [key for chunk in chunks for key in chunk] == list(expected), it
        return sum(agree(session, it, now) for it in searched)


def test_the_same_people_are_found_whatever_happened_since(
    db: database.Database, people: Cast, now: datetime
) -> None:
    with db.writer(people.rosewood) as session:
        add(session, people, random_names(1, 60), now)
    assert name_upkeep.tend(db) > 60
    assert agree_on_all(db, people.rosewood, now) > 100
    with db.writer(people.rosewood) as session:
        add(session, people, random_names(2, 20), now + timedelta(seconds=1))
        every = session.exec(select(Subscriber).order_by(col(Subscriber.id))).all()
        for person, (first, _) in zip(every[4:40:3], random_names(3, 12), strict=True):
            person.first_name, person.name_folded = first, merging.folded(first, person.last_name)
        session.flush()
        session.exec(delete(Subscriber).where(col(Subscriber.id).in_([it.id for it in every[-5:]])))
        session.commit()
    agree_on_all(db, people.rosewood, now)
    name_upkeep.tend(db)
    with db.reader(people.rosewood) as session:
        assert name_index.lines(session, 10).ids == []
    agree_on_all(db, people.rosewood, now)
    with db.writer(people.rosewood) as session:  # on SQLite by the ids of those who were deleted
        add(session, people, random_names(4, 9), now + timedelta(seconds=2))
    agree_on_all(db, people.rosewood, now)
    name_upkeep.tend(db)
    agree_on_all(db, people.rosewood, now)


def test_a_page_far_below_many_who_do_not_have_the_name_is_right(
    db: database.Database, people: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [("Ana Nanette", "x")] * 30 + [("anan", "x")] * 3 + [("Ana Nanette", "y")] * 30
    with db.writer(people.rosewood) as session:
        add(session, people, names, now)
    name_upkeep.tend(db)
    with db.reader(people.rosewood) as session:
        found = naming.having(session, "anan")
        assert found is not None
        assert (len(found.people), len(found.true(session))) == (63, 3)
        assert agree(session, Search("anan"), now) == 3
        monkeypatch.setattr(listing, "LOOKED_AT", 2)
        assert agree(session, Search("anan"), now) == 3
        monkeypatch.setattr(listing, "MOST", 5)
        assert agree(session, Search("anan"), now) == 3
        monkeypatch.setattr(selections, "LOOKED_AT", 5)
        assert selections.count(session, Selection(Search("anan")), now) == 3


@given(st.text(max_size=12), st.text(max_size=12), st.data())
def test_whoever_has_the_letters_has_all_grams_that_are_asked_for(
    first: str, last: str, data: st.DataObject
) -> None:
    name = merging.folded(first, last)
    theirs = {gram for word in name.split() for gram in name_grams.of(word)}
    words = name.split() or ["x"]
    word = data.draw(st.sampled_from(words))
    start = data.draw(st.integers(0, len(word)))
    needle = data.draw(st.sampled_from([word[start:], word[:start], word, f"{word} {words[0]}"]))
    if needle.split() and name.split():
        assert name_grams.asked(needle) <= theirs
    other = data.draw(st.text(max_size=3))
    if other.split() and name_grams.is_told(other):
        assert (name_grams.asked(other) <= theirs) == all(
            it in name for it in name_grams.words(other)
        )


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_names_and_any_letters(
    db: database.Database, people: Cast, now: datetime, data: st.DataObject
) -> None:
    letters = st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8
    ) | st.text("aAbéİıßΣ 王", max_size=6)
    names = data.draw(st.lists(st.tuples(letters, letters), max_size=8))
    needles = data.draw(st.lists(letters | st.sampled_from([n for it in names for n in it] or [""]),
                                 max_size=6))  # fmt: skip
    stamp = now + timedelta(seconds=data.draw(st.integers(10, 10**8)))
    with db.writer(people.rosewood) as session:
        session.exec(delete(Subscriber).where(col(Subscriber.key).startswith("n")))
        add(session, people, names, stamp)
    if data.draw(st.booleans()):
        name_upkeep.tend(db)
    with db.reader(people.rosewood) as session:
        for needle in needles:
            if needle.strip() and not searches.is_key(Search(needle)):
                agree(session, Search(needle.strip()), now)


def test_brands_have_an_index_each(db: database.Database, people: Cast, now: datetime) -> None:
    name_upkeep.tend(db)
    with db.reader(people.other) as session:
        assert [it.first_name for it in listing.page(session, Search("e"), now)] == ["Eva"]
        found = naming.having(session, "a")
        assert found == naming.Found(BitMap64([people.eva]))
    with db.reader(people.rosewood) as session:
        found = naming.having(session, "va")
        assert found == naming.Found(BitMap64())


def test_who_is_erased_is_in_no_set_at_once(
    db: database.Database, people: Cast, now: datetime
) -> None:
    name_upkeep.tend(db)
    with db.writer(people.rosewood) as session:
        subscribers.erase(session, ADMIN, VAULT, people.ana, now)
    assert people.ana not in indexed(db)
    name_upkeep.tend(db)
    assert indexed(db) & {people.ana, people.ben} == {people.ben}


def test_who_was_renamed_leaves_the_sets_of_the_old_name(
    db: database.Database, people: Cast, now: datetime
) -> None:
    name_upkeep.tend(db)
    with db.writer(people.rosewood) as session:
        ana = session.get_one(Subscriber, people.ana)
        ana.first_name, ana.last_name, ana.name_folded = "Xu", None, "xu"
        session.commit()
    name_upkeep.tend(db)
    with db.reader(people.rosewood) as session:
        every = session.exec(select(NameGram.gram, NameGram.people)).all()
    mine = {gram for gram, kept in every if people.ana in BitMap64.deserialize(kept)}
    assert mine == {"x", "u", "xu"}


def indexed(db: database.Database) -> set[int]:
    with db.reader(database.EVERY_BRAND) as session:
        kept = session.exec(select(NameGram.people)).all()
    return {person for it in kept for person in BitMap64.deserialize(it)}


def test_an_attempt_that_is_cut_short_is_begun_again(
    db: database.Database, people: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        real, calls = name_index.correct, iter(range(100))

        def die(*given: object) -> None:
            if next(calls) == 4:
                raise InterruptedError
            real(*given)  # type: ignore[arg-type]

        patch.setattr(name_index, "correct", die)
        with pytest.raises(InterruptedError):
            name_upkeep.tend(db)
    with db.reader(people.rosewood) as session:
        assert naming.having(session, "a") is None
        assert session.exec(select(NameGram)).first() is not None
    name_upkeep.tend(db)
    agree_on_all(db, people.rosewood, now)


def test_a_database_of_the_release_before_is_filled_by_the_clock(
    db: database.Database, people: Cast, now: datetime
) -> None:
    """It has people, and neither tables nor triggers."""
    with db.engine.execution_options(**database.WRITING).begin() as connection:
        before = connection.execute(text("SELECT count(*) FROM subscriber")).scalar()
        name_watch.lift(connection)
        for table in ("name_gram", "name_index", "name_change"):
            connection.execute(text(f"DROP TABLE {table}"))
        connection.execute(text("ALTER TABLE rate_bucket DROP COLUMN worker_id"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0043'"))
    schema.upgrade(db.engine)
    assert schema.differences(db.engine) == []
    with db.reader(people.rosewood) as session:
        assert (
            session.connection().execute(text("SELECT count(*) FROM subscriber")).scalar() == before
        )
        assert [it.first_name for it in listing.page(session, Search("na"), now)] == ["Ana"]
    name_upkeep.tend(db)
    agree_on_all(db, people.rosewood, now)


def test_few_people_need_no_index_and_leave_nothing_behind(
    db: database.Database, people: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(name_upkeep, "MANY", 1_000_000)
    with db.writer(people.rosewood) as session:
        session.get_one(Subscriber, people.ana).name_folded = "anna"
        session.commit()
    name_upkeep.tend(db)
    with db.reader(database.EVERY_BRAND) as session:
        assert not session.exec(select(NameIndex)).all()
        assert not session.exec(select(NameChange)).all()


def test_a_number_from_a_sample_is_near_and_says_that_it_is_not_exact(
    db: database.Database, people: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.writer(people.rosewood) as session:
        add(session, people, [("Maria", "x")] * 40 + [("Mar Aria", "x")] * 40, now)
        tags.ensure(session, people.rosewood, ["vip"])
        session.commit()
    name_upkeep.tend(db)
    monkeypatch.setattr(selections, "SAMPLED", 50)
    with db.reader(people.rosewood) as session:
        rough = selections.about(session, Selection(Search("maria")), now)
        assert not rough.exact
        assert 25 <= rough.n <= 55
        assert selections.about(session, Selection(Search("mar")), now) == naming.Rough(
            80, exact=True
        )
        assert selections.about(session, Selection(), now).exact
        assert selections.about(session, Selection(Search(tag="vip")), now).n == 0
    assert [naming.rounded(it) for it in (0, 7, 412_345, 99_600)] == [0, 7, 410_000, 100_000]
