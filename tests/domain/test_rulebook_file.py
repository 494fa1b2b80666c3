"""A rulebook as one file: what goes in comes out, byte by byte, and nothing else is taken."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import rulebook_file
from webapp.domain.errors import Refused
from webapp.domain.policy.rulebook import RulebookError
from webapp.domain.rulebook_file import Signed

NAMES = st.from_regex(r"[a-z0-9_-]{1,20}\.toml", fullmatch=True)
FILES = st.dictionaries(NAMES, st.binary(max_size=200), max_size=4)
TIMES = st.none() | st.datetimes(timezones=st.just(UTC))
BODY = rulebook_file.pack({"a.toml": b"a\n", "b.toml": b"b\n"})


@given(FILES, TIMES, st.sampled_from([(), ("ed25519:k", "s")]))
def test_what_goes_in_comes_out(
    files: dict[str, bytes], issued_at: datetime | None, who: tuple[str, ...]
) -> None:
    signed = Signed(rulebook_file.pack(files, issued_at), *who)
    again = rulebook_file.take_apart(rulebook_file.put_together(signed))
    assert again == signed
    body = rulebook_file.unpack(again.body)
    assert (body.files, body.issued_at) == (files, issued_at)


@given(st.binary(max_size=300))
def test_no_bytes_are_more_than_refused(content: bytes) -> None:
    for whole in (content, rulebook_file.MARK + content, rulebook_file.MARK + b"\n" + content):
        with contextlib.suppress(Refused):
            body = rulebook_file.take_apart(whole).body
            made = rulebook_file.unpack(body)
            assert rulebook_file.pack(made.files, made.issued_at) == body


@pytest.mark.parametrize(
    "body",
    [
        BODY[:-1],
        BODY + b"more",
        BODY + BODY,
        b"== b.toml 0\n\n== a.toml 0\n\n",
        b"== a.toml 9999999\n\n",
        b"== ../a.toml 0\n\n",
        b"== a.toml 00\n\n",
        b"issued: 2026-11-26T10:00:00+0000\n",
        b"issued: 2026-11-26T10:00:00.0\n",
    ],
)
def test_a_body_nobody_packed_is_refused(body: bytes) -> None:
    with pytest.raises(Refused):
        rulebook_file.unpack(body)


@pytest.mark.parametrize("name", ["a.txt", "../a.toml", "a b.toml", ".toml", "ä.toml"])
def test_a_name_no_file_of_a_book_has_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="is no name"):
        rulebook_file.pack({name: b""})


SHAPES = [b"rule = 5", b"rule = ['a']", b"[rule]\nid='a.b'", b"[[rule]]\nid='a.b'\nkinds=5",
          b"[[card]]\nid='a.b'\nrates=[1]", b"limit = [[1]]"]  # fmt: skip


@pytest.mark.parametrize("content", SHAPES)
def test_tables_of_another_shape_are_named(content: bytes) -> None:
    good = b"# nothing"
    with pytest.raises(RulebookError) as refused:
        rulebook_file.book_of({"good.toml": good, "odd.toml": content})
    assert refused.value.file == "odd.toml"


@given(st.text(max_size=60))
def test_no_text_is_more_than_refused(content: str) -> None:
    with contextlib.suppress(RulebookError):
        book = rulebook_file.book_of({"a.toml": content.encode("utf-8", "surrogatepass")})
        assert book.rules
