"""The year plan: campaigns that move and stay in their year, targets, copies, what collides."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session, select

from tests import cast as casting
from tests.cast import Cast
from webapp import db as database
from webapp.domain import plan
from webapp.domain.broadcast import Kind
from webapp.domain.errors import Forbidden, Invalid, NotFound
from webapp.domain.permission import Actor, Role
from webapp.domain.policy import rulebook
from webapp.models.audit import Audit
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast
from webapp.models.campaign import Campaign
from webapp.services import campaigns, moments, plans, public_holidays, targets
from webapp.store import campaigns as store
from webapp.store import occurrences, rollups

BOOK = rulebook.load()
SALE = plan.Campaign(
    None,
    "Winter sale",
    date(2026, 11, 20),
    date(2026, 12, 10),
    kind=Kind.SPONSORED,
    lane="Seasons",
    budget_micros=21_000_000,
    target_reach=9_000,
)


@pytest.fixture
def cast(db: database.Database, now: datetime) -> Cast:
    return casting.enter(db, now)


def actor(cast: Cast, role: Role = Role.MANAGER) -> Actor:
    return Actor(cast.manager, "Manager", role)


def year_of(session: Session, year: int, now: datetime) -> plans.YearPlan:
    brand = session.get_one(Brand, database.brand_of(session))
    return plans.of_year(session, brand, BOOK, year, now)


def sale(session: Session, cast: Cast, now: datetime) -> int:
    return campaigns.add(session, actor(cast), SALE, cast.editor, now).id or 0


def test_a_campaign_is_added_changed_and_put_away(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    with db.writer(cast.rosewood) as session:
        key = sale(session, cast, now)
        (found,) = year_of(session, 2026, now).campaigns
        assert (found.name, found.kind, found.target_reach) == ("Winter sale", "sponsored", 9_000)
        changed = plan.Campaign(None, "Spring", date(2026, 3, 1), date(2026, 3, 9))
        campaigns.edit(session, actor(cast), key, changed, None, now)
        (found,) = year_of(session, 2026, now).campaigns
        assert (found.name, found.lane, found.budget_micros) == ("Spring", "", 0)
        campaigns.archive(session, actor(cast), key, now)
        assert year_of(session, 2026, now).campaigns == []
        with pytest.raises(NotFound):
            campaigns.move(session, actor(cast), key, 1, 2026, now)
        actions = session.exec(select(Audit.action).order_by(Audit.id)).all()  # type: ignore[arg-type]
    assert list(actions) == ["campaign.create", "campaign.edit", "campaign.archive"]


@pytest.mark.parametrize(
    ("days", "starts", "ends"),
    [
        (1, date(2026, 11, 21), date(2026, 12, 11)),
        (-7, date(2026, 11, 13), date(2026, 12, 3)),
        (366, date(2026, 12, 11), date(2026, 12, 31)),
        (-366, date(2026, 1, 1), date(2026, 1, 21)),
        (0, date(2026, 11, 20), date(2026, 12, 10)),
    ],
)
def test_a_moved_campaign_stays_whole_inside_its_year(
    db: database.Database, cast: Cast, now: datetime, days: int, starts: date, ends: date
) -> None:
    with db.writer(cast.rosewood) as session:
        row = campaigns.move(session, actor(cast), sale(session, cast, now), days, 2026, now)
        assert (row.starts_on, row.ends_on) == (starts, ends)


def test_nobody_moves_a_campaign_by_years_or_without_the_role_or_of_another_brand(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    with db.writer(cast.rosewood) as session:
        key = sale(session, cast, now)
        with pytest.raises(Invalid):
            campaigns.move(session, actor(cast), key, 367, 2026, now)
        with pytest.raises(Forbidden):
            campaigns.move(session, actor(cast, Role.VIEWER), key, 1, 2026, now)
    with db.writer(cast.other) as session, pytest.raises(NotFound):
        campaigns.move(session, actor(cast), key, 1, 2026, now)


def test_a_campaign_that_cannot_be_is_refused_by_field(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    wrong = plan.Campaign(None, " ", date(2026, 3, 2), date(2026, 3, 1))
    with db.writer(cast.rosewood) as session, pytest.raises(Invalid) as refused:
        campaigns.add(session, actor(cast), wrong, 10**9, now)
    assert set(refused.value.errors) == {"name", "ends_on", "owner"}


def test_targets_are_set_changed_and_taken_away(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    march, april = date(2026, 3, 1), date(2026, 4, 1)
    with db.writer(cast.rosewood) as session:
        aims = {(march, "reach"): 500, (march, "budget"): 7_000_000, (april, "reach"): None}
        assert targets.save(session, actor(cast), 2026, aims, now) == 2
        assert targets.save(session, actor(cast), 2026, aims, now) == 0
        month = year_of(session, 2026, now).months[2]
        assert (month.reach_target, month.budget) == (500, 7_000_000)
        assert targets.save(session, actor(cast), 2026, {(march, "reach"): None}, now) == 1
        assert year_of(session, 2026, now).months[2].reach_target is None
        assert targets.save(session, actor(cast), 2027, {(march, "reach"): 1}, now) == 0
        with pytest.raises(Forbidden):
            targets.save(session, actor(cast, Role.EDITOR), 2026, aims, now)


def test_a_copied_year_keeps_dates_and_repeats_nothing(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    with db.writer(cast.rosewood) as session:
        sale(session, cast, now)
        over = plan.Campaign(None, "New Year", date(2025, 12, 20), date(2026, 1, 6))
        campaigns.add(session, actor(cast), over, None, now)
        targets.save(session, actor(cast), 2026, {(date(2026, 3, 1), "reach"): 500}, now)
        copied = plans.copy_year(session, actor(cast), 2026, now)
        assert (copied.campaigns, copied.targets) == (1, 1)
        again = plans.copy_year(session, actor(cast), 2026, now)
        assert (again.campaigns, again.targets) == (0, 0)
        following = year_of(session, 2027, now)
    (found,) = following.campaigns
    assert (found.name, found.starts_on, found.days) == ("Winter sale", date(2027, 11, 20), 21)
    assert (found.lane, found.budget_micros, found.kind) == ("Seasons", 21_000_000, Kind.SPONSORED)
    assert following.months[2].reach_target == 500


def test_months_hold_what_was_sent_and_spent_in_the_brands_zone(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    midnight = datetime(2026, 11, 1, 1, 0, tzinfo=UTC)  # still October in São Paulo
    with db.writer(cast.rosewood) as session:
        session.get_one(Brand, cast.rosewood).timezone = "America/Sao_Paulo"
        session.flush()
        for at, sent in ((midnight, 5), (midnight + timedelta(hours=3), 7)):
            rollups.add(session, cast.rosewood, cast.channel, at, "standard", sent=sent)
        rollups.add(
            session, cast.rosewood, cast.channel, midnight, "sponsored", spend_micros=2_000_000
        )
        sale(session, cast, now)
        months = year_of(session, 2026, now).months
    assert [(month.sent, month.spent) for month in months[9:11]] == [(5, 2_000_000), (7, 0)]
    assert [month.aside for month in months[9:]] == [0, 11_000_000, 10_000_000]


def _broadcast(cast: Cast, now: datetime, name: str, at: datetime, **more: object) -> Broadcast:
    return Broadcast(
        **{
            "brand_id": cast.rosewood,
            "channel_id": cast.channel,
            "name": name,
            "kind": "standard",
            "state": "scheduled",
            "scheduled_at": at,
            "created_at": now,
            "updated_at": now,
            **more,
        }
    )


def test_broadcasts_to_the_same_people_on_one_day_collide(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    late = datetime(2026, 12, 1, 1, 30, tzinfo=UTC)  # 30 November in São Paulo
    with db.writer(cast.rosewood) as session:
        session.get_one(Brand, cast.rosewood).timezone = "America/Sao_Paulo"
        session.add(_broadcast(cast, now, "One", late))
        session.add(_broadcast(cast, now, "Two", late - timedelta(hours=9)))
        session.add(_broadcast(cast, now, "Never", late, state="cancelled"))
        session.add(_broadcast(cast, now, "Next day", late + timedelta(hours=9)))
        session.commit()
        found = year_of(session, 2026, now)
    assert [send.planned.name for send in found.sends] == ["Two", "One", "Next day"]
    assert [conflict.day for conflict in found.conflicts] == [date(2026, 11, 30)]
    assert str(found.conflicts[0].sentence) == '"One" and "Two" reach the same people on one day.'


def test_what_repeats_is_on_the_plan_at_each_of_its_times(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    first = datetime(2026, 11, 2, 9, tzinfo=UTC)  # a Monday
    with db.writer(cast.rosewood) as session:
        row = _broadcast(cast, now, "Habit", first + timedelta(days=3))
        session.add(row)
        session.flush()
        for day, state in enumerate(("done", "missed", "skipped", "due", "due", "due", "due")):
            run = occurrences.create(session, row, first + timedelta(days=day))
            run.state = state
        occurrences.create(session, row, first).retry_of = 1
        key = row.id
        session.commit()
        found = year_of(session, 2026, now)
    assert [(send.planned.day.day, send.state, send.number) for send in found.sends] == [
        (2, "done", 1), (3, "missed", 2), (5, "scheduled", 4), (6, "scheduled", 5),
        (7, "scheduled", 6), (8, "scheduled", 7),
    ]  # fmt: skip
    (crowded,) = found.conflicts
    assert (crowded.broadcasts, crowded.day.day, crowded.last.day) == ((key,), 2, 8)
    assert str(crowded.sentence).startswith("5 broadcasts reach the same people in the week of")


def test_what_went_out_of_a_cancelled_series_stays_on_the_plan(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    at = datetime(2026, 11, 2, 9, tzinfo=UTC)
    with db.writer(cast.rosewood) as session:
        row = _broadcast(cast, now, "Habit", at, state="cancelled")
        session.add(row)
        session.flush()
        for day, state in enumerate(("done", "cancelled", "cancelled")):
            occurrences.create(session, row, at + timedelta(days=day)).state = state
        session.commit()
        assert [send.planned.day.day for send in year_of(session, 2026, now).sends] == [2]


def test_a_week_over_new_year_is_one_week_to_both_years(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    monday = datetime(2026, 12, 28, 9, tzinfo=UTC)
    with db.writer(cast.rosewood) as session:
        for day in (1, 2, 4, 5):  # two of them in 2027
            session.add(_broadcast(cast, now, f"Day {day}", monday + timedelta(days=day)))
        session.commit()
        old, new = year_of(session, 2026, now), year_of(session, 2027, now)
    assert [len(old.sends), len(new.sends)] == [2, 2]
    for found in (old, new):
        (crowded,) = found.conflicts
        assert (crowded.day, crowded.last) == (date(2026, 12, 28), date(2027, 1, 2))


@pytest.mark.parametrize(
    ("cap", "crowded"),
    [
        (None, []),
        ({"messages": 2, "days": 7}, ["3 broadcasts reach the same people in the week of "]),
        ({"messages": 1, "days": 3}, []),
        ({"messages": 1, "days": 4}, ["3 broadcasts reach the same people in the week of "]),
    ],
)
def test_a_week_holds_as_much_as_the_brands_own_cap_allows(
    db: database.Database, cast: Cast, now: datetime, cap: dict[str, object], crowded: list[str]
) -> None:
    monday = datetime(2026, 11, 30, 9, tzinfo=UTC)
    with db.writer(cast.rosewood) as session:
        session.get_one(Brand, cast.rosewood).cap = cap
        for day in (0, 2, 4):
            session.add(_broadcast(cast, now, f"Day {day}", monday + timedelta(days=day)))
        session.commit()
        found = year_of(session, 2026, now)
    assert [str(each.sentence)[:50] for each in found.conflicts] == crowded


def test_the_last_week_of_a_year_is_counted_to_its_sunday(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    new_year = datetime(2026, 1, 1, 12, tzinfo=UTC)
    with db.writer(cast.rosewood) as session:
        for days, sent in ((-1, 30), (1, 12), (4, 500)):
            at = new_year + timedelta(days=days)
            rollups.add(session, cast.rosewood, cast.channel, at, "standard", sent=sent)
        old, new = year_of(session, 2025, now), year_of(session, 2026, now)
    assert old.weeks[-1] == new.weeks[0]
    assert new.weeks[0].sent == 42


def test_moments_are_the_brands_own_and_its_countrys_holidays(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    with db.writer(cast.rosewood) as session:
        key = moments.add(session, actor(cast), date(2026, 12, 25), "Our birthday", now).id or 0
        found = [m for m in year_of(session, 2026, now).moments if m.day == date(2026, 12, 25)]
        assert [(m.name, m.public) for m in found] == [
            ("Our birthday", False),
            ("Christmas Day", True),
        ]
        gone = moments.remove(session, actor(cast), key, now)
        assert gone == (date(2026, 12, 25), "Our birthday")
        with pytest.raises(Invalid):
            moments.add(session, actor(cast), date(2026, 12, 25), "  ", now)
    with db.writer(cast.other) as session, pytest.raises(NotFound):
        moments.remove(session, actor(cast), key, now)


def test_holidays_speak_the_readers_language_and_unknown_countries_have_none() -> None:
    english = {m.day: m.name for m in public_holidays.of("FR", 2026, "en")}
    french = {m.day: m.name for m in public_holidays.of("FR", 2026, "fr")}
    assert english[date(2026, 5, 1)] == "Labor Day"
    assert french[date(2026, 5, 1)] == "Fête du Travail"
    assert public_holidays.of("BR", 2026, "fr")[0].name == "Universal Fraternization Day"
    assert public_holidays.of("XX", 2026) == ()
    songkran = [m.day for m in public_holidays.of("TH", 2026) if m.name == "Songkran Festival"]
    assert songkran == [date(2026, 4, 13)]


def test_rule_changes_and_an_empty_year_are_said(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    with db.reader(cast.rosewood) as session:
        found = year_of(session, 2026, now)
    assert found.is_empty
    assert date(2026, 4, 27) in {change.day for change in found.changes}
    assert {change.day.year for change in found.changes} == {2026}
    assert "nothing was sent in 2026" in str(found.findings[0])


def test_lanes_are_offered_once(db: database.Database, cast: Cast, now: datetime) -> None:
    with db.writer(cast.rosewood) as session:
        sale(session, cast, now)
        sale(session, cast, now)
        assert list(store.lanes(session)) == ["Seasons"]
        assert len(session.exec(select(Campaign)).all()) == 2
