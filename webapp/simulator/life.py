"""People living their reactions: what was planned falls due, changes what is known, is told."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterable

from webapp.simulator import (
    answers,
    crowd,
    events,
    links,
    outbox,
    people,
    tokens,
    voices,
    whatsapp_events,
    whatsapp_rules,
    windows,
)
from webapp.simulator.answers import Json
from webapp.simulator.pages import Page
from webapp.simulator.people import Person
from webapp.simulator.reactions import Reaction, plan
from webapp.simulator.state import Row
from webapp.simulator.world import World

AT_ONCE = 500  # reactions lived in one turn of the loop
TEMPLATE_REVIEWED = "template_reviewed"  # not a person's doing, but it takes its time as well
GONE_AFTER_BLOCK = frozenset({"read", "tap", "click", "reply", "react", "opt_in"})


def expect(world: World, page: Page, person: Person, said: Json, about: Json) -> None:
    """Decides how `person` will react to a message just accepted."""
    dice = crowd.chance(world.settings.seed, page.id, person.psid, person.heard)
    shares = page.option("behaviour")
    planned = plan(dice, said, about, person.locale, shares, world.settings.speed)
    remember(world, page, person.psid, planned)


def remember(world: World, page: Page, psid: str, planned: Iterable[Reaction]) -> None:
    now = world.clock.now()
    world.state.write_many(
        "INSERT INTO reaction (due, page, psid, kind, detail) VALUES (?, ?, ?, ?, ?)",
        [(now + r.delay, page.id, psid, r.kind, answers.escaped(r.detail)) for r in planned],
    )


def live(world: World) -> int:
    """Lives what is due; returns how many reactions that were."""
    if world.paused:
        return 0
    now = world.clock.now()
    due = world.state.all(
        "SELECT * FROM reaction WHERE due <= ? ORDER BY due LIMIT ?", now, AT_ONCE
    )
    for row in due:
        _happen(world, row)
    world.state.write_many("DELETE FROM reaction WHERE id=?", [(row["id"],) for row in due])
    return len(due)


def new_mid() -> str:
    return f"m_{secrets.token_urlsafe(32)}"


def _happen(world: World, row: Row) -> None:
    page, detail = world.pages.find(row["page"]), json.loads(row["detail"])
    if page is None:
        return
    if row["kind"] == TEMPLATE_REVIEWED:
        outbox.put(world, page, events.template_status(row["due"], detail))
        return
    person = people.find(world.state, page.id, row["psid"])
    if person is not None and not (person.blocked and row["kind"] in GONE_AFTER_BLOCK):
        _LIVES[row["kind"]](world, page, person, detail, row["due"])


def _deliver(world: World, page: Page, person: Person, detail: Json, at: int) -> None:
    if "tracking" in detail:
        _paid(world, page, detail, at, "deliveries", "delivered")
    else:
        outbox.put(world, page, voices.of(page).delivered(page, person.psid, at, detail["mid"]))


def _read(world: World, page: Page, person: Person, detail: Json, at: int) -> None:
    if "tracking" in detail:
        _paid(world, page, detail, at, "reads", "seen")
    else:
        outbox.put(world, page, voices.of(page).read(page, person.psid, at, detail["mid"]))


def _paid(world: World, page: Page, detail: Json, at: int, what: str, column: str) -> None:
    world.state.write(
        f"UPDATE paid_message SET {column}=1 WHERE tracking=?",  # noqa: S608 - the column is ours
        detail["tracking"],
    )
    token = tokens.find(world.state, page.id, detail["token"], at)
    more = {} if what == "clicks" else {"marketing_message_tracking_id": detail["tracking"]}
    if token is not None:
        event = events.paid(what, page, token, at, detail["campaign"], mid=detail["mid"], **more)
        outbox.put(world, page, event)


def _tap(world: World, page: Page, person: Person, detail: Json, at: int) -> None:
    choice = detail["choice"]
    if "content_type" in choice:
        quick = {"quick_reply": {"payload": choice.get("payload", "")}}
        say(world, page, person, at, str(choice.get("title", "")), **quick)
    else:
        press(world, page, person, at, str(choice.get("title", "")), str(choice.get("payload", "")))


def _click(world: World, page: Page, person: Person, detail: Json, at: int) -> None:
    if "tracking" in detail:
        _paid(world, page, detail, at, "clicks", "clicked")
    if page.option("visit_links"):
        links.visit(detail["url"], world.settings)


def _reply(world: World, page: Page, person: Person, detail: Json, at: int) -> None:
    say(world, page, person, at, detail["text"])


def _stop(world: World, page: Page, person: Person, detail: Json, at: int) -> None:
    """Whoever was written to by a token stops the topic, by marketing on WhatsApp marketing; the
    others write STOP."""
    if "marketing" in detail:
        prefer(world, page, person, at, stopped=True)
    elif "token" in detail:
        stop_topic(world, page, person, detail["token"], at, stopped=True)
    else:
        say(world, page, person, at, detail["text"])


def _react(world: World, page: Page, person: Person, detail: Json, at: int) -> None:
    react(world, page, person, at, detail["mid"], detail["emoji"])


def _block(world: World, page: Page, person: Person, detail: Json, at: int) -> None:
    people.block(world.state, person, blocked=True)


def _opt_in(world: World, page: Page, person: Person, detail: Json, at: int) -> None:
    asked = detail["asked"]
    topic = re.sub(r"\s+", "-", str(asked.get("payload") or "updates"))[:65]
    title = str(asked.get("title") or "Updates and promotions")
    opt_in(world, page, person, at, topic, title)


def say(world: World, page: Page, person: Person, at: int, text: str, **more: Json) -> str:
    """The person writes: the window opens, the page is told. Returns the message's id."""
    mid = new_mid()
    from_ad = (more.get("referral") or {}).get("source") == "ADS"
    longer = from_ad and page.platform != "whatsapp"  # there an ad makes time free, not longer
    people.has_acted(world.state, person, "message", at, from_ad=longer)
    world.state.write(
        "INSERT INTO inbound (at, page, psid, mid, text) VALUES (?, ?, ?, ?, ?)",
        at, page.id, person.psid, mid, text,
    )  # fmt: skip
    outbox.put(world, page, voices.of(page).message(page, person.psid, at, mid, text, **more))
    return mid


