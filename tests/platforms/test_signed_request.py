"""`signed_request`: what the app's secret signed is read, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.platforms import signed_request
from webapp.simulator import deletion

# The example of the platform's own documentation; its secret is "secret".
SIGNATURE = "vlXgu64BQGFSQrY0ZcJBZASMvYvTHu9GQ0YM9rjPSso"
PAYLOAD = "eyJhbGdvcml0aG0iOiJITUFDLVNIQTI1NiIsIjAiOiJwYXlsb2FkIn0"
UNSIGNED = "eyJhbGdvcml0aG0iOiJub25lIiwidXNlcl9pZCI6IjEifQ"  # {"algorithm":"none","user_id":"1"}


def test_the_published_example_is_read() -> None:
    said = signed_request.read(f"{SIGNATURE}.{PAYLOAD}", "secret")
    assert said == {"algorithm": "HMAC-SHA256", "0": "payload"}
    assert signed_request.read(f"{SIGNATURE}=.{PAYLOAD}", "secret") == said


@pytest.mark.parametrize(
    "text",
    [
        *["", ".", PAYLOAD, f".{PAYLOAD}", f"{SIGNATURE}.", f"{PAYLOAD}.{SIGNATURE}"],
        *[f"{SIGNATURE[:-1]}.{PAYLOAD}", f"{SIGNATURE}.{PAYLOAD}x", f"{SIGNATURE}.{PAYLOAD}."],
        *[f"{SIGNATURE}.{UNSIGNED}", f".{UNSIGNED}", f"é.{PAYLOAD}", f"{SIGNATURE}.\ud800"],
        f"{SIGNATURE}.{PAYLOAD}" + "A" * 5_000,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    assert signed_request.read(text, "secret") is None


def test_another_secret_and_no_secret_read_nothing() -> None:
    assert signed_request.read(f"{SIGNATURE}.{PAYLOAD}", "sesame") is None
    assert signed_request.read(signed_request.write({}, ""), "") is None


HALF = '{"algorithm": "HMAC-SHA256", "user_id": "\\ud800"}'


@pytest.mark.parametrize("said", ["[1]", "7", "{", HALF, '{"user_id": "1"}', '{"algorithm": 7}'])
def test_what_is_signed_but_is_no_request_is_refused(said: str) -> None:
    payload = signed_request._encoded(said.encode())
    signature = signed_request._encoded(signed_request._digest(payload, "secret"))
    assert signed_request.read(f"{signature}.{payload}", "secret") is None


@given(st.text(max_size=40), st.text(min_size=1, max_size=20))
def test_what_the_simulator_signs_is_read(person: str, secret: str) -> None:
    """Written apart from this reader, so it can disagree."""
    said = signed_request.read(deletion.signed(secret, person, 1_795_000_000_000), secret)
    assert said is not None
    assert said["user_id"] == person


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    assert signed_request.read(text, "secret") is None
