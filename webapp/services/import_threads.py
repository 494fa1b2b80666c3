"""The threads a connected Page or Instagram account has already, brought in like a file of people.

They are fetched page by page into a file beside the import (`fetching`), which is then checked,
looked at by a person and run as any other: nobody who stopped is opted in again, a window opens
from the person's own message only, and all of it can be undone.

A page of threads and its cursor are one step: the file is written and synced first, then how long
it is and where to go on are committed. After a crash what is longer than that is cut off, so each
thread is in the file once. One call a second for each Page, half of what the platform allows.
"""

from __future__ import annotations

import csv
import io
import logging
import os
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import Session

from webapp.db import EVERY_BRAND
from webapp.domain import errors, remark
from webapp.domain.errors import FanlightError
from webapp.domain.permission import Actor
from webapp.domain.schedule import rfc3339
from webapp.domain.wording import Sentence, say
from webapp.house import House
from webapp.models.channel import Channel
from webapp.models.import_job import ImportJob
from webapp.platforms import threads
from webapp.platforms.threads import Page, Thread, Trouble
from webapp.services import channels as using
from webapp.services import import_files, missing
from webapp.services.channels import Outside
from webapp.store import audits, channels, imports, subscribers

log = logging.getLogger(__name__)
COLUMNS = ("psid", "first_name", "last_name", "last_message_at")
TARGETS = {"psid": "psid", "first_name": "first_name", "last_name": "last_name",
           "last_message_at": "last_inbound_at"}  # fmt: skip
HEADER = ",".join(COLUMNS) + "\r\n"


def begin(
    session: Session, actor: Actor, instance: Path, channel_id: int, now: datetime
) -> ImportJob:
    """Raises Refused for a channel without threads of this kind, Conflict while it is done."""
    actor.require("import.run")
    channel = channels.get(session, channel_id)
    if channel.platform not in missing.READABLE:
        raise errors.Refused(say("WhatsApp has no way to ask for the conversations there are."))
    if imports.fetching(session, channel_id) is not None:
        raise errors.Conflict(say("The conversations of this channel are being brought in."))
    job = ImportJob(
        brand_id=channel.brand_id,
        channel_id=channel_id,
        user_id=actor.user_id,
        filename=f"{channel.name} {now:%Y-%m-%d}"[:200],
        path=_new_file(instance),
        encoding="utf-8",
        delimiter=",",
        state="fetching",
        options={"threads": {"bytes": len(HEADER)}},
        created_at=now,
    )
    session.add(job)
    session.flush()
    audits.add(session, actor, job.brand_id, "import.threads", job.id, now, channel=channel.name)
    session.commit()
    return job


def advance(house: House, outside: Outside | None = None) -> int:
    """One page for every channel whose threads are due; returns how many were asked."""
    outside = outside or Outside(house.platforms, house.vault, house.settings)
    with house.db.reader(EVERY_BRAND) as session:
        found = imports.all_fetching(session)
        due = [(job.id or 0, job.brand_id) for job in found if _is_due(job, house.clock.now())]
    for job_id, brand_id in due:
        with house.db.writer(brand_id) as session:
            _step(session, house, outside, job_id)
    return len(due)


def told(job: ImportJob) -> Sentence | None:
    """What the platform said when it gave no page."""
    return remark.from_json(_kept(job).get("trouble"))  # type: ignore[arg-type]


def came_from_threads(job: ImportJob) -> bool:
    return "threads" in job.options


