"""Asking a callback to prove itself, as the platform does when a webhook is set up."""

from __future__ import annotations

import secrets
from urllib.parse import urlencode

from webapp.simulator import client, outbox
from webapp.simulator.answers import Answer
from webapp.simulator.pages import Page
from webapp.simulator.world import World


async def check(world: World, page: Page) -> Answer:
    """Whether GET with the verify token brings the challenge back, and what came instead."""
    url, challenge = outbox.callback(world, page), str(secrets.randbelow(10**10))
    if not url:
        return Answer({"verified": False, "reason": "The page has no webhook_url."})
    query = urlencode({
        "hub.mode": "subscribe", "hub.verify_token": page.verify_token, "hub.challenge": challenge
    })  # fmt: skip
    try:
        status, body = await client.ask("GET", f"{url}{'&' if '?' in url else '?'}{query}")
    except (OSError, TimeoutError) as error:
        return Answer({"verified": False, "reason": f"No answer: {error or 'timeout'}"})
    verified = status == 200 and body.strip().endswith(challenge.encode())
    return Answer({"verified": verified, "status": status})
