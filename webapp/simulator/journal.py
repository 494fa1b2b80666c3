"""Every request received and what came of it: what a broadcast is checked against afterwards."""

from __future__ import annotations

import json
from typing import Any

from webapp.simulator import answers, calls, clock
from webapp.simulator.answers import Answer, Json
from webapp.simulator.calls import Call
from webapp.simulator.state import Row, State

KEPT, KEPT_IN_MEMORY = 5_000_000, 200_000  # the oldest go first
PAGE_SIZE = 1_000
INSERT = (
    "INSERT INTO journal (at, method, path, page, psid, accepted, mid, key, content, status, code,"
    " subcode, answer, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

TOTALS = (
    "SELECT count(*) AS requests, coalesce(sum(accepted), 0) AS accepted,"
    " count(DISTINCT CASE WHEN accepted THEN page || ':' || psid END) AS people,"
    " count(DISTINCT CASE WHEN accepted THEN key END) AS keys FROM journal WHERE {}"
)
DOUBLES = (
    "SELECT count(*) FROM (SELECT 1 FROM journal WHERE accepted AND key IS NOT NULL AND {}"
    " GROUP BY page, key HAVING count(*) > 1)"
)
REFUSED = (
    "SELECT code, subcode, count(*) AS calls FROM journal WHERE code IS NOT NULL AND {}"
    " GROUP BY code, subcode"
)


def write(state: State, at: int, call: Call, page: str | None, answer: Answer) -> None:
    """`accepted` marks messages taken for sending; other calls never count as such."""
    psid, key = calls.target(call)
    error = answer.body.get("error", {}) if isinstance(answer.body, dict) else {}
    content = call.params.get("message", call.params) if call.sends else call.params
    state.write(
        INSERT, at, call.method, call.path, page, answer.psid or psid, bool(answer.mid),
        answer.mid, answer.key or key, _text(content), answer.status, error.get("code"),
        error.get("error_subcode"), _text(answer.body), answer.note,
    )  # fmt: skip


def read(
    state: State,
    *,
    page: str | None = None,
    since: int = 0,
    psid: str | None = None,
    accepted: bool | None = None,
    after: int = 0,
    limit: int = PAGE_SIZE,
) -> list[Json]:
    """Oldest first, after entry `after`, at or later than `since`."""
    conditions, values = ["id > ?", "at >= ?"], [after, since]
    for column, value in (("page", page), ("psid", psid), ("accepted", accepted)):
        if value is not None:
            conditions.append(f"{column} = ?")
            values.append(value)  # type: ignore[arg-type]
    query = f"SELECT * FROM journal WHERE {' AND '.join(conditions)} ORDER BY id LIMIT ?"  # noqa: S608 - names are ours
    return [_entry(row) for row in state.all(query, *values, limit)]


def count(state: State, page: str | None = None) -> Json:
    """The sums a sender is checked against; `doubles` are keys accepted more than once."""
    condition, values = ("page = ?", [page]) if page else ("1", [])
    totals = state.one(TOTALS.format(condition), *values)
    doubles = state.number(DOUBLES.format(condition), *values)
    refused = state.all(REFUSED.format(condition), *values)
    by_code = {_code(row): row["calls"] for row in refused}
    return {**(dict(totals) if totals else {}), "doubles": doubles, "refused": by_code}


def clear(state: State) -> int:
    return state.write("DELETE FROM journal")


def trim(state: State) -> None:
    """Keeps the file, or the memory, bounded."""
    kept = KEPT_IN_MEMORY if state.in_memory else KEPT
    for table in ("journal", "inbound"):
        newest = state.number(f"SELECT max(id) FROM {table}")  # noqa: S608 - the names are above
        state.write(f"DELETE FROM {table} WHERE id <= ?", newest - kept)  # noqa: S608


def last_mid(state: State, page: str, psid: str) -> str | None:
    """The id of the last message this person was sent."""
    row = state.one(
        "SELECT mid FROM journal WHERE page=? AND psid=? AND accepted ORDER BY id DESC LIMIT 1",
        page, psid,
    )  # fmt: skip
    return str(row["mid"]) if row else None


def _code(row: Row) -> str:
    return f"{row['code']}/{row['subcode']}" if row["subcode"] else str(row["code"])


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return value.decode() if isinstance(value, bytes) else answers.written(value)


def _entry(row: Row) -> Json:
    entry = dict(row)
    entry["accepted"] = bool(row["accepted"])
    entry["at"] = clock.text(row["at"])
    for name in ("content", "answer"):
        entry[name] = _value(row[name])
    return entry


def _value(text: str | None) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text