def _step(session: Session, house: House, outside: Outside, job_id: int) -> None:
    """One channel's trouble stops no other; secrets that cannot be opened are such a trouble."""
    try:
        job = session.get_one(ImportJob, job_id)
        channel, kept = channels.get(session, job.channel_id), _kept(job)
        access, platform = using.access_to(outside, session, channel), channel.platform
        session.rollback()  # the network is asked without a transaction
        after = str(kept["after"]) if kept.get("after") else None
        asked = threads.request(access, after, platform=platform, small="trouble" in kept)
        answer = threads.page_of(outside.call(asked), access.key, platform)
    except FanlightError as error:
        session.rollback()
        answer = Trouble(error.sentence)
    except Exception:
        log.exception("the threads of import %s could not be fetched", job_id)
        session.rollback()
        answer = Trouble(threads.UNCLEAR, threads.AGAIN_S)
    _keep(session, house, job_id, kept if isinstance(answer, Page) else {}, answer)


def _keep(
    session: Session, house: House, job_id: int, asked: dict[str, object], answer: Page | Trouble
) -> None:
    """Nothing, where somebody paused it, threw it away or fetched that page meanwhile."""
    now = house.clock.now()
    job = session.get(ImportJob, job_id, with_for_update=True, populate_existing=True)
    kept = {} if job is None else _kept(job)
    stale = bool(asked) and asked.get("after") != kept.get("after")
    if job is None or job.state != "fetching" or stale:
        session.rollback()
        return
    if isinstance(answer, Trouble):
        _note(job, kept, answer, now)
    else:
        kept.pop("trouble", None)
        channel = session.get_one(Channel, job.channel_id)
        lines = _lines(session, channel, answer.threads)
        size = _write(house.settings.instance / job.path, int(str(kept["bytes"])), lines)
        job.rows += len(answer.threads)
        job.options = {"threads": {**kept, "bytes": size, "after": answer.after}}
        if answer.after is None:
            _to_be_checked(job)
    session.add(job)
    session.commit()


def _note(job: ImportJob, kept: dict[str, object], trouble: Trouble, now: datetime) -> None:
    """Asked again by itself, or put aside until a person has done something."""
    kept["trouble"] = remark.to_json(trouble.sentence)
    if trouble.wait_s is None:
        job.state = "halted"
    else:
        kept["due_at"] = (now + timedelta(seconds=trouble.wait_s)).isoformat()
    job.options = {"threads": kept}


def _to_be_checked(job: ImportJob) -> None:
    job.state, job.line = "checking", 0
    job.mapping = {column: {"to": to, "type": None} for column, to in TARGETS.items()}
    job.options = {**job.options, "zone": None, "day_first": True, "decimal": "."}


def _is_due(job: ImportJob, now: datetime) -> bool:
    due = _kept(job).get("due_at")
    return due is None or datetime.fromisoformat(str(due)) <= now


def _kept(job: ImportJob) -> dict[str, object]:
    kept = job.options.get("threads")
    return dict(kept) if isinstance(kept, dict) else {}


def _new_file(instance: Path) -> str:
    path = f"{import_files.FOLDER}/{secrets.token_hex(16)}.csv"
    (instance / import_files.FOLDER).mkdir(parents=True, exist_ok=True)
    handle = os.open(instance / path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        file.write(HEADER)
    return path


def _lines(session: Session, channel: Channel, found: Sequence[Thread]) -> bytes:
    """Who has a name here keeps it: a thread tells one name, and where it parts is a guess (after
    its first word)."""
    keys = [thread.key for thread in found]
    named = subscribers.as_stored(session, channel.id or 0, keys, ["first_name", "last_name"])
    text = io.StringIO(newline="")
    lines = csv.writer(text)
    for it in found:
        known = any(named.get(it.key, (0,))[1:])
        first, _, last = ("" if known else it.name.strip()).partition(" ")
        at = "" if it.last_inbound_at is None else rfc3339(it.last_inbound_at)
        lines.writerow([it.key, first, last.strip(), at])
    return text.getvalue().encode()


def _write(path: Path, at: int, lines: bytes) -> int:
    """Behind the first `at` bytes; returns how long the file is. On the disk when it does."""
    with path.open("r+b") as file:
        file.truncate(at)
        file.seek(at)
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())
    return at + len(lines)
