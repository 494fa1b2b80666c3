"""Several calls in one: POST / with `batch`, each item separate and in order (facts, 2.3)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from webapp.simulator import calls, errors, faults, graph
from webapp.simulator.answers import PLAIN, Answer, Ending, Fate, Json
from webapp.simulator.calls import Call, Request
from webapp.simulator.errors import Refusal
from webapp.simulator.world import World

MOST = 50


def serve(world: World, call: Call) -> Answer:
    """The batch as it ends: handled, or struck by a fault that is about the whole of it."""
    page = world.pages.by_token(call.token or "")
    about = page.id if page else None
    try:
        before = world.faults.strike(faults.BEFORE, about, whole=True)
        if before and not before.accepted:
            return faults.instead(before)
        answer = _handled(world, call)
    except Refusal as refusal:
        return refusal.answer("batch")
    after = before or world.faults.strike(faults.AFTER, about, whole=True)
    return faults.spoilt(after, answer) if after else answer


def _handled(world: World, call: Call) -> Answer:
    """An item without an answer to read - silence, a reset, a broken server - is null. The answer
    waits for the slowest of them."""
    items = call.params["batch"]
    if not isinstance(items, list):
        raise errors.bad_parameter("batch must be a JSON array")
    if len(items) > MOST:
        words = f"Too many requests in batch message. Maximum batch size is {MOST}"
        error = {"message": words, "type": "GraphBatchException"}
        return Answer({"error": error}, 400)
    answers = [_answer(world, call, item) for item in items]
    headers = str(call.params.get("include_headers", "true")).lower() != "false"
    shown = [_shown(answer, item, headers=headers)
             for answer, item in zip(answers, items, strict=True)]  # fmt: skip
    delay = max((it.fate.delay for it in answers if it.fate.ending is Ending.ANSWER), default=0.0)
    fate = Fate(delay) if delay else PLAIN
    return Answer(shown, headers=graph.usage(world, call), fate=fate, passes=_passing(answers))


def _answer(world: World, outer: Call, item: Any) -> Answer:
    try:
        return graph.serve(world, _call(outer, item))
    except Refusal as refusal:
        return refusal.answer("batch")


def _shown(answer: Answer, item: Any, *, headers: bool) -> Json | None:
    if answer.fate.ending is not Ending.ANSWER or isinstance(answer.body, bytes):
        return None
    if answer.status == 200 and item.get("omit_response_on_success"):
        return None
    shown: Json = {"code": answer.status, "body": json.dumps(answer.body)}
    if headers:
        shown["headers"] = [{"name": n, "value": v} for n, v in answer.headers.items()]
    return shown


def _passing(answers: Sequence[Answer]) -> Callable[[str], None]:
    """Whoever waits for a point of one of the calls is told of it with the whole."""

    def passes(point: str) -> None:
        for answer in answers:
            answer.at(point)

    return passes


def _call(outer: Call, item: Any) -> Call:
    """An item as if it came alone; the batch's token serves those without their own. Its body is a
    form: JSON, which a call may have alone, is not read there."""
    if not isinstance(item, dict) or not item.get("relative_url"):
        raise errors.bad_parameter("Every batch item needs a relative_url")
    token = {"authorization": f"Bearer {outer.token}"} if outer.token else {}
    target = "/" + str(item["relative_url"]).lstrip("/")
    body = str(item.get("body") or "")
    if body.lstrip().startswith("{"):
        raise errors.bad_parameter("The body of a batch item must be a urlencoded string")
    return calls.read(Request(str(item.get("method") or "GET"), target, token, body.encode()))
