"""What people and the platform decide around a WhatsApp number: marketing, calls, templates, the
account itself (facts A3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from webapp.domain.event import EventKind
from webapp.domain.wording import say
from webapp.platforms import webhook_values as values
from webapp.platforms.whatsapp import levels
from webapp.platforms.whatsapp.change import Change, Part, Reading

MARKETING = "marketing_messages"
SWITCH = "marketing"  # what is switched off or on: not one topic, nor a STOP in the person's words
OFFERS = "Offers and announcements"  # as WhatsApp's own screen calls them
WISHES: Mapping[str, EventKind] = {
    "stop": EventKind.OPTOUT,
    "resume": EventKind.TOPIC_RESUMED,
    "signup": EventKind.OPTIN_TOPIC,
}
# What the platform may do to an account, and what that means for sending.
MEASURES: Mapping[str, str] = {
    "ACCOUNT_DELETED": "block",
    "ACCOUNT_OFFBOARDED": "block",
    "ACCOUNT_RECONNECTED": "unblock",
    "ACCOUNT_VIOLATION": "warning",
}
BANS = {"DISABLE": "block", "SCHEDULE_FOR_DISABLE": "warning", "REINSTATE": "unblock"}
SENDING = "INITIATED_MESSAGING"  # restrictions that name it forbid writing to people


def preference(change: Change, raw: object) -> Reading:
    """A person stops or resumes a business's marketing on WhatsApp's own screen.

    A stop is read as a stop of all our broadcasts: the stricter reading, and the same whatever
    topics the person has or gets. Resuming there lifts that switch, never a STOP that was written;
    so does signing up by WhatsApp's link, which is an opt-in besides.
    """
    part = values.mapping(raw)
    person = change.party(part.get("user_id"), part.get("wa_id"))
    wish = (values.text(part.get("value"), values.ID_LIMIT) or "").lower()
    if person.key is None:
        return change.aside(say("This event does not say who it comes from."), raw)
    if wish not in WISHES or part.get("category") != MARKETING:
        return change.aside(say("This preference is unknown: %(value)s.", value=wish or "?"), raw)
    stamp = values.moment(part.get("timestamp"))
    more = {"topic": OFFERS, "payload": MARKETING} if wish == "signup" else {}
    return change.event(
        WISHES[wish], person.key, wish, stamp, person=person, stamp=stamp, action=SWITCH,
        reason=values.text(part.get("detail")), **more,
    )  # fmt: skip


def call(change: Change, raw: object) -> Reading:
    """A person rings us: that opens a window. How the call ends does not concern us."""
    part = values.mapping(raw)
    if part.get("event") != "connect" or part.get("direction") != "USER_INITIATED":
        return change.aside(say("Fanlight makes no use of this kind of call."), raw)
    person = change.party(part.get("from_user_id"), part.get("from"))
    key = values.identity(part.get("id"))
    if person.key is None or key is None:
        return change.aside(say("This event does not say who it comes from."), raw)
    stamp = values.moment(part.get("timestamp"))
    return change.event(EventKind.CALL, key, person=person, stamp=stamp, mid=key)


def account(change: Change) -> Reading:
    """What the platform does to the business account concerns every number of it."""
    event = values.text(change.value.get("event"), values.ID_LIMIT)
    action = MEASURES.get(event or "") or _restriction(change.value) or _ban(change.value)
    if action is None or change.account is None:
        return change.aside(
            say("Fanlight makes no use of this kind of event: %(names)s.", names=event or "?")
        )
    return change.event(
        EventKind.POLICY, event, action, change.sent_at, person=None, stamp=change.sent_at,
        channel=change.account, action=action, reason=_why(change.value) or event,
    )  # fmt: skip


def level(change: Change) -> Reading:
    """How many people the business may reach a day concerns every number of it. `ref` holds it."""
    told = change.value.get("max_daily_conversations_per_business")
    people = levels.people(told)
    if people is None or change.account is None:
        return change.aside(say("This notice does not say how many people may be reached a day."))
    return change.event(
        EventKind.LEVEL, str(people), change.sent_at, person=None, stamp=change.sent_at,
        channel=change.account, ref=str(people),
    )  # fmt: skip


def template(change: Change) -> Reading:
    """A template's state, quality, category or words, told by what the notice holds: one official
    sample names the wrong field. `ref` is its name, `mid` its id, `payload` its language."""
    value = change.value
    name = values.text(value.get("message_template_name"), values.ID_LIMIT)
    key = values.identity(value.get("message_template_id"))
    kind, action = _news(value)
    if kind is None or not (name or key) or change.account is None:
        return change.aside(say("This notice about a template does not say which or what."))
    language = values.identity(value.get("message_template_language"))
    return change.event(
        kind, key or name, language, action, change.sent_at, person=None, stamp=change.sent_at,
        channel=change.account, mid=key, ref=name, action=action, payload=language,
        reason=_reason(value), topic=values.text(value.get("message_template_category"), 120),
    )  # fmt: skip


def _restriction(value: Part) -> str | None:
    kinds = [
        values.text(values.mapping(one).get("restriction_type")) or ""
        for one in values.items(value.get("restriction_info"))
    ]
    if not kinds:
        return None
    return "block" if any(SENDING in kind for kind in kinds) else "warning"


def _ban(value: Part) -> str | None:
    state = values.text(values.mapping(value.get("ban_info")).get("waba_ban_state"))
    return BANS.get(state or "")


def _why(value: Part) -> str | None:
    violation = values.mapping(value.get("violation_info")).get("violation_type")
    kinds = [
        values.text(values.mapping(one).get("restriction_type"))
        for one in values.items(value.get("restriction_info"))
    ]
    return values.text(violation) or ", ".join(kind for kind in kinds if kind) or None


def _news(value: Part) -> tuple[EventKind | None, str | None]:
    """What is new about the template, and its new value in lower case."""
    for name, kind in (
        ("new_quality_score", EventKind.TEMPLATE_QUALITY),
        ("new_category", EventKind.TEMPLATE_CATEGORY),
        ("correct_category", EventKind.TEMPLATE_CATEGORY),
        ("event", EventKind.TEMPLATE_STATUS),
    ):
        found = values.text(value.get(name), values.ID_LIMIT)
        if found:
            return kind, found.strip().lower()
    words = values.text(value.get("message_template_element"))
    return (EventKind.TEMPLATE_CONTENT, None) if words else (None, None)


def _reason(value: Part) -> str | None:
    rejected = values.mapping(value.get("rejection_info")).get("reason")
    words = values.text(value.get("message_template_element"))
    return values.text(rejected) or values.text(value.get("reason")) or words


READERS: Mapping[str, Callable[[Change], Reading]] = {
    "account_update": account,
    "business_capability_update": level,
    "phone_number_quality_update": level,
    "message_template_status_update": template,
    "message_template_quality_update": template,
    "message_template_components_update": template,
    "template_category_update": template,
}
