"""The crash drill on the page of a broadcast that is being sent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cast import Cast
from tests.views.browser import StoppedClock
from tests.views.conftest import SignIn
from webapp.domain.content import Content
from webapp.house import House
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.models.drill import Drill
from webapp.services import drilling
from webapp.store import deliveries, messages, occurrences


@pytest.fixture
def broadcast(house: House, cast: Cast, clock: StoppedClock) -> int:
    """Being sent, on a practice channel."""
    now = clock.now()
    with house.db.writer(cast.rosewood) as session:
        session.get_one(Channel, cast.channel).practice = True
        row = Broadcast(brand_id=cast.rosewood, channel_id=cast.channel, name="Doors open",
                        kind="standard", state="sending", schedule={"mode": "now"},
                        created_at=now, updated_at=now)  # fmt: skip
        session.add(row)
        session.flush()
        messages.save(session, row.id or 0, Content(text="Hello"), now)
        run = occurrences.create(session, row, now)
        run.state, run.started_at, run.audience = "sending", now, 0
        session.commit()
        return row.id or 0


def test_an_admin_orders_a_drill_and_sees_what_came_of_it(
    client: SignIn, house: House, cast: Cast, broadcast: int, clock: StoppedClock
) -> None:
    admin, page = client("admin"), f"/b/rosewood/broadcasts/{broadcast}"
    assert "Kill the sender" in admin.get(page).text
    assert admin.post(f"{page}/drill").status_code == 303
    assert "is killed within a second" in admin.get(page).text
    with house.db.writer(cast.rosewood) as session:
        drill = session.get_one(Drill, 1)
        drill.state, drill.struck_at, drill.pid, drill.host = "struck", clock.now(), 41, "host"
        drill.before = drilling.sums(deliveries.totals(session, broadcast))
        session.commit()
    assert "Nobody has taken over yet" in admin.get(page).text
    with house.db.writer(cast.rosewood) as session:
        drill = session.get_one(Drill, 1)
        drill.state, drill.over_at = "over", clock.now() + timedelta(seconds=4)
        drill.next_pid, drill.unknown = 42, 3
        session.commit()
    text = admin.get(page).text
    assert "Process 42" in text
    assert "3 messages were on their way" in text
    assert "The sum holds" in text


def test_others_have_no_button_and_may_not(client: SignIn, broadcast: int) -> None:
    page = f"/b/rosewood/broadcasts/{broadcast}"
    for role in ("viewer", "editor", "manager"):
        assert "Kill the sender" not in client(role).get(page).text
        assert client(role).post(f"{page}/drill").status_code == 403


def test_a_real_channel_has_no_button_and_refuses(
    client: SignIn, house: House, cast: Cast, broadcast: int
) -> None:
    with house.db.writer(cast.rosewood) as session:
        session.get_one(Channel, cast.channel).practice = False
        session.commit()
    admin, page = client("admin"), f"/b/rosewood/broadcasts/{broadcast}"
    assert "Kill the sender" not in admin.get(page).text
    refused = admin.post(f"{page}/drill")
    assert refused.status_code == 409
    assert "is for practice channels" in refused.text
