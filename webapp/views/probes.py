"""For machines that watch: alive, ready, and a few numbers."""

from __future__ import annotations

from ipaddress import ip_address

from flask import Blueprint, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from werkzeug.exceptions import NotFound

from webapp.db import EVERY_BRAND
from webapp.services import halting, health
from webapp.views import access

blueprint = Blueprint("probes", __name__)
NOT_READY = 503


@blueprint.get("/healthz")
@access.public
def healthz() -> Response:
    return jsonify(status="alive")


@blueprint.get("/readyz")
@access.public
def readyz() -> Response:
    house = access.house()
    found = health.ready(house.db, house.clock.now())
    response = jsonify(
        ready=found.all,
        database=found.database,
        schema=found.schema,
        clock=found.clock,
        clock_age_seconds=None if found.clock_age is None else round(found.clock_age, 1),
    )
    response.status_code = 200 if found.all else NOT_READY
    return response


@blueprint.get("/metrics")
@access.public
def metrics() -> Response:
    """Counts of rows, for machines of the same network only: they say how busy a brand is."""
    if not ip_address(request.remote_addr or "127.0.0.1").is_private:
        raise NotFound
    house = access.house()
    now = house.clock.now()
    with house.db.reader(EVERY_BRAND) as session:
        found, halted = health.measure(session, now), halting.current(session)
    registry = CollectorRegistry()
    age = (now - found.clock_at).total_seconds() if found.clock_at else float("inf")
    _gauge(registry, "fanlight_clock_age_seconds", "Since the clock's last heartbeat.", age)
    _gauge(registry, "fanlight_workers", "Sending processes alive.", found.workers)
    _gauge(registry, "fanlight_deliveries_queued", "Messages waiting to be sent.", found.queued)
    _gauge(registry, "fanlight_halted", "1: nothing is sent until somebody goes on.", bool(halted))
    _gauge(registry, "fanlight_set_aside_last_day", "Events set aside.", found.set_aside)
    _by_state(registry, "fanlight_inbox", "Webhooks not applied, by state.", found.inbox)
    _by_state(registry, "fanlight_broadcasts", "Broadcasts by state.", found.broadcasts)
    _by_state(registry, "fanlight_channels", "Channels by state.", found.channels)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _gauge(registry: CollectorRegistry, name: str, words: str, value: float) -> None:
    Gauge(name, words, registry=registry).set(value)


def _by_state(registry: CollectorRegistry, name: str, words: str, counts: object) -> None:
    gauge = Gauge(name, words, ["state"], registry=registry)
    for state, n in dict(counts).items():  # type: ignore[call-overload]
        gauge.labels(state).set(n)
