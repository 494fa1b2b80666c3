"""POST /{page}/message_attachments: a file the platform keeps, to be sent by its id."""

from __future__ import annotations

from webapp.simulator import content, errors
from webapp.simulator.answers import Answer
from webapp.simulator.calls import Call
from webapp.simulator.pages import Page
from webapp.simulator.world import World


def keep(world: World, page: Page, call: Call) -> Answer:
    message = call.params.get("message")
    attachment = message.get("attachment") if isinstance(message, dict) else None
    if not isinstance(attachment, dict) or not isinstance(attachment.get("payload"), dict):
        raise errors.required("message[attachment][payload]")
    if attachment.get("type") not in content.ATTACHMENTS:
        raise errors.bad_parameter("message[attachment][type] is not supported", 2018047)
    content.check_media(attachment["payload"])
    number = world.state.number("SELECT count(*) FROM attachment")
    identity = str(900_000_000_000_000 + number)
    world.state.write(
        "INSERT INTO attachment VALUES (?, ?, ?)", identity, page.id, attachment["type"]
    )
    return Answer({"attachment_id": identity})
