"""Every weak or missing setting, by name; exit 1 when there is one."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

import click
from sqlalchemy.exc import SQLAlchemyError

from webapp import config, db
from webapp.commands import audiences, shell
from webapp.commands.shell import Shell, Told
from webapp.services import alert_mail, audience_upkeep, halting, health, rulebook_keys
from webapp.store import channels, schema, users

SHORTEST_KEY = 32  # characters
LEAST_DISK = 1_000_000_000  # bytes
GRAPH_VERSION = re.compile(r"v\d{1,3}\.\d{1,2}", re.ASCII)
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
GOOD, WEAK, MISSING = "ok", "weak", "missing"


@dataclass(frozen=True)
class Finding:
    name: str
    state: str
    words: str


def register(fanlight: click.Group) -> None:
    shell.command(fanlight, "doctor")(_doctor)


def _doctor(shell: Shell) -> Told:
    """Look at every setting and say what is weak or missing."""
    found = [*_settings(shell), *_database(shell)]
    ill = [it for it in found if it.state != GOOD]
    lines = [f"{it.state:8}{it.name:24}{it.words}" for it in found]
    data = {"well": not ill, "findings": [asdict(it) for it in found]}
    return Told(data, lines, 1 if ill else 0)


def _settings(shell: Shell) -> Iterator[Finding]:
    given = shell.settings
    yield _key(given)
    yield _address(given)
    yield _graph(given)
    yield _graph_version(given)
    yield _rulebook_keys(given)
    yield _mail(given)
    if given.test_clock:
        yield Finding("FANLIGHT_TEST_CLOCK", WEAK, "The clock can be moved; not for real sending.")
    else:
        yield Finding("FANLIGHT_TEST_CLOCK", GOOD, "Off.")
    free = shutil.disk_usage(given.instance).free
    state = GOOD if free > LEAST_DISK else WEAK
    yield Finding("FANLIGHT_INSTANCE", state, f"{given.instance}, {free / 1e9:.1f} GB free.")


def _key(given: config.Settings) -> Finding:
    name = "FANLIGHT_SECRET_KEY"
    if any(len(key) < SHORTEST_KEY for key in given.secret_key.split()):
        return Finding(name, WEAK, f"Shorter than {SHORTEST_KEY} characters.")
    file = given.instance / "secret.key"
    if file.exists() and file.stat().st_mode & 0o077:
        return Finding(name, WEAK, f"Others can read {file}; run: chmod 600 {file}")
    return Finding(name, GOOD, "Long enough and private.")


def _address(given: config.Settings) -> Finding:
    parts = urlsplit(given.base_url)
    if parts.scheme == "https":
        return Finding("FANLIGHT_BASE_URL", GOOD, given.base_url)
    if parts.hostname in LOOPBACK:
        words = f"{given.base_url}: this machine only; platforms cannot post webhooks to it."
        return Finding("FANLIGHT_BASE_URL", WEAK, words)
    return Finding("FANLIGHT_BASE_URL", WEAK, f"{given.base_url}: use https.")


def _graph(given: config.Settings) -> Finding:
    if not given.graph_url.startswith("https://"):
        words = f"{given.graph_url}: a practice platform, not the real one."
        return Finding("FANLIGHT_GRAPH_URL", WEAK, words)
    return Finding("FANLIGHT_GRAPH_URL", GOOD, given.graph_url)


def _graph_version(given: config.Settings) -> Finding:
    name, version = "FANLIGHT_GRAPH_VERSION", given.graph_version
    if not GRAPH_VERSION.fullmatch(version):
        return Finding(
            name, WEAK, f"{version} is no version; write one like {config.GRAPH_VERSION}."
        )
    if version != config.GRAPH_VERSION:
        words = f"{version}; this release was tried with {config.GRAPH_VERSION}."
        return Finding(name, WEAK, words)
    return Finding(name, GOOD, version)


def _rulebook_keys(given: config.Settings) -> Finding:
    name = "FANLIGHT_RULEBOOK_KEYS"
    wrong = [key for key in given.rulebook_keys if not rulebook_keys.is_public_key(key)]
    if wrong:
        words = f"{wrong[0]} is no public key; `fanlight rules keygen` prints one."
        return Finding(name, WEAK, words)
    if not given.rulebook_keys:
        return Finding(name, GOOD, "None: rulebooks come with releases only.")
    return Finding(name, GOOD, f"{len(given.rulebook_keys)} trusted to sign rulebooks.")


def _mail(given: config.Settings) -> Finding:
    name = "FANLIGHT_SMTP_URL"
    if not given.smtp_url:
        words = (
            "Not set: nobody gets an e-mail when a channel stops. Set it to "
            "smtp://name:password@host:587, and FANLIGHT_MAIL_FROM to the sender's address."
        )
        return Finding(name, WEAK, words)
    server = alert_mail.server_of(given)
    if server is None:
        words = "Not understood; write smtp://name:password@host:587 and FANLIGHT_MAIL_FROM."
        return Finding(name, WEAK, words)
    return Finding(name, GOOD, f"{server.host}, from {given.mail_from}.")


def _database(shell: Shell) -> Iterator[Finding]:
    name = "FANLIGHT_DATABASE_URL"
    try:
        current = schema.is_current(shell.bare_house.db.engine)
    except SQLAlchemyError as error:
        yield Finding(name, MISSING, f"It does not answer: {' '.join(str(error).split())[:120]}")
        return
    if not current:
        yield Finding(name, MISSING, "Not up to date; run: fanlight db upgrade")
        return
    yield Finding(name, GOOD, shell.bare_house.db.engine.dialect.name)
    yield _clock(shell)
    yield _audiences(shell)
    yield from _people(shell)


def _clock(shell: Shell) -> Finding:
    ready = health.ready(shell.bare_house.db, shell.now)
    if ready.clock:
        return Finding("clock", GOOD, f"Its heartbeat is {ready.clock_age or 0:.0f} s old.")
    if ready.clock_age is None:
        return Finding("clock", MISSING, "It has never run here; run: fanlight jobs")
    return Finding("clock", MISSING, f"Silent for {ready.clock_age:.0f} s; run: fanlight jobs")


def _audiences(shell: Shell) -> Finding:
    with shell.reader(db.EVERY_BRAND) as session:
        found = audience_upkeep.state(session)
    if not found.watched:
        words = "Changes of people are not written down; run: fanlight db upgrade"
        return Finding("audiences", MISSING, words)
    return Finding("audiences", WEAK if found.void else GOOD, audiences.sentence(found))


def _people(shell: Shell) -> Iterator[Finding]:
    with shell.reader(db.EVERY_BRAND) as session:
        operators = [user for user in users.everyone(session) if user.operator]
        stopped = [channel.name for channel in channels.stopped(session)]
        halted = halting.current(session)
    if halted is not None:
        yield Finding("sending", WEAK, f"{halted.sentence} Look, then run: fanlight go-on")
    if operators:
        yield Finding("operator", GOOD, ", ".join(user.email for user in operators))
    else:
        words = "Nobody may make brands; run: fanlight user create EMAIL --operator"
        yield Finding("operator", MISSING, words)
    for name in stopped:
        yield Finding("channel", WEAK, f"{name} is stopped; see its page in the settings.")
