"""Signatures over the exact bytes, against published vectors."""

from __future__ import annotations

import pytest

from webapp.simulator import signature


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"hello world", "f39034b29165ec6a5104d9aef27266484ab26c8caa7bca8bcb2dd02e8be61b17"),
        (b"hello world2", "60905fdf409d0b4f721e99f6f25b31567a68a6b45e933d814e17a246be4c5a53"),
    ],
)
def test_the_vectors_of_the_secret_sesame(body: bytes, expected: str) -> None:
    assert signature.headers("sesame", body)["x-hub-signature-256"] == f"sha256={expected}"


def test_the_older_header_is_sent_as_well() -> None:
    sha1 = signature.headers("sesame", b"hello world")["x-hub-signature"]
    assert sha1.startswith("sha1=")
    assert len(sha1) == len("sha1=") + 40
