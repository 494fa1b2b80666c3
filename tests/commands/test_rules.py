"""`fanlight rules`: shown, checked, signed, loaded, and gone back to."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

import pytest

from tests.commands.conftest import Fanlight
from tests.rulebook_files import changed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A book with one value changed, as TOML files."""
    made = tmp_path / "book"
    made.mkdir()
    for name, content in changed(13).items():
        (made / name).write_bytes(content)
    return made


@pytest.fixture
def key(bare: Fanlight, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A private key whose public part is trusted."""
    file = tmp_path / "key.pem"
    made = bare.ok("rules", "keygen", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("FANLIGHT_RULEBOOK_KEYS", made["public"])
    return file


def test_the_rules_of_a_day_and_a_platform_are_shown(bare: Fanlight) -> None:
    then = bare.ok("rules", "show", "--at", "2024-01-01", "--platform", "messenger")
    now = bare.ok("rules", "show", "--at", "2026-11-22", "--platform", "messenger")
    assert {it["id"] for it in then["rules"]} != {it["id"] for it in now["rules"]}
    assert {it["platform"] for it in now["rules"]} == {"messenger", "any"}
    assert "begins on 2016-11-14" in bare.refused(1, "rules", "show", "--at", "2015-01-01")
    assert "messenger" in bare.refused(2, "rules", "show", "--platform", "telegram")


def test_the_releases_own_book_is_good(bare: Fanlight) -> None:
    found = bare.ok("rules", "check")
    assert found["rules"] > 50
    assert found["differences"] == []


DIFFERENCE = [
    {
        "id": "messenger.sponsored.spacing",
        "becomes": "changes",
        "fields": [{"field": "params.hours", "before": "12", "after": "13"}],
    }
]


def test_a_folder_a_file_of_it_and_archives_are_checked_alike(
    bare: Fanlight, folder: Path, key: Path
) -> None:
    packed = [shutil.make_archive(str(folder.parent / it), it, folder) for it in ("zip", "gztar")]
    made = [folder, folder / "messenger.toml", *map(Path, packed)]
    bare.ok("rules", "sign", str(folder), "--key", str(key))
    for file in (*made, folder.parent / "book.rulebook"):
        assert bare.ok("rules", "check", str(file))["differences"] == DIFFERENCE, file
    assert "params.hours: 12 -> 13" in bare.run("rules", "check", str(folder)).out


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("valid_from = 2025-08-11", "valid_from = 2025-13-11", "field valid_from"),
        ('confidence = "high"', 'confidence = "sure"', "field confidence"),
        ("checked_on = 2026-11-22", "", "field checked_on"),
        ('route = "window"', 'route = "door"', "field route"),
    ],
)
def test_what_cannot_be_used_is_named_by_file_rule_and_field(
    bare: Fanlight, folder: Path, before: str, after: str, words: str
) -> None:
    file = folder / "messenger.toml"
    file.write_text(file.read_text().replace(before, after))
    for given in (folder, file):
        told = bare.refused(1, "rules", "check", str(given))
        assert "File messenger.toml, rule messenger." in told
        assert words in told


def test_files_that_are_no_book_are_refused(bare: Fanlight, tmp_path: Path) -> None:
    odd = tmp_path / "odd"
    odd.write_bytes(b"\x1f\x8bnothing")
    assert "neither a folder" in bare.refused(1, "rules", "check", str(odd))
    with tarfile.open(tmp_path / "empty.tar", "w"):
        pass
    assert "no TOML files" in bare.refused(1, "rules", "check", str(tmp_path / "empty.tar"))
    (tmp_path / "none").mkdir()
    assert "no TOML files" in bare.refused(1, "rules", "check", str(tmp_path / "none"))
    assert "does not exist" in bare.refused(2, "rules", "check", str(tmp_path / "nowhere"))


def test_a_signed_book_is_loaded_and_gone_back_from(
    fanlight: Fanlight, folder: Path, key: Path
) -> None:
    book = folder.parent / "book.rulebook"
    fanlight.ok("rules", "sign", str(folder), "--key", str(key))
    done = fanlight.ok("rules", "load", str(book), "--by", "ana@example.com")
    assert (done["changed"], done["differences"]) == (True, 1)
    assert fanlight.ok("rules", "show")["version"] == done["version"]
    assert not fanlight.ok("rules", "load", str(book))["changed"]
    back = fanlight.ok("rules", "load", "--version", done["before"])
    assert (back["version"], back["before"]) == (done["before"], done["version"])
    assert fanlight.ok("audit", "verify")["whole"]


def test_a_book_that_is_not_vouched_for_is_refused(
    fanlight: Fanlight, folder: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = folder.parent / "book.rulebook"
    fanlight.ok("rules", "sign", str(folder), "--key", str(key))
    before = fanlight.ok("rules", "show")["version"]
    book.write_bytes(book.read_bytes().replace(b"hours = 13", b"hours = 14"))
    assert "changed afterwards" in fanlight.refused(1, "rules", "load", str(book))
    monkeypatch.delenv("FANLIGHT_RULEBOOK_KEYS")
    assert "FANLIGHT_RULEBOOK_KEYS" in fanlight.refused(1, "rules", "load", str(book))
    assert "no rulebook nine" in fanlight.refused(1, "rules", "load", "--version", "nine")
    assert "--version" in fanlight.refused(2, "rules", "load")
    assert fanlight.ok("rules", "show")["version"] == before


def test_neither_a_key_nor_a_file_is_written_over(
    fanlight: Fanlight, folder: Path, key: Path
) -> None:
    assert "exists already" in fanlight.refused(1, "rules", "keygen", str(key))
    fanlight.ok("rules", "sign", str(folder), "--key", str(key))
    assert "exists already" in fanlight.refused(1, "rules", "sign", str(folder), "--key", str(key))
    assert "no private key" in fanlight.refused(
        1, "rules", "sign", str(folder), "--key", str(folder / "brand.toml"), "--output", "x"
    )


def test_trusted_keys_are_read_from_the_settings_file_too(
    fanlight: Fanlight, folder: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = fanlight.ok("rules", "sign", str(folder), "--key", str(key))["key"]
    monkeypatch.delenv("FANLIGHT_RULEBOOK_KEYS")
    settings = fanlight.instance / "config.toml"
    settings.write_text(f'rulebook_keys = ["{public}", "{public}"]\n')
    assert fanlight.ok("rules", "load", str(folder.parent / "book.rulebook"))["changed"]
    settings.write_text('rulebook_keys = "nonsense"\n')
    found = {it["name"]: it["state"] for it in fanlight.run("doctor", "--json").data["findings"]}
    assert found["FANLIGHT_RULEBOOK_KEYS"] == "weak"
