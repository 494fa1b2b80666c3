"""What reach by hour and its cost come to, each in a sentence with its numbers."""

from __future__ import annotations

from datetime import datetime

from webapp.domain.figures import Money, Percent
from webapp.domain.reopening import FEWEST, WEEKS, Expected, Thin
from webapp.domain.spending import Curve
from webapp.domain.wording import Sentence, say, say_n

SAME = 0.01  # less than this much more is no reason to move


def best(
    at: datetime | None,
    people: int,
    known: int,
    chosen: int | None = None,
    *,
    chosen_is_best: bool = False,
) -> Sentence:
    """`people` are reached at the best hour, `known` of them for certain; `chosen` is the time
    somebody chose, None when there is none."""
    if at is None:
        return say("The rules allow writing to nobody in these hours.")
    if chosen_is_best:
        return _chosen_is_best(chosen or people)
    if chosen and people <= chosen * (1 + SAME):
        return _as_good(chosen)
    values = {"when": at, "known": known}
    return _alone(people, values) if chosen is None else _better(people, known, chosen, values)


def _better(people: int, known: int, chosen: int, values: dict[str, object]) -> Sentence:
    if not chosen:
        return say_n(
            "%(when)s reaches %(n)s person; your chosen time reaches nobody.",
            "%(when)s reaches %(n)s people; your chosen time reaches nobody.",
            people, **values,
        )  # fmt: skip
    values = {**values, "more": Percent(people / chosen - 1)}
    if known == people:
        return say_n(
            "%(when)s reaches %(n)s person, %(more)s more than your chosen time.",
            "%(when)s reaches %(n)s people, %(more)s more than your chosen time.",
            people, **values,
        )  # fmt: skip
    if not known:
        return say_n(
            "%(when)s is expected to reach %(n)s person, %(more)s more than your chosen time; who "
            "it is cannot be known today.",
            "%(when)s is expected to reach %(n)s people, %(more)s more than your chosen time; who "
            "they are cannot be known today.",
            people, **values,
        )  # fmt: skip
    return say_n(
        "%(when)s is expected to reach %(n)s person, %(more)s more than your chosen time; "
        "%(known)s of them are known today.",
        "%(when)s is expected to reach %(n)s people, %(more)s more than your chosen time; "
        "%(known)s of them are known today.",
        people, **values,
    )  # fmt: skip


def _chosen_is_best(people: int) -> Sentence:
    return say_n(
        "Your chosen time is the best of these hours: it reaches %(n)s person.",
        "Your chosen time is the best of these hours: it reaches %(n)s people.",
        people,
    )


def _as_good(people: int) -> Sentence:
    return say_n(
        "Your chosen time is as good as any of these hours: it reaches %(n)s person.",
        "Your chosen time is as good as any of these hours: it reaches %(n)s people.",
        people,
    )


def _alone(people: int, values: dict[str, object]) -> Sentence:
    if values["known"] != people:
        return say_n(
            "%(when)s is expected to reach %(n)s person, the most of these hours; %(known)s of "
            "them are known today.",
            "%(when)s is expected to reach %(n)s people, the most of these hours; %(known)s of "
            "them are known today.",
            people, **values,
        )  # fmt: skip
    return say_n(
        "%(when)s reaches %(n)s person, the most of these hours.",
        "%(when)s reaches %(n)s people, the most of these hours.",
        people, **values,
    )  # fmt: skip


def forecast(expected: Expected | Thin | None) -> Sentence:
    """How the forecast of people who write again is to be taken, or why there is none."""
    if expected is None:
        return say("All of it is known today: nobody has to write first.")
    if isinstance(expected, Expected):
        return say(
            "The same forecast was off by %(error)s at the median in the last 4 weeks.",
            error=Percent(expected.error),
        )
    if expected.weeks < WEEKS:
        return say_n(
            "Too little data to say who will write again: people have written here for %(n)s "
            "week, and it takes 5.",
            "Too little data to say who will write again: people have written here for %(n)s "
            "weeks, and it takes 5.",
            expected.weeks,
        )
    if expected.messages < FEWEST:
        return say_n(
            "Too little data to say who will write again: %(n)s message came in during the last "
            "4 weeks, and it takes %(fewest)s.",
            "Too little data to say who will write again: %(n)s messages came in during the last "
            "4 weeks, and it takes %(fewest)s.",
            expected.messages, fewest=FEWEST,
        )  # fmt: skip
    return say(
        "Too little data to say who will write again: the forecast cannot be tested against the "
        "past yet. It takes 5 weeks."
    )


def cost(curve: Curve, budget_micros: int | None, currency: str) -> Sentence:
    """What all of the reach costs, and how far the budget goes."""
    if not curve.people:
        return say("Nobody can be reached then, so nothing is spent.")
    if not curve.cost_micros:
        return say_n(
            "It costs nothing to reach the %(n)s person who may be written to.",
            "It costs nothing to reach all %(n)s people who may be written to.",
            curve.people,
        )
    values = {"cost": Money(curve.cost_micros, currency), "free": curve.free}
    reached = curve.reached_with(budget_micros)
    if budget_micros is not None and reached < curve.people:
        return _stopped(curve, values, reached, Money(budget_micros, currency))
    if curve.free:
        return say_n(
            "The first %(free)s cost nothing; %(n)s person costs %(cost)s.",
            "The first %(free)s cost nothing; all %(n)s people cost %(cost)s.",
            curve.people, **values,
        )  # fmt: skip
    return say_n(
        "%(n)s person costs %(cost)s.", "All %(n)s people cost %(cost)s.", curve.people, **values
    )


def stop(curve: Curve, budget_micros: int, currency: str) -> Sentence:
    """How far a budget goes that does not carry everybody."""
    return say_n(
        "With your budget of %(budget)s you reach %(reached)s of %(n)s person; the send stops "
        "there.",
        "With your budget of %(budget)s you reach %(reached)s of %(n)s people; the send stops "
        "there.",
        curve.people,
        budget=Money(budget_micros, currency),
        reached=curve.reached_with(budget_micros),
    )


def _stopped(curve: Curve, values: dict[str, object], reached: int, budget: Money) -> Sentence:
    more = {**values, "reached": reached, "budget": budget}
    if curve.free:
        return say_n(
            "The first %(free)s cost nothing, %(n)s person costs %(cost)s; with your budget of "
            "%(budget)s you reach %(reached)s.",
            "The first %(free)s cost nothing, all %(n)s people cost %(cost)s; with your budget of "
            "%(budget)s you reach %(reached)s.",
            curve.people, **more,
        )  # fmt: skip
    return say_n(
        "%(n)s person costs %(cost)s; with your budget of %(budget)s you reach %(reached)s.",
        "All %(n)s people cost %(cost)s; with your budget of %(budget)s you reach %(reached)s.",
        curve.people, **more,
    )  # fmt: skip


def unknown_country(people: int) -> Sentence | None:
    if not people:
        return None
    return say_n(
        "%(n)s person has no known country: counted as the strictest region.",
        "%(n)s people have no known country: counted as the strictest region.",
        people,
    )
