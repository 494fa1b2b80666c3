from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import Session, select

from tests import cast as casting
from tests.cast import VAULT, Cast
from webapp import db as database
from webapp.domain import errors, import_row
from webapp.domain.import_row import Row
from webapp.domain.permission import Actor, Role
from webapp.domain.policy.region import Region
from webapp.domain.segment import EVERYONE
from webapp.domain.subscriber import AttributeType
from webapp.models.delivery import Delivery
from webapp.models.opt_in import Consent
from webapp.models.raw_event import Event
from webapp.models.rollup import RollupDay
from webapp.models.subscriber import Subscriber
from webapp.services import consents, dossiers, loading, subscribers, tagging
from webapp.services.loading import Loaded, Portion
from webapp.store import attributes, searches, segments, tags
from webapp.store import subscribers as store
from webapp.store.searches import Cursor, Search

ADMIN = Actor(None, "Ada", Role.ADMIN)
VIEWER = Actor(None, "Vic", Role.VIEWER)


@pytest.fixture
def cast(db: database.Database, now: datetime) -> Cast:
    return casting.enter(db, now)


def put(session: Session, cast: Cast, row: Row, now: datetime) -> Subscriber:
    return subscribers.upsert(session, ADMIN, VAULT, cast.channel, row, now)


def load(session: Session, cast: Cast, rows: list[Row], now: datetime) -> Loaded:
    records = [it for row in rows if (it := import_row.record_of(row, {})) is not None]
    return loading.load(session, ADMIN, VAULT, Portion(cast.channel, {}, records), now)


