"""The installation's key, changed: a new one seals, the old one still opens."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import click

from webapp import db
from webapp.commands import shell
from webapp.commands.shell import OPERATOR, Failure, Shell, Told
from webapp.services import resealing
from webapp.vault import Vault

ELSEWHERE = (
    "The key comes from FANLIGHT_SECRET_KEY. Put a new one before it, with a space between, then "
    "run this again: it seals every secret with the first."
)


def register(fanlight: click.Group) -> None:
    group = click.Group("keys", help="What seals the stored secrets.")
    fanlight.add_command(group)
    shell.command(group, "rotate")(_rotate)


def _rotate(shell: Shell) -> Told:
    """Make a new key and seal every stored secret with it. Restart web and jobs afterwards.

    The old key stays behind the new one: it still recognises tokens. People sign in again.
    """
    file, known = shell.settings.instance / "secret.key", shell.settings.secret_key.split()
    own = file.exists() and file.read_text(encoding="ascii").split() == known
    if not own and len(known) == 1:
        raise Failure(ELSEWHERE)
    keys = [secrets.token_urlsafe(48), *known] if own else known
    if own:
        _write(file, keys)  # before the secrets: whatever happens next, both keys can be read
    with shell.writer(db.EVERY_BRAND) as session:
        count = resealing.reseal(session, Vault(*keys), OPERATOR, shell.now)
    lines = [f"{count} secrets are sealed with the new key.", "Restart web and jobs now."]
    return Told({"secrets": count, "keys": len(keys)}, lines)


def _write(file: Path, keys: list[str]) -> None:
    part = file.with_suffix(".part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as written:
        written.write("\n".join(keys) + "\n")
        written.flush()
        os.fsync(written.fileno())
    part.replace(file)
