"""Every stored secret sealed anew with the first of the installation's keys."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, select

from webapp.domain.permission import Actor
from webapp.models.channel import Channel, MetaApp
from webapp.store import audits
from webapp.vault import Vault


def reseal(session: Session, vault: Vault, actor: Actor, now: datetime) -> int:
    """Returns how many secrets there are; for a session of every brand. Raises Refused when one
    cannot be opened with any of the keys, and then changes nothing."""
    actor.require("installation.stop")
    secrets = 0
    for app in session.exec(select(MetaApp)).all():
        app.app_secret = vault.seal(vault.open(app.app_secret))
        app.verify_token = vault.seal(vault.open(app.verify_token))
        session.add(app)
        secrets += 2
    for channel in session.exec(select(Channel)).all():
        channel.access_token = vault.seal(vault.open(channel.access_token))
        session.add(channel)
        secrets += 1
    audits.add(session, actor, None, "keys.rotate", None, now, secrets=secrets)
    session.commit()
    return secrets