def test_a_new_person_is_written_with_what_is_derived(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    wrote = now - timedelta(hours=3)
    row = Row(1, "77", {"first_name": "Élise", "country": "FR"}, ("vip",), last_inbound_at=wrote)
    with db.writer(cast.rosewood) as session:
        person = put(session, cast, row, now)
        assert (person.name_folded, person.window_opener) == ("elise", "import")
        assert person.region == Region.FR
        assert person.window_ends_at == wrote + timedelta(hours=24)
        assert person.first_seen_at == wrote
        assert tags.of(session, [person.id or 0]) == {person.id: {"vip"}}
        assert session.exec(select(RollupDay.new_subscribers)).all() == [1]


def test_people_are_changed_by_a_statement_and_the_session_tells_what_they_became(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    with db.writer(cast.rosewood) as session:
        one, two = (put(session, cast, Row(0, key, {"city": "Recife"}), now) for key in "12")
        words = [(one, {"city": "Lyon"}), (two, {"city": "Nice", "gender": "female"}),
                 (one, {"city": "Paris", "last_name": "Ruiz"})]  # fmt: skip
        store.change_many(session, cast.rosewood, words)
        assert (one.city, one.last_name, two.city) == ("Paris", "Ruiz", "Nice")
        assert not session.dirty
        store.change_many(session, cast.rosewood + 1, [(two, {"city": "Somewhere"})])
        session.commit()
        session.expire_all()
        assert [(it.city, it.last_name, it.gender) for it in (one, two)] == [
            ("Paris", "Ruiz", None), ("Nice", two.last_name, "female"),
        ]  # fmt: skip


def test_an_empty_cell_empties_nothing_and_tags_are_added(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    with db.writer(cast.rosewood) as session:
        put(session, cast, Row(1, "1", {"city": "Recife"}, ("vip",)), now)
        ana = put(session, cast, Row(1, "1", {"last_name": "Souza"}, ("press",)), now)
        assert (ana.first_name, ana.city, ana.name_folded) == ("Ana", "Recife", "ana souza")
        assert tags.of(session, [cast.ana])[cast.ana] == {"vip", "press"}


def test_only_a_newer_message_moves_the_window(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    with db.writer(cast.rosewood) as session:
        before = store.find(session, cast.ana)
        assert before is not None
        ends = before.window_ends_at
        put(session, cast, Row(1, "1", {}, last_inbound_at=now - timedelta(hours=5)), now)
        assert before.window_ends_at == ends
        put(session, cast, Row(1, "1", {}, last_inbound_at=now - timedelta(minutes=1)), now)
        assert before.window_ends_at == now + timedelta(hours=24) - timedelta(minutes=1)
        put(session, cast, Row(1, "1", {}, last_inbound_at=now + timedelta(days=1)), now)
        assert before.last_inbound_at == now - timedelta(minutes=1)


def test_attributes_keep_their_types(db: database.Database, cast: Cast, now: datetime) -> None:
    values = {"spent": Decimal("19.99"), "sizes": ("s", "m"), "member": True, "bought_at": now}
    with db.writer(cast.rosewood) as session:
        for name, type_ in (
            ("spent", AttributeType.MONEY), ("sizes", AttributeType.LIST),
            ("member", AttributeType.YESNO), ("bought_at", AttributeType.TIME),
        ):  # fmt: skip
            attributes.add(session, cast.rosewood, name, name.title(), type_)
        put(session, cast, Row(1, "1", {}, attributes=values), now)
        put(session, cast, Row(1, "1", {}, attributes={"sizes": ("l",)}), now)
        assert attributes.of(session, [cast.ana]) == {cast.ana: {**values, "sizes": ("l",)}}
        with pytest.raises(errors.Invalid, match="no attribute colour"):
            put(session, cast, Row(1, "1", {}, attributes={"colour": "red"}), now)


def test_the_same_row_twice_changes_nothing(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    row = Row(
        1, "88", {"first_name": "Ida"}, ("vip",), ("events",),
        last_inbound_at=now - timedelta(days=2), opted_in_at=now - timedelta(days=3),
    )  # fmt: skip
    with db.writer(cast.rosewood) as session:
        outcomes = [dict(load(session, cast, [row], now).counts) for _ in range(2)]
    assert outcomes == [{"created": 1}, {"unchanged": 1}]


def test_nobody_who_stopped_is_opted_in_again(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    with db.writer(cast.rosewood) as session:
        dao = subscribers.found(session, cast.dao)
        consents.stop(session, dao, cast.topic, at=now - timedelta(days=1), now=now)
        rows = [
            Row(n, key, {}, topics=("price-drops",), opted_in_at=now)
            for n, key in enumerate(["2", "3", "4"], 1)
        ]
        changes = load(session, cast, rows, now).changes
        assert [c.outcome for c in changes] == ["updated", "unchanged", "unchanged"]
        assert [len(c.remarks) for c in changes] == [0, 1, 1]
        active = select(Consent.subscriber_id).where(Consent.state == "active")
        assert session.exec(active).all() == [cast.ben]


def test_a_topic_without_a_time_of_consent_is_left_out(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    with db.writer(cast.rosewood) as session:
        row = Row(1, "2", {}, topics=("price-drops",))
        change = load(session, cast, [row], now).changes[0]
    assert (change.outcome, len(change.remarks)) == ("unchanged", 1)


def test_an_erased_person_leaves_a_tombstone_and_true_counts(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    with db.writer(cast.rosewood) as session:
        session.add(
            Event(
                brand_id=cast.rosewood, channel_id=cast.channel, subscriber_id=cast.dao,
                kind="message", key="e1", at=now, text="my secret", detail={"payload": "x"},
            )
        )  # fmt: skip
        tagging.put(session, ADMIN, cast.dao, "vip", now)
        subscribers.erase(session, ADMIN, VAULT, cast.dao, now)
        person = store.find(session, cast.dao)
        assert person is not None
        assert (person.first_name, person.key, person.name_folded) == (
            None,
            f"erased-{cast.dao}",
            "",
        )
        assert session.exec(select(Event.text)).all() == [None]
        assert session.exec(select(Consent.state)).all() == ["stopped"]
        assert tags.of(session, [cast.dao]) == {}
        assert cast.dao not in segments.ids(session, EVERYONE, now)
        with pytest.raises(errors.NotFound):
            subscribers.found(session, cast.dao)
        with pytest.raises(errors.Refused, match="erased"):
            put(session, cast, Row(1, "4", {"first_name": "Dao"}), now)
        assert session.exec(select(Delivery)).all() == []


def test_everything_known_of_a_person_is_exported(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    with db.writer(cast.rosewood) as session:
        found = dossiers.export(session, ADMIN, cast.dao, now)
    assert found["person"]["first_name"] == "Dao"
    assert found["opt_ins"][0]["token"] == casting.TOKEN


def test_attributes_are_corrected_by_hand(db: database.Database, cast: Cast, now: datetime) -> None:
    with db.writer(cast.rosewood) as session:
        attributes.add(session, cast.rosewood, "orders", "Orders", AttributeType.NUMBER)
        subscribers.describe(session, ADMIN, cast.ana, {"orders": "12"}, now)
        assert attributes.of(session, [cast.ana]) == {cast.ana: {"orders": Decimal(12)}}
        with pytest.raises(errors.Invalid) as refused:
            subscribers.describe(session, ADMIN, cast.ana, {"orders": "many"}, now)
        assert list(refused.value.errors) == ["orders"]
        subscribers.describe(session, ADMIN, cast.ana, {"orders": ""}, now)
        assert attributes.of(session, [cast.ana]) == {}


def test_a_role_that_may_not_is_refused(db: database.Database, cast: Cast, now: datetime) -> None:
    with db.writer(cast.rosewood) as session, pytest.raises(errors.Forbidden):
        subscribers.erase(session, VIEWER, VAULT, cast.ana, now)


def test_a_person_of_another_brand_is_not_found(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    with db.writer(cast.rosewood) as session, pytest.raises(errors.NotFound):
        tagging.put(session, ADMIN, cast.eva, "vip", now)


@pytest.mark.parametrize(
    ("search", "names"),
    [
        (Search(), ["Cara", "Ana", "Ben", "Dao"]),
        (Search(text="AN"), ["Ana"]),
        (Search(text="4"), ["Dao"]),
        (Search(text="100%"), []),
        (Search(tag="vip"), ["Ben"]),
        (Search(country="FR", window="open"), ["Cara", "Ana"]),
        (Search(window="closed"), ["Ben", "Dao"]),
        (Search(window="opted_out"), ["Cara"]),
    ],
)
def test_people_are_searched(
    db: database.Database, cast: Cast, now: datetime, search: Search, names: list[str]
) -> None:
    with db.writer(cast.rosewood) as session:
        tagging.put(session, ADMIN, cast.ben, "vip", now)
        found = searches.page(session, search, now)
        assert [person.first_name for person in found] == names
        assert searches.count(session, search, now) == len(names)


def test_pages_follow_one_another_without_a_gap(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    with db.writer(cast.rosewood) as session:
        for n in range(5):
            put(session, cast, Row(n, f"new-{n}", {}), now)
        seen: list[int] = []
        after = None
        while page := searches.page(session, Search(), now, after, limit=2):
            seen += [person.id or 0 for person in page]
            after = Cursor(page[-1].last_inbound_at, page[-1].id or 0)
    assert len(seen) == len(set(seen)) == 9
