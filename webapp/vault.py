"""Secrets at rest: page tokens, app secrets, code seeds. The key is not in the database."""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from webapp.domain import errors
from webapp.domain.wording import say


class Vault:
    """Seals and opens short texts. Several keys may open; the first one, the newest, seals.

    Fingerprints are made with the last, the oldest one: tokens stay known when a key is added.
    """

    def __init__(self, *keys: str) -> None:
        self._key = keys[-1]
        self._fernet = MultiFernet([Fernet(_derived(key)) for key in keys])

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """Raises `Refused` when the key is not the one that sealed it."""
        try:
            return self._fernet.decrypt(sealed.encode("ascii")).decode()
        except InvalidToken:
            raise errors.Refused(
                say(
                    "A stored secret cannot be opened with this installation's key. "
                    "Restore FANLIGHT_SECRET_KEY, or connect the channel again."
                )
            ) from None

    def fingerprint(self, text: str) -> str:
        """A keyed hash: lets a token be found without being stored."""
        return hmac.new(self._key.encode(), text.encode(), hashlib.sha256).hexdigest()


def _derived(key: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"fanlight vault " + key.encode()).digest())
