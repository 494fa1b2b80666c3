"""People whom a file or a program names and nobody knew: written column by column.

What `upserting` writes one by one for a row that meets nobody, and the same to the letter. Nobody
else can have touched them, so nothing is looked up, compared or locked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from webapp.domain import import_row
from webapp.domain.consent import Action
from webapp.domain.import_row import RECORD, TEXTS, Record
from webapp.domain.policy import situation
from webapp.domain.subscriber import AttributeType
from webapp.models.subscriber import Subscriber
from webapp.services import merging
from webapp.services.upserting import Terms, evidence
from webapp.store import attributes, audience_changes, bulk, consents, rollups, tags
from webapp.store.consents import FirstActs

_OPTED_IN, _TAGS, _TOPICS = map(RECORD.index, ("opted_in_at", "tags", "topics"))
_DAY, _HOUR = len("2026-11-22"), len("2026-11-22 12")
Columns = Mapping[str, Sequence[Any]]
Told = tuple[
    str | None, bool
]  # the topics of a row as they are kept, and whether it has their time


def topics(record: Record) -> tuple[str, ...]:
    return import_row.parted(record[_TOPICS])


def worn(record: Record) -> tuple[str, ...]:
    """The tags that it names."""
    return import_row.parted(record[_TAGS])


def told(record: Record) -> Told:
    return record[_TOPICS], record[_OPTED_IN] is not None


@dataclass(frozen=True)
class Arrived:
    """The ids of the new people, in the order of their rows, and by id the acts of consent."""

    people: Sequence[int]
    acts: Mapping[int, Sequence[int]]


def write(
    session: Session,
    terms: Terms,
    types: Mapping[str, AttributeType],
    records: Sequence[Record],
    now: datetime,
) -> Arrived:
    """At least one row; none that meets somebody, none twice, none of which something is to be
    said. `types` are the attributes of the rows, in the order in which records have them."""
    people = bulk.next_ids(session, Subscriber, len(records))
    audience_changes.announce(session, terms.brand_id, people)
    cells = list(zip(*records, strict=True))
    columns: Columns = dict(zip(RECORD, cells, strict=False))
    met = _add_people(session, terms, people, columns, now)
    _put_tags(session, terms, people, columns["tags"])
    for (name, type_), values in zip(types.items(), cells[len(RECORD) :], strict=True):
        attribute = terms.attributes[name][0]
        attributes.pour(session, terms.brand_id, attribute, type_, people, values)
    acts = _add_acts(session, terms, people, columns, now)
    _count(session, terms, met, "new_subscribers")
    return Arrived(people, acts)


def _add_people(
    session: Session,
    terms: Terms,
    people: Sequence[int],
    columns: Columns,
    now: datetime,
) -> Sequence[str]:
    """Returns since when each is known. Whose opt-in follows is written down as opted in at once:
    the database would come to it with a second look at every one."""
    inbound = columns["last_inbound_at"]
    seen = [a or b for a, b in zip(columns["first_seen_at"], inbound, strict=True)]
    names = zip(columns["first_name"], columns["last_name"], strict=True)
    keyed = zip(columns["country"], columns["key"], strict=True)
    countries = [country or terms.home(key) for country, key in keyed]
    poured: dict[str, Sequence[Any]] = {
        "id": people,
        "key": columns["key"],
        **{name: columns[name] for name in TEXTS},
        "name_folded": [merging.folded(*both) for both in names],
        "country": countries,
        "region": list(map(_region, countries)),
        "first_seen_at": seen,
        "last_inbound_at": inbound,
        "window_opener": [at and merging.OPENER for at in inbound],
        "window_opened_at": inbound,
        "window_ends_at": [at and _window_end(at) for at in inbound],
        "opted_in": [it is not None for it in columns["topics"]],
    }
    same = {"brand_id": terms.brand_id, "channel_id": terms.channel_id,
            "created_at": now, "updated_at": now}  # fmt: skip
    bulk.pour(session, Subscriber, poured, same)
    present = import_row.stamp(now) or ""
    return [min(at or present, present) for at in seen]


@lru_cache(300)
def _region(country: str | None) -> int:
    return int(situation.region_of(country or ""))


def _window_end(stamped: str) -> str:
    return _day_after(stamped[:_DAY]) + stamped[_DAY:]


@lru_cache(1_000)
def _day_after(day: str) -> str:
    return (date.fromisoformat(day) + merging.WINDOW).isoformat()


def _put_tags(
    session: Session, terms: Terms, people: Sequence[int], kept: Sequence[str | None]
) -> None:
    named = {it: import_row.parted(it) for it in {*kept} if it is not None}
    if not named:
        return
    ids = tags.ensure(
        session, terms.brand_id, {tag for several in named.values() for tag in several}
    )
    of_cell = {it: [ids[tag] for tag in several] for it, several in named.items()}
    told = zip(people, kept, strict=True)
    tags.put(session, terms.brand_id, [(p, tag) for p, it in told if it for tag in of_cell[it]])


def _add_acts(
    session: Session, terms: Terms, people: Sequence[int], columns: Columns, now: datetime
) -> dict[int, list[int]]:
    """The acts of consent that were written, by person."""
    written: dict[int, list[int]] = defaultdict(list)
    acts = _acts(terms, people, columns, now)
    if acts is None:
        return written
    for person, id_ in zip(acts.people, consents.append_first(session, acts), strict=True):
        written[person].append(id_)
    _count(session, terms, acts.at, "opt_ins")
    return written


def _acts(terms: Terms, people: Sequence[int], columns: Columns, now: datetime) -> FirstActs | None:
    """An opt-in to each topic that a row names, by whatever name."""
    named = {it: import_row.parted(it) for it in {*columns["topics"]} if it is not None}
    of_cell = {
        it: dict.fromkeys(terms.topics[name] for name in several) for it, several in named.items()
    }
    told = zip(people, columns["topics"], columns["opted_in_at"], columns["line"], strict=True)
    present = import_row.stamp(now) or ""
    rows = [
        (person, topic, min(at, present), evidence(terms, line))
        for person, kept, at, line in told
        if kept is not None
        for topic in of_cell[kept]
    ]
    if not rows:
        return None
    return FirstActs(
        terms.brand_id, Action.OPT_IN.value, now, terms.wording, terms.source.value,
        *zip(*rows, strict=True),
    )  # fmt: skip


def _count(session: Session, terms: Terms, stamps: Iterable[str], measure: str) -> None:
    """By the brand's days. Most hours lie in one of them as a whole."""
    zone = ZoneInfo(terms.zone)
    days: Counter[date] = Counter()
    for hour, several in _by_hour(stamps).items():
        first, last = _days_of_hour(hour, zone)
        if first == last:
            days[first] += len(several)
        else:
            days.update(_day(at, zone) for at in several)
    rollups.add_days(session, terms.brand_id, terms.channel_id, measure, days)


def _by_hour(stamps: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for at in stamps:
        found[at[:_HOUR]].append(at)
    return found


@lru_cache(10_000)
def _days_of_hour(hour: str, zone: ZoneInfo) -> tuple[date, date]:
    return _day(f"{hour}:00:00.000000", zone), _day(f"{hour}:59:59.999999", zone)


def _day(stamped: str, zone: ZoneInfo) -> date:
    return datetime.fromisoformat(stamped).replace(tzinfo=UTC).astimezone(zone).date()
