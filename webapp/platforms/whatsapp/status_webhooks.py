"""What became of messages we sent on WhatsApp (facts A3): each status names its message.

`sent` is the platform showing our own message: an echo, as on the other platforms. Every status
brings our key back, so any of them settles an unknown outcome. Order is not promised.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.domain.event import EventKind
from webapp.domain.retry import PersonEffect
from webapp.domain.wording import say
from webapp.platforms import answers
from webapp.platforms import webhook_values as values
from webapp.platforms.answer_row import Meaning
from webapp.platforms.whatsapp.change import Change, Part, Reading

KINDS: Mapping[str, EventKind] = {
    "sent": EventKind.ECHO,
    "delivered": EventKind.DELIVERY,
    "read": EventKind.READ,
    "played": EventKind.READ,
    "failed": EventKind.FAILED,
}


def status(change: Change, raw: object) -> Reading:
    """One entry of `statuses`."""
    part = values.mapping(raw)
    mid = values.identity(part.get("id"))
    name = values.text(part.get("status"), values.ID_LIMIT)
    kind = KINDS.get(name or "")
    if mid is None or kind is None:
        return change.aside(say("This status is unknown: %(status)s.", status=name or "?"), raw)
    if part.get("recipient_type") == "group":
        return change.aside(say("Fanlight makes no use of messages in groups."), raw)
    return change.event(
        kind,
        mid,
        name,
        person=change.party(part.get("recipient_user_id"), part.get("recipient_id")),
        stamp=values.moment(part.get("timestamp")),
        mid=mid,
        metadata=values.text(part.get("biz_opaque_callback_data"), values.ID_LIMIT),
        pricing=_pricing(part),
        source=_origin(part),
        **(_failure(part) if kind is EventKind.FAILED else {}),
    )


def _failure(part: Part) -> dict[str, Any]:
    """`action` is the code; its row in the table of answers says what follows for the person."""
    error = values.mapping(next(iter(values.items(part.get("errors"))), None))
    code = values.identity(error.get("code"))
    details = values.mapping(error.get("error_data")).get("details")
    row = answers.row_of(code) if code else None
    personal = row is not None and row.meaning is Meaning.PERSON
    return {
        "action": code,
        "reason": values.text(details) or values.text(error.get("title")),
        "effect": row.effect if row and personal else PersonEffect.NONE,
    }


def _pricing(part: Part) -> str | None:
    """`marketing/regular`: what it was charged as; the category alone on old versions."""
    pricing = values.mapping(part.get("pricing"))
    names = (values.identity(pricing.get("category")), values.identity(pricing.get("type")))
    return "/".join(name for name in names if name) or None


def _origin(part: Part) -> str | None:
    """`REFERRAL_CONVERSION`: the platform counts it to a free entry point."""
    origin = values.mapping(values.mapping(part.get("conversation")).get("origin"))
    found = values.identity(origin.get("type"))
    return found.upper() if found else None
