"""Trouble told by e-mail: to those who may act, once a cause, never with secrets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlmodel import select

from tests import fakes
from tests.services import mail_server
from tests.services.mail_server import MailServer
from tests.stage import Stage
from webapp import config
from webapp.db import EVERY_BRAND, NO_BRAND
from webapp.models.alert import Alert
from webapp.models.brand import Brand
from webapp.models.channel import Channel
from webapp.models.user import User
from webapp.platforms.wire import TransportError
from webapp.services import alert_mail, alerting, halting, recording
from webapp.views import language

FRENCH = "Fanlight: «\u00a0Doors open\u00a0» s\u2019est mis en pause de lui-même"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server.running() as made:
        yield made


def with_mail(stage: Stage, server: MailServer, account: str = "") -> None:
    settings = replace(
        stage.house.settings,
        smtp_url=f"smtp://{account}127.0.0.1:{server.port}",
        mail_from="Fanlight <fanlight@rosewood.example>",
        base_url="https://fanlight.example.org",
    )
    stage.house = replace(stage.house, settings=settings)


def send(stage: Stage) -> int:
    return alert_mail.send_due(stage.house, language.say_in)


def rows(stage: Stage) -> list[Alert]:
    with stage.house.db.reader(NO_BRAND) as session:
        return list(session.exec(select(Alert).order_by(Alert.id)))  # type: ignore[arg-type]


def dead_token(stage: Stage) -> None:
    """The channel stops in the middle of a broadcast."""
    stage.broadcast()
    stage.start()
    stage.transport.answer = fakes.refuses(190, 463)
    stage.run(stage.sender())


def recipients(mails: list[EmailMessage]) -> list[str]:
    return sorted(mail["To"] for mail in mails)


def test_a_dead_token_is_told_once_to_whoever_can_give_a_new_one(
    stage: Stage, server: MailServer
) -> None:
    with_mail(stage, server)
    dead_token(stage)
    assert send(stage) == 1
    assert send(stage) == 0
    (mail,) = server.mails
    assert mail["To"] == "admin@rosewood.example"
    assert mail["Subject"] == "Fanlight: Page 100200300 has stopped sending"
    text = mail.get_content()
    where = f"b/rosewood/settings/channels/{stage.people.channel}"
    assert f"https://fanlight.example.org/{where}" in text
    assert "token" in text
    assert "page-token" not in mail.as_string()


def test_a_pause_is_told_to_those_who_may_resume_each_in_their_language(
    stage: Stage, server: MailServer
) -> None:
    with_mail(stage, server)
    with stage.house.db.writer(EVERY_BRAND) as session:
        session.get_one(User, stage.people.manager).language = "fr"
        session.commit()
    stage.broadcast()
    stage.start()
    stage.transport.answer = fakes.refuses(100, 2018014)
    stage.run(stage.sender())
    assert send(stage) == 2
    assert recipients(server.mails) == ["admin@rosewood.example", "manager@rosewood.example"]
    texts = {mail["To"]: mail["Subject"] for mail in server.mails}
    assert texts["admin@rosewood.example"] == "Fanlight: “Doors open” has paused by itself"
    assert texts["manager@rosewood.example"] == FRENCH


def test_a_run_that_was_missed_is_told(stage: Stage, server: MailServer) -> None:
    with_mail(stage, server)
    broadcast = stage.broadcast()
    stage.clock.advance(minutes=31)
    stage.start()
    assert send(stage) == 2
    assert f"/b/rosewood/broadcasts/{broadcast}" in server.mails[0].get_content()


def test_who_stopped_everything_is_not_told_and_the_other_operators_are(
    stage: Stage, server: MailServer
) -> None:
    with_mail(stage, server)
    with stage.house.db.writer(EVERY_BRAND) as session:
        session.get_one(User, stage.people.viewer).operator = True
        session.commit()
        actor = replace(stage.actor(), operator=True)
        halting.stop(session, actor, stage.clock.now())
    assert send(stage) == 1
    assert server.mails[0]["To"] == "viewer@rosewood.example"
    assert "https://fanlight.example.org/stop/" in server.mails[0].get_content()


def test_the_row_is_written_with_its_cause_or_not_at_all(stage: Stage) -> None:
    with stage.house.db.writer(EVERY_BRAND) as session:
        channel = session.get_one(Channel, stage.people.channel)
        answer = recording.StopChannel(190, None, recording.HELD)
        recording.stop_channel(session, channel.id or 0, answer, stage.clock.now())
        session.rollback()
    assert rows(stage) == []


def test_what_another_brand_has_in_the_same_transaction_is_kept(stage: Stage) -> None:
    now = stage.clock.now()
    with stage.house.db.writer(EVERY_BRAND) as session:
        mine = session.get_one(Channel, stage.people.channel)
        known = session.get_one(Brand, stage.people.rosewood)  # asked for by nobody again
        session.get_one(Channel, stage.people.other_channel).name = f"Not of {known.name}"
        alerting.channel_stopped(session, mine, recording.HELD, now)
        session.commit()
    assert [row.user_id for row in rows(stage)] == [stage.people.admin]


def test_who_wants_none_gets_none(stage: Stage, server: MailServer) -> None:
    with_mail(stage, server)
    with stage.house.db.writer(EVERY_BRAND) as session:
        session.get_one(User, stage.people.admin).alerts = False
        session.commit()
    dead_token(stage)
    assert rows(stage) == []


def test_what_the_server_refuses_for_now_is_tried_again(stage: Stage, server: MailServer) -> None:
    with_mail(stage, server)
    dead_token(stage)
    server.refusal = "451 later"
    assert send(stage) == 0
    assert send(stage) == 0, "not at once"
    server.refusal = None
    stage.clock.advance(minutes=3)
    assert send(stage) == 1
    assert len(server.mails) == 1


def test_a_server_that_is_away_is_tried_again(stage: Stage, server: MailServer) -> None:
    with_mail(stage, server)
    away = replace(stage.house.settings, smtp_url="smtp://127.0.0.1:1")
    whole, stage.house = stage.house, replace(stage.house, settings=away)
    dead_token(stage)
    assert send(stage) == 0
    assert rows(stage)[0].failure == "ConnectionRefusedError"
    stage.house = whole
    stage.clock.advance(minutes=3)
    assert send(stage) == 1


def test_a_line_that_breaks_after_the_text_was_given_is_not_sent_again(
    stage: Stage, server: MailServer
) -> None:
    with_mail(stage, server)
    dead_token(stage)
    server.breaks = True
    assert send(stage) == 0
    server.breaks = False
    stage.clock.advance(hours=2)
    assert send(stage) == 0
    assert len(server.mails) == 1


def test_without_a_server_nothing_is_sent_and_old_news_is_dropped(
    stage: Stage, server: MailServer
) -> None:
    dead_token(stage)
    assert send(stage) == 0
    assert len(rows(stage)) == 1
    stage.clock.advance(hours=25)
    with_mail(stage, server)
    assert send(stage) == 0
    assert rows(stage) == []
    assert server.mails == []


def test_the_password_is_told_to_the_server_and_to_nobody_else(
    stage: Stage, server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    with_mail(stage, server, "fanlight:s3cret%21@")
    dead_token(stage)
    server.refusal = "550 no such s3cret!"
    send(stage)
    assert len(server.logins) == 1
    assert "s3cret" not in caplog.text
    assert "s3cret" not in repr(stage.house.settings)
    assert "s3cret" not in str([row.model_dump() for row in rows(stage)])


@pytest.mark.parametrize(
    ("url", "sender", "understood"),
    [
        ("smtp://mail.example.org", "a@example.org", True),
        ("smtps://a:b@mail.example.org:465", "Fanlight <a@example.org>", True),
        ("", "a@example.org", False),
        ("smtp://mail.example.org", "", False),
        ("mail.example.org", "a@example.org", False),
        ("smtp://mail.example.org:x", "a@example.org", False),
    ],
)
def test_a_server_is_understood_or_there_is_none(
    tmp_path: Path, url: str, sender: str, *, understood: bool
) -> None:
    given = {"FANLIGHT_INSTANCE": str(tmp_path), "FANLIGHT_SMTP_URL": url,
             "FANLIGHT_MAIL_FROM": sender}  # fmt: skip
    assert (alert_mail.server_of(config.load(given)) is not None) is understood


def test_a_refusal_for_one_person_troubles_nobody(stage: Stage) -> None:
    stage.broadcast()
    stage.start()
    stage.transport.answer = fakes.breaks(TransportError.TIMEOUT, written=True)
    stage.run(stage.sender())
    assert rows(stage) == []
