"""WhatsApp's events: messages and statuses of one number, each a change of its own (facts A3).

People are named twice, by number and by user id: `BR.9` and the number, so that either leads to
the same person. Everybody's user id is of the number's own country.
"""

from __future__ import annotations

import re
from typing import Any

from webapp.simulator import crowd
from webapp.simulator.answers import Json
from webapp.simulator.clock import SECOND
from webapp.simulator.events import Event
from webapp.simulator.pages import Page

USER_ID = re.compile(r"[A-Z]{2}\.9(.+)")


def psid_of(named: str) -> str:
    """The person behind a number, with or without its plus, or behind a user id."""
    found = USER_ID.fullmatch(named)
    return found[1] if found else named.removeprefix("+")


def user_id(page: Page, psid: str) -> str:
    return f"{page.country}.9{psid}"


def message(page: Page, psid: str, at: int, mid: str, text: str, **more: Any) -> Event:
    """Something written; a tap on a reply is a message of its own kind here."""
    if "quick_reply" in more:
        return postback(page, psid, at, mid, text, str(more["quick_reply"].get("payload", "")))
    said: Json = {"type": "text", "text": {"body": text}}
    if (more.get("referral") or {}).get("source") == "ADS":
        ad = more["referral"]
        said["referral"] = {"source_type": "ad", "source_id": ad["ad_id"], "ctwa_clid": "sim"}
    return _written(page, psid, at, mid, said)


def postback(page: Page, psid: str, at: int, mid: str, title: str, payload: str) -> Event:
    reply = {"type": "button_reply", "button_reply": {"id": payload, "title": title}}
    return _written(page, psid, at, mid, {"type": "interactive", "interactive": reply})


def reaction(page: Page, psid: str, at: int, mid: str, emoji: str, action: str) -> Event:
    what = {"message_id": mid, **({"emoji": emoji} if action == "react" else {})}
    return _written(page, psid, at, f"wamid.r{at}{psid}", {"type": "reaction", "reaction": what})


def call(page: Page, psid: str, at: int, key: str) -> Event:
    rung = {"id": key, "from": psid, "from_user_id": user_id(page, psid), "event": "connect",
            "direction": "USER_INITIATED", "timestamp": str(at // SECOND)}  # fmt: skip
    return _change("calls", page, {"contacts": [_contact(page, psid)], "calls": [rung]})


def preference(page: Page, psid: str, at: int, value: str) -> Event:
    """The person stops or resumes marketing on WhatsApp's own screen."""
    wish = {"wa_id": psid, "user_id": user_id(page, psid), "category": "marketing_messages",
            "value": value, "timestamp": at // SECOND}  # fmt: skip
    contacts = [_contact(page, psid)]
    return _change("user_preferences", page, {"contacts": contacts, "user_preferences": [wish]})


def echo(page: Page, psid: str, at: int, mid: str, said: Json) -> Event:
    return status(page, psid, at, mid, "sent", said.get("metadata"))


def delivered(page: Page, psid: str, at: int, mid: str) -> Event:
    return status(page, psid, at, mid, "delivered")


def read(page: Page, psid: str, at: int, mid: str) -> Event:
    return status(page, psid, at, mid, "read")


def status(
    page: Page, psid: str, at: int, mid: str, name: str, key: Any = None, **more: Any
) -> Event:
    told: Json = {"id": mid, "status": name, "timestamp": str(at // SECOND), "recipient_id": psid,
                  "recipient_user_id": user_id(page, psid), **more}  # fmt: skip
    if key:
        told["biz_opaque_callback_data"] = str(key)
    return _change("messages", page, {"statuses": [told]})


def referral(page: Page, psid: str, at: int, ref: str) -> None:
    return None


def plugin_opt_in(page: Page, psid: str, at: int, ref: str) -> None:
    return None


def _written(page: Page, psid: str, at: int, mid: str, said: Json) -> Event:
    from_whom = {"from": psid, "from_user_id": user_id(page, psid)}
    entry = {**from_whom, "id": mid, "timestamp": str(at // SECOND), **said}
    return _change("messages", page, {"contacts": [_contact(page, psid)], "messages": [entry]})


def _contact(page: Page, psid: str) -> Json:
    who = crowd.someone(0, page.country, psid)
    name = f"{who.first_name} {who.last_name}"
    return {"profile": {"name": name}, "wa_id": psid, "user_id": user_id(page, psid)}


def _change(field: str, page: Page, value: Json) -> Event:
    about = {"display_phone_number": page.id, "phone_number_id": page.id}
    return Event(field, {"messaging_product": "whatsapp", "metadata": about, **value}, flat=True)
