"""One request as views see it: who asks, in which brand, when, and one lazy session."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

import flask_login
from flask import request
from sqlmodel import Session

from webapp import db
from webapp.domain.permission import OPERATOR_ONLY, Actor, Role
from webapp.house import House
from webapp.models.brand import Brand
from webapp.services import sign_in

READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Viewer(flask_login.UserMixin):
    """Who looks: values only, so that they outlive the session that read them."""

    key: str
    sign_in_id: int
    user_id: int
    name: str
    email: str
    language: str
    timezone: str
    theme: str
    is_operator: bool

    def get_id(self) -> str:
        """The random key of the session on the server, not the person's id."""
        return self.key


class Current:
    """This request: the house, the time, who asks, in which brand, and one lazy session."""

    def __init__(self, house: House, viewer: Viewer | None) -> None:
        self.house = house
        self.now = house.clock.now()
        self.viewer = viewer
        self.brand_or_none: Brand | None = None
        self.actor = _actor(viewer, None)
        self._session: Session | None = None
        self._open = ExitStack()

    @property
    def brand(self) -> Brand:
        if self.brand_or_none is None:
            raise db.BrandLeak("This screen was declared without a brand.")
        return self.brand_or_none

    @property
    def session(self) -> Session:
        """Opened when first asked for: a reader for GET, else a writer; closed after the answer."""
        if self._session is None:
            opener = self.house.db.reader if request.method in READING else self.house.db.writer
            scope = self.brand_or_none.id if self.brand_or_none else None
            self._session = self._open.enter_context(opener(scope or db.NO_BRAND))
        return self._session

    def only_read(self) -> None:
        """For a POST that saves nothing, such as a preview: it must not take the write lock."""
        scope = self.brand_or_none.id if self.brand_or_none else None
        self._session = self._open.enter_context(self.house.db.reader(scope or db.NO_BRAND))

    def can(self, permission: str) -> bool:
        if self.actor.role is None and permission not in OPERATOR_ONLY:
            return False
        return self.actor.can(permission)

    def enter(self, brand: Brand, role: str) -> None:
        self.brand_or_none = brand
        self.actor = _actor(self.viewer, Role[role.upper()])

    def close(self) -> None:
        self._open.close()


def viewer_of(key: str, found: sign_in.SignedIn) -> Viewer:
    user = found.user
    return Viewer(
        key=key,
        sign_in_id=found.sign_in_id,
        user_id=user.id or 0,
        name=user.name,
        email=user.email,
        language=user.language,
        timezone=user.timezone,
        theme=user.theme,
        is_operator=user.operator,
    )


def _actor(viewer: Viewer | None, role: Role | None) -> Actor:
    if viewer is None:
        return Actor(None, "", None)
    return Actor(viewer.user_id, viewer.name, role, operator=viewer.is_operator)
