"""A better hour on the home: a sentence, one way to it, and one to keep the time."""

from __future__ import annotations

from datetime import timedelta

from tests.cast import Cast
from tests.views.browser import StoppedClock
from tests.views.conftest import SignIn
from tests.views.test_broadcasts import make
from webapp.house import House
from webapp.models.broadcast import Broadcast
from webapp.models.suggestion import Suggestion

HOME = "/b/rosewood/"


def suggest(house: House, cast: Cast, clock: StoppedClock, address: str) -> int:
    broadcast_id, now = int(address.rpartition("/")[2]), clock.now()
    with house.db.writer(cast.rosewood) as session:
        row = session.get_one(Broadcast, broadcast_id)
        session.add(
            Suggestion(
                brand_id=cast.rosewood, broadcast_id=broadcast_id, broadcast_version=row.version,
                send_at=now + timedelta(days=2), better_at=now + timedelta(hours=5), reached=100,
                better=131, closing=40, looked_at=now,
            )
        )  # fmt: skip
        session.commit()
    return broadcast_id


def test_it_is_told_leads_to_its_hours_and_can_be_refused(
    client: SignIn, house: House, cast: Cast, clock: StoppedClock
) -> None:
    editor = client("editor")
    here = make(editor, cast)
    number = suggest(house, cast, clock, here)
    page = editor.get(HOME).text
    assert "40 windows close before “Doors” goes out" in page
    assert "it reaches 131 people, 31% more." in page
    assert f"{here}?step=schedule&amp;pick=" in page.replace("/?", "?")
    assert editor.post(f"{here}/suggestion/end").status_code == 303
    assert "windows close before" not in editor.get(HOME).text
    assert editor.post(f"/b/rosewood/broadcasts/{number + 99}/suggestion/end").status_code == 404


def test_a_viewer_is_not_told_and_may_not_refuse(
    client: SignIn, house: House, cast: Cast, clock: StoppedClock
) -> None:
    here = make(client("editor"), cast)
    suggest(house, cast, clock, here)
    viewer = client("viewer")
    assert "windows close before" not in viewer.get(HOME).text
    assert viewer.post(f"{here}/suggestion/end").status_code == 403
