from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from tests import cast as casting
from tests.cast import VAULT
from webapp import db as database
from webapp.domain.errors import Invalid, Refused
from webapp.domain.permission import Actor, Role
from webapp.models.user import SignIn, User
from webapp.services import passwords, sign_in, users
from webapp.store import users as all_users

ADDRESS = "viewer@rosewood.example"
PASSWORD = "a long enough password"


@pytest.fixture
def session(db: database.Database, now: datetime) -> Iterator[Session]:
    casting.enter(db, now)
    with db.writer(database.NO_BRAND) as writing:
        person = all_users.by_email(writing, ADDRESS)
        assert person is not None
        person.password_hash = passwords.hashed(PASSWORD)
        writing.commit()
        yield writing


def viewer(session: Session) -> User:
    found = all_users.by_email(session, ADDRESS)
    assert found is not None
    return found


def test_the_right_password_begins_a_session_that_is_recognised(
    session: Session, now: datetime
) -> None:
    key = sign_in.with_password(session, VAULT, ADDRESS.upper(), PASSWORD, now)
    found = sign_in.recognise(session, VAULT, key, now)
    assert found is not None
    assert found.user.email == ADDRESS


def test_the_key_itself_is_not_in_the_database(session: Session, now: datetime) -> None:
    key = sign_in.with_password(session, VAULT, ADDRESS, PASSWORD, now)
    assert key not in {row.token_hash for row in session.exec(select(SignIn))}


@pytest.mark.parametrize("email", [ADDRESS, "nobody@rosewood.example"])
def test_a_wrong_password_and_an_unknown_address_are_answered_alike(
    session: Session, now: datetime, email: str
) -> None:
    with pytest.raises(Refused) as caught:
        sign_in.with_password(session, VAULT, email, "something else", now)
    assert caught.value.sentence == sign_in.WRONG


@pytest.mark.parametrize("email", [ADDRESS, "nobody@rosewood.example"])
def test_guessing_is_slowed_down_for_known_and_unknown_addresses(
    session: Session, now: datetime, email: str
) -> None:
    for _ in range(sign_in.FREE_FAILURES):
        with pytest.raises(Refused):
            sign_in.with_password(session, VAULT, email, "a guess", now)
    with pytest.raises(Refused, match="Too many tries"):
        sign_in.with_password(session, VAULT, email, PASSWORD, now)


def test_after_the_wait_the_right_password_works_and_forgives(
    session: Session, now: datetime
) -> None:
    for _ in range(sign_in.FREE_FAILURES):
        with pytest.raises(Refused):
            sign_in.with_password(session, VAULT, ADDRESS, "a guess", now)
    later = now + timedelta(seconds=2)
    assert sign_in.with_password(session, VAULT, ADDRESS, PASSWORD, later)
    with pytest.raises(Refused, match="do not belong together"):
        sign_in.with_password(session, VAULT, ADDRESS, "a guess", later)


def test_a_link_works_once(session: Session, now: datetime) -> None:
    token = sign_in.make_link(session, VAULT, viewer(session), now)
    assert sign_in.link_works(session, VAULT, token, now)
    assert sign_in.with_link(session, VAULT, token, now)
    assert not sign_in.link_works(session, VAULT, token, now)
    with pytest.raises(Refused, match="used before or is too old"):
        sign_in.with_link(session, VAULT, token, now)


def test_a_link_expires(session: Session, now: datetime) -> None:
    token = sign_in.make_link(session, VAULT, viewer(session), now)
    with pytest.raises(Refused):
        sign_in.with_link(session, VAULT, token, now + sign_in.LINK_LIFE)


def test_a_disabled_person_is_not_recognised_and_cannot_enter(
    session: Session, now: datetime
) -> None:
    key = sign_in.with_password(session, VAULT, ADDRESS, PASSWORD, now)
    token = sign_in.make_link(session, VAULT, viewer(session), now)
    viewer(session).disabled_at = now
    session.commit()
    assert sign_in.recognise(session, VAULT, key, now) is None
    with pytest.raises(Refused):
        sign_in.with_link(session, VAULT, token, now)
    with pytest.raises(Refused):
        sign_in.with_password(session, VAULT, ADDRESS, PASSWORD, now)


def test_a_new_password_ends_the_other_sessions(session: Session, now: datetime) -> None:
    here, there = (sign_in.with_password(session, VAULT, ADDRESS, PASSWORD, now) for _ in "ab")
    found = sign_in.recognise(session, VAULT, here, now)
    assert found is not None
    actor = Actor(found.user.id, "Viewer", Role.VIEWER)
    fresh = "another long password"
    ended = users.change_password(
        session, actor, found.sign_in_id, old=PASSWORD, new=fresh, now=now
    )
    assert ended == 1
    assert sign_in.recognise(session, VAULT, here, now) is not None
    assert sign_in.recognise(session, VAULT, there, now) is None
    assert sign_in.with_password(session, VAULT, ADDRESS, fresh, now)


def test_a_new_password_needs_the_old_one_and_some_length(session: Session, now: datetime) -> None:
    actor = Actor(viewer(session).id, "Viewer", Role.VIEWER)
    with pytest.raises(Invalid) as wrong:
        users.change_password(session, actor, 0, old="no", new="another long password", now=now)
    with pytest.raises(Invalid) as short:
        users.change_password(session, actor, 0, old=PASSWORD, new="short", now=now)
    assert (list(wrong.value.errors), list(short.value.errors)) == (["old"], ["password"])
