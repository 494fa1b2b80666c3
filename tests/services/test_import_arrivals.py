"""People written column by column are what they would be one by one."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from tests.services.import_desk import Desk, counts
from webapp.domain.import_row import Record
from webapp.domain.policy.situation import region_of
from webapp.models.channel import Channel
from webapp.models.import_job import ImportJob
from webapp.models.subscriber import Subscriber
from webapp.services import import_parting, import_staging
from webapp.services.import_known import Met
from webapp.services.import_parting import Parted
from webapp.services.import_reading import Reading
from webapp.store import consents
from webapp.vault import Vault

PEOPLE = 300
HEADER = (
    "psid,prénom,nom,pays,langue,sexe,last_message,first_seen,tags,orders,lifetime_value,likes,"
    "born,member,topics,marketing_consent_at"
)
TABLES = {
    "subscriber": "key, first_name, last_name, name_folded, locale, timezone, country, city, "
    "gender, source, region, first_seen_at, last_inbound_at, window_opener, window_opened_at, "
    "window_ends_at, opted_in, opted_out_at, created_at, updated_at",
    "subscriber_tag JOIN tag ON tag.id = tag_id JOIN subscriber ON subscriber.id = subscriber_id":
        "key, name",
    "attribute_value JOIN attribute ON attribute.id = attribute_id "
    "JOIN subscriber ON subscriber.id = subscriber_id":
        "key, attribute.name, type, position, text, number, day, at",
    "opt_in JOIN subscriber ON subscriber.id = subscriber_id":
        "key, topic_id, action, at, recorded_at, wording, opt_in.source, evidence, token, "
        "previous_hash = '' AS first",
    "consent JOIN subscriber ON subscriber.id = consent.subscriber_id "
    "JOIN opt_in ON opt_in.id = opt_in_id":
        "key, consent.topic_id, state, since, opt_in.topic_id AS rests_on, opt_in.at",
    "rollup_day": "day, kind, new_subscribers, opt_ins",
    "imported_subscriber JOIN subscriber ON subscriber.id = subscriber_id":
        "key, created, trace IS NULL AS untraced",
}  # fmt: skip


def rich(now: datetime) -> str:
    """Of everything a file may say, in every mixture; also about two who are known."""
    chance = random.Random(20261126)
    lines = [HEADER]
    for key in [*chance.sample(range(10**15, 10**16), PEOPLE), 1, 2]:
        at = [now - timedelta(minutes=chance.randrange(90 * 1440)) for _ in range(3)]
        told = [f"{each:%Y-%m-%dT%H:%M:%SZ}" if chance.random() < 0.7 else "" for each in at]
        cells = [
            key, chance.choice(["Élise", "'=1", "", "Ana"]), chance.choice(["Läst", ""]),
            chance.choice(["FR", "us", ""]), chance.choice(["fr-fr", "pt_BR", ""]),
            chance.choice(["homme", "f", ""]), told[0], told[1],
            chance.choice(["vip", "vip|press", ""]), chance.choice(["3", "0", ""]),
            chance.choice(["602.35", "30", ""]), chance.choice(["a|b", "c|c", ""]),
            chance.choice(["1990-02-01", ""]), chance.choice(["yes", "no", ""]),
            chance.choice(["price-drops", "events|price-drops|events", ""]), told[2],
        ]  # fmt: skip
        lines.append(",".join(map(str, cells)))
    return "\n".join(lines) + "\n"


def kept(session: Session) -> dict[str, Sequence[Any]]:
    found: dict[str, Sequence[Any]] = {}
    for table, names in TABLES.items():
        rows = session.connection().execute(text(f"SELECT {names} FROM {table}"))  # noqa: S608
        found[table] = sorted(map(repr, rows))
    return found


def in_one_by_one(
    session: Session, vault: Vault, reading: Reading, job: ImportJob,
    records: Sequence[Record], met: Met, **how: Any,
) -> Parted:  # fmt: skip
    parted = PART(session, vault, reading, job, records, met, **how)
    return Parted(parted.terms, [], {}, list(map(reading.row, records)))


PART = import_parting.part


def test_people_written_at_once_are_what_they_would_be_one_by_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    text_, found = rich(desk.now), []
    for way in (PART, in_one_by_one):
        monkeypatch.setattr(import_parting, "part", way)
        job = desk.whole(text_, wording="Tell me", consent_source="checkout")
        again = desk.whole(text_, wording="Tell me", consent_source="checkout")
        with desk.db.reader(desk.cast.rosewood) as session:
            assert list(consents.all_broken_links(session)) == []
            found.append((counts(job), counts(again), kept(session)))
            lines = session.connection().execute(text("SELECT count(*) FROM refused_line"))
            found[-1][2]["lines"] = [lines.scalar()]
        desk.undo(again.id or 0)
        desk.undo(job.id or 0)
        with desk.db.writer(desk.cast.rosewood) as session:
            session.connection().execute(text("DELETE FROM refused_line"))
            session.commit()
    one, other = found
    assert one[0] == (PEOPLE, 2, 0, 0)
    assert one[1][:2] == (0, 0)
    assert one[:2] == other[:2]
    for table, rows in one[2].items():
        assert _alive(rows) == _alive(other[2][table]), table


def _alive(rows: Sequence[Any]) -> list[Any]:
    """Without what an undone import leaves in the ledger: rows of whom it created, and acts that
    take back what it said of the two who were known."""
    return [row for row in rows if not str(row).startswith(("('undone-", "('1'", "('2'"))]


def test_a_staging_of_an_earlier_version_is_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    with sqlite3.connect(tmp_path / "people.csv.staged") as earlier:
        earlier.execute("CREATE TABLE row (line INTEGER PRIMARY KEY, key, at, topics, data)")
        earlier.execute("CREATE TABLE in_order (at)")
    with import_staging.opened(file) as staged:
        assert staged is None


NUMBERS = (
    "7,+33 6 12 34 56 78,,Élise\n8,1 (416) 555-0123,,Noah\n9,0012125550123,,Emma\n"
    "10,5511999990000,PT,Rui\n11,+870 771 234 567,,Sven\n12,FR.1349,,Zoé\n13,06 12 34 56 78,,Luc\n"
)
PLACED = {
    "33612345678": "FR", "14165550123": "CA", "12125550123": "US", "5511999990000": "PT",
    "870771234567": None, "FR.1349": "FR",
}  # fmt: skip


@pytest.mark.parametrize("way", [PART, in_one_by_one])
def test_whatsapps_people_go_by_their_numbers_and_are_placed_by_them(
    desk: Desk, way: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the number is written, and unless the file says where they are."""
    monkeypatch.setattr(import_parting, "part", way)
    _on(desk, "whatsapp")
    for outcome in ((6, 0, 0, 1), (0, 0, 6, 1)):
        assert counts(desk.whole("id,Téléphone,pays,prénom\n" + NUMBERS)) == outcome
        assert _found(desk, PLACED) == {it: (to, int(region_of(to))) for it, to in PLACED.items()}


def test_ids_of_other_platforms_only_look_like_numbers(desk: Desk) -> None:
    _on(desk, "messenger")
    assert counts(desk.whole("id,Téléphone,pays,prénom\n" + NUMBERS)) == (7, 0, 0, 0)
    assert _found(desk, ["7", "10"]) == {"7": (None, 0), "10": ("PT", int(region_of("PT")))}


def _on(desk: Desk, platform: str) -> None:
    with desk.db.writer(desk.cast.rosewood) as session:
        session.get_one(Channel, desk.cast.channel).platform = platform
        session.commit()


def _found(desk: Desk, keys: Collection[str]) -> dict[str, tuple[str | None, int]]:
    with desk.db.reader(desk.cast.rosewood) as session:
        people = session.exec(select(Subscriber).where(col(Subscriber.key).in_(keys)))
        return {it.key: (it.country, it.region) for it in people}
