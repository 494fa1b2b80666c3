"""A broadcast's pictures: of its ledger, of nothing, and never of another brand's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cast import Cast
from tests.views.browser import StoppedClock
from tests.views.conftest import SignIn
from webapp import db as database
from webapp.models.broadcast import Broadcast
from webapp.models.delivery import Delivery


def broadcast(db: database.Database, cast: Cast, clock: StoppedClock, sent: int) -> int:
    now = clock.now()
    with db.writer(cast.rosewood) as session:
        row = Broadcast(brand_id=cast.rosewood, channel_id=cast.channel, name="Hello",
                        kind="standard", created_at=now, updated_at=now)  # fmt: skip
        session.add(row)
        session.flush()
        for step in range(sent):
            at = now + timedelta(seconds=40 * step)
            session.add(
                Delivery(brand_id=cast.rosewood, broadcast_id=row.id or 0, step=step, state=2,
                         subscriber_id=cast.ana, channel_id=cast.channel, sent_at=at)
            )  # fmt: skip
        session.commit()
        return row.id or 0


@pytest.mark.parametrize("name", ["funnel", "pace"])
def test_a_picture_changes_with_the_ledger(
    client: SignIn, sqlite_db: database.Database, cast: Cast, clock: StoppedClock, name: str
) -> None:
    browser = client("viewer")
    keys = [broadcast(sqlite_db, cast, clock, sent) for sent in (0, 5, 5)]
    answers = [browser.get(f"/b/rosewood/broadcasts/{key}/{name}.svg") for key in keys]
    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].data != answers[1].data
    assert answers[1].headers["ETag"] == answers[2].headers["ETag"]
    assert browser.get(f"/b/rosewood/broadcasts/{keys[1]}/{name}.png").data.startswith(b"\x89PNG")
    assert browser.get(f"/b/rosewood/broadcasts/987654/{name}.svg").status_code == 404
    assert client(None).get(f"/b/rosewood/broadcasts/{keys[0]}/{name}.svg").status_code == 303


def test_how_fast_it_went_out_is_told_with_a_picture_and_its_table(
    client: SignIn, sqlite_db: database.Database, cast: Cast, clock: StoppedClock
) -> None:
    browser = client("viewer")
    nothing, once, some = (broadcast(sqlite_db, cast, clock, sent) for sent in (0, 1, 5))
    assert "1 message went out, at" in browser.get(f"/b/rosewood/broadcasts/{once}/pace").text
    assert "Nothing was sent yet." in browser.get(f"/b/rosewood/broadcasts/{nothing}/pace").text
    page = browser.get(f"/b/rosewood/broadcasts/{some}/pace").text
    assert "5 messages went out. The most in 5 seconds were 1" in page
    assert f"/b/rosewood/broadcasts/{some}/pace.svg?sent=5" in page
    assert page.count('<th scope="row">') == 33
