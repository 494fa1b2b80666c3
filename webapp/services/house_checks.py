"""What the brand's own rules do to a broadcast, as lines of its check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlmodel import Session

from webapp.domain import house_rules as house
from webapp.domain.cap import Cap
from webapp.domain.finding import Line, Mood, Step
from webapp.domain.house_rules import HouseRules
from webapp.domain.quiet_hours import QuietHours
from webapp.domain.wording import Sentence, say, say_n
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast
from webapp.services import house_rules
from webapp.services.planning import Forecast


def lines(session: Session, broadcast: Broadcast, forecast: Forecast | None) -> Iterator[Line]:
    if forecast is None:
        return
    kept = house_rules.of(session.get_one(Brand, broadcast.brand_id))
    if broadcast.cap_exempt and kept.cap:
        words = say(
            "Exempt from the brand's cap (%(cap)s): it goes to whoever has had as many as well, "
            "and counts for what comes after it.",
            cap=kept.cap.words,
        )
        yield Line(Mood.WARN, words, Step.SCHEDULE)
    for sentence in _sentences(forecast, kept):
        yield Line(Mood.WARN, sentence, Step.SCHEDULE)


def _sentences(forecast: Forecast, kept: HouseRules) -> Iterator[Sentence]:
    people = {it.verdict.rule_id: it.people for it in forecast.reasons}
    if forecast.waiting:
        yield say_n(
            "Quiet hours: %(n)s person sleeps at that time. Theirs waits until %(until)s.",
            "Quiet hours: %(n)s people sleep at that time. Theirs waits, the last until %(until)s.",
            forecast.waiting, until=forecast.waits_until,
        )  # fmt: skip
    if people.get(house.OUTLASTED):
        yield say_n(
            "Quiet hours: %(n)s person cannot be written to any more when these end.",
            "Quiet hours: %(n)s people cannot be written to any more when these end.",
            people[house.OUTLASTED],
        )
    if people.get(house.SKIPPED):
        yield say_n(
            "Quiet hours: %(n)s person sleeps at that time and is skipped.",
            "Quiet hours: %(n)s people sleep at that time and are skipped.",
            people[house.SKIPPED],
        )
    if people.get(house.CAP) and kept.cap:
        yield say_n(
            "Cap: %(n)s person has had as many messages as it allows (%(cap)s) and is skipped.",
            "Cap: %(n)s people have had as many messages as it allows (%(cap)s) and are skipped.",
            people[house.CAP], cap=kept.cap.words,
        )  # fmt: skip


def beside_reach(kept: HouseRules) -> Sequence[Sentence]:
    """What the picture of reach by hour counts of the brand's own rules, and how."""
    return [*_quiet_in_reach(kept.quiet), *_cap_in_reach(kept.cap)]


def _quiet_in_reach(quiet: QuietHours | None) -> Iterator[Sentence]:
    if quiet is None:
        return
    hours = {"start": f"{quiet.start:%H:%M}", "end": f"{quiet.end:%H:%M}"}
    if quiet.skips:
        yield say(
            "Quiet hours from %(start)s to %(end)s are counted: whoever sleeps at that hour is "
            "skipped.",
            **hours,
        )
    else:
        yield say(
            "Quiet hours from %(start)s to %(end)s are counted: whoever sleeps at that hour gets "
            "it when they end, if the rules allow it then.",
            **hours,
        )


def _cap_in_reach(cap: Cap | None) -> Iterator[Sentence]:
    if cap is not None:
        yield say(
            "The cap (%(cap)s) is counted, from what people have had until now.", cap=cap.words
        )
