"""Who would be kept out by the rules of another day: sets and rows say the same."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.services import test_gathering
from tests.services.test_gathering import CASES, WATCHED, asked_of, keep_quiet, segment_of
from tests.stage import Stage
from webapp.services import kept_sets, pairing, situations
from webapp.store.departures import Legs

stage = test_gathering.stage  # strangers in every situation, some of whom were written to


@pytest.mark.parametrize(("kind", "schedule", "quiet"), [case[:3] for case in CASES[1:4]])
@pytest.mark.parametrize("few", [1, 10_000])
def test_two_views_of_everybody_before_and_after_every_change(
    stage: Stage,
    few: int,
    kind: str,
    schedule: dict[str, str],
    quiet: dict[str, str] | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kept_sets, "FEW", few)
    keep_quiet(stage, quiet)
    topic = stage.people.topic if kind == "subscription" else None
    ids = [
        stage.broadcast(kind=kind, topic_id=topic, segment_id=it, schedule=schedule)
        for it in (None, segment_of(stage, random.Random(5)))
    ]
    assert sum(len(_agreed(stage, it, monkeypatch)) for it in ids) > 20
    for number, change in enumerate(WATCHED):
        with stage.house.db.writer(stage.people.rosewood) as session:
            session.connection().execute(text(change))
            session.commit()
        _agreed(stage, ids[number % 2], monkeypatch)


def _agreed(
    stage: Stage, broadcast_id: int, monkeypatch: pytest.MonkeyPatch
) -> dict[tuple[int, ...], int]:
    by_sets = _paired(stage, broadcast_id)
    with monkeypatch.context() as patched:
        patched.setattr(situations, "at_hand", lambda *_, **__: None)
        assert by_sets == _paired(stage, broadcast_id)
    return by_sets


def _paired(stage: Stage, broadcast_id: int) -> dict[tuple[int, ...], int]:
    with stage.house.db.reader(stage.people.rosewood) as session:
        asked, place, legs = asked_of(stage, session, broadcast_id)
        spacing, node, channel_id = timedelta(hours=31), place.rule, place.channel_id
        if legs is None:
            other = replace(asked.view, spacing=spacing)
            return dict(pairing.at_once(session, node, asked.view, other, channel_id))
        later = Legs(
            tuple(
                replace(leg, view=replace(leg.view, spacing=spacing),
                        meant=replace(leg.meant, spacing=spacing))
                for leg in legs.legs
            ),
            legs.of_zone,
        )  # fmt: skip
        now = stage.clock.now()
        return dict(pairing.in_turns(session, node, now, legs, later, channel_id))
