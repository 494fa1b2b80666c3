from __future__ import annotations

import io
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlmodel import col, select

from tests.cast import VAULT
from tests.services.import_desk import EDITOR, FILE, Desk, counts
from webapp.domain import errors, remark
from webapp.domain.consent import Source
from webapp.domain.import_row import Row
from webapp.domain.permission import Actor, Role
from webapp.domain.segment import EVERYONE
from webapp.models.channel import Channel
from webapp.models.import_job import ImportedSubscriber, RefusedLine
from webapp.models.opt_in import Consent, OptIn, Topic
from webapp.models.rollup import RollupDay
from webapp.models.subscriber import Attribute, AttributeValue, Subscriber, SubscriberTag, Tag
from webapp.services import (
    consents,
    import_at_once,
    import_check,
    import_reading,
    import_work,
    importing,
    steps,
    subscribers,
    upserting,
    workbooks,
)
from webapp.services.audiences import Audience
from webapp.store import attributes, imports, tags, topics
from webapp.store import consents as ledger

ADMIN = Actor(None, "Ada", Role.ADMIN)
CRM = Path(__file__).parent / "crm_export_fr.csv"


def in_tens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten rows a step."""
    monkeypatch.setattr(import_reading, "CHUNK", 10)
    for name in ("LEAST", "FIRST", "MOST"):
        monkeypatch.setattr(steps, name, 10)


def test_a_check_counts_and_writes_no_person(desk: Desk) -> None:
    job_id = desk.upload(FILE)
    desk.map(job_id)
    assert desk.advance()
    job = desk.job(job_id)
    assert (job.state, job.rows, counts(job)) == ("checked", 4, (3, 1, 0, 0))
    with desk.db.reader(desk.cast.rosewood) as session:
        assert session.exec(select(Subscriber).where(Subscriber.key == "501")).first() is None
        assert attributes.types(session) == {}


def test_a_run_brings_people_with_their_tags_values_and_consent(desk: Desk, now: datetime) -> None:
    job = desk.whole(FILE, wording="Tell me about news", consent_source="checkout")
    assert (job.state, counts(job)) == ("done", (3, 1, 0, 0))
    with desk.db.reader(desk.cast.rosewood) as session:
        elise = session.exec(select(Subscriber).where(Subscriber.key == "501")).one()
        wrote = datetime(2026, 11, 22, 8, 51, 22, tzinfo=UTC)
        assert (elise.last_inbound_at, elise.window_ends_at) == (wrote, wrote + timedelta(hours=24))
        assert tags.of(session, [elise.id or 0]) == {elise.id: {"vip", "press"}}
        assert attributes.of(session, [elise.id or 0]) == {
            elise.id: {"lifetime_value": Decimal("602.35")}
        }
        acts = session.exec(select(OptIn).where(OptIn.subscriber_id == elise.id)).all()
        assert {act.wording for act in acts} == {"Tell me about news"}
        assert {act.evidence for act in acts} == {"checkout people.csv, line 2"}
        assert len(session.exec(select(Consent)).all()) == 3
        assert len(session.exec(select(ImportedSubscriber)).all()) == 4
        remarks = imports.lines(session, job.id or 0, note=True)
        assert [line.line for line in remarks] == [3]


def test_the_same_file_again_changes_nothing(desk: Desk) -> None:
    doubled = FILE + "501,Elsa,2026-11-21T08:51:22Z,,vip,1.00,\n"
    first, second = desk.whole(doubled), desk.whole(doubled)
    assert counts(first) == (3, 1, 0, 0)
    assert counts(second) == (0, 0, 4, 0)
    with desk.db.reader(desk.cast.rosewood) as session:
        person = session.exec(select(Subscriber).where(Subscriber.key == "501")).one()
        assert person.first_name == "Elsa"


def test_whoever_counts_after_an_import_need_not_look_at_its_people_again(desk: Desk) -> None:
    """Its last step stayed the newest of what changed, so every count looked at it once more."""
    many = "psid,first_name\n" + "".join(f"{key},Zoe\n" for key in range(7000, 7100))
    for _ in ("they come", "they come again"):
        desk.whole(many)
        with desk.db.reader(desk.cast.rosewood) as session:
            audience = Audience(session, desk.now)
            assert audience.count(EVERYONE) >= 100
            assert not audience.dirty


def everything(desk: Desk) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table that an import of people writes to."""
    tables = (Subscriber, SubscriberTag, Tag, Attribute, AttributeValue, OptIn, Consent, Topic,
              RollupDay)  # fmt: skip
    with desk.db.engine.connect() as connection:
        return {
            table.__name__: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in tables
        }


