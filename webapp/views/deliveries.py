"""The people of a broadcast one by one: what became of each and why; the file; unknowns settled."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from flask import Blueprint, Response, request, stream_with_context, url_for

from webapp.domain.delivery import DeliveryState
from webapp.domain.errors import Invalid
from webapp.domain.wording import say
from webapp.services import reasons, reporting, settling
from webapp.store import broadcasts, deliveries
from webapp.views import access, htmx, notices

PAGE = 50

blueprint = Blueprint(
    "deliveries", __name__, url_prefix="/b/<brand_slug>/broadcasts/<int:broadcast_id>"
)


@blueprint.get("/deliveries/")
@access.brand_screen("view")
def index(broadcast_id: int) -> Response:
    session = access.current().session
    state, reason = _state(), request.args.get("reason") or None
    after = request.args.get("after", 0, type=int)
    found = deliveries.page(session, broadcast_id, state, reason, after, PAGE + 1)
    shown = found[:PAGE]
    ruled = reasons.of_broadcast(session, broadcast_id)
    return htmx.render(
        "broadcasts/deliveries.html",
        "results",
        broadcast=broadcasts.get(session, broadcast_id),
        totals=deliveries.totals(session, broadcast_id),
        rows=[(row, person, reasons.of_row(row, ruled)) for row, person in shown],
        state=state,
        states=DeliveryState,
        reason=reasons.explain(reason, ruled) if reason else None,
        next=shown[-1][0].id if len(found) > PAGE else None,
        started=after > 0,
    )


@blueprint.get("/deliveries.csv")
@access.brand_screen("subscriber.export")
def file(broadcast_id: int) -> Response:
    """The whole ledger, streamed; cells that a spreadsheet would run are made harmless."""
    session = access.current().session
    broadcast = broadcasts.get(session, broadcast_id)
    lines = _csv(reporting.file_rows(session, broadcast.id or 0))
    answer = Response(stream_with_context(lines), mimetype="text/csv")
    name = f"broadcast-{broadcast_id}-deliveries.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@blueprint.post("/deliveries/<int:delivery_id>/outcome")
@access.brand_screen("delivery.settle")
def settle(broadcast_id: int, delivery_id: int) -> Response:
    asking = access.current()
    outcome = request.form.get("outcome", "")
    if outcome not in settling.STATES:
        raise Invalid({"outcome": [say("Choose sent or failed.")]})
    said: settling.Outcome = "sent" if outcome == "sent" else "failed"
    settling.settle(asking.session, asking.actor, broadcast_id, delivery_id, said, asking.now)
    notices.tell(say("Settled. The audit log keeps that you said so."))
    return htmx.redirect(url_for(".index", broadcast_id=broadcast_id, state="unknown"))


def _state() -> DeliveryState | None:
    name = request.args.get("state", "").upper()
    return DeliveryState[name] if name in DeliveryState.__members__ else None


def _csv(rows: Iterable[list[str]]) -> Iterator[str]:
    yield "\ufeff"  # so that spreadsheets read it as UTF-8
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow(row)
        yield line.getvalue()
