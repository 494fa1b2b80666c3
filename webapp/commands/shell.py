"""What every command shares: the house, who acts, and how its result is told.

A command is a function of the shell and its options that returns a `Told`; `command` gives it its
name and the `--json` switch. What goes wrong is an exception, told in one line by `main`.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn

import click
from sqlmodel import Session

from webapp import config, db, house
from webapp.commands.doors import Doors
from webapp.domain.permission import Actor, Role
from webapp.domain.schedule import rfc3339
from webapp.forms import numbers
from webapp.models.brand import Brand
from webapp.models.user import User
from webapp.services.channels import Outside
from webapp.store import brands, schema, users

OPERATOR = Actor(None, "command line", Role.ADMIN, operator=True, door="cli")


ID = click.IntRange(1, numbers.MOST_ID)  # what a key of a table may be


class Failure(click.ClickException):
    """It could not be done: one line, exit 1."""

    exit_code = 1


@dataclass(frozen=True)
class Told:
    """A command's result: `data` for programs, `lines` for people, and its exit code."""

    data: object
    lines: Sequence[str] = ()
    code: int = 0


@dataclass
class Shell:
    """Built once a run. The house is opened when a command first asks for it."""

    doors: Doors
    _house: house.House | None = field(default=None, repr=False)

    @functools.cached_property
    def settings(self) -> config.Settings:
        return config.load()

    @property
    def bare_house(self) -> house.House:
        """Without asking whether the database is ready."""
        if self._house is None:
            self._house = house.build(self.settings)
        return self._house

    @property
    def house(self) -> house.House:
        """Raises Failure when the database has not been brought up to date."""
        built = self.bare_house
        if not schema.is_current(built.db.engine):
            raise Failure("The database is not up to date. Run: fanlight db upgrade")
        return built

    @property
    def outside(self) -> Outside:
        return Outside(self.house.platforms, self.house.vault, self.settings)

    @property
    def now(self) -> datetime:
        return self.bare_house.clock.now()

    @contextmanager
    def writer(self, scope: db.Scope) -> Iterator[Session]:
        with self.house.db.writer(scope) as session:
            yield session

    @contextmanager
    def reader(self, scope: db.Scope) -> Iterator[Session]:
        with self.house.db.reader(scope) as session:
            yield session

    def brand(self, named: str | None) -> Brand:
        """By id or address; the only one when none was named."""
        with self.reader(db.NO_BRAND) as session:
            found = brands.everyone(session)
            session.expunge_all()
        if named is not None:
            found = [brand for brand in found if named in (brand.slug, str(brand.id))]
        if len(found) != 1:
            _which(named, [brand.slug for brand in found])
        return found[0]

    def user(self, session: Session, email: str) -> User:
        found = users.by_email(session, email)
        if found is None:
            raise Failure(f"Nobody is known here as {email}. Run: fanlight user create")
        return found


def command(group: click.Group, name: str) -> Callable[[Callable[..., Told]], click.Command]:
    """Put a function into a group under a name; what it returns is told."""

    def keep(function: Callable[..., Told]) -> click.Command:
        @functools.wraps(function)
        def run(**values: Any) -> int:
            as_json = values.pop("as_json")
            return tell(function(click.get_current_context().obj, **values), as_json=as_json)

        switch = click.option("--json", "as_json", is_flag=True, help="Tell it to a program.")
        return group.command(name)(switch(run))

    return keep


def tell(told: Told, *, as_json: bool) -> int:
    if as_json:
        click.echo(json.dumps(told.data, default=_plain, ensure_ascii=False))
    else:
        for line in told.lines:
            click.echo(line)
    return told.code


def _plain(value: object) -> object:
    return rfc3339(value) if isinstance(value, datetime) else str(value)


def _which(named: str | None, known: Sequence[str]) -> NoReturn:
    if named is not None:
        raise Failure(f"There is no brand {named} here.")
    if not known:
        raise Failure("There is no brand yet. Run: fanlight brand create")
    raise click.UsageError(f"Several brands are here, name one with --brand: {', '.join(known)}.")
