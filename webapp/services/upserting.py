"""People as a file or a program names them, merged into what is known: the set-wise half.

Only what a row says is taken over; an empty cell never empties what is stored, and tags are added,
not taken away. A later `last_inbound_at` moves the window, an earlier one does not. Erased people
stay erased, and nobody who stopped is opted in again. Doing the same twice changes nothing.

`plan` reads and decides, `carry_out` writes; neither commits. At most `MOST` rows at a time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from webapp.domain.consent import Action, Source, State
from webapp.domain.event import WHATSAPP
from webapp.domain.import_row import Row
from webapp.domain.import_trace import Trace
from webapp.domain.subscriber import AttributeType
from webapp.domain.subscriber import AttributeValue as Value
from webapp.domain.wording import Sentence, say
from webapp.models.opt_in import OptIn
from webapp.models.subscriber import Subscriber
from webapp.platforms import home_country
from webapp.services import merging
from webapp.store import attributes, consents, rollups, subscribers, tags

MOST = 5_000  # rows a transaction: other writers wait some tens of milliseconds
ERASED = say("This person was erased at their own wish and is not brought back.")
STOPPED = say("This person has stopped these messages and is not opted in again.")
UNDATED = say("Topics without a time of consent are left out: they would be no proof.")


NOTHING = Trace()
Home = Callable[[str], str | None]  # the country that a person's key tells


def home_of(platform: str) -> Home:
    """WhatsApp's people go by their number; other platforms' ids tell nothing."""
    return home_country.country_of if platform == WHATSAPP else _nowhere


def _nowhere(_: str) -> None:
    return None


@dataclass(frozen=True)
class Terms:
    """What holds for all rows: where they go, what proves their opt-ins, which fields exist.

    `attributes` is name -> (id, type) and `topics` name -> id; both know every name in the rows,
    or (before anything is written) leave new ones out. `fingerprint` is the vault's; `made` are
    the titles of topics that had to be made for these rows.
    """

    brand_id: int
    channel_id: int
    fingerprint: Callable[[str], str]
    attributes: Mapping[str, tuple[int, AttributeType]]
    topics: Mapping[str, int]
    zone: str = "UTC"  # the brand's: whose days are counted
    wording: str = ""
    source: Source = Source.IMPORT
    evidence: str = ""
    made: tuple[str, ...] = ()
    home: Home = _nowhere  # of a new person whose row names no country


@dataclass
class Change:
    """What one row would do. `refusal`: nothing at all. `remarks` are told all the same."""

    row: Row
    person: Subscriber | None
    columns: dict[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    attributes: dict[str, Value] = field(default_factory=dict)
    topics: tuple[str, ...] = ()
    refusal: Sentence | None = None
    remarks: tuple[Sentence, ...] = ()
    trace: Trace = NOTHING

    @property
    def outcome(self) -> str:
        """created, updated, unchanged or refused."""
        if self.refusal is not None:
            return "refused"
        if self.person is None:
            return "created"
        changed = self.columns or self.tags or self.attributes or self.topics
        return "updated" if changed else "unchanged"


def tally(changes: Sequence[Change]) -> Counter[str]:
    return Counter(change.outcome for change in changes)


def plan(session: Session, terms: Terms, rows: Sequence[Row], now: datetime) -> list[Change]:
    """What the rows would change. Each key once: a doubled one is for the caller to settle."""
    keys = [row.key for row in rows]
    known = subscribers.by_keys(session, terms.channel_id, keys)
    ids = [person.id or 0 for person in known.values()]
    worn = tags.of(session, ids) if ids else {}
    held = attributes.of(session, ids) if ids else {}
    states = consents.states(session, ids) if ids else {}
    erased = gone(session, terms.channel_id, terms.fingerprint, keys)
    changes = []
    for row in rows:
        change = Change(row, known.get(row.key))
        if row.key in erased:
            change.refusal = ERASED
        else:
            key = change.person.id or 0 if change.person else 0
            change.tags = tuple(t for t in row.tags if t not in worn.get(key, ()))
            change.attributes = _differing(row.attributes, held.get(key, {}))
            if row.topics:
                change.topics, change.remarks = _topics(terms, row, change.person, states)
            if change.person is not None:  # all of a new person's columns are new
                change.columns = merging.columns(row, change.person, now)
                change.trace = _trace(change, change.person, held.get(key, {}))
        changes.append(change)
    return changes


def _trace(change: Change, person: Subscriber, held: Mapping[str, Value]) -> Trace:
    """What can be given back to somebody who was known before."""
    return Trace(
        {name: (getattr(person, name), value) for name, value in change.columns.items()},
        {name: (held.get(name), value) for name, value in change.attributes.items()},
        change.tags,
    )


def carry_out(
    session: Session, terms: Terms, changes: Sequence[Change], now: datetime
) -> dict[str, int]:
    """Write what `plan` found in the same transaction; returns the ids of all people by key. The
    changes' traces get the acts of consent that were written."""
    ids = _write_people(session, terms, changes, now)
    tag_ids = tags.ensure(session, terms.brand_id, {t for c in changes for t in c.tags})
    pairs = [(ids[c.row.key], tag_ids[t]) for c in changes for t in c.tags]
    tags.put(session, terms.brand_id, pairs)
    _write_attributes(session, terms, changes, ids)
    _write_opt_ins(session, terms, changes, ids, now)
    return ids


