"""Webhooks on their way: rows, so that a restart loses none."""

from __future__ import annotations

import json
from dataclasses import replace

from webapp.simulator.answers import Json
from webapp.simulator.clock import SECOND
from webapp.simulator.events import Event
from webapp.simulator.faults import HOOKS
from webapp.simulator.pages import Page
from webapp.simulator.state import Row
from webapp.simulator.world import World

BATCH = 50  # events in one POST
FULL = 500_000  # events waiting; beyond that the oldest are dropped
SHUFFLE = 3 * SECOND


def put(world: World, page: Page, event: Event) -> None:
    """Queues an event for the page's callback, if it subscribes to it and no fault eats it."""
    if not callback(world, page) or not page.hears(event.subscription):
        return
    fault = world.faults.strike(HOOKS, page.id)
    kind = fault.kind if fault else None
    if kind == "webhook_lost":
        return
    due = world.clock.now()
    if kind == "webhook_shuffled":
        due += int(world.faults.dice.random() * SHUFFLE)
    written = json.dumps({"flat": event.flat, "field": event.subscription, "body": event.body})
    copies = 2 if kind == "webhook_doubled" else 1
    world.state.write_many(
        "INSERT INTO outbox (due, page, event) VALUES (?, ?, ?)", [(due, page.id, written)] * copies
    )


def callback(world: World, page: Page) -> str | None:
    return page.webhook_url or world.settings.webhook


def waiting(world: World, page: Page) -> list[Row]:
    return world.state.all(
        "SELECT * FROM outbox WHERE page=? AND due<=? ORDER BY due, id LIMIT ?",
        page.id, world.clock.now(), BATCH,
    )  # fmt: skip


def delete(world: World, rows: list[Row]) -> None:
    world.state.write_many("DELETE FROM outbox WHERE id=?", [(row["id"],) for row in rows])


def put_off(world: World, rows: list[Row], wait: float) -> None:
    """These come again after `wait` seconds; what waits behind them goes first."""
    due = world.clock.now() + int(wait * SECOND)
    changes = [(due, row["id"]) for row in rows]
    world.state.write_many("UPDATE outbox SET due=?, attempts=attempts+1 WHERE id=?", changes)


def disable(world: World, page: Page) -> None:
    """An hour of failures: what waits is lost, and nothing more is told."""
    world.state.write("DELETE FROM outbox WHERE page=?", page.id)
    world.pages.save(replace(page, subscribed=[]))


def bound(world: World) -> None:
    newest = world.state.number("SELECT max(id) FROM outbox")
    world.state.write("DELETE FROM outbox WHERE id <= ?", newest - FULL)


def envelope(page: Page, rows: list[Row], now: int) -> bytes:
    """The bytes of one POST; non-ASCII letters are escaped, as the platform does."""
    events = [json.loads(row["event"]) for row in rows]
    entry: list[Json] = []
    spoken = [event["body"] for event in events if not event["flat"]]
    changes = [{"field": e["field"], "value": e["body"]} for e in events if e["flat"]]
    if spoken:
        entry.append({"id": page.id, "time": now, "messaging": spoken})
    if changes:
        entry.append({"id": page.id, "time": now, "changes": changes})
    return json.dumps({"object": "page", "entry": entry}, separators=(",", ":")).encode()
