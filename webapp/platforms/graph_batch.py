"""Several calls of the Graph in one request, and its answer taken apart again (facts 2.3).

The answer is a list in the order of the calls, each with a status, headers and a body of its own;
the platform leaves `null` where it gave up waiting for one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from webapp.platforms import answers, graph_answers, graph_api
from webapp.platforms.answer_row import Meaning
from webapp.platforms.graph_answers import MULTIPLE_CHOICES, OK
from webapp.platforms.graph_api import GraphError
from webapp.platforms.protocol import ChannelAccess
from webapp.platforms.wire import Reply, Request

JSON_BODY = {"Content-Type": "application/json"}
# Of the headers inside; no body there is packed.
KEPT = graph_api.USAGE_HEADERS | {"retry-after", "date"}
UNREADABLE = Reply(OK)  # what the platform may have done, and did not tell


def request(access: ChannelAccess, calls: Sequence[Request]) -> Request:
    """The calls of one channel in one POST. The token is in it once, in its body; the calls keep
    their version, path and proof."""
    items = [_item(access, call) for call in calls]
    body = {"access_token": access.token, "include_headers": True, "batch": items}
    return Request("POST", graph_api.address(access, ""), JSON_BODY, graph_api.encoded(body))


def replies(whole: Reply, count: int) -> list[Reply]:
    """One for each of `count` calls. A request that failed as a whole failed so for each of them;
    what is missing or cannot be read is `UNREADABLE`."""
    error = graph_api.error_of(whole) if whole.error is None else None
    if error is not None:
        return [_refusal(whole, error)] * count
    if whole.error is not None or not OK <= whole.status < MULTIPLE_CHOICES:
        return [whole] * count
    told = graph_api.json_of(whole)
    items = told if isinstance(told, list) and len(told) <= count else []
    dated = {"date": whole.headers["date"]} if "date" in whole.headers else {}
    return [_reply(item, dated) for item in items] + [UNREADABLE] * (count - len(items))


def _refusal(whole: Reply, error: GraphError) -> Reply:
    """What is refused as a whole was refused for no one person's sake, nor for what was to be said:
    it reads as refused on the way, after which each is asked alone."""
    row = answers.row_for(error.code, error.subcode, error.message)
    if row is None or row.meaning not in (Meaning.PERSON, Meaning.CONTENT):
        return whole
    return replace(whole, status=graph_answers.BAD_REQUEST, body=b"")


def _item(access: ChannelAccess, call: Request) -> dict[str, object]:
    place = call.url.removeprefix(f"{access.graph_url.rstrip('/')}/")
    return {"method": call.method, "relative_url": place, "body": _form(call.body or b"{}")}


def _form(body: bytes) -> str:
    """A call's JSON as a form, the only way a batch takes it; what is no text stays JSON in it."""
    fields = json.loads(body)
    return urlencode({name: _text(value) for name, value in fields.items()})


def _text(value: object) -> str:
    return value if isinstance(value, str) else graph_api.JSON.encode(value)


def _reply(item: object, dated: Mapping[str, str]) -> Reply:
    """`dated`: when the whole was answered, for an item that does not say it itself."""
    if not isinstance(item, dict):
        return UNREADABLE
    code, body = item.get("code"), item.get("body")
    if type(code) is not int or not isinstance(body, str):
        return UNREADABLE
    headers = {**dated, **_headers(item.get("headers"))}
    return Reply(code, headers, body.encode("utf-8", "replace"))


def _headers(told: object) -> dict[str, str]:
    """`[{"name": ..., "value": ...}]`, those of them that mean something to us."""
    pairs = [it for it in told if isinstance(it, dict)] if isinstance(told, list) else []
    named = ((str(it.get("name")).lower(), it.get("value")) for it in pairs)
    return {name: value for name, value in named if name in KEPT and isinstance(value, str)}
