from __future__ import annotations

from datetime import UTC, datetime

import pytest

from webapp.domain.event import Act, Event, EventKind, act_of

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "payload", "act"),
    [
        (EventKind.MESSAGE, None, Act.WROTE),
        (EventKind.MESSAGE, "YES", Act.TAPPED),
        (EventKind.POSTBACK, "GO", Act.TAPPED),
        (EventKind.PAID_CLICK, None, Act.TAPPED),
        (EventKind.ECHO, None, None),
        (EventKind.READ, None, None),
        (EventKind.OPTIN_TOPIC, "news", None),
    ],
)
def test_a_person_either_wrote_or_tapped(
    kind: EventKind, payload: str | None, act: Act | None
) -> None:
    event = Event(kind=kind, channel_key="1", person_key="2", at=AT, key="k", payload=payload)
    assert act_of(event) is act
