"""Utility templates: made, approved within a second, and asked for by name and language."""

from __future__ import annotations

import json
import re
from typing import Any

from webapp.simulator import errors, life
from webapp.simulator.answers import Answer, Json
from webapp.simulator.calls import Call
from webapp.simulator.clock import SECOND
from webapp.simulator.pages import Page
from webapp.simulator.reactions import Reaction
from webapp.simulator.state import Row, State
from webapp.simulator.world import World

REVIEW = SECOND // 2
CATEGORIES = {
    "messenger": frozenset({"UTILITY"}),
    "whatsapp": frozenset({"AUTHENTICATION", "MARKETING", "UTILITY"}),
}
NAME = re.compile(r"[a-z0-9_]{1,512}\Z")
PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
REJECTED = "reject"  # a name with this word is refused, so that a trainer sees one


def make(world: World, page: Page, call: Call) -> Answer:
    """POST /{page}/message_templates."""
    name, language = str(call.params.get("name") or ""), str(call.params.get("language") or "")
    if not NAME.match(name):
        raise errors.bad_parameter("name must be lower-case letters, digits and underscores")
    if not language:
        raise errors.required("language")
    category = str(call.params.get("category"))
    if category not in CATEGORIES[page.platform]:
        allowed = " or ".join(sorted(CATEGORIES[page.platform]))
        raise errors.bad_parameter(f"category must be {allowed}")
    if not isinstance(call.params.get("components"), list):
        raise errors.required("components")
    row = _save(world, page, call.params, name, language)
    return Answer({"id": row["id"], "status": "PENDING", "category": category})


def every(world: World, page: Page, call: Call) -> Answer:
    """GET /{page}/message_templates, by `name` if given."""
    name, now = call.params.get("name"), world.clock.now()
    rows = world.state.all("SELECT * FROM template WHERE page=? ORDER BY created", page.id)
    return Answer({"data": [_shown(row, now) for row in rows if name in (None, row["name"])]})


def remove(world: World, page: Page, call: Call) -> Answer:
    """DELETE /{page}/message_templates?name="""
    name = str(call.params.get("name") or "")
    if not world.state.write("DELETE FROM template WHERE page=? AND name=?", page.id, name):
        raise errors.no_object(name)
    return Answer({"success": True})


def check(state: State, page: Page, used: Any, now: int) -> None:
    """Raises the refusal unless `used` names an approved template and fills its placeholders."""
    if not isinstance(used, dict):
        raise errors.required("message[template]")
    language = (used.get("language") or {}).get("code")
    row = state.one(
        "SELECT * FROM template WHERE page=? AND name=? AND language=?",
        page.id, used.get("name"), language,
    )  # fmt: skip
    if row is None or status(row, now) != "APPROVED":
        words = f"Template {used.get('name')} in {language} does not exist or is not approved"
        raise errors.bad_parameter(words)
    _check_parameters(json.loads(row["components"]), used.get("components") or [])


def _check_parameters(components: list[Json], given: list[Json]) -> None:
    for component in components:
        wanted = _open_places(component)
        kind = str(component.get("type", "")).lower()
        filled = [part for part in given if str(part.get("type", "")).lower() == kind]
        parameters = filled[0].get("parameters") or [] if filled else []
        if len(parameters) != len(wanted):
            raise errors.bad_parameter(
                f"The template's {kind} takes {len(wanted)} parameters, not {len(parameters)}"
            )


def _open_places(component: Json) -> list[str]:
    """Placeholders of its text, or one for each button whose address or payload has one."""
    texts = [f"{b.get('url')} {b.get('payload')}" for b in component.get("buttons") or []]
    in_text = set(PLACEHOLDER.findall(str(component.get("text") or "")))
    return [*in_text, *(text for text in texts if PLACEHOLDER.search(text))]


def _save(world: World, page: Page, params: Json, name: str, language: str) -> Json:
    now = world.clock.now()
    if world.state.one(
        "SELECT 1 FROM template WHERE page=? AND name=? AND language=?", page.id, name, language
    ):
        raise errors.bad_parameter(f"Template {name} exists in {language} already")
    identity = str(
        7_000_000_000_000_000 + world.state.number("SELECT count(*) FROM template") + now
    )
    world.state.write(
        "INSERT INTO template VALUES (?, ?, ?, ?, ?, ?, ?)",
        identity, page.id, name, language, str(params["category"]),
        json.dumps(params["components"]), now,
    )  # fmt: skip
    status = "REJECTED" if REJECTED in name else "APPROVED"
    told = {"id": identity, "name": name, "language": language, "status": status}
    life.remember(world, page, "", [Reaction(REVIEW, life.TEMPLATE_REVIEWED, told)])
    return told


def status(row: Row, now: int) -> str:
    if now < row["created"] + REVIEW:
        return "PENDING"
    return "REJECTED" if REJECTED in row["name"] else "APPROVED"


def _shown(row: Row, now: int) -> Json:
    shown = {name: row[name] for name in ("id", "name", "language", "category")}
    state = status(row, now)
    reason = "INCORRECT_PARAMS" if state == "REJECTED" else "NONE"
    components = json.loads(row["components"])
    return {**shown, "status": state, "rejected_reason": reason, "components": components}
