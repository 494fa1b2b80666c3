"""Which hours a forecast is made for: the coming week, or those somebody asks for."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from webapp.domain import forecast
from webapp.domain.errors import Invalid
from webapp.domain.forecast import Hours
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.wording import say

A_SECOND = timedelta(seconds=1)
BOOK_AHEAD = timedelta(days=731)


def coming_week(now: datetime, zone: tzinfo) -> Hours:
    """The next 168 hours that begin with a whole hour by the clocks of a zone."""
    local = now.astimezone(zone)
    passed = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return Hours(now + ((forecast.HOUR - passed) if passed else timedelta()), forecast.WEEK)


def between(since: datetime, until: datetime | None, book: Rulebook, now: datetime) -> Hours:
    """The hours from `since` to `until` (included; left out: a week). Raises Invalid, by the
    API's names."""
    since = whole(since)
    if since.date() < book.first_day:
        sentence = say("The rulebook begins on %(day)s: ask from then on.", day=book.first_day)
        raise Invalid({"from": [sentence]})
    if since > now + BOOK_AHEAD:
        sentence = say("The rulebook does not look that far ahead: ask within two years.")
        raise Invalid({"from": [sentence]})
    until = until or since + (forecast.WEEK - 1) * forecast.HOUR
    if until < since:
        raise Invalid({"to": [say("The end is before the beginning: swap from and to.")]})
    if until - since > forecast.MOST * forecast.HOUR:
        days = forecast.MOST // 24
        raise Invalid({"to": [say("Ask for at most %(days)s days at once.", days=days)]})
    return Hours(since, (until - since) // forecast.HOUR + 1)


def whole(moment: datetime) -> datetime:
    """Hours begin with a whole second: the next one."""
    cut = moment.replace(microsecond=0)
    return cut if cut == moment else cut + A_SECOND
