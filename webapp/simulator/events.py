"""The shapes of webhook events, and the subscription each belongs to (facts, section 5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from webapp.simulator import content
from webapp.simulator.answers import Json
from webapp.simulator.pages import Page
from webapp.simulator.tokens import Token


@dataclass(frozen=True, slots=True)
class Event:
    """`body` goes under `messaging`, or under `changes` when the subscription is a flat one."""

    subscription: str
    body: Json = field(default_factory=dict)
    flat: bool = False


def from_person(subscription: str, page: Page, psid: str, at: int, **what: Any) -> Event:
    body = {"sender": {"id": psid}, "recipient": {"id": page.id}, "timestamp": at, **what}
    return Event(subscription, body)


def echo(page: Page, psid: str, at: int, mid: str, message: Json) -> Event:
    """What the page itself has sent, come back with the sender's metadata."""
    said: Json = {"mid": mid, "is_echo": True, "app_id": page.option("app_id")}
    said |= {name: message[name] for name in ("metadata", "text") if message.get(name)}
    attachments = message.get("attachments") or (
        [message["attachment"]] if message.get("attachment") else []
    )
    if attachments:
        said["attachments"] = attachments
    body = {"sender": {"id": page.id}, "recipient": {"id": psid}, "timestamp": at, "message": said}
    return Event("message_echoes", body)


def delivered(page: Page, psid: str, at: int, mid: str) -> Event:
    receipt = {"mids": [mid], "watermark": at}
    return from_person("message_deliveries", page, psid, at, delivery=receipt)


def read(page: Page, psid: str, at: int, mid: str) -> Event:
    return from_person("message_reads", page, psid, at, read={"watermark": at})


def message(page: Page, psid: str, at: int, mid: str, text: str, **more: Any) -> Event:
    """Something written; `more` may be quick_reply, reply_to or a referral."""
    return from_person("messages", page, psid, at, message={"mid": mid, "text": text, **more})


def postback(page: Page, psid: str, at: int, mid: str, title: str, payload: str) -> Event:
    pressed = {"mid": mid, "title": title, "payload": payload}
    return from_person("messaging_postbacks", page, psid, at, postback=pressed)


def reaction(page: Page, psid: str, at: int, mid: str, emoji: str, action: str) -> Event:
    what: Json = {"mid": mid, "action": action}
    if action == "react":
        what |= {"reaction": _NAMES.get(emoji, "other"), "emoji": emoji}
    return from_person("message_reactions", page, psid, at, reaction=what)


def referral(page: Page, psid: str, at: int, ref: str) -> Event:
    """An m.me link opened into a thread that exists."""
    what = {"ref": ref, "source": "SHORTLINK", "type": "OPEN_THREAD"}
    return from_person("messaging_referrals", page, psid, at, referral=what)


def plugin_opt_in(page: Page, psid: str, at: int, ref: str) -> Event:
    return from_person("messaging_optins", page, psid, at, optin={"ref": ref})


def opt_in(
    page: Page, token: Token, at: int, zone: str, payload: str, title: str, status: str
) -> Event:
    """`status`: NOT_REFRESHED, REFRESHED, or STOP_NOTIFICATIONS / RESUME_NOTIFICATIONS."""
    what: Json = {
        "type": "notification_messages",
        "payload": payload,
        "notification_messages_token": token.token,
        "notification_messages_timezone": zone,
        "token_expiry_timestamp": token.expires,
        "user_token_status": status if "REFRESHED" in status else "NOT_REFRESHED",
        "title": title,
    }
    if "REFRESHED" not in status:
        what["notification_messages_status"] = status
    return from_person("messaging_optins", page, token.psid, at, optin=what)


def template_status(at: int, template: Json) -> Event:
    value = {
        "message_template_id": template["id"],
        "message_template_name": template["name"],
        "message_template_language": template["language"],
        "event": template["status"],
        "timestamp": at,
    }
    return Event("message_template_status_update", value, flat=True)


def paid(what: str, page: Page, token: Token, at: int, campaign: str, **more: str) -> Event:
    """`what`: echoes, deliveries, reads, clicks or delivery_failed. Clicks carry no tracking id."""
    value: Json = {
        "app_id": page.option("app_id"),
        "page_id": page.id,
        "recipient_id": token.psid,
        "messenger_subscription_token": token.token,
        "message_id": campaign,
        "timestamp": at,
        **more,
    }
    return Event(f"marketing_message_{what}", value, flat=True)


def choices(said: Json) -> list[Json]:
    """What a person could tap in a message: quick replies, then postback buttons."""
    replies = [r for r in said.get("quick_replies") or [] if r.get("content_type") == "text"]
    return replies + [b for b in content.buttons(said) if b.get("type") == "postback"]


_NAMES = {"😆": "smile", "😠": "angry", "😢": "sad", "😮": "wow", "❤": "love", "👍": "like"}
