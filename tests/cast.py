"""The fixed cast of the tests, entered into a database.

Ana: window open. Ben: closed. Cara: opted out. Dao: opted in to price-drops. Eva: another brand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp import db as database
from webapp.models.brand import Brand
from webapp.models.channel import Channel, MetaApp
from webapp.models.opt_in import Consent, OptIn, Topic
from webapp.models.subscriber import Subscriber
from webapp.models.user import Membership, User
from webapp.store import consents
from webapp.vault import Vault

KEY = "a-key-for-the-tests-only"  # spaces would part several keys
VAULT = Vault(KEY)
PAGE = "100200300"
APP_SECRET = "app-secret"
PAGE_TOKEN = "page-token"
COUNTRY = "AU"  # where both the subscription and the paid route are alive
TOKEN = "sim-4-price-drops"


@dataclass(frozen=True)
class Cast:
    rosewood: int
    other: int
    channel: int
    other_channel: int
    topic: int
    ana: int
    ben: int
    cara: int
    dao: int
    eva: int
    editor: int
    manager: int
    admin: int
    viewer: int


def enter(db: database.Database, now: datetime, *, graph_url: str | None = None) -> Cast:
    """Write the cast down; returns their ids."""
    with db.writer(database.EVERY_BRAND) as session:

        def put(row: object) -> int:
            session.add(row)
            session.flush()
            return row.id  # type: ignore[attr-defined,no-any-return]

        rosewood = put(Brand(slug="rosewood", name="Rosewood", country=COUNTRY, created_at=now))
        other = put(Brand(slug="other", name="Other", country="FR", created_at=now))
        app = put(
            MetaApp(
                slug="default",
                app_secret=VAULT.seal(APP_SECRET),
                verify_token=VAULT.seal("verify"),
                created_at=now,
            )
        )

        def channel(brand: int, key: str) -> int:
            return put(
                Channel(
                    brand_id=brand,
                    app_id=app,
                    platform="messenger",
                    key=key,
                    name=f"Page {key}",
                    access_token=VAULT.seal(PAGE_TOKEN),
                    graph_url=graph_url,
                    ad_account="act_1",
                    practice=graph_url is not None,
                    created_at=now,
                )
            )

        here, there = channel(rosewood, PAGE), channel(other, "900800700")

        def person(name: str, key: str, hours_ago: float | None, **more: object) -> int:
            wrote = None if hours_ago is None else now - timedelta(hours=hours_ago)
            return put(
                Subscriber(
                    **{
                        "brand_id": rosewood,
                        "channel_id": here,
                        "key": key,
                        "first_name": name,
                        "name_folded": name.casefold(),
                        "country": "FR",
                        "locale": "en_US",
                        "timezone": "Europe/Paris",
                        "last_inbound_at": wrote,
                        "first_seen_at": wrote,
                        "window_opener": None if wrote is None else "message",
                        "window_opened_at": wrote,
                        "window_ends_at": None if wrote is None else wrote + timedelta(hours=24),
                        "created_at": now,
                        "updated_at": now,
                        **more,
                    }
                )
            )

        ana, ben = person("Ana", "1", 1), person("Ben", "2", 48)
        cara, dao = person("Cara", "3", 1, opted_out_at=now), person("Dao", "4", 72)
        eva = person("Eva", "1", 1, brand_id=other, channel_id=there)
        topic = put(Topic(brand_id=rosewood, slug="price-drops", name="Price drops"))
        act = OptIn(
            brand_id=rosewood,
            subscriber_id=dao,
            topic_id=topic,
            action="opt_in",
            at=now - timedelta(days=10),
            recorded_at=now - timedelta(days=10),
            source="webhook",
            token=TOKEN,
            token_expires_at=now + timedelta(days=170),
        )
        consents.append(session, [act])
        put(
            Consent(
                brand_id=rosewood,
                subscriber_id=dao,
                topic_id=topic,
                state="active",
                opt_in_id=act.id or 0,
                since=now - timedelta(days=10),
                token=TOKEN,
                token_expires_at=now + timedelta(days=170),
            )
        )

        def user(role: str) -> int:
            made = put(
                User(
                    email=f"{role}@rosewood.example",
                    name=role.title(),
                    operator=role == "admin",
                    created_at=now,
                )
            )
            put(Membership(brand_id=rosewood, user_id=made, role=role, created_at=now))
            return made

        users = {role: user(role) for role in ("viewer", "editor", "manager", "admin")}
        session.commit()
    return Cast(
        rosewood, other, here, there, topic, ana, ben, cara, dao, eva,
        users["editor"], users["manager"], users["admin"], users["viewer"],
    )  # fmt: skip
