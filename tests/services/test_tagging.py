"""Tags on everybody a filter or a segment finds: counted, chunked, repeatable, undone by taking."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import select

from tests import cast as casting
from tests.cast import VAULT, Cast
from webapp import db as database
from webapp.domain import errors, segment
from webapp.domain.permission import Actor, Role
from webapp.models.audit import Audit
from webapp.models.subscriber import Subscriber, SubscriberTag
from webapp.services import subscribers, tagging
from webapp.services.selections import Selection
from webapp.store import tags
from webapp.store.searches import Search

ADMIN = Actor(None, "Ada", Role.ADMIN)
VIEWER = Actor(None, "Vic", Role.VIEWER)
CLOSED = Selection(Search(window="closed"))  # Ben and Dao


@pytest.fixture
def cast(db: database.Database, now: datetime) -> Cast:
    return casting.enter(db, now)


def wearers(db: database.Database, brand: int, name: str) -> set[str | None]:
    with db.reader(brand) as session:
        people = session.exec(select(Subscriber)).all()
        worn = tags.of(session, [person.id or 0 for person in people])
        return {p.first_name for p in people if name in worn.get(p.id or 0, ())}


def test_everybody_found_gets_the_tag_and_doing_it_again_changes_nothing(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    assert tagging.put_on_all(db, cast.rosewood, ADMIN, CLOSED, "vip", now) == 2
    assert tagging.put_on_all(db, cast.rosewood, ADMIN, CLOSED, "vip", now) == 0
    assert wearers(db, cast.rosewood, "vip") == {"Ben", "Dao"}


def test_a_segment_is_tagged_as_a_filter_is_and_untagged_again(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    everyone = Selection(node=segment.EVERYONE)
    assert tagging.put_on_all(db, cast.rosewood, ADMIN, everyone, "vip", now) == 4
    assert tagging.take_off_all(db, cast.rosewood, ADMIN, CLOSED, "vip", now) == 2
    assert wearers(db, cast.rosewood, "vip") == {"Ana", "Cara"}
    assert tagging.take_off_all(db, cast.rosewood, ADMIN, CLOSED, "vip", now) == 0
    assert tagging.take_off_all(db, cast.rosewood, ADMIN, CLOSED, "never heard of", now) == 0


def test_a_list_narrowed_by_the_very_tag_is_walked_to_its_end(
    db: database.Database, cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whom a chunk took the tag off are found no more: the next chunk goes on by id."""
    monkeypatch.setattr(tagging, "CHUNK", 1)
    tagging.put_on_all(db, cast.rosewood, ADMIN, Selection(), "vip", now)
    worn = Selection(Search(tag="vip"))
    assert tagging.take_off_all(db, cast.rosewood, ADMIN, worn, "vip", now) == 4
    assert wearers(db, cast.rosewood, "vip") == set()


def test_other_brands_and_erased_people_get_no_tag(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    with db.writer(cast.rosewood) as session:
        subscribers.erase(session, ADMIN, VAULT, cast.ben, now)
        ids = tags.ensure(session, cast.rosewood, ["vip"])
        found = tags.put_on(session, cast.rosewood, [cast.ana, cast.ben, cast.eva], ids["vip"])
        assert found == [cast.ana]
        assert [row.subscriber_id for row in session.exec(select(SubscriberTag))] == [cast.ana]


def test_who_changed_says_so_and_the_others_do_not(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    later = now.replace(hour=13)
    tagging.put_on_all(db, cast.rosewood, ADMIN, CLOSED, "vip", now)
    tagging.put_on_all(db, cast.rosewood, ADMIN, Selection(), "vip", later)
    with db.reader(cast.rosewood) as session:
        touched = {p.first_name for p in session.exec(select(Subscriber)) if p.updated_at == later}
    assert touched == {"Ana", "Cara"}


def test_what_was_ordered_is_audited_before_it_is_done(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    tagging.put_on_all(db, cast.rosewood, ADMIN, CLOSED, "vip", now)
    tagging.take_off_all(db, cast.rosewood, ADMIN, CLOSED, "vip", now)
    with db.reader(cast.rosewood) as session:
        lines = [(row.action, row.detail) for row in session.exec(select(Audit))]
    detail = {"tag": "vip", "found": 2, "segment": None}
    assert lines == [("subscriber.tag", detail), ("subscriber.untag_list", detail)]


@pytest.mark.parametrize("name", ["", " ", "a,b", "a|b", "x" * 81, "a\x07"])
def test_what_is_no_tag_is_refused_before_anybody_is_touched(
    db: database.Database, cast: Cast, now: datetime, name: str
) -> None:
    with pytest.raises(errors.Invalid):
        tagging.put_on_all(db, cast.rosewood, ADMIN, CLOSED, name, now)
    with pytest.raises(errors.Forbidden):
        tagging.put_on_all(db, cast.rosewood, VIEWER, CLOSED, "vip", now)
    assert wearers(db, cast.rosewood, "vip") == set()
