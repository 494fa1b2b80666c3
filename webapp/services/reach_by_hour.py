"""A broadcast's reach at each coming hour, by the same decisions as its plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session

from webapp.domain import forecast
from webapp.domain import segment as rules
from webapp.domain.broadcast import Kind
from webapp.domain.errors import Invalid
from webapp.domain.forecast import Era, Hours, Known
from webapp.domain.policy.engine import ROUTES_OF_KIND, Question
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.wording import say
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.services import asking, planning
from webapp.services.asking import Asked
from webapp.store import attributes, reaches
from webapp.store.reaches import Look

A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class _Days:
    """Hours in which the same rules hold with the same spacing: one pass over the people."""

    first: int
    asked: Asked


def known(session: Session, broadcast: Broadcast, hours: Hours, book: Rulebook) -> Known:
    """What `planning.forecast` says of each hour, in one pass over the audience for each spacing
    that a rule asks for in these hours: as a rule in one. Raises Invalid for a segment that
    cannot be read."""
    tree = rules.parse(planning.tree_of(session, broadcast), attributes.types(session))
    eras = list(_eras(session, broadcast, hours, book))
    facets = frozenset().union(*(_facets(era.asked.question, book) for era in eras))
    parts = []
    for first, last in _passes(eras, hours):
        inside = [era for era in eras if first <= era.first < last]
        part = Hours(hours.at(first), last - first)
        view = inside[0].asked.view
        look = Look(part, facets, view.topic_id, view.paid, view.spacing)
        people = reaches.people(session, look, tree, broadcast.channel_id)
        deciding = [Era(era.first - first, era.asked.decide) for era in inside]
        parts.append(forecast.known(part, people, deciding))
    return forecast.joined(hours, parts)


def hours_between(since: datetime, until: datetime, book: Rulebook) -> Hours:
    """The hours from `since` to `until` (included). Raises Invalid, by the API's names."""
    since = whole(since)
    if until < since:
        raise Invalid({"to": [say("The end is before the beginning: swap from and to.")]})
    if until - since > forecast.MOST * forecast.HOUR:
        days = forecast.MOST // 24
        raise Invalid({"to": [say("Ask for at most %(days)s days at once.", days=days)]})
    if since.date() < book.first_day:
        sentence = say("The rulebook begins on %(day)s: ask from then on.", day=book.first_day)
        raise Invalid({"from": [sentence]})
    return Hours(since, (until - since) // forecast.HOUR + 1)


def whole(moment: datetime) -> datetime:
    """Hours begin with a whole second: the next one."""
    cut = moment.replace(microsecond=0)
    return cut if cut == moment else cut + A_SECOND


def _eras(
    session: Session, broadcast: Broadcast, hours: Hours, book: Rulebook
) -> Iterator[_Days]:
    """A new one begins with the hour at which anything but the time itself is another question."""
    kept = session.get(Channel, broadcast.channel_id), session.get(Brand, broadcast.brand_id)
    before: object = None
    for hour, at in enumerate(hours.moments()):
        asked = asking.about(session, broadcast, at, book)
        today = book.holding(at)
        same = (
            replace(asked.question, at=hours.first),
            replace(asked.view, at=hours.first),
            today.rules,
            today.cards,
        )
        if same != before:
            yield _Days(hour, asked)
        before = same
    del kept  # a session holds rows loosely: without these, each hour would read them again


def _passes(eras: Sequence[_Days], hours: Hours) -> Iterator[tuple[int, int]]:
    """The stretches of hours in which one look at the people is enough."""
    begin = 0
    for before, era in zip(eras, eras[1:], strict=False):
        if era.asked.view.spacing != before.asked.view.spacing:
            yield begin, era.first
            begin = era.first
    yield begin, hours.count


def _facets(question: Question, book: Rulebook) -> frozenset[str]:
    """What the rules of this kind look at in a person; the region always, for prices go by it."""
    return frozenset({"region"}).union(
        *(
            (name for clause in rule.clauses for name, _ in clause.when)
            for rule in book.holding(question.at).rules
            if any(rule.concerns(question.platform, question.kind, it)
                   for it in ROUTES_OF_KIND[Kind(question.kind)])
        )
    )  # fmt: skip
