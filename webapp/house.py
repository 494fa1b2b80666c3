"""What the entry points build once and hand down: settings, database, clock, keys, rules."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from webapp import clock, config, db, shelf, vault
from webapp.domain.policy import rulebook
from webapp.platforms import registry


@dataclass(frozen=True)
class House:
    """`packaged` is the book of this release; `book` the one in force, asked anew each time."""

    settings: config.Settings
    db: db.Database
    clock: clock.Clock
    vault: vault.Vault
    platforms: registry.Registry
    packaged: rulebook.Rulebook

    @property
    def book(self) -> rulebook.Rulebook:
        """The rulebook in force, at most a few seconds old; why so: see `webapp.shelf`."""
        return self.shelf.book()

    @cached_property
    def shelf(self) -> shelf.Shelf:
        return shelf.Shelf(self.db, self.packaged)


def build(settings: config.Settings) -> House:
    """Reads the release's rulebook and opens the engine; touches no table."""
    return House(
        settings=settings,
        db=db.Database(settings.database_url),
        clock=clock.make(settings),
        vault=vault.Vault(*settings.secret_key.split()),
        platforms=registry.default(),
        packaged=rulebook.load(),
    )
