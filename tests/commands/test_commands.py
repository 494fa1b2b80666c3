"""What each command does, what it tells, and how it refuses."""

from __future__ import annotations

import io
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select, text

from tests import cast
from tests.commands.conftest import Fanlight
from webapp import config, house
from webapp.commands import database, main
from webapp.commands.shell import Failure
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel, MetaApp
from webapp.models.opt_in import OptIn
from webapp.models.subscriber import Subscriber
from webapp.services import presence, tokens
from webapp.store import guards

COMMANDS = {
    "demo", "serve", "jobs", "worker", "simulator", "db", "user", "brand", "token", "channel",
    "import", "broadcast", "deliveries", "doctor", "routes", "rules", "backup", "restore", "keys",
    "audit", "clock",
}  # fmt: skip


def built(fanlight: Fanlight) -> house.House:
    return house.build(config.load())


def test_every_command_of_the_contract_is_there() -> None:
    assert set(main.fanlight.commands) >= COMMANDS


def test_help_is_no_mistake_and_nothing_at_all_is_one(bare: Fanlight) -> None:
    assert bare.run("--help").code == 0
    assert bare.run().code == 2
    assert "No such command" in bare.refused(2, "fly")
    assert bare.run("doctor", "--colour").code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["brand", "create", "X", "--country", "FR"],
        ["audit", "verify"],
        ["broadcast", "status", "1"],
    ],
)
def test_a_fresh_folder_says_to_bring_the_database_up(bare: Fanlight, arguments: list[str]) -> None:
    assert "fanlight db upgrade" in bare.refused(1, *arguments)


