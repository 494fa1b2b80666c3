"""Handing alerts to a mail server: claimed and committed, handed over, written down.

An alert is never sent twice. One whose process died in between, or whose connection broke after
the text was handed over, stays as it is: it may have gone out. What the server refused is tried
again later, six times in about an hour.
"""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

from webapp.config import Settings
from webapp.db import NO_BRAND
from webapp.domain import remark
from webapp.domain.wording import Sentence, say
from webapp.house import House
from webapp.models.alert import Alert
from webapp.models.user import User
from webapp.store import alerts

LATEST = timedelta(days=1)  # older is no news: nobody is told when mail is set up, or comes back
BATCH = 20  # a tick
TIMEOUT_S = 10.0
PORTS = {"smtp": 587, "smtps": 465}
FOOTER = say("You get this because you may act on it. Your profile turns these e-mails off.")
Saying = Callable[[str, Sentence], str]  # a language, a sentence
log = logging.getLogger("webapp.alerts")


@dataclass(frozen=True)
class Server:
    """Where mail goes out: `smtp://name:password@host:587`, or `smtps://` for TLS from the start.

    smtp:// changes to TLS when the server can; a password is only told over TLS or to this machine.
    """

    scheme: str
    host: str
    port: int
    user: str
    password: str

    @property
    def is_here(self) -> bool:
        return self.host in ("127.0.0.1", "localhost", "::1")


def server_of(settings: Settings) -> Server | None:
    """None where nothing, or nothing that can be understood, is set."""
    try:
        parts = urlsplit(settings.smtp_url)
        port = parts.port
    except ValueError:
        return None
    has_sender = "@" in parseaddr(settings.mail_from)[1]
    if parts.scheme not in PORTS or not parts.hostname or not has_sender:
        return None
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Server(parts.scheme, parts.hostname, port or PORTS[parts.scheme], user, password)


def send_due(house: House, said: Saying) -> int:
    """Send what waits, a batch at most; returns how many the server took."""
    now, server = house.clock.now(), server_of(house.settings)
    _drop_old(house, now)
    if server is None:
        return 0
    with house.db.reader(NO_BRAND) as session:
        waiting = [(alert.id or 0, _mail(alert, user, house.settings, said, now))
                   for alert, user in alerts.due(session, now, BATCH)]  # fmt: skip
    return sum(_send(house, server, alert_id, mail) for alert_id, mail in waiting)


def _drop_old(house: House, now: datetime) -> None:
    with house.db.reader(NO_BRAND) as session:
        oldest = alerts.oldest(session)
    if oldest is not None and oldest < now - LATEST:
        with house.db.writer(NO_BRAND) as session:
            alerts.drop_older(session, now - LATEST)
            session.commit()


def _send(house: House, server: Server, alert_id: int, mail: EmailMessage) -> bool:
    with house.db.writer(NO_BRAND) as session:
        mine = alerts.claim(session, alert_id, house.clock.now())
        session.commit()
    if not mine:
        return False
    failure, sure = _hand_over(server, mail)
    with house.db.writer(NO_BRAND) as session:
        _record(session.get_one(Alert, alert_id), failure, house.clock.now(), sure=sure)
        session.commit()
    return failure is None


def _record(row: Alert, failure: str | None, now: datetime, *, sure: bool) -> None:
    row.failure = failure
    if failure is None:
        row.sent_at = now
    elif sure:
        row.asked_at = None
        row.not_before = now + timedelta(minutes=2**row.attempts)


def _hand_over(server: Server, mail: EmailMessage) -> tuple[str | None, bool]:
    """What went wrong, if anything did, and whether it is sure that nothing went out. Only the kind
    of an error is kept: its text may hold what the server was told."""
    asked = False
    try:
        with _connected(server) as line:
            asked = True
            line.send_message(mail)
    except smtplib.SMTPResponseException as error:
        return f"{type(error).__name__} {error.smtp_code}", True
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPNotSupportedError) as error:
        return type(error).__name__, True
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        log.warning("an e-mail could not be handed over: %s", type(error).__name__)
        return type(error).__name__, not asked
    return None, True


def _connected(server: Server) -> smtplib.SMTP:
    context = ssl.create_default_context()
    line: smtplib.SMTP
    if server.scheme == "smtps":
        line = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=context)
    else:
        line = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    try:
        _introduce(line, server, context)
    except BaseException:
        line.close()
        raise
    return line


def _introduce(line: smtplib.SMTP, server: Server, context: ssl.SSLContext) -> None:
    line.ehlo()
    safe = server.scheme == "smtps" or server.is_here
    if server.scheme == "smtp" and line.has_extn("starttls"):
        line.starttls(context=context)
        line.ehlo()
        safe = True
    if server.user:
        if not safe:
            raise smtplib.SMTPNotSupportedError("no TLS: the password is not told")
        line.login(server.user, server.password)


def _mail(
    alert: Alert, user: User, settings: Settings, said: Saying, now: datetime
) -> EmailMessage:
    def words(kept: dict[str, object]) -> str:
        sentence = remark.from_json(kept)
        return said(user.language, sentence) if sentence else ""

    mail = EmailMessage()
    mail["From"], mail["To"] = settings.mail_from, user.email
    mail["Subject"] = " ".join(f"Fanlight: {words(alert.subject)}".splitlines())
    mail["Date"] = format_datetime(now)
    host = urlsplit(settings.base_url).hostname or "localhost"
    mail["Message-ID"] = f"<fanlight-alert-{alert.id}@{host}>"
    mail["Auto-Submitted"] = "auto-generated"
    parts = [words(alert.sentence), words(alert.advice), settings.base_url + alert.path]
    footer = f"{said(user.language, FOOTER)}\n{settings.base_url}/profile/"
    mail.set_content("\n\n".join([*parts, f"-- \n{footer}"]) + "\n")
    return mail
