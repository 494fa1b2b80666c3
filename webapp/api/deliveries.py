"""The ledger of a broadcast: its rows as JSON or CSV, its sums, and unknowns settled by people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flask import Response, request

from webapp.api import broadcast_answers, csv_answers, cursors
from webapp.api.calls import Call
from webapp.api.csv_answers import CSV
from webapp.api.routes import Table
from webapp.api.schemas import broadcasts as shapes
from webapp.api.schemas import settlements
from webapp.api.schemas.base import Page
from webapp.domain import delivery as ledger
from webapp.domain import period
from webapp.domain.delivery import DeliveryState
from webapp.house import House
from webapp.models.delivery import Delivery as Row
from webapp.models.subscriber import Subscriber
from webapp.services import reasons, reporting, settling
from webapp.services.reasons import Explained
from webapp.store import broadcasts, deliveries

table = Table("deliveries")


@table.get(
    "/broadcasts/{broadcast_id}/deliveries",
    "view",
    answers=Page[shapes.Delivery],
    query=shapes.DeliveryQuery,
    also=(CSV,),
)
def index(
    call: Call, broadcast_id: int, query: shapes.DeliveryQuery
) -> Page[shapes.Delivery] | Response:
    """Who got it and who did not, and why. With `?format=csv` or `Accept: text/csv` all as a
    file, which needs the role editor."""
    broadcasts.get(call.session, broadcast_id)
    if _wants_csv(query):
        call.actor.require("subscriber.export")
        lines = _file_rows(call.house, call.brand_id, broadcast_id)
        return csv_answers.answer(lines, f"deliveries-{broadcast_id}.csv")
    found = deliveries.page(
        call.session, broadcast_id, _state(query), query.reason,
        cursors.after_id(query), query.limit + 1,
    )  # fmt: skip
    rows, cursor = cursors.cut(found, query.limit, lambda pair: [pair[0].id])
    ruled = reasons.of_broadcast(call.session, broadcast_id)
    return Page(items=[_shown(row, who, ruled) for row, who in rows], next_cursor=cursor)


@table.post(
    "/broadcasts/{broadcast_id}/deliveries/{delivery_id}/settlement",
    "delivery.settle",
    answers=shapes.Report,
    body=settlements.Settlement,
)
def settle(
    call: Call, broadcast_id: int, delivery_id: int, body: settlements.Settlement
) -> shapes.Report:
    """Say what became of an unknown, having looked. The report answers with the new sums."""
    settling.settle(call.session, call.actor, broadcast_id, delivery_id, body.outcome, call.now)
    return broadcast_answers.report(call, broadcasts.get(call.session, broadcast_id))


@table.post(
    "/broadcasts/{broadcast_id}/settlement",
    "delivery.settle",
    answers=shapes.Report,
    body=settlements.SettlementOfAll,
)
def settle_all(call: Call, broadcast_id: int, body: settlements.SettlementOfAll) -> shapes.Report:
    """Say what became of every unknown of a broadcast that there was at `seen_at`, having looked;
    with a `reason` of those only. The report answers with the new sums."""
    settling.settle_all(
        call.session, call.actor, broadcast_id, body.outcome, call.now,
        seen_at=body.seen_at or call.now, reason=body.reason,
    )  # fmt: skip
    return broadcast_answers.report(call, broadcasts.get(call.session, broadcast_id))


@table.get("/broadcasts/{broadcast_id}/report", "view", answers=shapes.Report)
def report(call: Call, broadcast_id: int) -> shapes.Report:
    """The sums of the ledger; they add up to the audience at every read."""
    return broadcast_answers.report(call, broadcasts.get(call.session, broadcast_id))


def _wants_csv(query: shapes.DeliveryQuery) -> bool:
    if query.format is not None:
        return query.format == "csv"
    return request.accept_mimetypes.best_match(["application/json", CSV]) == CSV


def _file_rows(house: House, brand_id: int, broadcast_id: int) -> Iterator[list[str]]:
    with house.db.reader(brand_id) as session:
        yield from reporting.file_rows(session, broadcast_id)


def _state(query: shapes.DeliveryQuery) -> DeliveryState | None:
    return None if query.state is None else DeliveryState[query.state.upper()]


def _shown(row: Row, who: Subscriber, ruled: Mapping[str, Explained]) -> shapes.Delivery:
    reason, awaits = reasons.of_row(row, ruled), row.reason == period.AWAITS
    made = {"key", "subscriber_key", "state", "reason_sentence", "due_at", "awaits_until"}
    kept = set(shapes.Delivery.model_fields) - made
    return shapes.Delivery(
        key=ledger.key_of(row.id or 0, row.epoch),
        subscriber_key=who.key,
        state=DeliveryState(row.state).name.lower(),
        reason_sentence=None if reason is None else str(reason.words),
        due_at=None if awaits else row.due_at,
        awaits_until=row.due_at if awaits else None,
        **row.model_dump(include=kept),
    )
