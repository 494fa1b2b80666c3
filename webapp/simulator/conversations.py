"""GET /{page}/conversations: the threads, from what was sent and what people wrote."""

from __future__ import annotations

import json

from webapp.simulator import clock, limits, people
from webapp.simulator.answers import Answer, Json
from webapp.simulator.calls import Call
from webapp.simulator.pages import Page
from webapp.simulator.state import Row
from webapp.simulator.world import World

THREADS, MOST_THREADS = 25, 200
MESSAGES = 20  # the platform tells the details of no more than these
NEVER = 2**62
BOTH_SIDES = (
    "SELECT psid, at, mid, content AS said, 1 AS ours FROM journal WHERE page=?1 AND accepted"
    " UNION ALL SELECT psid, at, mid, text, 0 FROM inbound WHERE page=?1"
)


def every(world: World, page: Page, call: Call) -> Answer:
    """Newest first; `user_id` for one person; `after` is the cursor of the last page."""
    world.limits.call(page, "conversations", limits.CONVERSATIONS)
    given = str(call.params.get("limit") or THREADS)
    limit = min(int(given) if given.isdigit() else THREADS, MOST_THREADS)
    at, psid = _place(str(call.params.get("after") or ""))
    rows = world.state.all(
        f"SELECT psid, max(at) AS at FROM ({BOTH_SIDES})"  # noqa: S608 - the text is ours
        " WHERE (?2 IS NULL OR psid=?2) GROUP BY psid"
        " HAVING max(at) < ?3 OR (max(at) = ?3 AND psid > ?4) ORDER BY 2 DESC, 1 LIMIT ?5",
        page.id, call.params.get("user_id"), at, psid, limit,
    )  # fmt: skip
    body: Json = {"data": [_thread(world, page, row, call) for row in rows]}
    if rows:
        body["paging"] = {"cursors": {"after": f"{rows[-1]['at']}-{rows[-1]['psid']}"}}
    return Answer(body)


def _place(cursor: str) -> tuple[int, str]:
    """Of the last thread of a page: those of one moment may lie on two."""
    at, _, psid = cursor.partition("-")
    return (int(at), psid) if at.isdigit() else (NEVER, "")


def _thread(world: World, page: Page, row: Row, call: Call) -> Json:
    person = people.find(world.state, page.id, row["psid"])
    name = f"{person.first_name} {person.last_name}" if person else row["psid"]
    them, us = {"id": row["psid"], "name": name}, {"id": page.id, "name": page.name}
    thread: Json = {
        "id": f"t_{row['psid']}",
        "updated_time": clock.graph_text(row["at"]),
        "participants": {"data": [them, us]},
    }
    if "messages" in str(call.params.get("fields") or ""):
        thread["messages"] = {"data": _messages(world, page, them, us)}
    return thread


def _messages(world: World, page: Page, them: Json, us: Json) -> list[Json]:
    rows = world.state.all(
        f"SELECT * FROM ({BOTH_SIDES}) WHERE psid=?2 ORDER BY at DESC LIMIT {MESSAGES}",  # noqa: S608
        page.id, them["id"],
    )  # fmt: skip
    return [_message(row, them, us) for row in rows]


def _message(row: Row, them: Json, us: Json) -> Json:
    said = json.loads(row["said"] or "{}").get("text", "") if row["ours"] else row["said"]
    return {
        "id": row["mid"],
        "created_time": clock.graph_text(row["at"]),
        "from": us if row["ours"] else them,
        "to": {"data": [them if row["ours"] else us]},
        "message": said,
    }