def test_a_second_import_of_the_same_file_writes_to_no_row(desk: Desk) -> None:
    crm = CRM.read_bytes()
    for file in (FILE, crm):
        desk.whole(file)
    before = everything(desk)
    desk.now += timedelta(hours=1)
    again = [counts(desk.whole(FILE)), counts(desk.whole(crm))]
    assert again == [(0, 0, 4, 0), (0, 0, 396, 3)]
    assert everything(desk) == before


def test_large_amounts_are_kept_as_they_were(desk: Desk) -> None:
    """Fifteen digits, whatever the database makes of them in between."""
    amounts = ["123456789012.12", "-98765432109.876543", "999999999999", "1234567.891234", "0.1"]
    given = "".join(
        f"60{n},Ana,2026-11-21T08:51:22Z,,,{amount},\n" for n, amount in enumerate(amounts)
    )
    file = FILE.splitlines(keepends=True)[0] + given
    desk.whole(file)
    with desk.db.reader(desk.cast.rosewood) as session:
        people = session.exec(select(Subscriber).where(col(Subscriber.key).startswith("60"))).all()
        kept = attributes.of(session, [it.id or 0 for it in people])
        by_key = {it.key: kept[it.id or 0]["lifetime_value"] for it in people}
    expected = ["123456789012.12", "-98765432109.8765", "999999999999", "1234567.891234", "0.1"]
    assert [by_key[f"60{n}"] for n in range(5)] == list(map(Decimal, expected))
    assert counts(desk.whole(file)) == (0, 0, 5, 0), "the same file again changes nobody"


