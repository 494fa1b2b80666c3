"""The Cloud API's POST /{phone-number-id}/messages.

What is wrong with the call is refused at once. What is wrong with the person is told later, by a
`failed` status, as WhatsApp does; the option `late_failures` off tells it at once.
"""

from __future__ import annotations

from typing import Any

from webapp.simulator import (
    life,
    outbox,
    people,
    sending,
    whatsapp_content,
    whatsapp_events,
    whatsapp_rules,
    whatsapp_templates,
)
from webapp.simulator import whatsapp_errors as refusals
from webapp.simulator.answers import Answer, Json
from webapp.simulator.calls import Call
from webapp.simulator.errors import Refusal
from webapp.simulator.pages import Page
from webapp.simulator.people import Person
from webapp.simulator.world import World


def send(world: World, page: Page, call: Call) -> Answer:
    if call.params.get("status") == "read":
        return Answer({"success": True})
    _check_number(page)
    kind = whatsapp_content.check(call.params)
    now = world.clock.now()
    category = whatsapp_templates.category(world.state, page, call.params.get("template"), now)
    _check_rates(world, page)
    person = _person(world, page, call.params)
    whatsapp_rules.pair(world.state, page, person.psid, now)
    refusal = whatsapp_rules.check(world.state, page, person, category, now)
    if refusal is not None and not page.option("late_failures"):
        raise refusal
    return _accept(world, page, person, call.params, kind, category, refusal)


def _check_number(page: Page) -> None:
    if page.option("restricted"):
        raise refusals.spam()
    if page.option("policy_block"):
        raise refusals.locked()


def _check_rates(world: World, page: Page) -> None:
    try:
        world.limits.call(page, "send", min(page.option("rate"), page.option("throughput")))
    except Refusal:
        raise refusals.throughput() from None


def _person(world: World, page: Page, params: Json) -> Person:
    """`to` wins over `recipient`. A number nobody told of is on WhatsApp all the same, with an
    unknown past that is trusted once."""
    named = str(params.get("to") or params.get("recipient") or "")
    psid = whatsapp_events.psid_of(named)
    if not people.PSID.match(psid):
        raise refusals.missing("to")
    person = people.find(world.state, page.id, psid)
    if person is not None:
        return person
    if page.option("strict_people"):
        raise refusals.undeliverable()
    return sending.stranger(world, page, psid, world.clock.now())


def _accept(
    world: World,
    page: Page,
    person: Person,
    params: Json,
    kind: str,
    category: str | None,
    refusal: Refusal | None,
) -> Answer:
    now, mid, key = world.clock.now(), f"wamid.{life.new_mid()}", _key(params)
    world.limits.accepted(page, now)
    people.has_heard(world.state, person)
    told = {"pricing": _pricing(category)}
    sent = whatsapp_events.status(page, person.psid, now, mid, "sent", key, **told)
    outbox.put(world, page, sent)
    if refusal is not None:
        _fail(world, page, person, mid, key, refusal)
    else:
        marketing = category == whatsapp_rules.MARKETING
        if marketing:
            whatsapp_rules.count(world.state, person, now)
        about = {"mid": mid, **({"marketing": True} if marketing else {})}
        life.expect(world, page, person, whatsapp_content.seen(params, kind), about)
    contact = {"input": str(params.get("to") or params.get("recipient")), "wa_id": person.psid}
    message = {"id": mid, "message_status": "accepted"}
    body = {"messaging_product": "whatsapp", "contacts": [contact], "messages": [message]}
    return Answer(body, psid=person.psid, mid=mid, key=key)


def _fail(
    world: World, page: Page, person: Person, mid: str, key: str | None, why: Refusal
) -> None:
    error = {"code": why.code, "title": why.message, "error_data": why.more.get("error_data")}
    failed = whatsapp_events.status(
        page, person.psid, world.clock.now(), mid, "failed", key, errors=[error]
    )
    outbox.put(world, page, failed)


def _pricing(category: str | None) -> Json:
    named = (category or "service").lower()
    kind = "regular" if category else "free_customer_service"
    return {"billable": category is not None, "pricing_model": "PMP", "type": kind,
            "category": named}  # fmt: skip


def _key(params: Json) -> str | None:
    key: Any = params.get("biz_opaque_callback_data")
    return str(key) if key else None
