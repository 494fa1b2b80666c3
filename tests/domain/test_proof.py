"""Digests of acts of consent, against what the docstring says anybody can compute."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import proof

AT = datetime(2026, 11, 22, 12, 30, tzinfo=timezone(timedelta(hours=2)))
WRITTEN = AT.replace(microsecond=120)


@dataclass
class Act:
    wording: str
    evidence: str
    topic_id: int | None
    token: str | None
    at: datetime = AT
    recorded_at: datetime = WRITTEN
    brand_id: int = 1
    subscriber_id: int = 40_000_000_000
    action: str = "opt_in"
    source: str = "import"
    token_expires_at: datetime | None = None
    salt: str = "5a"
    content_hash: str = "c0"
    previous_hash: str = ""
    hash: str = ""


def sha256(parts: list[object]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@given(
    st.text(),
    st.text(),
    st.one_of(st.none(), st.integers(0, 2**63)),
    st.one_of(st.none(), st.text(max_size=9, alphabet=st.characters(codec="utf-8"))),
)
def test_digests_are_those_of_the_json(
    wording: str, evidence: str, topic: int | None, token: str | None
) -> None:
    act = Act(wording, evidence, topic, token)
    assert proof.content_hash(act) == sha256(["5a", wording, evidence, proof.token_hash(token)])
    assert proof.act_hash(act) == sha256(
        [
            "", 1, 40_000_000_000, topic, "opt_in", "2026-11-22T10:30:00+00:00",
            "2026-11-22T10:30:00.000120+00:00", "import", None, "c0",
        ]
    )  # fmt: skip


def test_one_moment_in_two_zones_has_one_digest() -> None:
    there, here = Act("", "", None, None), Act("", "", None, None, AT.astimezone(UTC))
    assert proof.act_hash(there) == proof.act_hash(here)
