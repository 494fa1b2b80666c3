"""Practice channels: a Page, account or number at the simulator, connected as any other."""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlmodel import Session

from webapp import config, db
from webapp.domain import errors
from webapp.domain.event import INSTAGRAM, MESSENGER, WHATSAPP
from webapp.domain.permission import Actor
from webapp.domain.wording import say
from webapp.models.channel import Channel
from webapp.platforms.wire import Reply, Request
from webapp.services import connecting
from webapp.services.channels import Outside
from webapp.services.connecting import Connection
from webapp.store import brands, channels

PRACTICE_APP: Final = "practice"
SIMULATOR: Final = "http://127.0.0.1:8090"  # where `fanlight simulator` listens
GOOD: Final = 200
NAMES: Final = {
    MESSENGER: "Practice Page",
    INSTAGRAM: "Practice account",
    WHATSAPP: "Practice number",
}
# Nobody practises for an hour of warm-up; and links are visited, so that clicks can be seen.
OPTIONS: Final = {"warm_up_minutes": 0, "visit_links": True}


def add(
    session: Session,
    actor: Actor,
    outside: Outside,
    now: datetime,
    *,
    name: str | None = None,
    platform: str = MESSENGER,
    simulator: str | None = None,
) -> Channel:
    """Make it at the simulator and connect it: no other code path differs from a real one."""
    actor.require("channel.edit")
    address = (simulator or _simulator(session, outside)).rstrip("/")
    key = f"9{secrets.randbelow(10**14):014d}"
    given = Connection(
        key=key,
        token="",
        name=name or NAMES.get(platform, ""),
        platform=platform,
        app_slug=PRACTICE_APP,
        graph_url=address,
        ad_account=f"act_{key}" if platform == MESSENGER else None,
        account=f"8{key}" if platform == WHATSAPP else None,
        practice=True,
    )
    connecting.check_address(actor, outside, given)
    connecting.check_platform(given)
    app = connecting.app_for(session, outside, given, now)
    body: dict[str, object] = {
        "id": key,
        "name": given.name,
        "platform": platform,
        "account": given.account or "",
        "app_secret": outside.vault.open(app.app_secret),
        "verify_token": outside.vault.open(app.verify_token),
        "webhook_url": connecting.webhook_url(outside, PRACTICE_APP),
        "country": _country(session),
        "options": OPTIONS,
    }
    session.commit()
    token = _register(outside, address, body)
    return connecting.connect(session, actor, outside, replace(given, token=token), now)


def _register(outside: Outside, address: str, body: dict[str, object]) -> str:
    request = Request(
        "POST",
        f"{address}/_practice/pages",
        {"Content-Type": "application/json"},
        json.dumps(body).encode(),
    )
    token = _token_in(outside.call(request))
    if token is None:
        raise errors.Refused(
            say(
                "The simulator does not answer at %(address)s. Start it with "
                "“fanlight simulator” and try again.",
                address=address,
            )
        )
    return token


def _token_in(reply: Reply) -> str | None:
    if reply.error is not None or reply.status != GOOD:
        return None
    try:
        token = json.loads(reply.body)["token"]
    except (ValueError, KeyError, TypeError):
        return None
    return token if isinstance(token, str) else None


def _simulator(session: Session, outside: Outside) -> str:
    """The installation's own Graph address when it is a simulator's, else where the brand practises
    already, else where ours listens."""
    given = outside.settings.graph_url
    if given != config.GRAPH_URL:
        return given
    known = (row.graph_url for row in channels.page(session) if row.practice)
    return next((address for address in known if address), SIMULATOR)


def _country(session: Session) -> str:
    brand = brands.get(session, db.brand_of(session))
    return brand.country if brand else "US"
