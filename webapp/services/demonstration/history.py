"""Two years behind the practice brand: its broadcasts, then the counts they add up to."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlmodel import Session

from webapp.domain import plan
from webapp.domain.broadcast import Kind
from webapp.domain.policy.rulebook import Rulebook
from webapp.models.brand import Brand
from webapp.models.broadcast import Occurrence
from webapp.models.channel import Channel
from webapp.models.rollup import RollupDay, RollupHour
from webapp.services import approving, asking
from webapp.services.demonstration import past
from webapp.services.demonstration.crowd import SEED
from webapp.services.demonstration.past import Counts, Person, Run
from webapp.services.demonstration.planning_ahead import Key
from webapp.services.demonstration.seasons import SEASONS, Letter, letters
from webapp.store import bulk, decisions, messages, rollups

DAILY = (
    "planned", "sent", "failed", "skipped", "cancelled", "unknown", "delivered", "read",
    "clicked", "replied", "inbound", "new_subscribers", "opt_ins", "opt_outs", "spend_micros",
)  # fmt: skip
HOURLY = ("sent", "read", "replied", "inbound")
# How many people write in an hour of the week, by the brand's clock: evenings, and Sundays most.
BY_HOUR = (1, 0, 0, 0, 0, 1, 2, 4, 5, 5, 5, 5, 6, 6, 5, 5, 5, 6, 8, 10, 11, 9, 6, 3)
BY_DAY = (0.9, 0.85, 0.9, 1.0, 1.05, 1.1, 1.3)


@dataclass(frozen=True)
class Author:
    """Who made the broadcasts, and who approved them."""

    maker: int
    approver: int


@dataclass(frozen=True)
class Setting:
    brand: Brand
    channel: Channel
    book: Rulebook
    author: Author
    campaigns: Mapping[Key, int]
    topics: Mapping[str, int]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.brand.timezone)


def write(
    session: Session, setting: Setting, people: Sequence[Person], now: datetime
) -> dict[date, int]:
    """Every broadcast of last year and this that lies in the past; returns people sent to by
    month. Does not commit."""
    counts = Counts(setting.zone, until=now)
    dice = Random(SEED)  # noqa: S311 - practice, no secret
    for key, letter in _sent_by(setting, now):
        _run(session, setting, key, letter, people, dice, counts)
    _add_inbound(counts, dice)
    _keep(session, setting, counts)
    return _sent_by_month(counts)


def _sent_by(setting: Setting, now: datetime) -> list[tuple[Key, Letter]]:
    """The oldest first, as a team would have written them."""
    return sorted(_letters(setting, now), key=lambda it: past.due_at(it[1], setting.zone))


def _letters(setting: Setting, now: datetime) -> Iterator[tuple[Key, Letter]]:
    for name, year in setting.campaigns:
        season = next(each for each in SEASONS if each.name == name)
        for letter in letters(season, year):
            if past.due_at(letter, setting.zone) < now - timedelta(days=1):
                yield (name, year), letter


def _run(
    session: Session,
    setting: Setting,
    key: Key,
    letter: Letter,
    people: Sequence[Person],
    dice: Random,
    counts: Counts,
) -> None:
    at = past.due_at(letter, setting.zone)
    moment = at.astimezone(UTC)
    topic = setting.topics[letter.topic] if letter.topic else None
    asked = asking.ask(setting.brand, setting.channel, letter.kind, topic, moment, setting.book)
    chosen = past.situations(letter, people, dice, moment)
    if not any(asked.decide(code).allowed for code in set(chosen.values())):
        return  # the rules of that day had no way to send this
    run = _begin(session, setting, key, letter, at, asked, chosen)
    ledger = list(past.rows(run, chosen, dice, counts))
    past.write(session, ledger)
    run.occurrence.finished_at = max(row["finished_at"] for row in ledger)


def _begin(
    session: Session,
    setting: Setting,
    key: Key,
    letter: Letter,
    at: datetime,
    asked: asking.Asked,
    chosen: Mapping[int, int],
) -> Run:
    brand_id, channel_id = setting.brand.id or 0, setting.channel.id or 0
    made = past.broadcast_of(
        letter, brand_id, channel_id, setting.campaigns[key], at, setting.author.maker
    )
    made.topic_id = setting.topics[letter.topic] if letter.topic else None
    session.add(made)
    session.flush()
    message = messages.save(session, made.id or 0, letter.content, made.created_at)
    moment, version = at.astimezone(UTC), setting.book.version
    made.asked_by, made.asked_at = setting.author.maker, moment - timedelta(days=2)
    made.approved_by, made.approved_at = setting.author.approver, moment - timedelta(days=1)
    made.approval_hash = approving.hash_of(session, made, setting.book, moment)
    run = Occurrence(
        brand_id=brand_id,
        broadcast_id=made.id or 0,
        state="done",
        due_at=moment,
        message_id=message.id,
        tree={"all": []},
        audience=len(chosen),
        plan_cursor=max(chosen),
        planned_until=max(chosen),
        campaign_key=f"practice-{made.id}" if letter.kind is Kind.SPONSORED else None,
        rulebook_version=version,
        started_at=moment,
        planned_at=moment,
    )
    session.add(run)
    session.flush()
    decisions.keep(
        session, run, {code: asked.decide(code) for code in set(chosen.values())}, version, moment
    )
    return Run(made, run, message, decisions.known(session, run))


def _add_inbound(counts: Counts, dice: Random) -> None:
    """People write all the time, more from month to month; every reply is a message as well."""
    for hour, names in list(counts.hours.items()):
        counts.add(hour, "", "inbound", names["replied"])
    this_year = counts.until.astimezone(counts.zone).year
    begin = datetime(this_year - 1, 1, 1, tzinfo=counts.zone).astimezone(UTC)
    hours = int((counts.until - begin) / timedelta(hours=1)) - 1
    for n in range(hours):
        hour = begin + timedelta(hours=n)
        mean = _mean(hour.astimezone(counts.zone)) * (0.5 + n / hours)
        wrote = int(mean + dice.random() * (1 + mean / 2))
        if wrote:
            counts.add(hour, "", "inbound", wrote)


def _mean(local: datetime) -> float:
    season = 1 + 0.25 * math.cos((local.month - 12) / 6 * math.pi)
    return BY_HOUR[local.hour] * BY_DAY[local.weekday()] * season / 4


def _keep(session: Session, setting: Setting, counts: Counts) -> None:
    """Counts that belong to no kind join those the arriving people made."""
    brand_id, channel_id = setting.brand.id or 0, setting.channel.id or 0
    key = {"brand_id": brand_id, "channel_id": channel_id}
    inbound = {day: names["inbound"] for (day, kind), names in counts.days.items() if not kind}
    rollups.add_days(session, brand_id, channel_id, "inbound", inbound)
    bulk.add(session, RollupDay, [
        {**key, "day": day, "kind": kind, **{name: names[name] for name in DAILY}}
        for (day, kind), names in sorted(counts.days.items()) if kind
    ])  # fmt: skip
    bulk.add(session, RollupHour, [
        {**key, "hour": hour, **{name: names[name] for name in HOURLY}}
        for hour, names in sorted(counts.hours.items())
    ])  # fmt: skip


def _sent_by_month(counts: Counts) -> dict[date, int]:
    found: dict[date, int] = {}
    for (day, _), names in counts.days.items():
        month = plan.month_of(day)
        found[month] = found.get(month, 0) + names["sent"]
    return found
