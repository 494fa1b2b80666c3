"""Rulebooks for tests: this release's with one thing changed, signed or not."""

from __future__ import annotations

from datetime import datetime

from webapp.domain import rulebook_file
from webapp.services import rulebook_keys, rulebooks

HOURS_12 = b"params = { hours = 12 }"


def changed(hours: int = 13, *, checked_on: str | None = None) -> dict[str, bytes]:
    """The release's files where marketing tokens are spaced otherwise."""
    files = rulebooks.packaged_files()
    assert files["messenger.toml"].count(HOURS_12) == 1
    files["messenger.toml"] = files["messenger.toml"].replace(
        HOURS_12, b"params = { hours = %d }" % hours
    )
    if checked_on is None:
        return files
    day = f"checked_on = {checked_on}".encode()
    return {name: text.replace(b"checked_on = 2026-11-22", day) for name, text in files.items()}


def signed(files: dict[str, bytes], pem: bytes, issued_at: datetime) -> bytes:
    body = rulebook_file.pack(files, issued_at)
    return rulebook_file.put_together(rulebook_keys.sign(body, pem))
