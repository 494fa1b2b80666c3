"""What the entry points build once and hand down: settings, database, clock, keys, rules."""

from __future__ import annotations

from dataclasses import dataclass

from webapp import clock, config, db, vault
from webapp.domain.policy import rulebook
from webapp.platforms import registry


@dataclass(frozen=True)
class House:
    settings: config.Settings
    db: db.Database
    clock: clock.Clock
    vault: vault.Vault
    platforms: registry.Registry
    book: rulebook.Rulebook


def build(settings: config.Settings) -> House:
    """Reads the rulebook and opens the engine; touches no table."""
    return House(
        settings=settings,
        db=db.Database(settings.database_url),
        clock=clock.make(settings),
        vault=vault.Vault(*settings.secret_key.split()),
        platforms=registry.default(),
        book=rulebook.load(),
    )
