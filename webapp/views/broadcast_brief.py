"""The form of what a broadcast is: kind first, and only what that kind may carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from flask import Response

from webapp.domain.broadcast import Kind
from webapp.domain.policy import engine
from webapp.domain.policy.verdict import Verdict
from webapp.domain.wording import Sentence, say
from webapp.models.broadcast import Broadcast
from webapp.models.campaign import Campaign
from webapp.models.channel import Channel
from webapp.services import asking as questions
from webapp.services import templates
from webapp.store import broadcasts, channels, topics
from webapp.views import access, htmx

MICROS = 1_000_000
OFFERED = (Kind.STANDARD, Kind.SUBSCRIPTION, Kind.SPONSORED, Kind.UTILITY)
HINTS: Mapping[Kind, Sentence] = {
    Kind.STANDARD: say("Free. Reaches people whose window is open: they wrote to you recently."),
    Kind.SUBSCRIPTION: say("Free. Reaches people who opted in to a topic, window open or not."),
    Kind.SPONSORED: say("Paid for by message. Reaches people outside the window, up to a budget."),
    Kind.UTILITY: say("An approved template, such as an order update. It promotes nothing."),
}
NAMES: Mapping[Kind, Sentence] = {
    Kind.STANDARD: say("Standard"),
    Kind.SUBSCRIPTION: say("Subscription"),
    Kind.SPONSORED: say("Sponsored"),
    Kind.UTILITY: say("Utility"),
}


def form(
    broadcast: Broadcast | None,
    values: Mapping[str, Any],
    errors: Mapping[str, list[Sentence]],
) -> Response:
    session = access.current().session
    found = channels.page(session)
    return htmx.render(
        "broadcasts/edit.html",
        status=htmx.UNPROCESSABLE if errors else 200,
        broadcast=broadcast,
        values=values,
        errors=errors,
        kinds=[(kind.value, NAMES[kind], HINTS[kind]) for kind in OFFERED],
        refusals=_refusals(found),
        channels=[(row.id, row.name) for row in found],
        campaigns=_by_year(broadcasts.campaigns(session)),
        topics=[(row.id, row.name) for row in topics.all_of(session)],
    )


def _by_year(rows: Sequence[Campaign]) -> list[tuple[str, list[tuple[int | None, str]]]]:
    """The plan of a year is often copied from the last one, names and all."""
    years = groupby(rows, key=lambda row: row.starts_on.year)
    return [(str(year), [(row.id, row.name) for row in found]) for year, found in years]


def values_of(broadcast: Broadcast) -> dict[str, object]:
    """The saved brief as the form's values."""
    budget = broadcast.budget_micros
    return {
        "name": broadcast.name,
        "kind": broadcast.kind,
        "channel": broadcast.channel_id,
        "campaign": broadcast.campaign_id,
        "topic": broadcast.topic_id,
        "budget": None if budget is None else f"{budget / MICROS:.2f}",
        "rate": broadcast.rate_per_second,
        "version": broadcast.version,
    }


def _refusals(found: Sequence[Channel]) -> list[tuple[Kind, Verdict]]:
    """Kinds no channel of this brand may send today, each with the rule that says so."""
    now = access.current().now
    refused = {kind: [_refusal(channel, kind, now) for channel in found] for kind in OFFERED}
    return [
        (kind, verdicts[0])
        for kind, verdicts in refused.items()
        if verdicts and verdicts[0] is not None and all(verdicts)
    ]


def _refusal(channel: Channel, kind: Kind, at: datetime) -> Verdict | None:
    current = access.current()
    asked = questions.ask(
        current.brand, channel, kind, None, at, current.house.book,
        template_approved=templates.any_usable(current.session, channel, kind),
    )  # fmt: skip
    return engine.refuse_kind(asked.question, current.house.book)
