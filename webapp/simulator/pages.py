"""Pages: their tokens, secrets and callbacks, and the knobs a trainer may turn on each."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from webapp.simulator.answers import Json
from webapp.simulator.state import State

OPTIONS: Json = {
    "app_id": 1601234567890123,  # who the echoes say has sent
    "behaviour": {},  # overrides of crowd reactions, by name (reactions.BEHAVIOUR)
    "business_reviewed": True,  # may it use the Marketing Message API at all?
    "engaged": None,  # people the 24-hour quota is counted from; None counts those known
    "late_failures": True,  # WhatsApp: what is wrong with a person is told by a later status
    "legacy_tokens_everywhere": False,  # ignore that recurring notifications ended by region
    "marketing_cap": 2,  # WhatsApp: marketing messages a person gets in 24 hours; made up
    "media_rate": 10,  # calls a second with audio or video
    "messaging_limit": "TIER_2K",  # WhatsApp: people a day, as the number's page tells it
    "news_page": False,  # on the News Page Index
    "policy_block": False,  # every send fails with 368
    "profile_fields": None,  # the fields granted; None grants all
    "rate": 300,  # calls a second
    "require_proof": False,  # appsecret_proof must come with every call
    "restricted": False,  # every send fails with 10/1893063
    "strict_people": False,  # people never met are refused with 100/2018001
    "throughput": 80,  # WhatsApp: messages a second of one number
    "visit_links": False,  # people who click open loopback addresses for real
    "warm_up_minutes": 60,  # before a new paid campaign may send
}


PLATFORMS = ("messenger", "instagram", "whatsapp")


class Misuse(Exception):
    """Something the control door was asked and cannot do; its text is the answer."""


@dataclass(frozen=True, slots=True)
class Page:
    id: str
    token: str
    name: str = "Practice Page"
    app_secret: str = ""
    verify_token: str = ""
    webhook_url: str | None = None
    country: str = "US"
    platform: str = "messenger"
    options: Json = field(default_factory=dict)
    subscribed: list[str] | None = None  # None: every field
    account: str = ""  # WhatsApp: the business account the number belongs to

    def option(self, name: str) -> Any:
        return self.options.get(name, OPTIONS[name])

    def hears(self, subscription: str) -> bool:
        return self.subscribed is None or subscription in self.subscribed


class Pages:
    """Few, so they are kept in memory and written through."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._by_id = {
            row["id"]: Page(**json.loads(row["record"])) for row in state.all("SELECT * FROM page")
        }

    def find(self, identity: str) -> Page | None:
        return self._by_id.get(identity)

    def by_token(self, token: str) -> Page | None:
        return next((page for page in self._by_id.values() if page.token == token), None)

    def every(self) -> list[Page]:
        return list(self._by_id.values())

    def register(self, given: Json) -> Page:
        """Makes or changes a page; what is not named stays as it was. Misuse for nonsense."""
        identity = str(given.get("id") or "").strip()
        if not identity:
            raise Misuse("A page needs an id.")
        known = self._by_id.get(identity) or Page(identity, f"SIM-{secrets.token_hex(24)}")
        changes = _changes(known, given)
        if changes.get("platform", known.platform) not in PLATFORMS:
            raise Misuse(f"A page's platform is one of {', '.join(PLATFORMS)}.")
        return self.save(replace(known, **changes))

    def save(self, page: Page) -> Page:
        self._by_id[page.id] = page
        record = json.dumps(asdict(page))
        self._state.write("INSERT OR REPLACE INTO page VALUES (?, ?)", page.id, record)
        return page


def _changes(known: Page, given: Json) -> Json:
    """The named fields with values of the right kind; options are merged over the old ones."""
    unknown = set(given) - set(asdict(known))
    if unknown:
        raise Misuse(f"A page has no {', '.join(sorted(unknown))}.")
    changes = {name: value for name, value in given.items() if name not in {"id", "options"}}
    options = given.get("options") or {}
    strange = set(options) - set(OPTIONS)
    if strange:
        raise Misuse(f"A page has no option {', '.join(sorted(strange))}.")
    return {**changes, "options": {**known.options, **options}}


def shown(page: Page) -> Json:
    """As the control door shows it, without the app secret."""
    record = asdict(page)
    del record["app_secret"]
    return {**record, "options": {**OPTIONS, **page.options}}
