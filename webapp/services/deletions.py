"""A person asks the platform that everything known of them be deleted; the platform asks us.

What was asked is on disk before it is answered. Then everybody known by that id on a channel of the
app is erased, brand by brand, as by an admin's hand (`services.subscribers.erase`). What a crash
interrupts, the clock finishes.
"""

from __future__ import annotations

import logging
import secrets
from datetime import datetime, timedelta

from webapp.db import EVERY_BRAND, NO_BRAND, Database
from webapp.domain import errors, rate
from webapp.domain.permission import Actor, Role
from webapp.domain.wording import say
from webapp.models.deletion import Deletion
from webapp.platforms import signed_request
from webapp.services import subscribers
from webapp.services.receiving import Keyring
from webapp.store import audits, deletions
from webapp.vault import Vault

PLATFORM = Actor(None, "the platform", Role.ADMIN, door="platform")
BURST = 600  # signed requests of one app at once; a choice, far above what people ask for
EVERY = timedelta(milliseconds=100)  # and one more for each tenth of a second
ACTION = "installation.deletion"
log = logging.getLogger(__name__)


def receive(db: Database, vault: Vault, slug: str, signed: str, now: datetime) -> str | None:
    """The confirmation code, also for somebody unknown here; None when too many ask at once.

    Raises NotFound for an unknown app, Forbidden for what the app's secret did not sign.
    """
    keys = Keyring(db, vault).get(slug)
    if keys is None:
        raise errors.NotFound("app", slug)
    asked = signed_request.read(signed, keys.secret)
    person = str((asked or {}).get("user_id") or "")
    if not person:
        raise errors.Forbidden(
            say("The signature does not fit this request and this app's secret.")
        )
    kept = _keep(db, vault, keys.app_id, person, now)
    if kept is None:
        return None
    _try_to_finish(db, vault, kept.id or 0, now)
    return kept.code


def find(db: Database, code: str) -> Deletion:
    """Raises NotFound, which says nothing else."""
    with db.reader(NO_BRAND) as session:
        found = deletions.by_code(session, code)
        if found is None:
            raise errors.NotFound("page", "")
        session.expunge(found)
        return found


def finish_due(db: Database, vault: Vault, now: datetime) -> None:
    """What was asked and is not done yet, because a process ended in between."""
    with db.reader(NO_BRAND) as session:
        undone = deletions.undone(session)
    for deletion_id in undone:
        _try_to_finish(db, vault, deletion_id, now)


def _keep(db: Database, vault: Vault, app_id: int, person: str, now: datetime) -> Deletion | None:
    key_hash = vault.fingerprint(f"deletion {app_id} {person}")
    with db.writer(NO_BRAND) as session:
        app = deletions.app_locked(session, app_id)
        until = rate.admit(app.deletions_until, now, EVERY, BURST)
        if until is None:
            return None
        app.deletions_until = until
        kept = deletions.of_person(session, app_id, key_hash) or Deletion(
            app_id=app_id, code=secrets.token_hex(16), key_hash=key_hash, asked_at=now
        )
        kept.key, kept.asked_at, kept.done_at = vault.seal(person), now, None
        session.add_all([app, kept])
        session.commit()
        return kept


def _try_to_finish(db: Database, vault: Vault, deletion_id: int, now: datetime) -> None:
    """The answer does not wait for a database that is busy: the clock comes back to it."""
    try:
        _finish(db, vault, deletion_id, now)
    except Exception:
        log.exception("deletion %s is not finished; it is tried again", deletion_id)


def _finish(db: Database, vault: Vault, deletion_id: int, now: datetime) -> None:
    with db.reader(EVERY_BRAND) as session:
        asked = deletions.get(session, deletion_id)
        if asked.key is None:
            return
        concerned = deletions.concerned(session, asked.app_id, vault.open(asked.key))
    for person in concerned:
        _erase(db, vault, person, now)
    with db.writer(NO_BRAND) as session:
        done = deletions.get(session, deletion_id)
        done.done_at, done.key, done.people = now, None, done.people + len(concerned)
        session.add(done)
        audits.add(session, PLATFORM, None, ACTION, deletion_id, now, people=len(concerned))
        session.commit()


def _erase(db: Database, vault: Vault, person: deletions.Concerned, now: datetime) -> None:
    with db.writer(person.brand_id) as session:
        try:
            subscribers.erase(session, PLATFORM, vault, person.subscriber_id, now)
        except errors.NotFound:
            return  # erased by somebody else in the meantime
