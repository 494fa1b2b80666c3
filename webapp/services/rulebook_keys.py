"""Who may vouch for a rulebook: Ed25519 keys, made, used to sign, and asked for their opinion."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from webapp.domain import rulebook_file
from webapp.domain.errors import Refused
from webapp.domain.rulebook_file import Signed
from webapp.domain.wording import say

KIND = "ed25519:"
NOBODY = say(
    "No key is trusted here. Put the public key of whoever vouches for rulebooks into "
    "FANLIGHT_RULEBOOK_KEYS."
)
UNSIGNED = say("This rulebook is not signed. Sign it with: fanlight rules sign FILE --key KEYFILE")
STRANGER = say(
    "This rulebook is signed by a key that is not trusted here. If you trust it, put it into "
    "FANLIGHT_RULEBOOK_KEYS."
)
CHANGED = say("This rulebook is not what was signed: it was changed afterwards. Ask for it again.")
NO_PRIVATE_KEY = say("This is no private key. Make one with: fanlight rules keygen FILE")


def make() -> tuple[bytes, str]:
    """A new private key as PEM, and its public key as a text for the settings."""
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem, _public_text(private.public_key())


def sign(body: bytes, pem: bytes) -> Signed:
    """Raises Refused when `pem` holds no Ed25519 key that opens without a password."""
    private = _private(pem)
    signature = base64.b64encode(private.sign(_covered(body))).decode("ascii")
    return Signed(body, _public_text(private.public_key()), signature)


def require_trusted(signed: Signed, trusted: Iterable[str]) -> None:
    """Returns when one of these public keys made the signature over exactly this body; raises
    Refused with the reason."""
    known = dict.fromkeys(trusted)
    if not signed.signature:
        raise Refused(UNSIGNED)
    if not known:
        raise Refused(NOBODY)
    if signed.key not in known:
        raise Refused(STRANGER)
    if not _fits(signed):
        raise Refused(CHANGED)


def is_public_key(text: str) -> bool:
    """Whether a text of the settings is a key at all."""
    try:
        _public(text)
    except ValueError:
        return False
    return True


def _fits(signed: Signed) -> bool:
    try:
        signature = base64.b64decode(signed.signature, validate=True)
        _public(signed.key).verify(signature, _covered(signed.body))
    except (InvalidSignature, ValueError):  # binascii.Error is a ValueError
        return False
    return True


def _covered(body: bytes) -> bytes:
    """A signature made for something else than a rulebook never fits."""
    return rulebook_file.MARK + body


def _public(text: str) -> Ed25519PublicKey:
    """ValueError when it is none."""
    if not text.startswith(KIND):
        raise ValueError(text)
    try:
        raw = base64.b64decode(text.removeprefix(KIND), validate=True)
    except binascii.Error as error:
        raise ValueError(text) from error
    return Ed25519PublicKey.from_public_bytes(raw)


def _public_text(public: Ed25519PublicKey) -> str:
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return KIND + base64.b64encode(raw).decode("ascii")


def _private(pem: bytes) -> Ed25519PrivateKey:
    try:
        found = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Refused(NO_PRIVATE_KEY) from None
    if not isinstance(found, Ed25519PrivateKey):
        raise Refused(NO_PRIVATE_KEY)
    return found