def press(world: World, page: Page, person: Person, at: int, title: str, payload: str) -> str:
    mid = new_mid()
    people.has_acted(world.state, person, "postback", at)
    outbox.put(world, page, voices.of(page).postback(page, person.psid, at, mid, title, payload))
    return mid


def react(
    world: World, page: Page, person: Person, at: int, mid: str, emoji: str, action: str = "react"
) -> None:
    if action == "react" and "reaction" in windows.OPENERS_ON[page.platform]:
        people.has_acted(world.state, person, "reaction", at)
    outbox.put(world, page, voices.of(page).reaction(page, person.psid, at, mid, emoji, action))


def prefer(world: World, page: Page, person: Person, at: int, *, stopped: bool) -> None:
    """Marketing stopped or resumed on WhatsApp's own screen."""
    whatsapp_rules.wish(world.state, person, stopped=stopped)
    wish = "stop" if stopped else "resume"
    outbox.put(world, page, whatsapp_events.preference(page, person.psid, at, wish))


def ring(world: World, page: Page, person: Person, at: int) -> str:
    key = f"wacid.{new_mid()}"
    people.has_acted(world.state, person, "call", at)
    outbox.put(world, page, whatsapp_events.call(page, person.psid, at, key))
    return key


def opt_in(
    world: World,
    page: Page,
    person: Person,
    at: int,
    topic: str,
    title: str,
    *,
    renewed: bool = False,
) -> str:
    """The person allows messages on a topic. It opens no window. Returns the token."""
    token = tokens.issue(world.state, page.id, person.psid, topic, at)
    status = "REFRESHED" if renewed else "NOT_REFRESHED"
    event = events.opt_in(page, token, at, person.timezone, topic, title, status)
    outbox.put(world, page, event)
    return token.token


def stop_topic(
    world: World, page: Page, person: Person, text: str, at: int, *, stopped: bool
) -> None:
    token = tokens.find(world.state, page.id, text, at)
    if token is None:
        return
    tokens.stop(world.state, token, stopped=stopped)
    status = "STOP_NOTIFICATIONS" if stopped else "RESUME_NOTIFICATIONS"
    event = events.opt_in(page, token, at, person.timezone, token.topic, token.topic, status)
    outbox.put(world, page, event)


_LIVES: dict[str, Callable[[World, Page, Person, Json, int], None]] = {
    "deliver": _deliver,
    "read": _read,
    "tap": _tap,
    "click": _click,
    "reply": _reply,
    "stop": _stop,
    "react": _react,
    "block": _block,
    "opt_in": _opt_in,
}
