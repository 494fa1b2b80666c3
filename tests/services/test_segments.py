from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import Session

from tests import cast as casting
from tests.cast import Cast
from webapp import db as database
from webapp.domain import errors
from webapp.domain.permission import Actor, Role
from webapp.domain.segment import EVERYONE
from webapp.services import audiences, segments, subscribers

EDITOR = Actor(None, "Edna", Role.EDITOR)
OPEN = {"field": "window", "op": "open"}
FRENCH = {"field": "country", "op": "is", "value": "FR"}
WANTED = {"field": "opted_out", "op": "is", "value": False}


@pytest.fixture
def cast(db: database.Database, now: datetime) -> Cast:
    return casting.enter(db, now)


def test_a_tree_is_looked_at_with_its_funnel(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    with db.reader(cast.rosewood) as session:
        node = segments.read(session, {"all": [FRENCH, OPEN, WANTED]})
        view = segments.look(session, node, now)
    assert [(step.left, step.removed) for step in view.funnel] == [(4, 0), (2, 2), (1, 1)]
    assert (view.count, [person.first_name for person in view.sample]) == (1, ["Ana"])


def test_any_of_several_has_a_count_and_no_funnel(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    with db.reader(cast.rosewood) as session:
        view = segments.look(session, segments.read(session, {"any": [OPEN, FRENCH]}), now)
    assert (view.count, view.funnel) == (4, [])


def test_many_are_counted_in_one_look_and_as_each_by_itself(
    db: database.Database, cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[datetime] = []

    class Look(audiences.Audience):
        def __init__(self, session: Session, now: datetime) -> None:
            looks.append(now)
            super().__init__(session, now)

    monkeypatch.setattr(segments, "Audience", Look)
    with db.reader(cast.rosewood) as session:
        nodes = [segments.read(session, tree) for tree in (OPEN, FRENCH)] * 9
        together = segments.counts(session, [*nodes, None], now)
        assert together == [*(audiences.count(session, node, now) for node in nodes), None]
    assert len(looks) == 1


def test_one_person_is_explained(db: database.Database, cast: Cast, now: datetime) -> None:
    with db.reader(cast.rosewood) as session:
        node = segments.read(session, {"all": [FRENCH, OPEN]})
        ben = segments.explain(session, node, subscribers.found(session, cast.ben), now)
        ana = segments.explain(session, node, subscribers.found(session, cast.ana), now)
    assert (ben.inside, [leaf.field for leaf in ben.failing]) == (False, ["window"])
    assert (ana.inside, ana.failing) == (True, [])


def test_a_segment_is_saved_changed_and_put_away(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    with db.writer(cast.rosewood) as session:
        row = segments.create(session, EDITOR, " Open now ", segments.read(session, OPEN), now)
        assert row.name == "Open now"
        assert segments.tree_of(session, row) == segments.read(session, OPEN)
        segments.change(session, EDITOR, row.id or 0, "Everyone", EVERYONE, now)
        segments.archive(session, EDITOR, row.id or 0, now)
        again = segments.create(session, EDITOR, "Everyone", EVERYONE, now)
    assert again.id != row.id


@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "Taken"])
def test_a_name_is_given_short_and_free(
    db: database.Database, cast: Cast, now: datetime, name: str
) -> None:
    with db.writer(cast.rosewood) as session:
        segments.create(session, EDITOR, "Taken", EVERYONE, now)
        with pytest.raises(errors.Invalid) as refused:
            segments.create(session, EDITOR, name, EVERYONE, now)
    assert list(refused.value.errors) == ["name"]


def test_a_segment_of_another_brand_is_not_found(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    with db.writer(cast.rosewood) as session:
        row = segments.create(session, EDITOR, "Ours", EVERYONE, now)
    with db.writer(cast.other) as session, pytest.raises(errors.NotFound):
        segments.found(session, row.id or 0)


def test_a_viewer_saves_nothing(db: database.Database, cast: Cast, now: datetime) -> None:
    viewer = Actor(None, "Vic", Role.VIEWER)
    with db.writer(cast.rosewood) as session, pytest.raises(errors.Forbidden):
        segments.create(session, viewer, "Mine", EVERYONE, now)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"field": "topic", "op": "opted_in", "value": "nothing"}, "no topic “nothing”"),
        (
            {"field": "topic", "op": "expires_within", "value": {"topic": "x", "days": 3}},
            "no topic “x”",
        ),
        ({"field": "import", "op": "is_not", "value": 99}, "no import 99"),
        ({"field": "received", "op": "never", "value": {"broadcast": 2**62}}, "no broadcast"),
        (
            {"field": "read", "op": "at_least", "value": {"times": 1, "broadcast": 9}},
            "no broadcast 9",
        ),
        ({"field": "segment", "op": "member", "value": 9}, "no segment 9"),
    ],
)
def test_a_rule_names_nothing_that_is_not_there(
    db: database.Database, cast: Cast, condition: dict[str, object], said: str
) -> None:
    with db.reader(cast.rosewood) as session, pytest.raises(errors.Invalid) as refused:
        segments.read(session, {"all": [OPEN, {"none": [condition]}]})
    assert said in str(refused.value.errors["all.1.none.0.value"][0])


def test_another_brands_topic_is_not_there(db: database.Database, cast: Cast) -> None:
    own = {"field": "topic", "op": "opted_in", "value": "price-drops"}
    with db.reader(cast.rosewood) as session:
        assert segments.read(session, own)
    with db.reader(cast.other) as session, pytest.raises(errors.Invalid):
        segments.read(session, own)
