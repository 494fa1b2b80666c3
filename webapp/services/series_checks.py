"""What a time that repeats comes to, and which of the brand's options it conflicts with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlmodel import Session

from webapp.domain import zone as zones
from webapp.domain.broadcast import Kind
from webapp.domain.cap import Cap
from webapp.domain.finding import Line, Mood, Step, bad
from webapp.domain.house_rules import HouseRules
from webapp.domain.schedule import Schedule
from webapp.domain.wording import Sentence, say, say_n
from webapp.domain.zone import Shift
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.services import house_rules, paying
from webapp.store import occurrences


def lines(
    session: Session, broadcast: Broadcast, chosen: Schedule, now: datetime
) -> Iterator[Line]:
    """The schedule's lines of the check. What is already scheduled is told as it stands now."""
    moments = [at for at in chosen.moments if at >= now]
    if broadcast.scheduled_at is not None:
        moments = [run.due_at for run in occurrences.waiting(session, broadcast.id or 0)]
    channel = session.get_one(Channel, broadcast.channel_id)
    by_campaign = channel.platform == paying.SOLD_BY_CAMPAIGN
    if broadcast.kind == Kind.SPONSORED and by_campaign:
        words = say("A paid message on Messenger goes out once: each needs its own campaign.")
        yield bad(Step.SCHEDULE, "schedule", words)
        return
    if not moments:
        return
    yield Line(Mood.GOOD, _span(moments), Step.SCHEDULE)
    kept = house_rules.of_broadcast(session, broadcast)
    for sentence in notes(chosen, moments, kept, now, broadcast.budget_micros is not None):
        yield Line(Mood.WARN, sentence, Step.SCHEDULE)


def notes(
    chosen: Schedule,
    moments: Sequence[datetime],
    kept: HouseRules,
    now: datetime,
    budgeted: bool = False,  # noqa: FBT001, FBT002 - whether there is a budget at all
) -> Iterator[Sentence]:
    """What does not go as the times say, and which options are in each other's way."""
    past = sum(at < now for at in chosen.moments)
    if past:
        yield say_n("%(n)s of its times has passed and is left out.",
                    "%(n)s of its times have passed and are left out.", past)  # fmt: skip
    yield from _shifted(chosen, now)
    asleep = sum(kept.quiet.is_quiet(at, chosen.zone) for at in moments) if kept.quiet else 0
    if asleep:
        yield say_n(
            "%(n)s of its times lies in the brand's quiet hours by the clocks of %(zone)s.",
            "%(n)s of its times lie in the brand's quiet hours by the clocks of %(zone)s.",
            asleep, zone=chosen.zone,
        )  # fmt: skip
    if kept.cap is not None and _exceeds(moments, kept.cap):
        yield say(
            "It repeats more often than the cap of the brand allows a person (%(cap)s): whoever "
            "has had as many is skipped.",
            cap=kept.cap.words,
        )
    if budgeted and len(moments) > 1:
        yield say("Its budget is for all of these times together.")


def _shifted(chosen: Schedule, now: datetime) -> Iterator[Sentence]:
    repeats = chosen.repeats
    for day in repeats.days if repeats else ():
        local = zones.local(day, repeats.time, chosen.zone) if repeats else None
        if local is None or local.at < now or local.shift is Shift.EXACT:
            continue
        if local.shift is Shift.GAP:
            yield say("Clocks skip its time on %(day)s: it goes out at the first minute after the "
                      "skip.", day=day)  # fmt: skip
        else:
            yield say("Clocks show its time twice on %(day)s: it goes out at the first of the two.",
                      day=day)  # fmt: skip


def _exceeds(moments: Sequence[datetime], cap: Cap) -> bool:
    """Whether more of them than the cap allows lie within its days."""
    ordered = sorted(moments)
    pairs = zip(ordered, ordered[cap.messages :], strict=False)
    return any(later - sooner < cap.span for sooner, later in pairs)


def _span(moments: Sequence[datetime]) -> Sentence:
    return say_n(
        "It goes out %(n)s time, on %(first)s.",
        "It goes out %(n)s times: first on %(first)s, last on %(last)s.",
        len(moments), first=min(moments), last=max(moments),
    )  # fmt: skip
