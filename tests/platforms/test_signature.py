from __future__ import annotations

import hashlib
import hmac

import pytest

from webapp.platforms import signature

# Published test vectors (nyaruka/courier, TestSigning).
HELLO = "f39034b29165ec6a5104d9aef27266484ab26c8caa7bca8bcb2dd02e8be61b17"
HELLO2 = "60905fdf409d0b4f721e99f6f25b31567a68a6b45e933d814e17a246be4c5a53"


@pytest.mark.parametrize(("body", "digest"), [(b"hello world", HELLO), (b"hello world2", HELLO2)])
def test_published_vectors_verify(body: bytes, digest: str) -> None:
    assert signature.verify(body, f"sha256={digest}", "sesame")
    assert signature.sign(body, "sesame") == f"sha256={digest}"


@pytest.mark.parametrize(
    "header",
    [
        *[None, "", "sha256=", HELLO, "sha256=é", "\ud800"],
        *[f"sha256={HELLO2}", f"SHA256={HELLO}", f"sha1={HELLO}", f"sha256={HELLO.upper()}"],
        *[f"sha256={HELLO}0", f"sha256={HELLO[:-1]}"],
    ],
)
def test_anything_else_is_refused(header: str | None) -> None:
    assert not signature.verify(b"hello world", header, "sesame")


def test_one_changed_byte_is_refused() -> None:
    assert not signature.verify(b"hello worle", f"sha256={HELLO}", "sesame")


def test_an_empty_secret_verifies_nothing() -> None:
    forged = hmac.new(b"", b"x", hashlib.sha256).hexdigest()
    assert not signature.verify(b"x", f"sha256={forged}", "")


def test_sha1_counts_only_when_asked_for_and_alone() -> None:
    old = "sha1=" + hmac.new(b"sesame", b"x", hashlib.sha1).hexdigest()
    assert not signature.verify(b"x", old, "sesame")
    assert not signature.verify(b"x", None, "sesame")
    assert signature.verify(b"x", None, "sesame", old_header=old)
    assert not signature.verify(b"x", f"sha256={HELLO}", "sesame", old_header=old)
