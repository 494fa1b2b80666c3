"""One line a request in the process's log: route, status, how long it took, and where."""

from __future__ import annotations

import logging
import time

from flask import Flask, Response, g, request

log = logging.getLogger("webapp.requests")
FAILED = 500
QUIET = frozenset({"static", "probes.healthz", "probes.readyz", "probes.metrics"})


def install(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_tell)


def _begin() -> None:
    g.asked_at = time.perf_counter()


def _tell(response: Response) -> Response:
    """By the route, not the address: a signed link is a key. Probes speak only when they fail."""
    if response.status_code < FAILED and request.endpoint in QUIET:
        return response
    rule = str(request.url_rule) if request.url_rule else "(no such page)"
    took: float = time.perf_counter() - g.get("asked_at", time.perf_counter())
    log.info(
        "%s %s", request.method, rule,
        extra={
            "status": response.status_code, "ms": round(took * 1000), "in": g.get("brand_slug"),
        },
    )  # fmt: skip
    return response
