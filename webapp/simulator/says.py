"""A person does something because the trainer says so: write, press, react, block, opt in."""

from __future__ import annotations

from webapp.simulator import journal, life, outbox, people, tokens, voices, windows
from webapp.simulator.answers import Json
from webapp.simulator.pages import Misuse, Page
from webapp.simulator.people import Person
from webapp.simulator.world import World

ACTS = (
    "text", "payload", "quick_reply", "reaction", "ref", "plugin", "call", "marketing", "block",
    "unblock",
)  # fmt: skip


def page_named(world: World, given: Json) -> Page:
    """The page named, or the only one there is. Misuse otherwise."""
    every = world.pages.every()
    if "page" not in given and len(every) == 1:
        return every[0]
    page = world.pages.find(str(given.get("page") or ""))
    if page is None:
        raise Misuse("Name a registered page.")
    return page


def something(world: World, psid: str, given: Json) -> Json:
    """{page, text | payload | quick_reply | reaction | ref | plugin | block | unblock}.

    `text` may come with `quick_reply` (its payload) or `ad` (an ad's id, which opens seven days);
    `payload` with `title`; `reaction` with `mid` and `action`.
    """
    page = page_named(world, given)
    person = _somebody(world, page, psid)
    act = next((name for name in ACTS if name in given), None)
    if act is None:
        raise Misuse(f"Say what they do: one of {', '.join(ACTS)}.")
    now = world.clock.now()
    mid = _act(world, page, person, now, "text" if act == "quick_reply" else act, given)
    return {"psid": psid, "mid": mid, "at": now}


def opt_in(world: World, given: Json) -> Json:
    """{page, psid, topic, title?, status?: OPT_IN | REFRESHED | STOP | RESUME} -> {token}."""
    page, topic = page_named(world, given), str(given.get("topic") or "")
    if not topic:
        raise Misuse("An opt-in needs a topic.")
    person, now = (
        _somebody(world, page, str(given.get("psid") or "")),
        world.clock.now(),
    )
    status = str(given.get("status") or "OPT_IN").upper().split("_NOT")[0]
    if status in {"STOP", "RESUME"}:
        text = tokens.name(person.psid, topic)
        life.stop_topic(world, page, person, text, now, stopped=status == "STOP")
        return {"token": text}
    title = str(given.get("title") or "Updates and promotions")
    renewed = status == "REFRESHED"
    return {"token": life.opt_in(world, page, person, now, topic, title, renewed=renewed)}


def _somebody(world: World, page: Page, psid: str) -> Person:
    if not people.PSID.match(psid):
        raise Misuse("A psid is 1 to 64 letters, digits, dots, hyphens or underscores.")
    found = people.find(world.state, page.id, psid)
    if found is None:
        world.met(page, 1)
        found = people.meet(world.state, world.settings.seed, page, psid, 0)
    return found


def _act(world: World, page: Page, person: Person, now: int, act: str, given: Json) -> str | None:
    match act:
        case "text":
            return life.say(world, page, person, now, str(given.get("text", "")), **_with(given))
        case "payload":
            title = str(given.get("title") or given["payload"])
            return life.press(world, page, person, now, title, str(given["payload"]))
        case "reaction":
            return _react(world, page, person, now, given)
        case "call" | "marketing" if page.platform != "whatsapp":
            raise Misuse("Only a WhatsApp number is called or asked to stop its marketing.")
        case "call":
            return life.ring(world, page, person, now)
        case "marketing":
            life.prefer(world, page, person, now, stopped=given[act] == "stop")
        case "ref" | "plugin":
            _arrive(world, page, person, now, act, str(given[act]))
        case _:
            people.block(world.state, person, blocked=act == "block")
    return None


def _with(given: Json) -> dict[str, Json]:
    """What comes along with a text: the payload of a tap, the ad it follows."""
    more: dict[str, Json] = {}
    if "quick_reply" in given:
        more["quick_reply"] = {"payload": given["quick_reply"]}
    if "ad" in given:
        ad = {"ad_id": str(given["ad"]), "source": "ADS", "type": "OPEN_THREAD"}
        more["referral"] = {"ref": str(given.get("ref", "")), **ad}
    return more


def _react(world: World, page: Page, person: Person, now: int, given: Json) -> str:
    mid = given.get("mid") or journal.last_mid(world.state, page.id, person.psid)
    if not mid:
        raise Misuse("There is no message to react to; name its mid.")
    action = str(given.get("action") or "react")
    life.react(world, page, person, now, str(mid), str(given["reaction"]), action)
    return str(mid)


def _arrive(world: World, page: Page, person: Person, now: int, act: str, ref: str) -> None:
    """Through an m.me link, or a Send-to-Messenger button."""
    what = "referral" if act == "ref" else "plugin"
    if what in windows.OPENERS_ON[page.platform]:
        people.has_acted(world.state, person, what, now)
    voice = voices.of(page)
    shape = voice.referral if act == "ref" else voice.plugin_opt_in
    outbox.put(world, page, shape(page, person.psid, now, ref))
