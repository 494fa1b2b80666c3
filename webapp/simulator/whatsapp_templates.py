"""Templates of a WhatsApp business account: as Messenger's, with a category that counts."""

from __future__ import annotations

import json
from typing import Any

from webapp.simulator import templates
from webapp.simulator import whatsapp_errors as errors
from webapp.simulator.answers import Json
from webapp.simulator.pages import Page
from webapp.simulator.state import State

CATEGORIES = frozenset({"MARKETING", "UTILITY", "AUTHENTICATION"})


def category(state: State, page: Page, used: Any, now: int) -> str | None:
    """Of the template used; None for a free-form message. Raises 132001 for one that is unknown or
    not approved, 132000 when its values are too many or too few."""
    if not isinstance(used, dict):
        return None
    language = (used.get("language") or {}).get("code")
    row = state.one(
        "SELECT * FROM template WHERE page=? AND name=? AND language=?",
        page.id, used.get("name"), language,
    )  # fmt: skip
    if row is None or templates.status(row, now) != "APPROVED":
        raise errors.template_unknown(f"{used.get('name')} ({language})")
    _check_values(json.loads(row["components"]), used.get("components") or [])
    return str(row["category"])


def _check_values(components: list[Json], given: list[Json]) -> None:
    for component in components:
        kind = str(component.get("type", "")).lower()
        if kind not in ("header", "body"):
            continue
        wanted = len(set(templates.PLACEHOLDER.findall(str(component.get("text") or ""))))
        filled = [part for part in given if str(part.get("type", "")).lower() == kind]
        values = [
            value for part in filled for value in part.get("parameters") or []
            if value.get("type") == "text"
        ]  # fmt: skip
        if len(values) != wanted:
            raise errors.template_parameters(f"{kind} takes {wanted}, not {len(values)}")
