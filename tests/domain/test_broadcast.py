from __future__ import annotations

import pytest

from webapp.domain import broadcast
from webapp.domain.broadcast import MOVES, OVER, BroadcastState, Event
from webapp.domain.errors import Refused


def test_a_broadcast_lives_from_draft_to_done() -> None:
    state = BroadcastState.DRAFT
    for event in (
        Event.SUBMIT,
        Event.APPROVE,
        Event.SCHEDULE,
        Event.PLAN,
        Event.SEND,
        Event.PAUSE,
        Event.RESUME,
        Event.FINISH,
    ):
        state = broadcast.next_state(state, event)
    assert state is BroadcastState.DONE


@pytest.mark.parametrize("state", ["in_review", "approved", "scheduled", "missed"])
def test_an_edit_voids_the_approval(state: str) -> None:
    assert broadcast.next_state(BroadcastState(state), Event.EDIT) is BroadcastState.DRAFT


@pytest.mark.parametrize("state", ["planning", "sending", "paused", "done", "cancelled"])
def test_what_has_started_cannot_be_edited(state: str) -> None:
    with pytest.raises(Refused, match="can no longer be changed"):
        broadcast.next_state(BroadcastState(state), Event.EDIT)


def test_everything_unfinished_can_be_cancelled_and_nothing_else() -> None:
    assert {s for s in BroadcastState if broadcast.allows(s, Event.CANCEL)} == (
        set(BroadcastState) - OVER
    )


def test_nothing_is_scheduled_without_approval() -> None:
    assert {s for s in BroadcastState if broadcast.allows(s, Event.SCHEDULE)} == {
        BroadcastState.APPROVED
    }


@pytest.mark.parametrize("state", list(BroadcastState))
@pytest.mark.parametrize("event", list(Event))
def test_every_event_is_allowed_or_refused_in_words(state: BroadcastState, event: Event) -> None:
    if broadcast.allows(state, event):
        assert broadcast.next_state(state, event) is MOVES[state, event]
        assert event in broadcast.events_from(state)
    else:
        with pytest.raises(Refused) as caught:
            broadcast.next_state(state, event)
        assert str(broadcast.state_name(state)) in str(caught.value)


def test_every_kind_has_a_name() -> None:
    assert [str(broadcast.kind_name(kind)) for kind in broadcast.Kind] == [
        kind.value for kind in broadcast.Kind
    ]


def test_the_approval_is_bound_to_every_part() -> None:
    agreed = broadcast.approval_hash({"text": "Hi"}, {"all": []}, {"mode": "now"}, "2026-11-01")
    assert agreed == broadcast.approval_hash(
        {"text": "Hi"}, {"all": []}, {"mode": "now"}, "2026-11-01"
    )
    changed = {
        broadcast.approval_hash({"text": "Ho"}, {"all": []}, {"mode": "now"}, "2026-11-01"),
        broadcast.approval_hash({"text": "Hi"}, {"any": []}, {"mode": "now"}, "2026-11-01"),
        broadcast.approval_hash({"text": "Hi"}, {"all": []}, {"mode": "at"}, "2026-11-01"),
        broadcast.approval_hash({"text": "Hi"}, {"all": []}, {"mode": "now"}, "2026-11-02"),
    }
    assert len(changed) == 4
    assert agreed not in changed
