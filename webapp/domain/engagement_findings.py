"""One sentence for each engagement chart, made from its numbers, or an honest "not yet"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from webapp.domain import plan
from webapp.domain.engagement_counts import Counts, MonthCounts
from webapp.domain.figures import Money, Month, Percent, Times, Zone
from webapp.domain.wording import Sentence, say, say_n

ENOUGH_EVENTS = 100  # before an hour of the week may be called the best


def reach(months: Sequence[MonthCounts], total: Counts, year: int, today: date) -> Sentence:
    if not total.sent:
        return say("Not enough data yet: nothing was sent in %(year)s.", year=str(year))
    over = [each for each in months if each.target and plan.last_day(each.month) < today]
    if over:
        sent = sum(each.counts.sent for each in over)
        aimed = sum(each.target or 0 for each in over)
        return say(
            "The months that are over reached %(sent)s of the %(aimed)s aimed for (%(share)s).",
            sent=sent,
            aimed=aimed,
            share=Percent(sent / aimed),
        )
    running = next((each for each in months if each.target and each.month <= today), None)
    if running and running.target:
        return say(
            "%(month)s has reached %(sent)s of its %(aimed)s so far (%(share)s).",
            month=Month(running.month),
            sent=running.counts.sent,
            aimed=running.target,
            share=Percent(running.counts.sent / running.target),
        )
    return say_n(
        "%(n)s message was sent in %(year)s; no target is set to hold it against.",
        "%(n)s messages were sent in %(year)s; no target is set to hold them against.",
        total.sent,
        year=str(year),
    )


def response(total: Counts, before: Counts, year: int) -> Sentence:
    rate, earlier = total.reply_rate, before.reply_rate
    if rate is None:
        return say_n(
            "Not enough data yet: %(n)s message was delivered in %(year)s.",
            "Not enough data yet: %(n)s messages were delivered in %(year)s.",
            total.delivered,
            year=str(year),
        )
    counted = {"replied": total.replied, "delivered": total.delivered, "rate": Percent(rate, 1)}
    if earlier is None:
        return say(
            "%(replied)s of %(delivered)s delivered messages were answered (%(rate)s); there is "
            "too little of last year to compare.",
            **counted,
        )
    return say(
        "%(replied)s of %(delivered)s delivered messages were answered (%(rate)s), against "
        "%(earlier)s in the same days of last year.",
        **counted,
        earlier=Percent(earlier, 1),
    )


def funnel(total: Counts, year: int) -> Sentence:
    if total.sent < ENOUGH_EVENTS:
        return say_n(
            "Not enough data yet: %(n)s message was sent in %(year)s.",
            "Not enough data yet: %(n)s messages were sent in %(year)s.",
            total.sent,
            year=str(year),
        )
    return say(
        "Of %(sent)s messages sent, %(delivered)s were delivered, %(read)s were read and "
        "%(replied)s answered.",
        sent=total.sent,
        delivered=Percent(total.delivered / total.sent),
        read=Percent(total.read / total.sent),
        replied=Percent(total.replied / total.sent, 1),
    )


def consent(total: Counts, year: int) -> Sentence:
    ins, outs = total.opt_ins, total.opt_outs
    if not ins and not outs:
        return say("Not enough data yet: nobody opted in or out in %(year)s.", year=str(year))
    if not outs:
        return say_n(
            "%(n)s person opted in and nobody opted out.",
            "%(n)s people opted in and nobody opted out.",
            ins,
        )
    if ins < outs:
        return say(
            "More people left than came: %(ins)s opted in, %(outs)s out.", ins=ins, outs=outs
        )
    return say(
        "%(ins)s people opted in and %(outs)s out: %(ratio)s came for each one who left.",
        ins=ins,
        outs=outs,
        ratio=Times(ins / outs),
    )


def spend(spent: Money, budget: Money, year: int) -> Sentence:
    """Money of two currencies is told side by side and not compared: nobody set a rate."""
    if not budget.micros and not spent.micros:
        return say("Nothing was spent in %(year)s, and no budget is set.", year=str(year))
    if not budget.micros:
        return say(
            "%(spent)s was spent in %(year)s; no budget is set.", spent=spent, year=str(year)
        )
    if spent.currency != budget.currency:
        return say(
            "%(spent)s was spent in %(year)s; the budget of %(budget)s is in another currency.",
            spent=spent,
            budget=budget,
            year=str(year),
        )
    return say(
        "%(spent)s of the year's budget of %(budget)s is spent (%(share)s).",
        spent=spent,
        budget=budget,
        share=Percent(spent.micros / budget.micros),
    )


def heat(cells: Sequence[Sequence[int]], total: int, zone: str) -> Sentence:
    if total < ENOUGH_EVENTS:
        return say_n(
            "Not enough data yet: people wrote to us %(n)s time.",
            "Not enough data yet: people wrote to us %(n)s times.",
            total,
        )
    most = max(map(max, cells))
    weekday, hour = next((d, h) for d in range(7) for h in range(24) if cells[d][h] == most)
    return say(
        "People write most on %(weekday)s from %(from)s to %(to)s (%(zone)s time): %(ratio)s "
        "times an average hour.",
        **{"from": f"{hour:02}:00", "to": f"{(hour + 1) % 24:02}:00"},
        weekday=weekday_name(weekday),
        zone=Zone(zone),
        ratio=Times(most * 7 * 24 / total),
    )


def weekday_name(weekday: int) -> Sentence:
    """In the plural, as in "on Mondays"; Monday is 0."""
    return (
        say("Mondays"),
        say("Tuesdays"),
        say("Wednesdays"),
        say("Thursdays"),
        say("Fridays"),
        say("Saturdays"),
        say("Sundays"),
    )[weekday]