def test_a_person_gets_a_link_that_is_printed_once(fanlight: Fanlight) -> None:
    first = fanlight.ok(
        "user", "create", "ben@example.com", "--brand", "rosewood", "--role", "editor"
    )
    again = fanlight.ok("user", "create", "ben@example.com")
    assert first["link"] != again["link"]
    assert "/sign-in/link/" in first["link"]
    assert "email" in fanlight.refused(2, "user", "create", "no-address")
    assert (fanlight.instance / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_brand_that_cannot_be_is_named_by_field(fanlight: Fanlight) -> None:
    assert "country: " in fanlight.refused(2, "brand", "create", "X", "--country", "ZZ")
    assert "exists already" in fanlight.refused(1, "brand", "create", "Rosewood", "--country", "AU")


def test_a_token_speaks_for_its_person(fanlight: Fanlight) -> None:
    made = fanlight.ok("token", "create", "ana@example.com", "--role", "manager")
    assert made["token"].startswith("fl_")
    everywhere = fanlight.ok("token", "create", "ana@example.com", "--all-brands")
    assert (made["brand"], everywhere["brand"]) == (1, None)
    assert "Nobody is known" in fanlight.refused(1, "token", "create", "eve@example.com")


def test_several_brands_ask_for_one_to_be_named(fanlight: Fanlight) -> None:
    fanlight.ok("brand", "create", "Linden", "--country", "DE")
    said = fanlight.refused(2, "token", "create", "ana@example.com")
    assert "linden, rosewood" in said
    assert "no brand oak" in fanlight.refused(1, "import", __file__, "--brand", "oak")


def test_a_channel_needs_its_key_and_token(fanlight: Fanlight) -> None:
    assert "--key" in fanlight.refused(2, "channel", "connect", "--name", "Page")
    said = fanlight.refused(
        2, "channel", "connect", "--key", "abc", "--access-token", "t", "--app-secret", "s"
    )
    assert "key: This id has digits only" in said


def with_a_channel(fanlight: Fanlight) -> None:
    home = built(fanlight)
    with home.db.writer(1) as session:
        app = MetaApp(slug="a", app_secret="x", verify_token="y", created_at=datetime.now(UTC))
        session.add(app)
        session.flush()
        session.add(
            Channel(brand_id=1, app_id=app.id or 0, platform="messenger", key="1", name="Page",
                    access_token="z", created_at=datetime.now(UTC))
        )  # fmt: skip
        session.commit()
    home.db.dispose()


def test_a_file_is_imported_and_its_bad_lines_told(fanlight: Fanlight, tmp_path: Path) -> None:
    with_a_channel(fanlight)
    file = tmp_path / "people.csv"
    file.write_text(
        "psid,first_name\n1001,Ana\n1002,Ben\n1.5E+9,Bad\n1001,Anna\n", encoding="utf-8"
    )
    done = fanlight.ok("import", str(file))
    assert (done["state"], done["created"], done["refused"]) == ("done", 2, 1)
    assert done["rows"] == done["created"] + done["refused"] + done["doubled"] == 4
    assert [it["line"] for it in done["errors"]] == [4]


def test_a_file_is_imported_in_the_encoding_that_is_named(
    fanlight: Fanlight, tmp_path: Path
) -> None:
    with_a_channel(fanlight)
    file = tmp_path / "people.csv"
    file.write_text("psid,city\n1001,東京\n", encoding="shift_jis")
    assert fanlight.ok("import", str(file), "--encoding", "cp932")["created"] == 1
    home = built(fanlight)
    with home.db.reader(1) as session:
        assert session.exec(select(Subscriber.city)).one() == "東京"
    home.db.dispose()
    assert "cannot be read" in fanlight.refused(2, "import", str(file), "--encoding", "utf-8")


def test_addresses_are_listed_with_who_may_call_them(fanlight: Fanlight) -> None:
    found = {(it["methods"], it["rule"]): it["permission"] for it in fanlight.ok("routes")}
    assert found["POST", "/api/v1/broadcasts/<int:broadcast_id>/approval"] == (
        "token: broadcast.approve"
    )
    assert "nobody" not in found.values()


def test_the_doctor_names_what_is_weak_or_missing(
    fanlight: Fanlight, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FANLIGHT_SECRET_KEY", "short")
    monkeypatch.setenv("FANLIGHT_BASE_URL", "http://fanlight.example")
    ran = fanlight.run("doctor", "--json")
    found = {it["name"]: it["state"] for it in ran.data["findings"]}
    assert ran.code == 1
    assert found["FANLIGHT_SECRET_KEY"] == found["FANLIGHT_BASE_URL"] == "weak"
    assert (found["clock"], found["operator"]) == ("missing", "ok")
    assert found["audiences"] == "ok"
    assert found["FANLIGHT_SMTP_URL"] == "weak", "nobody would be told when a channel stops"


def test_the_sets_of_people_are_shown_and_read_anew(fanlight: Fanlight) -> None:
    assert fanlight.ok("audiences", "show")["void"] == 0
    found = fanlight.ok("audiences", "rebuild")
    assert (found["void"], found["watched"]) == (0, True)


def test_a_backup_brings_back_what_was_there(fanlight: Fanlight, tmp_path: Path) -> None:
    file = tmp_path / "copy.db"
    fanlight.ok("backup", str(file))
    noted = sqlite3.connect(fanlight.instance / "fanlight.db")
    assert noted.execute("SELECT count(*) FROM installation WHERE name = 'backup'").fetchone()[0]
    noted.close()
    fanlight.ok("brand", "create", "Later", "--country", "FR")
    assert "exists already" in fanlight.refused(1, "backup", str(file))
    fanlight.ok("restore", str(file), "--yes")
    assert "no brand later" in fanlight.refused(
        1, "token", "create", "a@b.example", "--brand", "later"
    )
    assert fanlight.ok("audit", "verify")["whole"]


def test_a_restored_database_sends_nothing_until_somebody_goes_on(
    fanlight: Fanlight, tmp_path: Path
) -> None:
    file = tmp_path / "one.backup"
    fanlight.ok("backup", str(file))
    assert fanlight.ok("restore", str(file), "--yes")["halted"] is True
    assert "fanlight go-on" in fanlight.run("doctor").out
    assert fanlight.ok("go-on") == {"halted": False, "was": "restored"}
    assert "fanlight go-on" not in fanlight.run("doctor").out
    fanlight.ok("restore", str(file), "--yes")
    assert fanlight.ok("go-on", "--leaving-out")["left_out"] == 0


def test_a_backup_that_cannot_be_written_is_told_in_a_line(
    fanlight: Fanlight, tmp_path: Path
) -> None:
    assert "cannot be written" in fanlight.refused(1, "backup", str(tmp_path / "no" / "copy.db"))


def test_a_backup_is_for_nobody_else_to_read(fanlight: Fanlight, tmp_path: Path) -> None:
    file = tmp_path / "copy.db"
    fanlight.ok("backup", str(file))
    assert file.stat().st_mode & 0o077 == 0


def test_a_backup_that_breaks_off_leaves_no_file(
    fanlight: Fanlight, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "copy.db"

    def full(*_: object) -> None:
        raise Failure("The disk is full.")

    monkeypatch.setattr(database, "_copy", full)
    fanlight.refused(1, "backup", str(file))
    assert not file.exists()


@pytest.mark.parametrize("number", ["0", "-1", str(2**63), "9" * 30])
def test_an_id_that_can_be_none_is_misuse(fanlight: Fanlight, number: str) -> None:
    for command in (("broadcast", "status"), ("deliveries", "export"), ("drill",)):
        assert "range" in fanlight.refused(2, *command, "--", number)


def test_a_backup_is_not_restored_under_whoever_runs_here(
    fanlight: Fanlight, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "one.backup"
    fanlight.ok("backup", str(file))
    monkeypatch.setattr(presence, "_held", [])
    presence.hold_web(fanlight.instance)
    assert "web still run here" in fanlight.refused(1, "restore", str(file), "--yes")
    for handle in presence._held:
        handle.close()
    fanlight.ok("restore", str(file), "--yes")


def test_everything_is_stopped_from_the_server_too(fanlight: Fanlight) -> None:
    assert fanlight.ok("stop") == {"halted": True, "waiting": 0}
    assert fanlight.ok("go-on")["was"] == "stopped"
    assert fanlight.ok("go-on") == {"halted": False}


def test_a_backup_is_not_restored_where_nobody_can_be_asked(
    fanlight: Fanlight, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "backup.db"
    fanlight.ok("backup", str(file))
    monkeypatch.setattr("sys.stdin", io.StringIO())
    ran = fanlight.run("restore", str(file))
    assert ran.code == 1
    assert "\nfanlight: Nothing was replaced." in ran.err


def test_what_is_no_backup_is_not_restored(fanlight: Fanlight, tmp_path: Path) -> None:
    for name, content in (("a", b"nonsense"), ("b", b"")):
        file = tmp_path / name
        file.write_bytes(content)
        assert "backup" in fanlight.refused(1, "restore", str(file), "--yes")
    assert fanlight.ok("audit", "verify")["whole"]


def test_a_changed_line_of_the_log_is_found(fanlight: Fanlight) -> None:
    found = fanlight.ok("audit", "verify")
    assert (found["whole"], found["broken"]) == (True, [])
    with sqlite3.connect(fanlight.instance / "fanlight.db") as opened:
        opened.execute("UPDATE audit SET action = 'nothing' WHERE id = 1")
    opened.close()
    ran = fanlight.run("audit", "verify", "--json")
    assert (ran.code, ran.data["broken"]) == (1, [1])


def test_a_log_without_its_last_lines_is_not_whole(fanlight: Fanlight) -> None:
    with sqlite3.connect(fanlight.instance / "fanlight.db") as opened:
        opened.execute("DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)")
    opened.close()
    ran = fanlight.run("audit", "verify", "--json")
    assert (ran.code, ran.data["broken"], ran.data["cut_off"]) == (1, [], True)
    assert "The end of the audit log is missing." in fanlight.run("audit", "verify").out


def test_a_new_key_seals_and_the_old_one_still_opens(fanlight: Fanlight) -> None:
    token = fanlight.ok("token", "create", "ana@example.com", "--role", "admin")["token"]
    before = (fanlight.instance / "secret.key").read_text().split()
    assert fanlight.ok("keys", "rotate")["keys"] == 2
    after = (fanlight.instance / "secret.key").read_text().split()
    assert after[1:] == before
    home = built(fanlight)
    with home.db.reader("no brand") as session:
        assert tokens.bearer(session, home.vault, token, datetime.now(UTC)) is not None
    home.db.dispose()


def test_the_clock_moves_only_where_it_may(
    fanlight: Fanlight, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "FANLIGHT_TEST_CLOCK" in fanlight.refused(1, "clock", "show")
    monkeypatch.setenv("FANLIGHT_TEST_CLOCK", "1")
    fanlight.ok("clock", "set", "2030-01-01T00:00:00Z")
    assert fanlight.ok("clock", "advance", "24h")["now"].startswith("2030-01-02T00:00")
    assert "no time zone" in fanlight.refused(2, "clock", "set", "2030-01-01T00:00:00")
    assert "step" in fanlight.refused(2, "clock", "advance", "soon")


def test_one_sender_is_enough_for_sqlite(fanlight: Fanlight) -> None:
    assert "PostgreSQL" in fanlight.refused(1, "worker")


def test_a_changed_act_of_consent_is_named_and_fails_the_check(bare: Fanlight) -> None:
    bare.ok("db", "upgrade")
    now, home = datetime.now(UTC), built(bare)
    people = cast.enter(home.db, now)
    whole = bare.ok("audit", "verify")["consents"]
    assert (whole["whole"], whole["acts"]) == (True, 1)
    with home.db.writer(people.rosewood) as session:
        guards.lift(session.connection())
        session.execute(text("UPDATE opt_in SET wording = 'forged'"))
        session.commit()
        (forged,) = session.exec(select(OptIn.id)).all()
    home.db.dispose()
    ran = bare.run("audit", "verify")
    assert ran.code == 1
    assert f"The ledger of consent does not fit from act {forged} on." in ran.out
    assert "The audit log is whole." in ran.out


def test_a_ledger_told_to_a_program_is_json(fanlight: Fanlight) -> None:
    opened, at = built(fanlight).db, datetime(2026, 11, 22, 12, tzinfo=UTC)
    with opened.writer(1) as session:
        app = MetaApp(slug="x", app_secret="", verify_token="", created_at=at)
        session.add(app)
        session.flush()
        channel = Channel(
            brand_id=1, app_id=app.id or 0, platform="messenger", key="1", name="P",
            access_token="", created_at=at,
        )  # fmt: skip
        session.add(channel)
        session.flush()
        row = Broadcast(
            brand_id=1,
            channel_id=channel.id or 0,
            name="B",
            kind="standard",
            created_at=at,
            updated_at=at,
        )
        session.add(row)
        session.commit()
        number = str(row.id)
    told = fanlight.ok("deliveries", "export", number)
    assert told == {"id": int(number), "rows": 0, "file": "-", "deliveries": []}
    assert fanlight.run("deliveries", "export", number).out.startswith("delivery_id,")


@pytest.mark.parametrize("broken", [b"FANLIGHT_BASE_URL = [", b"\xff\xfe"])
def test_settings_that_cannot_be_read_are_named(bare: Fanlight, broken: bytes) -> None:
    (bare.instance / "config.toml").write_bytes(broken)
    with pytest.raises(SystemExit, match=r"config\.toml cannot be read"):
        bare.run("doctor")


def test_an_empty_key_is_none(bare: Fanlight) -> None:
    (bare.instance / "secret.key").touch()
    with pytest.raises(SystemExit, match="is empty"):
        bare.run("doctor")


def test_a_database_nobody_knows_is_named(bare: Fanlight, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FANLIGHT_DATABASE_URL", "nonsense://x")
    assert "FANLIGHT_DATABASE_URL" in bare.refused(1, "broadcast", "status", "1")
