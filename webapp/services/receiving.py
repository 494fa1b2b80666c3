"""Keeping what the platforms post: signature, then on disk, then 200. Meaning comes later."""

from __future__ import annotations

import hashlib
import hmac
import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from webapp.db import EVERY_BRAND, NO_BRAND, Database
from webapp.platforms import signature
from webapp.store import raw_events
from webapp.vault import Vault

MOST_BYTES = 4 * 1024 * 1024  # Meta posts at most 3 MB
BATCH = 500  # posts committed together
KNOWN_FOR_S = 5.0  # an app's secrets are read again after this long
log = logging.getLogger(__name__)
WAIT_S = 20.0  # Meta gives up earlier; whoever waits longer answers 503


@dataclass(frozen=True)
class AppKeys:
    """What verifies one platform app's webhooks."""

    app_id: int
    secret: str = field(repr=False)
    verify_token: str = field(repr=False)

    def signed(self, body: bytes, header: str | None) -> bool:
        return signature.verify(body, header, self.secret)

    def may_subscribe(self, token: str) -> bool:
        return hmac.compare_digest(self.verify_token.encode(), token.encode())


class Keyring:
    """Apps by the name in their webhook address, read from the database now and then."""

    def __init__(self, db: Database, vault: Vault) -> None:
        self._db, self._vault = db, vault
        self._known: dict[str, tuple[float, AppKeys]] = {}

    def get(self, slug: str) -> AppKeys | None:
        read_at, keys = self._known.get(slug, (0.0, None))
        if keys is None or time.monotonic() - read_at > KNOWN_FOR_S:
            keys = self._read(slug)
        if keys is not None:
            self._known[slug] = (time.monotonic(), keys)
        return keys

    def _read(self, slug: str) -> AppKeys | None:
        with self._db.reader(NO_BRAND) as session:
            app = raw_events.app(session, slug)
            if app is None:
                return None
            return AppKeys(
                app.id or 0, self._vault.open(app.app_secret), self._vault.open(app.verify_token)
            )


@dataclass
class _Post:
    row: dict[str, object]
    settled: threading.Event = field(default_factory=threading.Event)
    kept: bool = False


class Keeper:
    """One committing thread for all posts: those that arrive together share a commit."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._posts: queue.SimpleQueue[_Post] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def keep(self, app_id: int, body: bytes, now: datetime) -> bool:
        """True once the post is on disk; False when it could not be written."""
        self._start()
        digest = hashlib.sha256(body).hexdigest()
        post = _Post({"app_id": app_id, "digest": digest, "body": body, "received_at": now,
                      "state": "new", "attempts": 0})  # fmt: skip
        self._posts.put(post)
        post.settled.wait(WAIT_S)
        return post.kept

    def _start(self) -> None:
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="inbox", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while True:
            self._commit(_batch(self._posts.get, self._posts))

    def _commit(self, posts: list[_Post]) -> None:
        """All or none: whoever is not kept is told so, and the platform posts again."""
        try:
            with self._db.writer(EVERY_BRAND) as session:
                raw_events.keep(session, [post.row for post in posts])
                session.commit()
            kept = True
        except Exception:  # a full disk or a lost database: nobody is told 200
            log.exception("%s posts could not be kept; whoever sent them sends them again",
                          len(posts))  # fmt: skip
            kept = False
        for post in posts:
            post.kept = kept
            post.settled.set()


def _batch(first: Callable[[], _Post], rest: queue.SimpleQueue[_Post]) -> list[_Post]:
    posts = [first()]
    while len(posts) < BATCH:
        try:
            posts.append(rest.get_nowait())
        except queue.Empty:
            break
    return posts