def gone(
    session: Session, channel_id: int, fingerprint: Callable[[str], str], keys: Collection[str]
) -> set[str]:
    """Those among the keys whose people were erased."""
    if not subscribers.any_erased(session, channel_id):
        return set()
    hashes = {fingerprint(key): key for key in keys}
    return {hashes[found] for found in subscribers.erased(session, channel_id, hashes)}


def _differing(given: Mapping[str, Value], held: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in given.items() if held.get(name) != value}


def _topics(
    terms: Terms, row: Row, person: Subscriber | None, states: Mapping[tuple[int, int], str]
) -> tuple[tuple[str, ...], tuple[Sentence, ...]]:
    """The topics a row newly opts its person in to, and what to say about the others. One that the
    row names twice, by its title and by its slug, is one."""
    key = person.id or 0 if person else 0
    named = {terms.topics.get(name, name): name for name in reversed(row.topics)}
    known = {name: states.get((key, terms.topics.get(name, 0))) for name in row.topics}
    new = tuple(name for name in row.topics if known[name] is None and name in named.values())
    out = person is not None and person.opted_out_at is not None
    remarks = [STOPPED] if State.STOPPED in known.values() or (known and out) else []
    if new and not out and row.opted_in_at is None:
        remarks.append(UNDATED)
    return new if row.opted_in_at and not out else (), tuple(remarks)


def _write_people(
    session: Session, terms: Terms, changes: Sequence[Change], now: datetime
) -> dict[str, int]:
    new = [change for change in changes if change.outcome == "created"]
    people = [_new(terms, change, now) for change in new]
    ids = subscribers.add_many(session, terms.channel_id, people)
    met = [min(person["first_seen_at"] or now, now) for person in people]
    _count(session, terms, met, "new_subscribers")
    known = [(it, it.person) for it in changes if it.person and it.outcome != "refused"]
    ids |= {change.row.key: person.id or 0 for change, person in known}
    updated = [
        (person, {**change.columns, "updated_at": now})
        for change, person in known
        if change.outcome == "updated"
    ]
    consents.lock(session, [person.id or 0 for person, _ in updated])  # in one order, all of them
    subscribers.change_many(session, terms.brand_id, updated)
    return ids


_COLUMNS = (
    "first_name", "last_name", "name_folded", "locale", "timezone", "country", "city", "gender",
    "source", "first_seen_at", "last_inbound_at", "window_opener", "window_opened_at",
    "window_ends_at",
)  # fmt: skip


def _new(terms: Terms, change: Change, now: datetime) -> dict[str, Any]:
    return {
        **dict.fromkeys(_COLUMNS),
        "brand_id": terms.brand_id,
        "channel_id": terms.channel_id,
        "key": change.row.key,
        "created_at": now,
        "updated_at": now,
        **merging.columns(_placed(change.row, terms.home), None, now),
    }


def _placed(row: Row, home: Home) -> Row:
    country = None if row.values.get("country") else home(row.key)
    return replace(row, values={**row.values, "country": country}) if country else row


def _write_attributes(
    session: Session, terms: Terms, changes: Sequence[Change], ids: Mapping[str, int]
) -> None:
    values: dict[tuple[int, int], tuple[AttributeType, Value]] = {}
    held: list[tuple[int, int]] = []
    for change in changes:
        for name, value in change.attributes.items():
            attribute, type_ = terms.attributes[name]
            values[ids[change.row.key], attribute] = (type_, value)
            if change.person is not None:
                held.append((ids[change.row.key], attribute))
    attributes.put(session, terms.brand_id, values, held)


def _write_opt_ins(
    session: Session,
    terms: Terms,
    changes: Sequence[Change],
    ids: Mapping[str, int],
    now: datetime,
) -> None:
    acts = _still_free(session, [
        OptIn(
            brand_id=terms.brand_id,
            subscriber_id=ids[change.row.key],
            topic_id=terms.topics[slug],
            action=Action.OPT_IN.value,
            at=min(change.row.opted_in_at or now, now),
            recorded_at=now,
            wording=terms.wording,
            source=terms.source.value,
            evidence=evidence(terms, change.row.line),
        )
        for change in changes
        for slug in change.topics
    ])  # fmt: skip
    consents.append(session, acts)
    consents.add_standings(session, acts)
    _count(session, terms, [act.at for act in acts], "opt_ins")
    written: dict[int, list[int]] = defaultdict(list)
    for act in acts:
        written[act.subscriber_id].append(act.id or 0)
    for change in changes:
        if change.topics and change.outcome != "refused":
            acts_of = tuple(written.pop(ids[change.row.key], ()))
            change.trace = change.trace.then(Trace(acts=acts_of))


def evidence(terms: Terms, line: int) -> str:
    """What proves an opt-in that a row tells of."""
    of_file = f"line {line}" if line and terms.evidence else ""
    return ", ".join(filter(None, (terms.evidence[:180], of_file)))


def _still_free(session: Session, acts: Sequence[OptIn]) -> list[OptIn]:
    """Without those who stopped, or were opted in by somebody else, since the rows were planned:
    from the lock on nobody else writes these people's consent."""
    people = {act.subscriber_id for act in acts}
    consents.lock(session, people)
    held, silent = consents.states(session, people), consents.silent(session, people)
    return [
        act
        for act in acts
        if act.subscriber_id not in silent and (act.subscriber_id, act.topic_id) not in held
    ]


def _count(session: Session, terms: Terms, moments: Sequence[datetime], measure: str) -> None:
    zone = ZoneInfo(terms.zone)
    days = Counter(at.astimezone(zone).date() for at in moments)
    rollups.add_days(session, terms.brand_id, terms.channel_id, measure, days)
