"""Several calls in one: POST / with `batch`, each item separate and in order (facts, 2.3)."""

from __future__ import annotations

import json
from typing import Any

from webapp.simulator import calls, errors, graph
from webapp.simulator.answers import Answer, Ending, Json
from webapp.simulator.calls import Call, Request
from webapp.simulator.errors import Refusal
from webapp.simulator.world import World

MOST = 50


def serve(world: World, call: Call) -> Answer:
    """An item without an answer to read - silence, a reset, a broken server - is null."""
    items = call.params["batch"]
    if not isinstance(items, list):
        return errors.bad_parameter("batch must be a JSON array").answer("batch")
    if len(items) > MOST:
        words = f"Too many requests in batch message. Maximum batch size is {MOST}"
        error = {"message": words, "type": "GraphBatchException"}
        return Answer({"error": error}, 400)
    headers = str(call.params.get("include_headers", "true")).lower() != "false"
    return Answer([_item(world, call, item, headers=headers) for item in items])


def _item(world: World, outer: Call, item: Any, *, headers: bool) -> Json | None:
    try:
        answer = graph.serve(world, _call(outer, item))
    except Refusal as refusal:
        answer = refusal.answer("batch")
    if answer.fate.ending is not Ending.ANSWER or isinstance(answer.body, bytes):
        return None
    if answer.status == 200 and item.get("omit_response_on_success"):
        return None
    shown: Json = {"code": answer.status, "body": json.dumps(answer.body)}
    if headers:
        shown["headers"] = [{"name": n, "value": v} for n, v in answer.headers.items()]
    return shown


def _call(outer: Call, item: Any) -> Call:
    """An item as if it came alone; the batch's token serves those without their own."""
    if not isinstance(item, dict) or not item.get("relative_url"):
        raise errors.bad_parameter("Every batch item needs a relative_url")
    token = {"authorization": f"Bearer {outer.token}"} if outer.token else {}
    target = "/" + str(item["relative_url"]).lstrip("/")
    body = str(item.get("body") or "").encode()
    return calls.read(Request(str(item.get("method") or "GET"), target, token, body))
