"""Passing on that a person wants to be deleted, as the platform does from a person's settings."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from urllib.parse import urlencode

from webapp.simulator import answers, client, outbox
from webapp.simulator.answers import Answer
from webapp.simulator.clock import SECOND
from webapp.simulator.pages import Page
from webapp.simulator.world import World

FORM = {"content-type": "application/x-www-form-urlencoded"}


async def ask(world: World, page: Page, psid: str) -> Answer:
    """What the app's deletion address answered; it lies below the page's callback."""
    url = outbox.callback(world, page)
    if not url:
        return Answer({"error": "The page has no webhook_url."}, 400)
    body = urlencode({"signed_request": signed(page.app_secret, psid, world.clock.now())}).encode()
    try:
        status, answered = await client.ask("POST", f"{url.rstrip('/')}/deletion", FORM, body)
    except (OSError, TimeoutError) as error:
        return Answer({"status": None, "reason": f"No answer: {error or 'timeout'}"})
    return Answer({"status": status, **_confirmation(answered)})


def signed(secret: str, psid: str, now: int) -> str:
    """Signature and payload, each base64url without padding."""
    said = {"algorithm": "HMAC-SHA256", "issued_at": now // SECOND, "user_id": psid}
    payload = _plain(answers.escaped(said).encode())
    digest = hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest()
    return f"{_plain(digest)}.{payload}"


def _confirmation(body: bytes) -> answers.Json:
    """The two texts the platform shows the person; an answer without them is told as it came."""
    try:
        said = json.loads(body)
        return {"url": said["url"], "confirmation_code": said["confirmation_code"]}
    except (ValueError, TypeError, KeyError):
        return {"answer": body[:500].decode("utf-8", "replace")}


def _plain(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
