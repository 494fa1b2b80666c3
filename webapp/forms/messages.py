"""The message editor: dotted names (`buttons.0.title`), the same as the errors' fields."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.domain.content import Content

BUTTON_FIELDS = ("type", "title", "url", "payload")
REPLY_FIELDS = ("title", "payload")
SLOT = "template."  # names of the places of a template
MOST_ROWS = 20  # of a list in the form; platforms allow fewer

Row = dict[str, str]


def rows(posted: Mapping[str, str], name: str, fields: tuple[str, ...]) -> list[Row]:
    """The rows of a list as typed, up to the last one that was in the form."""
    found = [
        {field: posted[key] for field in fields if (key := f"{name}.{index}.{field}") in posted}
        for index in range(MOST_ROWS)
    ]
    while found and not found[-1]:
        found.pop()
    return found


def content(posted: Mapping[str, str]) -> Content:
    """The message; rows left empty are left out. Raises Invalid only for what is no message."""
    if posted.get("template"):
        return _filling(posted)
    return Content.parse(
        {
            "text": posted.get("text", ""),
            "subtitle": posted.get("subtitle", ""),
            "image_url": posted.get("image_url", ""),
            "buttons": [
                _button(row) for row in rows(posted, "buttons", BUTTON_FIELDS) if _typed(row)
            ],
            "quick_replies": [
                row for row in rows(posted, "quick_replies", REPLY_FIELDS) if _typed(row)
            ],
        }
    )


def _filling(posted: Mapping[str, str]) -> Content:
    """`template` is a language and a name with a space between; `template.body.1` is a place."""
    language, _, name = posted["template"].partition(" ")
    values = {
        key.removeprefix(SLOT): value for key, value in posted.items() if key.startswith(SLOT)
    }
    return Content.parse({"template": {"name": name, "language": language, "values": values}})


def _typed(row: Row) -> bool:
    return any(value.strip() for field, value in row.items() if field != "type")


def _button(row: Row) -> Row:
    """Only what its type has: the other field may still hold what was typed before."""
    kind = row.get("type") or "url"
    own = "url" if kind == "url" else "payload"
    return {"type": kind, "title": row.get("title", ""), own: row.get(own, "")}
