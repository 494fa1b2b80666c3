"""What people write to a WhatsApp number, and what they do to it later (facts A3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from webapp.domain.event import EventKind
from webapp.domain.wording import say
from webapp.platforms import webhook_values as values
from webapp.platforms.whatsapp.change import USER_ID_LIMIT, Change, Part, Party, Reading, number

AD = "ad"  # `source_type` of a referral that came from an ad
SOURCES = {AD: "ADS"}
CAPTIONED = ("image", "video", "document", "audio", "sticker")
SEEN_ONLY = ("location", "contacts", "order")
UNSENT = frozenset({"edit", "pin", "poll_update"})  # told as unsupported, and no new message
TAPS = ("button_reply", "list_reply")


def message(change: Change, raw: object) -> Reading:
    """One entry of `messages`. Types nobody has described are set aside: they open no window."""
    part = values.mapping(raw)
    kind = values.text(part.get("type"), values.ID_LIMIT)
    if kind == "system":
        return _system(change, part)
    person = change.party(part.get("from_user_id"), part.get("from"))
    if person.key is None:
        return change.aside(say("This event does not say who it comes from."), raw)
    if part.get("group_id"):
        return change.aside(say("Fanlight makes no use of messages in groups."), raw)
    if values.identity(part.get("id")) is None:
        return change.aside(say("This message has no id."), raw)
    reader = READERS.get(kind or "")
    if reader is None:
        return change.aside(
            say("Fanlight makes no use of this kind of event: %(names)s.", names=kind or "?"), raw
        )
    return reader(change, part, person)


def echo(change: Change, raw: object) -> Reading:
    """Written in the business's own app: our side of the conversation, so it answers people."""
    part = values.mapping(raw)
    mid = values.identity(part.get("id"))
    if part.get("type") in ("revoke", "edit"):
        return change.aside(say("The business changed a message of its own."), raw)
    person = change.party(part.get("to_user_id"), part.get("to"))
    if mid is None or person.key is None:
        return change.aside(say("This echo names no message."), raw)
    return change.event(
        EventKind.ECHO, mid, "echo", person=person, stamp=_stamp(part), mid=mid,
        text=_body(part), attachments=_kinds(part),
    )  # fmt: skip


def _said(change: Change, part: Part, person: Party) -> Reading:
    """A message, by its id; what it shows besides words is named by its kind."""
    context = values.mapping(part.get("context"))
    return change.event(
        EventKind.MESSAGE,
        part.get("id"),
        person=person,
        stamp=_stamp(part),
        mid=values.identity(part.get("id")),
        text=_body(part),
        attachments=_kinds(part),
        reply_to=values.identity(context.get("id")),
        **_referred(part.get("referral")),
    )


def _unseen(change: Change, part: Part, person: Party) -> Reading:
    """Something we are not shown. An edit, a pin or a vote is no message, even where it is told as
    one, and opens no window."""
    what = values.text(values.mapping(part.get("unsupported")).get("type"), values.ID_LIMIT)
    if what in UNSENT:
        return change.aside(
            say("Fanlight makes no use of this kind of event: %(names)s.", names=what), part
        )
    return _said(change, part, person)


def _pressed(change: Change, part: Part, person: Party) -> Reading:
    """A quick reply of a template."""
    button = values.mapping(part.get("button"))
    return _tap(change, part, person, button.get("payload"), button.get("text"))


def _chosen(change: Change, part: Part, person: Party) -> Reading:
    """A button, a row of a list, a finished form; or nothing that could be read."""
    interactive = values.mapping(part.get("interactive"))
    for name in TAPS:
        reply = values.mapping(interactive.get(name))
        if reply:
            return _tap(change, part, person, reply.get("id"), reply.get("title"))
    if "call_permission_reply" in interactive:
        return change.aside(say("This person answered whether they may be called."), part)
    return _said(change, part, person)


