"""Dates that matter: the brand's own beside the public holidays of its country."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Session

from webapp import db
from webapp.domain.errors import Invalid
from webapp.domain.permission import Actor
from webapp.domain.plan import Moment
from webapp.domain.wording import say
from webapp.models import campaign as models
from webapp.services import public_holidays
from webapp.store import audits, moments


def of_year(session: Session, country: str, year: int, language: str = "en") -> list[Moment]:
    """In order of days, the brand's own first on a day."""
    own = [
        Moment(row.on, row.name, row.id)
        for row in moments.between(session, date(year, 1, 1), date(year, 12, 31))
    ]
    public = public_holidays.of(country, year, language)
    return sorted([*own, *public], key=lambda moment: (moment.day, moment.public))


def add(session: Session, actor: Actor, day: date, name: str, now: datetime) -> models.Moment:
    actor.require("moment.edit")
    if not name.strip():
        raise Invalid({"name": [say("Give the moment a name.")]})
    row = models.Moment(brand_id=db.brand_of(session), on=day, name=name.strip()[:120])
    session.add(row)
    session.flush()
    audits.add(session, actor, row.brand_id, "moment.add", row.id, now, name=row.name)
    session.commit()
    return row


def remove(session: Session, actor: Actor, moment_id: int, now: datetime) -> tuple[date, str]:
    """Answers its day and its name."""
    actor.require("moment.edit")
    row = moments.get(session, moment_id)
    day, name = row.on, row.name
    session.delete(row)
    audits.add(session, actor, row.brand_id, "moment.remove", moment_id, now, name=name)
    session.commit()
    return day, name
