"""The people of a broadcast one by one: what became of each and why; the file; unknowns settled."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from flask import Blueprint, Response, request, stream_with_context, url_for

from webapp.domain.delivery import DeliveryState
from webapp.domain.errors import Invalid
from webapp.domain.wording import say, say_n
from webapp.forms import numbers
from webapp.models.channel import Channel
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
    session, now = access.current().session, access.current().now
    broadcast = broadcasts.get(session, broadcast_id)
    state, reason = _state(), request.args.get("reason") or None
    after = request.args.get("after", 0, type=numbers.whole)
    found = deliveries.page(session, broadcast_id, state, reason, after, PAGE + 1)
    shown = found[:PAGE]
    ruled = reasons.of_broadcast(session, broadcast_id)
    return htmx.render(
        "broadcasts/deliveries.html",
        "results",
        broadcast=broadcast,
        channel=session.get_one(Channel, broadcast.channel_id),
        seen_at=now,
        doubts=_doubts(broadcast_id, reason) if state is DeliveryState.UNKNOWN else 0,
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
    settling.settle(asking.session, asking.actor, broadcast_id, delivery_id, _said(), asking.now)
    notices.tell(say("Settled. The audit log keeps that you said so."))
    return htmx.redirect(url_for(".index", broadcast_id=broadcast_id, state="unknown"))


@blueprint.post("/deliveries/outcome")
@access.brand_screen("delivery.settle")
def settle_all(broadcast_id: int) -> Response:
    """All that the person had before their eyes, and nothing that became unknown since."""
    asking = access.current()
    settled = settling.settle_all(
        asking.session, asking.actor, broadcast_id, _said(), asking.now,
        seen_at=_seen_at(), reason=request.form.get("reason") or None,
    )  # fmt: skip
    notices.tell(
        say_n(
            "%(n)s outcome is settled. The audit log keeps that you said so.",
            "%(n)s outcomes are settled. The audit log keeps that you said so.",
            settled,
        )
    )
    return htmx.redirect(url_for("broadcasts.show", broadcast_id=broadcast_id))


def _said() -> settling.Outcome:
    outcome = request.form.get("outcome", "")
    if outcome not in settling.STATES:
        raise Invalid({"outcome": [say("Choose sent or failed.")]})
    return "sent" if outcome == "sent" else "failed"


def _seen_at() -> datetime:
    try:
        return datetime.fromisoformat(request.form.get("seen_at", "")).astimezone(UTC)
    except ValueError:
        raise Invalid({"seen_at": [say("Open the list again, and say it there.")]}) from None


def _doubts(broadcast_id: int, reason: str | None) -> int:
    """How many are unknown, or are for one reason."""
    report = reporting.report(access.current().session, broadcast_id)
    if reason is None:
        return report.totals.unknown
    counted = report.of(DeliveryState.UNKNOWN)
    return sum(it.people for it in counted if it.reason.code == reason)


def _state() -> DeliveryState | None:
    name = request.args.get("state", "").upper()
    return DeliveryState[name] if name in DeliveryState.__members__ else None


def _csv(rows: Iterable[list[str]]) -> Iterator[str]:
    yield "\ufeff"  # so that spreadsheets read it as UTF-8
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow(row)
        yield line.getvalue()