def test_a_crash_resumes_at_the_row_where_it_stopped(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "".join(f"{9000 + n},Person {n}\n" for n in range(30))
    job_id = desk.upload("psid,first_name\n" + lines)
    desk.map(job_id)
    desk.advance()
    desk.start(job_id)
    in_tens(monkeypatch)
    real, calls = import_work._write, []

    def crashing(*given: object) -> None:
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(import_work, "_write", crashing)
    with pytest.raises(KeyboardInterrupt):
        desk.advance()
    stopped = desk.job(job_id)
    assert (stopped.state, stopped.line, stopped.created) == ("running", 10, 10)
    desk.advance()
    assert (desk.job(job_id).state, counts(desk.job(job_id))) == ("done", (30, 0, 0, 0))


def test_two_processes_at_one_import_write_each_line_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = desk.upload("psid\n" + "".join(f"{9000 + n}\n" for n in range(30)) + "wrong\n")
    desk.map(job_id)
    in_tens(monkeypatch)
    real = import_check.own
    nested: list[bool] = []

    def interrupted(*given: object) -> object:
        if not nested:
            nested.append(True)
            before = desk.job(job_id).line
            desk.advance()  # the other process comes in between, and finds somebody at it
            assert desk.job(job_id).line == before
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(import_check, "own", interrupted)
    desk.advance()
    assert nested
    assert (desk.job(job_id).state, counts(desk.job(job_id))) == ("checked", (30, 0, 0, 1))
    desk.start(job_id)
    desk.advance()
    assert (desk.job(job_id).state, counts(desk.job(job_id))) == ("done", (30, 0, 0, 1))
    with desk.db.reader(desk.cast.rosewood) as session:
        assert len(imports.lines(session, job_id)) == 1


def test_the_command_line_and_the_clock_work_at_one_file_together(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_tens(monkeypatch)
    people = "".join(f"{7000 + n}\n" for n in range(200))
    (tmp_path / "people.csv").write_text(f"psid\n{people}", encoding="utf-8")
    done = threading.Event()

    def tick() -> None:
        while not done.is_set():
            desk.advance()

    clock = threading.Thread(target=tick)
    clock.start()
    try:
        job = import_at_once.run_to_end(
            desk.db, VAULT, desk.instance, EDITOR, desk.cast.rosewood, desk.cast.channel,
            tmp_path / "people.csv", desk.now,
        )  # fmt: skip
    finally:
        done.set()
        clock.join()
    assert (job.state, counts(job)) == ("done", (200, 0, 0, 0))


def test_the_command_line_runs_a_file_to_its_end(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(FILE, encoding="utf-8")
    job = import_at_once.run_to_end(
        desk.db, VAULT, desk.instance, EDITOR, desk.cast.rosewood, desk.cast.channel,
        tmp_path / "people.csv", desk.now, {"wording": "Tell me"},
    )  # fmt: skip
    assert (job.state, counts(job)) == ("done", (3, 1, 0, 0))


def test_a_file_the_command_line_cannot_use_leaves_nothing_behind(
    desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "people.csv").write_text("name,city\nIda,Paris\n", encoding="utf-8")
    with pytest.raises(errors.Invalid):
        import_at_once.run_to_end(
            desk.db, VAULT, desk.instance, EDITOR, desk.cast.rosewood, desk.cast.channel,
            tmp_path / "people.csv", desk.now,
        )  # fmt: skip
    with desk.db.reader(desk.cast.rosewood) as session:
        assert imports.all_of(session) == []
    assert list((desk.instance / "imports").iterdir()) == []


def test_refused_lines_can_be_mended_and_imported_again(desk: Desk) -> None:
    first = desk.whole('psid,first_name,note\n5E+15,"=1+1",-x\n78,Ben,b\n')
    with desk.db.reader(desk.cast.rosewood) as session:
        rows = list(importing.refused_rows(session, desk.instance, first))
    mended = "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows)
    second = desk.whole(mended.replace("5E+15", "77"))
    assert (counts(first), counts(second)) == ((1, 0, 0, 1), (1, 0, 0, 0))
    with desk.db.reader(desk.cast.rosewood) as session:
        ida = session.exec(select(Subscriber).where(Subscriber.key == "77")).one()
        assert ida.first_name == "=1+1"
        assert attributes.types(session).keys() == {"note"}
        assert attributes.of(session, [ida.id or 0]) == {ida.id: {"note": "-x"}}


def test_a_paused_import_waits_and_goes_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    job_id = desk.upload("psid\n" + "".join(f"{9000 + n}\n" for n in range(30)))
    desk.map(job_id)
    desk.advance()
    desk.start(job_id)
    in_tens(monkeypatch)
    desk.advance(budget_s=0)
    with desk.db.writer(desk.cast.rosewood) as session:
        importing.pause(session, EDITOR, job_id, now)
    assert not desk.advance()
    assert desk.job(job_id).created == 10
    desk.start(job_id)
    desk.advance()
    assert desk.job(job_id).created == 30


def test_the_french_export_comes_out_right(desk: Desk) -> None:
    job = desk.whole(CRM.read_bytes())
    with desk.db.reader(desk.cast.rosewood) as session:
        refused = imports.lines(session, job.id or 0, note=False)
        reasons = {row.line: str(remark.from_json(row.reason)) for row in refused}
        assert sorted(reasons) == [41, 42, 78]
        assert "spreadsheet" in reasons[41]
        assert "no id or number" in reasons[42]
        assert "no such date" in reasons[78]
        assert [row.line for row in imports.lines(session, job.id or 0, note=True)] == [18]
        twice = session.exec(select(Subscriber).where(Subscriber.key == "8982335466296696")).all()
        assert [person.first_name for person in twice] == ["Noël"]
        formula = session.exec(select(Subscriber).where(Subscriber.key == "5593444577058243")).one()
        assert formula.first_name == '=HYPERLINK("http://x.example";"clic")'
        keys = session.exec(select(Subscriber.key).where(col(Subscriber.key).contains("E")))
        assert keys.all() == []
    assert (job.rows, counts(job)) == (400, (396, 0, 0, 3))


def test_refused_lines_come_out_as_a_file_that_can_be_mended(desk: Desk) -> None:
    job = desk.whole('psid,first_name\nabc,"=1+1"\n77,Ida\n')
    with desk.db.reader(desk.cast.rosewood) as session:
        rows = list(importing.refused_rows(session, desk.instance, job))
    assert rows == [
        ["psid", "first_name", "line", "column", "reason"],
        ["abc", "'=1+1", "2", "psid", "An id has only digits."],
    ]


def test_times_shift_to_now_on_a_practice_channel_only(desk: Desk, now: datetime) -> None:
    job_id = desk.upload(FILE.replace("2026-11-22T11:00:00Z", "2031-01-01T00:00:00Z"))
    with pytest.raises(errors.Invalid):
        desk.map(job_id, shift_times=True)
    with desk.db.writer(desk.cast.rosewood) as session:
        session.get_one(Channel, desk.cast.channel).practice = True
        session.commit()
    desk.map(job_id, shift_times=True)
    desk.advance()
    desk.start(job_id)
    desk.advance()
    with desk.db.reader(desk.cast.rosewood) as session:
        assert session.get_one(Subscriber, desk.cast.ben).last_inbound_at == now


def test_topics_need_a_time_of_consent(desk: Desk) -> None:
    job_id = desk.upload("psid,topics\n77,events\n")
    with pytest.raises(errors.Invalid) as refused:
        desk.map(job_id)
    assert list(refused.value.errors) == ["opted_in_at"]


def test_a_check_names_the_topics_that_the_import_would_make(desk: Desk) -> None:
    job_id = desk.upload(
        "psid,topics,marketing_consent_at\n"
        "77,Price drops|New roses,2026-11-01T10:00:00Z\n"
        "78,price-drops|new-roses,2026-11-01T10:00:00Z\n"
        "79,New roses,2026-11-01T10:00:00Z\n"
    )
    desk.map(job_id)
    desk.advance()
    with desk.db.reader(desk.cast.rosewood) as session:
        remarks = imports.lines(session, job_id, note=True)
        assert [(line.line, str(remark.from_json(line.reason))) for line in remarks] == [
            (2, "There is no topic New roses yet: it will be made."),
            (3, "There is no topic new-roses yet: it will be made."),
        ]
    desk.start(job_id)
    desk.advance()
    with desk.db.reader(desk.cast.rosewood) as session:
        assert [topic.slug for topic in topics.all_of(session)] == ["new-roses", "price-drops"]


def test_an_erased_person_is_named_and_stays_erased(desk: Desk, now: datetime) -> None:
    from webapp.services import subscribers

    with desk.db.writer(desk.cast.rosewood) as session:
        admin = Actor(None, "Ada", Role.ADMIN)
        subscribers.erase(session, admin, VAULT, desk.cast.ben, now)
    job = desk.whole(FILE)
    assert counts(job) == (3, 0, 0, 1)
    with desk.db.reader(desk.cast.rosewood) as session:
        assert session.exec(select(RefusedLine.raw).where(RefusedLine.line == 5)).one()[0] == "2"


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n\x00\x00", b"PK\x03\x04broken"])
def test_what_is_no_list_of_people_is_refused_and_not_kept(desk: Desk, data: bytes) -> None:
    with pytest.raises(errors.Refused):
        desk.upload(data)
    assert list((desk.instance / "imports").iterdir()) == []


def test_a_lost_file_fails_with_a_reason(desk: Desk) -> None:
    job_id = desk.upload(FILE)
    desk.map(job_id)
    (desk.instance / desk.job(job_id).path).unlink()
    assert desk.advance()
    assert (desk.job(job_id).state, bool(desk.job(job_id).reason)) == ("failed", True)


def test_a_viewer_imports_nothing(desk: Desk, now: datetime) -> None:
    viewer = Actor(None, "Vic", Role.VIEWER)
    with desk.db.writer(desk.cast.rosewood) as session, pytest.raises(errors.Forbidden):
        importing.upload(
            session, viewer, desk.instance, desk.cast.channel, "a.csv", io.BytesIO(b"psid\n1"), now
        )


def test_a_workbook_is_read_as_the_csv_it_would_be(desk: Desk, tmp_path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "people.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["psid", "first_name", "orders"])
        sheet.write_row(1, 0, ["77", "Ida", 3])
        sheet.write_row(2, 0, [7045781977270156, "Lost", 1])
    job = desk.whole((tmp_path / "people.xlsx").read_bytes())
    assert counts(job) == (1, 0, 0, 1)


def test_a_workbook_is_read_from_its_first_sheet_that_says_something(
    desk: Desk, tmp_path: Path
) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "people.xlsx") as book:
        book.add_worksheet("Cover")
        book.add_worksheet("People").write_column(0, 0, ["psid", "77", "78"])
    assert counts(desk.whole((tmp_path / "people.xlsx").read_bytes())) == (2, 0, 0, 0)


def test_workbooks_are_read_one_at_a_time(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each may take its 200 MB."""
    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "people.xlsx") as book:
        book.add_worksheet().write_column(0, 0, ["psid", "77"])
    data = (tmp_path / "people.xlsx").read_bytes()
    monkeypatch.setattr(workbooks, "PATIENCE_S", 0.01)
    with workbooks._turn, pytest.raises(errors.Refused, match="Another workbook"):
        desk.upload(data)
    assert desk.job(desk.upload(data)).rows == 1


def test_some_thousand_people_take_few_statements(desk: Desk) -> None:
    """Not one for each of them, nor for each tag or value."""
    header = "psid,first_name,last_message_at,tags,orders\n"
    lines = "".join(
        f"{10**15 + n},Person {n},2026-11-2{n % 3}T10:00:00Z,vip|press,{n % 9}\n"
        for n in range(4_000)
    )
    asked: list[str] = []

    def hear(_c: object, _k: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    event.listen(desk.db.engine, "before_cursor_execute", hear)
    job = desk.whole(header + lines)
    event.remove(desk.db.engine, "before_cursor_execute", hear)
    assert counts(job) == (4_000, 0, 0, 0)
    assert len(asked) < 4_000 / 4


LIST = (
    "psid,topics,marketing_consent_at\n"
    "1,price-drops,2020-01-01T00:00:00Z\n"  # Ana stopped everything; the list is older
    "2,price-drops,2026-11-22T11:59:00Z\n"  # Ben stopped the topic; the list is newer
    "3,price-drops|events,2026-11-22T11:59:00Z\n"  # Cara stopped in another system
    "4,price-drops,2026-11-22T11:59:00Z\n"  # Dao was erased
    "900,price-drops,2026-11-01T00:00:00Z\n"
)


def stopped(desk: Desk) -> None:
    """Ana says STOP, Ben stops a topic, Dao is erased."""
    people, now = desk.cast, desk.now
    with desk.db.writer(people.rosewood) as session:
        ana, ben = (session.get_one(Subscriber, it) for it in (people.ana, people.ben))
        consents.stop_all(session, ana, at=now - timedelta(days=9), now=now)
        consents.stop(session, ben, people.topic, at=now - timedelta(days=9), now=now)
        subscribers.erase(session, ADMIN, VAULT, people.dao, now)


def test_an_old_list_subscribes_nobody_who_stopped_or_was_erased(desk: Desk) -> None:
    stopped(desk)
    job_id = desk.upload(LIST)
    desk.map(job_id)
    desk.advance()
    with desk.db.reader(desk.cast.rosewood) as session:
        left = imports.remarked(session, job_id, upserting.STOPPED)
    desk.start(job_id)
    desk.advance()
    assert (left, counts(desk.job(job_id))) == (3, (1, 0, 3, 1))
    with desk.db.reader(desk.cast.rosewood) as session:
        active = session.exec(select(Consent).where(Consent.state == "active")).all()
        keys = [session.get_one(Subscriber, it.subscriber_id).key for it in active]
        assert keys == ["900"]
        assert session.get_one(Subscriber, desk.cast.ana).opted_out_at is not None
        assert session.exec(select(Subscriber).where(Subscriber.key == "4")).first() is None
        assert list(ledger.all_broken_links(session)) == []


def test_a_stop_between_the_look_and_the_writing_is_respected(desk: Desk) -> None:
    """On PostgreSQL a STOP may be written while a chunk is being planned."""
    people, now = desk.cast, desk.now
    rows = [Row(line=2, key="1", values={}, topics=("price-drops",), opted_in_at=now)]
    with desk.db.writer(people.rosewood) as session:
        terms = subscribers.terms_for(session, VAULT, people.channel, rows[0], Source.IMPORT)
        changes = upserting.plan(session, terms, rows, now)
        assert changes[0].topics == ("price-drops",)
        ana = session.get_one(Subscriber, people.ana)
        consents.stop_all(session, ana, at=now, now=now)
        upserting.carry_out(session, terms, changes, now)
        session.commit()
        assert [row.action for row in ledger.ledger(session, people.ana)] == ["stop_all"]


def test_a_file_with_the_columns_of_the_last_one_gets_its_mapping(desk: Desk) -> None:
    first = desk.upload("psid,kunde,shop\n77,Ida,Lyon\n", "march.csv")
    chosen = {"psid": "psid", "kunde": "first_name", "shop": {"to": "attr.shop", "type": "text"}}
    with desk.db.writer(desk.cast.rosewood) as session:
        how = {"zone": "Asia/Bangkok", "decimal": ",", "wording": "Tell me"}
        importing.map_columns(session, EDITOR, desk.instance, first, chosen, how, desk.now)
    desk.advance()
    assert like(desk, "psid,kunde,shop\n78,Ben,Nice\n") is None  # nobody has run it yet
    desk.start(first)
    desk.advance()
    again = like(desk, "shop,psid,kunde\nNice,78,Ben\n")
    assert again is not None
    assert (again.like.filename if again.like else "", again.options.zone) == (
        "march.csv",
        "Asia/Bangkok",
    )
    assert {column: target.to for column, target in again.mapping.items()} == {
        "psid": "psid", "kunde": "first_name", "shop": "attr.shop",
    }  # fmt: skip
    assert again.proof == {"wording": "Tell me", "consent_source": ""}
    assert like(desk, "psid,kunde\n78,Ben\n") is None
    assert like(desk, "psid,kunde,shop,more\n78,Ben,Nice,x\n") is None
    desk.undo(first)
    assert like(desk, "psid,kunde,shop\n78,Ben,Nice\n") is None


def test_another_brand_has_mappings_of_its_own(desk: Desk) -> None:
    desk.whole("psid,first_name\n77,Ida\n")
    with desk.db.reader(desk.cast.other) as session:
        assert imports.mapped_before(session, ["psid", "first_name"]) is None
    with desk.db.reader(desk.cast.rosewood) as session:
        assert imports.mapped_before(session, ["psid", "first_name"]) is not None


def like(desk: Desk, text: str) -> importing.Proposal | None:
    """What is proposed for a file, where an earlier one says it."""
    job_id = desk.upload(text)
    with desk.db.reader(desk.cast.rosewood) as session:
        found = importing.proposal(session, desk.instance, importing.found(session, job_id))
    return found if found.like is not None else None


def test_cells_with_lines_of_their_own_spoil_their_own_line_alone(desk: Desk) -> None:
    job = desk.whole(
        'psid,orders,last_message_at\n701,"5\n6",2026-11-01T10:00:00Z\n702,7,2026-11-01T10:00:00Z\n'
        '703,8,"2026-11-01T10:00:00Z\n2026-11-01T10:00:00Z"\n704,9,2026-11-01T10:00:00Z\n'
    )
    assert (job.state, counts(job)) == ("done", (3, 0, 0, 1))
