"""Webhooks on their way: rows, so that a restart loses none."""

from __future__ import annotations

import json
from dataclasses import replace

from webapp.simulator import answers
from webapp.simulator.clock import SECOND
from webapp.simulator.events import Event
from webapp.simulator.faults import HOOKS
from webapp.simulator.pages import Page
from webapp.simulator.state import Row
from webapp.simulator.world import World

BATCH = 100  # events in one POST
FULL = 500_000  # events waiting; beyond that the oldest are dropped
SHUFFLE = 3 * SECOND
OBJECTS = {
    "messenger": "page",
    "instagram": "instagram",
    "whatsapp": "whatsapp_business_account",
}


def put(world: World, page: Page, event: Event | None) -> None:
    """Queues an event for the page's callback, if it subscribes to it and no fault eats it.

    None: the platform tells nothing of what happened.
    """
    if event is None or not callback(world, page) or not page.hears(event.subscription):
        return
    fault = world.faults.strike(HOOKS, page.id)
    kind = fault.kind if fault else None
    if kind == "webhook_lost":
        return
    due = world.clock.now()
    if kind == "webhook_shuffled":
        due += int(world.faults.dice.random() * SHUFFLE)
    written = answers.escaped(event.body)
    row = (due, page.id, event.subscription if event.flat else None, written)
    for _ in range(2 if kind == "webhook_doubled" else 1):
        world.state.write("INSERT INTO outbox (due, page, field, event) VALUES (?, ?, ?, ?)", *row)


def callback(world: World, page: Page) -> str | None:
    url = page.webhook_url or world.settings.webhook
    return url and world.settings.at_web(url)


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
    """The bytes of one POST; non-ASCII letters are escaped, as the platform does.

    Events were written as JSON when they were queued, so they are only strung together here.
    """
    head = f'{{"id":{json.dumps(page.account or page.id)},"time":{_time(page, now)}'
    spoken = ",".join(row["event"] for row in rows if row["field"] is None)
    changes = ",".join(_change(row) for row in rows if row["field"] is not None)
    entries = [f'{head},"messaging":[{spoken}]}}'] if spoken else []
    entries += [f'{head},"changes":[{changes}]}}'] if changes else []
    return f'{{"object":"{OBJECTS[page.platform]}","entry":[{",".join(entries)}]}}'.encode()


def _time(page: Page, now: int) -> int:
    """WhatsApp tells times in seconds, the others in milliseconds."""
    return now // SECOND if page.platform == "whatsapp" else now


def _change(row: Row) -> str:
    return f'{{"field":{json.dumps(row["field"])},"value":{row["event"]}}}'
