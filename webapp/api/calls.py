"""One call of the API: who asks by which token, in which brand, and one lazy session.

A token made for a brand speaks for that brand. Another one reaches every brand of its person and
names one by `?brand=` (id or address) or the header `Fanlight-Brand`; with one brand only, that is
the one. The role is the lesser of the token's and the person's in that brand, asked every time.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from typing import IO, Final

from flask import current_app, request
from sqlmodel import Session

from webapp import db
from webapp.api import problems
from webapp.domain.errors import NotFound, Stale
from webapp.domain.permission import Actor, Role
from webapp.domain.wording import say
from webapp.house import House
from webapp.models.brand import Brand
from webapp.services import tokens
from webapp.services.channels import Outside
from webapp.services.tokens import Bearer
from webapp.store import brands

HEADER: Final = "Fanlight-Brand"
MATCH: Final = "If-Match"
READING: Final = frozenset({"GET", "HEAD"})
NO_TOKEN = say("Send a token: the header Authorization: Bearer fl_...")
NOT_KNOWN = say("This token is unknown, revoked or expired.")
LEFT = say("The person this token acts for does not work for this brand.")
SAVED_MEANWHILE = say(
    "Somebody has changed this since you read it. Read it again, carry over your change, and send "
    "it with the ETag it has now."
)
WHICH = say("This token reaches several brands: name one with ?brand= or the header Fanlight-Brand")


class Call:
    """Built once a request; `close` when it is answered."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.now = house.clock.now()
        self.actor = Actor(None, "", None, door="api")
        self.token_id = 0
        self.bearer: Bearer | None = None
        self.brand_or_none: Brand | None = None
        self.upload: IO[bytes] | None = None
        self._session: Session | None = None
        self._open = ExitStack()

    @property
    def brand(self) -> Brand:
        if self.brand_or_none is None:
            raise db.BrandLeak("This address was declared without a brand.")
        return self.brand_or_none

    @property
    def evidence(self) -> str:
        """What proves an act that this call reports: the token, by number and name."""
        name = self.bearer.name if self.bearer else ""
        return f"API token {self.token_id} {name}".strip()

    @property
    def brand_id(self) -> int:
        return self.brand.id or 0

    @property
    def session(self) -> Session:
        """A reader for GET, else a writer; of the brand, or of none."""
        if self._session is None:
            opener = self.house.db.reader if request.method in READING else self.house.db.writer
            scope = self.brand_or_none.id if self.brand_or_none else None
            self._session = self._open.enter_context(opener(scope or db.NO_BRAND))
        return self._session

    def require_seen(self, stamp: str) -> None:
        """Raises Stale where the caller says, by If-Match, what they saw, and it is another."""
        if MATCH in request.headers and stamp not in request.if_match:
            raise Stale(SAVED_MEANWHILE)

    def only_read(self) -> None:
        """For a POST that saves nothing: it takes no write lock, and what is read may be kept."""
        scope = self.brand_or_none.id if self.brand_or_none else None
        self._session = self._open.enter_context(self.house.db.reader(scope or db.NO_BRAND))

    @property
    def outside(self) -> Outside:
        house = self.house
        return Outside(house.platforms, house.vault, house.settings)

    def sign_in(self, *, brand: bool) -> None:
        """Recognise the token and enter the brand; raises Unauthorized, NotFound, Unreadable."""
        bearer = _bearer(self.house, self)
        _note_use(self.house, bearer, self.now)
        self.token_id, self.bearer = bearer.token_id, bearer
        self.actor = replace(self.actor, user_id=bearer.user.id, name=bearer.user.name)
        if bearer.user.operator and bearer.brand_id is None and bearer.role is Role.ADMIN:
            self.actor = replace(self.actor, operator=True)
        if brand:
            self.enter(*_entered(self.house, bearer))

    def enter(self, brand: Brand, role: Role) -> None:
        """From here on in this brand, in that role."""
        self.brand_or_none = brand
        self.actor = replace(self.actor, role=role)

    @property
    def reachable(self) -> Sequence[tuple[Brand, Role]]:
        """The brands this token may name, with the role it has there."""
        return _brands_of(self.house, self.bearer) if self.bearer else ()

    def close(self) -> None:
        self._session = None
        self._open.close()


def begin() -> Call:
    built: House = current_app.extensions["fanlight"]
    return Call(built)


def _bearer(house: House, call: Call) -> Bearer:
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not text:
        raise problems.Unauthorized(NO_TOKEN)
    with house.db.reader(db.NO_BRAND) as looking:
        found = tokens.bearer(looking, house.vault, text.strip(), call.now)
        if found is None:
            raise problems.Unauthorized(NOT_KNOWN)
        looking.expunge_all()
    return found


def _note_use(house: House, bearer: Bearer, now: datetime) -> None:
    """Once in five minutes: a reader's request takes no write lock in between."""
    if bearer.used_at is None or now - bearer.used_at > tokens.USED_EVERY:
        with house.db.writer(db.NO_BRAND) as writing:
            tokens.note_use(writing, bearer.token_id, now)


def _brands_of(house: House, bearer: Bearer) -> Sequence[tuple[Brand, Role]]:
    """With the role there: the lesser of the person's and the token's."""
    with house.db.reader(db.NO_BRAND) as looking:
        found = [
            (brand, min(Role[role.upper()], bearer.role))
            for brand, role in brands.of_user(looking, bearer.user.id or 0)
            if bearer.brand_id in (None, brand.id)
        ]
        looking.expunge_all()
    return found


def _entered(house: House, bearer: Bearer) -> tuple[Brand, Role]:
    mine = _brands_of(house, bearer)
    wanted = request.args.get("brand") or request.headers.get(HEADER)
    if wanted is not None:
        return _named(mine, wanted)
    if not mine:
        raise problems.Unauthorized(LEFT)
    if len(mine) > 1:
        raise problems.Unreadable(WHICH, "brand")
    return mine[0]


def _named(mine: Sequence[tuple[Brand, Role]], wanted: str) -> tuple[Brand, Role]:
    """By address, or by id."""
    for brand, role in mine:
        if wanted in (brand.slug, str(brand.id)):
            return brand, role
    raise NotFound("brand", wanted[:60])