def _tap(change: Change, part: Part, person: Party, payload: object, title: object) -> Reading:
    return change.event(
        EventKind.POSTBACK,
        part.get("id"),
        person=person,
        stamp=_stamp(part),
        mid=values.identity(part.get("id")),
        text=values.text(title),
        payload=values.text(payload),
        reply_to=values.identity(values.mapping(part.get("context")).get("id")),
    )


def _reacted(change: Change, part: Part, person: Party) -> Reading:
    """Without an emoji the reaction was taken back."""
    reaction = values.mapping(part.get("reaction"))
    emoji = values.text(reaction.get("emoji"), values.ID_LIMIT)
    return change.event(
        EventKind.REACTION if emoji else EventKind.UNREACTION,
        part.get("id"),
        person=person,
        stamp=_stamp(part),
        mid=values.identity(reaction.get("message_id")),
        text=emoji,
    )


def _edited(change: Change, part: Part, person: Party) -> Reading:
    edit = values.mapping(part.get("edit"))
    return change.event(
        EventKind.MESSAGE_EDIT,
        part.get("id"),
        person=person,
        stamp=_stamp(part),
        mid=values.identity(edit.get("original_message_id")),
        text=_body(values.mapping(edit.get("message"))),
    )


def _deleted(change: Change, part: Part, person: Party) -> Reading:
    original = values.mapping(part.get("revoke")).get("original_message_id")
    return change.event(
        EventKind.MESSAGE_DELETED,
        part.get("id"),
        person=person,
        stamp=_stamp(part),
        mid=values.identity(original),
    )


def _system(change: Change, part: Part) -> Reading:
    """A person has a new number, and with it a new user id. The old ones end at this moment.

    The body of the notice is a sentence for people and is not read.
    """
    notice = values.mapping(part.get("system"))
    old = change.party(notice.get("previous_user_id"), part.get("from"))
    now = Party(
        values.identity(notice.get("user_id") or part.get("from_user_id"), USER_ID_LIMIT),
        number(notice.get("wa_id") or notice.get("new_wa_id")),
        old.name,
    )
    was = tuple(
        key for key in (old.user_id, old.phone) if key and key not in (now.user_id, now.phone)
    )
    if now.key is None or not was:
        return change.aside(say("This notice names no new number or id."), part)
    parts = (part.get("id"), now.key)
    return change.event(EventKind.IDENTITY, *parts, person=now, stamp=_stamp(part), was=was)


def _stamp(part: Part) -> datetime | None:
    return values.moment(part.get("timestamp"))


def _body(part: Part) -> str | None:
    """The words of a message: its text, or what stands under its picture or in its form."""
    kind = part.get("type")
    inner = values.mapping(part.get(kind)) if isinstance(kind, str) else {}
    form = values.mapping(inner.get("nfm_reply"))
    words = (inner.get("body"), inner.get("caption"), form.get("body"))
    return next((text for text in map(values.text, words) if text), None)


def _kinds(part: Part) -> tuple[str, ...]:
    kind = values.text(part.get("type"), values.ID_LIMIT)
    return () if kind in (None, "text") else (kind,)


def _referred(value: object) -> dict[str, Any]:
    """An ad or a post that led here; only ads are known to open the free 72 hours."""
    part = values.mapping(value)
    kind = (values.text(part.get("source_type"), values.ID_LIMIT) or "").lower()
    return {
        "source": SOURCES.get(kind, kind.upper() or None),
        "ad_id": values.identity(part.get("source_id")),
        "ref": values.text(part.get("ctwa_clid"), values.ID_LIMIT),
    }


READERS: Mapping[str, Callable[[Change, Part, Party], Reading]] = {
    "text": _said,
    **dict.fromkeys(CAPTIONED, _said),
    **dict.fromkeys(SEEN_ONLY, _said),
    "unsupported": _unseen,
    "button": _pressed,
    "interactive": _chosen,
    "reaction": _reacted,
    "edit": _edited,
    "revoke": _deleted,
}
