"""Who is who: the page behind a token, a person's profile, a token's health, subscriptions."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from webapp.simulator import crowd, errors, people, tokens
from webapp.simulator.answers import Answer, Json
from webapp.simulator.calls import Call
from webapp.simulator.clock import SECOND
from webapp.simulator.pages import Page
from webapp.simulator.world import World

PAGE_FIELDS = ("id", "name")
PROFILE_FIELDS = ("id", "name", "first_name", "last_name", "profile_pic")
GRANTED_APART = ("locale", "timezone", "gender")
TOKENS_A_PAGE = 1000
SCOPES = ["pages_messaging", "pages_manage_metadata", "pages_read_engagement"]


def page(world: World, page: Page, call: Call) -> Answer:
    """GET /me and GET /{page}."""
    facts: Json = {
        "id": page.id,
        "name": page.name,
        "category": "Shopping & retail",
        "link": f"https://www.facebook.com/{page.id}",
        "country_page_likes": world.engaged(page),
        "fan_count": world.engaged(page),
        "location": {"country": page.country},
        "tasks": ["MESSAGING", "MODERATE"],
        "username": page.name.lower().replace(" ", "."),
        "verified_name": page.name,
        "whatsapp_business_manager_messaging_limit": page.option("messaging_limit"),
        "display_phone_number": f"+{page.id}",
    }
    return Answer({name: facts[name] for name in _fields(call, PAGE_FIELDS) if name in facts})


def profile(world: World, page: Page, call: Call, psid: str) -> Answer:
    """GET /{psid}. One field that is not granted fails the whole call, as the platform does."""
    person = people.find(world.state, page.id, psid)
    if person is None and (page.option("strict_people") or not psid.isdigit()):
        raise errors.no_object(psid)
    who: Any = person or crowd.someone(world.settings.seed, page.country, psid)
    facts = {
        "id": psid,
        "name": f"{who.first_name} {who.last_name}",
        "first_name": who.first_name,
        "last_name": who.last_name,
        "profile_pic": f"https://platform-lookaside.example/psid/{psid}.jpg",
        "locale": who.locale,
        "timezone": _offset(who.timezone, world.clock.now()),
        "gender": "",
    }
    granted = page.option("profile_fields") or [*PROFILE_FIELDS, *GRANTED_APART]
    wanted = _fields(call, PROFILE_FIELDS)
    if not set(wanted) <= {"id", *granted}:
        raise errors.fields_not_permitted()
    return Answer({name: facts[name] for name in wanted if facts.get(name) != ""})


def subscribe(world: World, page: Page, call: Call) -> Answer:
    """POST /{page}/subscribed_apps?subscribed_fields=messages,message_echoes,..."""
    given = call.params.get("subscribed_fields")
    if not given:
        raise errors.required("subscribed_fields")
    fields = given if isinstance(given, list) else [f.strip() for f in str(given).split(",")]
    world.pages.save(replace(page, subscribed=fields))
    return Answer({"success": True})


def subscribe_all(world: World, page: Page, call: Call) -> Answer:
    """POST /{business account}/subscribed_apps: the fields are chosen in the app."""
    world.pages.save(replace(page, subscribed=None))
    return Answer({"success": True})


def subscriptions(world: World, page: Page, call: Call) -> Answer:
    """GET subscribed_apps; where fields are chosen in the app, it is listed without any."""
    app: Json = {"id": str(page.option("app_id")), "name": "Practice app", "category": "Business"}
    if page.subscribed == []:
        return Answer({"data": []})
    fields = {} if page.subscribed is None else {"subscribed_fields": page.subscribed}
    return Answer({"data": [{**app, **fields}]})


def unsubscribe(world: World, page: Page, call: Call) -> Answer:
    world.pages.save(replace(page, subscribed=[]))
    return Answer({"success": True})


def debug_token(world: World, page: Page, call: Call) -> Answer:
    """GET /debug_token?input_token= : whether a token lives, and for which page."""
    found = world.pages.by_token(str(call.params.get("input_token") or ""))
    if found is None:
        invalid = {"code": 190, "message": "Invalid OAuth access token"}
        return Answer({"data": {"is_valid": False, "error": invalid, "scopes": []}})
    about = {"app_id": str(page.option("app_id")), "type": "PAGE", "profile_id": found.id}
    return Answer({"data": {**about, "is_valid": True, "expires_at": 0, "scopes": SCOPES}})


def subscription_tokens(world: World, page: Page, call: Call) -> Answer:
    """GET /{page}/notification_message_tokens, cursor-paged."""
    given = str(call.params.get("limit") or TOKENS_A_PAGE)
    limit = min(int(given) if given.isdigit() else TOKENS_A_PAGE, TOKENS_A_PAGE)
    after = str(call.params.get("after") or "")
    found = tokens.page_of(world.state, page.id, after, limit)
    body: Json = {"data": [_token(world, token) for token in found]}
    if found:
        body["paging"] = {"cursors": {"before": found[0].token, "after": found[-1].token}}
    return Answer(body)


def _token(world: World, token: tokens.Token) -> Json:
    now, person = world.clock.now(), people.find(world.state, token.page, token.psid)
    return {
        "notification_messages_token": token.token,
        "recipient_id": token.psid,
        "topic_title": token.topic,
        "creation_timestamp": token.issued // SECOND,
        "token_expiry_timestamp": token.expires,
        "user_token_status": "NOT_REFRESHED",
        "next_eligible_time": tokens.next_free(token, now) // SECOND,
        "next_eligible_time_for_paid_messaging": tokens.next_paid(token) // SECOND,
        "notification_messages_reoptin": "ENABLED",
        "notification_messages_timezone": asdict(person)["timezone"] if person else "UTC",
    }


def _fields(call: Call, default: tuple[str, ...]) -> list[str]:
    given = str(call.params.get("fields") or "")
    return ["id", *[f for f in given.split(",") if f and f != "id"]] if given else list(default)


def _offset(zone: str, now: int) -> float:
    """Hours from UTC, as the platform gives a timezone."""
    shift = datetime.fromtimestamp(now / SECOND, UTC).astimezone(ZoneInfo(zone)).utcoffset()
    return shift.total_seconds() / 3600 if shift else 0.0
