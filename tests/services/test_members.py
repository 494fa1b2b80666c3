from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlmodel import Session

from tests import cast as casting
from tests.cast import VAULT, Cast
from webapp import db as database
from webapp.domain.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from webapp.domain.permission import Actor, Role
from webapp.services import brands, members, sign_in, tokens, users
from webapp.store import brands as all_brands
from webapp.store import members as all_members
from webapp.store import users as all_users


@pytest.fixture
def cast(db: database.Database, now: datetime) -> Cast:
    return casting.enter(db, now)


@pytest.fixture
def session(db: database.Database, cast: Cast) -> Iterator[Session]:
    with db.writer(cast.rosewood) as writing:
        yield writing


@pytest.fixture
def admin(cast: Cast) -> Actor:
    return Actor(cast.admin, "Admin", Role.ADMIN, operator=True)


def member(session: Session, role: str) -> int:
    return next(m.id or 0 for m, _ in all_members.page(session) if m.role == role)


def test_somebody_new_gets_a_link_and_no_password(
    session: Session, admin: Actor, now: datetime
) -> None:
    link = members.add(
        session, VAULT, admin, email=" Fay@Example.com ", name="Fay", role=Role.EDITOR, now=now
    )
    fay = all_users.by_email(session, "fay@example.com")
    assert fay is not None
    assert fay.password_hash is None
    assert link is not None
    assert sign_in.with_link(session, VAULT, link, now)


def test_a_known_person_is_added_without_a_link(
    session: Session, admin: Actor, now: datetime
) -> None:
    users.create(session, admin, "gus@example.com", "Gus", now)
    link = members.add(
        session, VAULT, admin, email="gus@example.com", name="", role=Role.VIEWER, now=now
    )
    assert link is None


def test_nobody_is_added_twice_or_with_nonsense(
    session: Session, admin: Actor, now: datetime
) -> None:
    with pytest.raises(Conflict):
        members.add(
            session, VAULT, admin, email="editor@rosewood.example", name="", role=Role.VIEWER,
            now=now,
        )  # fmt: skip
    session.rollback()
    with pytest.raises(Invalid):
        members.add(session, VAULT, admin, email="not one", name="", role=Role.VIEWER, now=now)


def test_the_last_admin_stays(session: Session, admin: Actor, now: datetime) -> None:
    last = member(session, "admin")
    with pytest.raises(Refused, match="last admin"):
        members.change_role(session, admin, last, Role.VIEWER, now)
    with pytest.raises(Refused, match="last admin"):
        members.remove(session, admin, last, now)
    members.change_role(session, admin, member(session, "editor"), Role.ADMIN, now)
    members.remove(session, admin, last, now)


def test_only_admins_change_roles(session: Session, cast: Cast, now: datetime) -> None:
    manager = Actor(cast.manager, "Manager", Role.MANAGER)
    with pytest.raises(Forbidden):
        members.change_role(session, manager, member(session, "editor"), Role.VIEWER, now)


def test_a_member_of_another_brand_is_not_found(
    db: database.Database, cast: Cast, admin: Actor, now: datetime
) -> None:
    with db.writer(cast.rosewood) as here:
        theirs = member(here, "editor")
    with db.writer(cast.other) as there, pytest.raises(NotFound):
        members.remove(there, admin, theirs, now)


def test_no_link_is_made_for_who_has_a_password(
    session: Session, admin: Actor, now: datetime
) -> None:
    editor = all_users.by_email(session, "editor@rosewood.example")
    assert editor is not None
    editor.password_hash = "something"
    session.commit()
    with pytest.raises(Refused, match="Only an operator"):
        members.link(session, VAULT, admin, member(session, "editor"), now)


def test_nobody_takes_over_a_person_of_another_brand(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    """Whoever holds a link is that person everywhere: only an operator makes it then."""
    email = "editor@rosewood.example"
    with db.writer(cast.rosewood) as here:
        editor = all_users.by_email(here, email)
        assert editor is not None
        before = sign_in.make_link(here, VAULT, editor, now)
    thief = Actor(cast.manager, "Thief", Role.ADMIN)
    with db.writer(cast.other) as there:
        members.add(there, VAULT, thief, email=email, name="", role=Role.VIEWER, now=now)
        assert not sign_in.link_works(there, VAULT, before, now)
        with pytest.raises(Refused, match="another brand too"):
            members.link(there, VAULT, thief, member(there, "viewer"), now)


def test_a_brand_is_made_with_its_maker_as_admin(
    db: database.Database, admin: Actor, now: datetime
) -> None:
    with db.writer(database.NO_BRAND) as session:
        made = brands.create(
            session, admin, name="Rosé & Söhne", country="DE", timezone="Europe/Berlin",
            currency="EUR", now=now,
        )  # fmt: skip
        assert made.slug == "rose-sohne"
        entered = all_brands.entered_by(session, "rose-sohne", admin.user_id or 0)
        assert entered is not None
        assert entered[1] == "admin"
        with pytest.raises(Conflict):
            brands.create(
                session, admin, name="rose sohne", country="DE", timezone="UTC", currency="EUR",
                now=now,
            )  # fmt: skip


def test_only_operators_make_brands(db: database.Database, cast: Cast, now: datetime) -> None:
    actor = Actor(cast.manager, "Manager", Role.ADMIN)
    with db.writer(database.NO_BRAND) as session, pytest.raises(Forbidden):
        brands.create(
            session, actor, name="A", country="DE", timezone="UTC", currency="EUR", now=now
        )


def test_a_token_speaks_for_its_maker_until_revoked(
    session: Session, admin: Actor, now: datetime
) -> None:
    row, text = tokens.create(session, VAULT, admin, name="Shop", role=Role.EDITOR, now=now)
    assert text.startswith("fl_")
    assert len(text) == 43
    assert text not in row.model_dump_json()
    bearer = tokens.bearer(session, VAULT, text, now)
    assert bearer is not None
    assert (bearer.user.id, bearer.role) == (admin.user_id, Role.EDITOR)
    tokens.revoke(session, admin, row.id or 0, now)
    assert tokens.bearer(session, VAULT, text, now) is None


def test_a_token_never_does_more_than_its_person(
    session: Session, cast: Cast, admin: Actor, now: datetime
) -> None:
    editor = all_users.get(session, cast.editor)
    assert editor is not None
    with pytest.raises(Invalid):
        tokens.create_for(session, VAULT, admin, editor, name="x", role=Role.MANAGER, now=now)


def test_a_token_of_another_brand_is_not_found(
    db: database.Database, cast: Cast, admin: Actor, now: datetime
) -> None:
    with db.writer(cast.rosewood) as here:
        row, _ = tokens.create(here, VAULT, admin, name="Shop", role=Role.EDITOR, now=now)
    with db.writer(cast.other) as there, pytest.raises(NotFound):
        tokens.revoke(there, admin, row.id or 0, now)
