"""What the brand's own rules do to a broadcast, as lines of its check."""

from __future__ import annotations

from collections.abc import Iterator

from sqlmodel import Session

from webapp.domain import house_rules as house
from webapp.domain.finding import Line, Mood, Step
from webapp.domain.house_rules import HouseRules
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


def beside_reach(kept: HouseRules) -> Sentence | None:
    """What the picture of reach by hour does not look at."""
    quiet, cap = kept.quiet, kept.cap
    if quiet is None and cap is None:
        return None
    if quiet is None:
        return say("The brand's cap is not in this picture; the check counts it.")
    hours = {"start": f"{quiet.start:%H:%M}", "end": f"{quiet.end:%H:%M}"}
    if cap is None:
        return say(
            "The brand's quiet hours from %(start)s to %(end)s are not in this picture; the check "
            "counts them.",
            **hours,
        )
    return say(
        "The brand's quiet hours from %(start)s to %(end)s and its cap are not in this picture; "
        "the check counts them.",
        **hours,
    )
