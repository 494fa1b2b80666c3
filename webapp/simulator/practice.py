"""The control door, /_practice/: what a trainer, a demo or a test tells the simulator.

Plain JSON, no token: keep it on loopback. Every path is in README.md.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from webapp.simulator import (
    callback_check,
    clock,
    deletion,
    journal,
    killing,
    people,
    says,
)
from webapp.simulator import pages as all_pages
from webapp.simulator.answers import Answer
from webapp.simulator.calls import Request
from webapp.simulator.pages import Misuse
from webapp.simulator.world import World

Query = Mapping[str, str]
LARGEST_CROWD = 1_000_000


def serve(world: World, request: Request) -> Answer | Awaitable[Answer]:
    parts = urlsplit(request.target)
    words = [unquote(word) for word in parts.path.split("/") if word][1:]
    try:
        return _route(world, request, words, dict(parse_qsl(parts.query)))
    except (Misuse, ValueError, TypeError, AttributeError) as error:
        return Answer({"error": str(error)}, 400)


def _route(
    world: World, request: Request, words: list[str], query: Query
) -> Answer | Awaitable[Answer]:
    match (request.method, *words):
        case (method, *path) if (method, *path) in _PLAIN:
            return _PLAIN[method, *path](world, request, query)
        case ("POST", "people", psid, "say"):
            return Answer(says.something(world, psid, _body(request)))
        case ("GET", "people", page, psid):
            return _person(world, page, psid)
        case ("DELETE", "faults", number):
            return Answer({"ended": world.faults.clear(int(number))})
    return Answer({"error": f"No {request.method} {'/'.join(words)} here; see the README."}, 404)


def _register(world: World, request: Request, query: Query) -> Answer:
    page = world.pages.register(_body(request))
    return Answer({**all_pages.shown(page), "token": page.token})


def _pages(world: World, request: Request, query: Query) -> Answer:
    return Answer([all_pages.shown(page) for page in world.pages.every()])


def _tell(world: World, request: Request, query: Query) -> Answer:
    pages = {page.id: page for page in world.pages.every()}
    told = people.read_list(request.body)
    known = people.tell(world.state, world.settings.seed, pages, told, world.clock.now())
    for page in pages.values():
        world.met(page)
    return Answer({"people": known})


def _crowd(world: World, request: Request, query: Query) -> Answer:
    given = _body(request)
    size = int(given.get("size") or 0)
    if not 0 < size <= LARGEST_CROWD:
        raise Misuse(f"A crowd's size is 1 to {LARGEST_CROWD}.")
    page = says.page_named(world, given)
    made = people.make_crowd(world.state, world.settings.seed, page, size, world.clock.now())
    world.met(page)
    return Answer({"people": len(made), "psids": made[: int(given.get("show") or 1000)]})


def _person(world: World, page: str, psid: str) -> Answer:
    person = people.find(world.state, page, psid)
    if person is None:
        return Answer({"error": f"Nobody {psid} on page {page}."}, 404)
    return Answer(people.shown(person, world.clock.now()))


def _opt_in(world: World, request: Request, query: Query) -> Answer:
    return Answer(says.opt_in(world, _body(request)))


def _journal(world: World, request: Request, query: Query) -> Answer:
    accepted = query.get("accepted")
    entries = journal.read(
        world.state,
        page=query.get("page"),
        since=clock.parse(query.get("since")) or 0,
        psid=query.get("psid"),
        accepted=None if accepted is None else accepted in ("1", "true"),
        after=int(query.get("after", "0")),
        limit=int(query.get("limit", str(journal.PAGE_SIZE))),
    )
    return Answer({"entries": entries, "after": entries[-1]["id"] if entries else None})


def _count(world: World, request: Request, query: Query) -> Answer:
    return Answer(journal.count(world.state, query.get("page")))


def _forget(world: World, request: Request, query: Query) -> Answer:
    return Answer({"deleted": journal.clear(world.state)})


def _fault(world: World, request: Request, query: Query) -> Answer:
    given = _body(request)
    killing.check(given, allowed=world.settings.may_kill)
    page = world.pages.find(str(given.get("page") or ""))
    if given.get("kind") == "token_death" and page is not None:
        given.setdefault("token", page.token)
    number = world.faults.add(given).id
    return Answer(next(f for f in world.faults.shown() if f["id"] == number))


def _faults(world: World, request: Request, query: Query) -> Answer:
    return Answer(world.faults.shown())


def _no_faults(world: World, request: Request, query: Query) -> Answer:
    return Answer({"ended": world.faults.clear()})


def _pause(world: World, request: Request, query: Query) -> Answer:
    world.paused = bool(_body(request).get("paused", True))
    return Answer({"paused": world.paused})


def _check_callback(world: World, request: Request, query: Query) -> Awaitable[Answer]:
    return callback_check.check(world, says.page_named(world, _body(request)))


def _ask_deletion(world: World, request: Request, query: Query) -> Awaitable[Answer]:
    given = _body(request)
    psid = str(given.get("psid") or "")
    if not psid:
        raise Misuse("Name the person: psid.")
    return deletion.ask(world, says.page_named(world, given), psid)


def _state(world: World, request: Request, query: Query) -> Answer:
    tables = ("person", "token", "reaction", "outbox", "template", "campaign")
    rows = {t: world.state.number(f"SELECT count(*) FROM {t}") for t in tables}  # noqa: S608 - the names are above
    return Answer({
        "now": clock.text(world.clock.now()),
        "seed": world.settings.seed,
        "speed": world.settings.speed,
        "paused": world.paused,
        "pages": [all_pages.shown(page) for page in world.pages.every()],
        "faults": world.faults.shown(),
        "people": rows["person"],
        "tokens": rows["token"],
        "reactions_to_come": rows["reaction"],
        "webhooks_waiting": rows["outbox"],
        "templates": rows["template"],
        "campaigns": rows["campaign"],
    })  # fmt: skip


def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.body or b"{}")
    except ValueError as error:
        raise Misuse(f"The body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise Misuse("The body must be a JSON object.")
    return body


_PLAIN: dict[tuple[str, ...], Callable[[World, Request, Query], Answer | Awaitable[Answer]]] = {
    ("POST", "pages"): _register,
    ("GET", "pages"): _pages,
    ("POST", "verify"): _check_callback,
    ("POST", "deletion"): _ask_deletion,
    ("POST", "people"): _tell,
    ("POST", "crowd"): _crowd,
    ("POST", "optin"): _opt_in,
    ("GET", "journal"): _journal,
    ("GET", "journal", "count"): _count,
    ("DELETE", "journal"): _forget,
    ("POST", "faults"): _fault,
    ("GET", "faults"): _faults,
    ("DELETE", "faults"): _no_faults,
    ("POST", "pause_reactions"): _pause,
    ("GET", "state"): _state,
}
