"""A channel's page and Home while it is deaf, reads what it missed, or may miss something."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session

from tests.cast import Cast
from tests.views.conftest import SignIn
from webapp.db import EVERY_BRAND
from webapp.domain import remark
from webapp.domain.wording import say
from webapp.house import House
from webapp.models.catch_up import CatchUp
from webapp.models.channel import Channel
from webapp.platforms.webhook_subscription import Heard
from webapp.services import missing, webhook_checks

PAGE, HOME = "/b/rosewood/settings/channels/1", "/b/rosewood/"


def miss(house: House, cast: Cast, trouble: str = "", note: str = "") -> None:
    """Nobody listened for two hours."""
    now = house.clock.now()
    with house.db.writer(EVERY_BRAND) as session:
        channel = session.get_one(Channel, cast.channel)
        missing.expect(session, channel, now - timedelta(hours=2), now)
        row = session.get_one(CatchUp, cast.channel)
        row.trouble = remark.to_json(say(trouble)) if trouble else None  # a test's own words
        row.note = remark.to_json(say(note)) if note else None
        session.commit()


def unsubscribe(house: House, cast: Cast) -> None:
    def keep(session: Session) -> None:
        for heard in (Heard(), Heard(("messages", "messaging_postbacks"))):
            webhook_checks._keep(session, missing.WATCH, cast.channel, heard, house.clock.now())
        session.commit()

    with house.db.writer(cast.rosewood) as session:
        keep(session)


def test_a_deaf_channel_offers_to_subscribe_again(client: SignIn, house: House, cast: Cast) -> None:
    unsubscribe(house, cast)
    shown = client("admin").get(PAGE).text
    assert "its webhooks for messages, messaging_postbacks are off" in shown
    assert f"{PAGE}/webhooks" in shown
    assert f"{PAGE}/resume" not in shown, "that would send without hearing"
    assert "its webhooks for messages" in client("viewer").get(HOME).text
    assert f"{PAGE}/webhooks" not in client("viewer").get(PAGE).text


def test_home_leads_to_what_to_do_about_it(client: SignIn, house: House, cast: Cast) -> None:
    """To connect it anew helps a dead token alone, neither a block nor webhooks that are off."""
    unsubscribe(house, cast)
    assert f'<a href="{PAGE}">See what to do</a>' in client("admin").get(HOME).text
    assert f'<a href="{PAGE}">See why</a>' in client("editor").get(HOME).text


def test_what_is_read_first_is_said_and_an_admin_may_send_anyway(
    client: SignIn, house: House, cast: Cast
) -> None:
    miss(house, cast)
    admin = client("admin")
    assert "once what people wrote meanwhile is read" in client("viewer").get(HOME).text
    assert "Send anyway" in admin.get(PAGE).text
    assert "Send anyway" not in client("manager").get(PAGE).text
    assert client("manager").post(f"{PAGE}/send-anyway").status_code == 403
    assert admin.post(f"{PAGE}/send-anyway").status_code == 303
    assert "Send anyway" not in admin.get(PAGE).text
    assert admin.post(f"{PAGE}/send-anyway").status_code == 303, "twice does no harm"


def test_why_it_cannot_be_read_is_on_home_and_its_page(
    client: SignIn, house: House, cast: Cast
) -> None:
    miss(house, cast, trouble="The token lacks a right.")
    admin = client("admin")
    for path in (HOME, PAGE):
        assert "The token lacks a right." in admin.get(path).text


def test_what_may_be_missing_is_shown_until_it_was_read(
    client: SignIn, house: House, cast: Cast
) -> None:
    miss(house, cast, note="Look through the chats.")
    admin = client("admin")
    assert "Look through the chats." in admin.get(HOME).text
    assert admin.post(f"{PAGE}/seen").status_code == 303
    assert "Look through the chats." not in admin.get(HOME).text
