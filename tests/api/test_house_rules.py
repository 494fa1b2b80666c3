"""Quiet hours and caps by the API: kept with the brand, and told by what they touch."""

from __future__ import annotations

import pytest

from tests.api.conftest import World

NIGHT = {"start": "22:00", "end": "08:00", "then": "hold"}


def test_quiet_hours_and_the_cap_are_set_and_switched_off_apart(world: World) -> None:
    admin, brand = world.program("admin"), f"/brands/{world.cast.rosewood}"
    assert admin.get(brand)["quiet_hours"] is None
    cap = {"messages": 3, "days": 7}
    admin.ask("PATCH", brand, {"quiet_hours": NIGHT, "cap": cap, "name": "Rosewood two"})
    shown = admin.get(brand)
    assert (shown["quiet_hours"], shown["cap"], shown["name"]) == (NIGHT, cap, "Rosewood two")
    admin.ask("PATCH", brand, {"quiet_hours": None})
    shown = admin.get(brand)
    assert (shown["quiet_hours"], shown["cap"], shown["name"]) == (None, cap, "Rosewood two")


@pytest.mark.parametrize(
    "given",
    [
        {"quiet_hours": {"start": "22:00", "end": "22:00"}},
        {"quiet_hours": {"start": "25:00", "end": "08:00"}},
        {"quiet_hours": {"start": "22:00"}},
        {"quiet_hours": {**NIGHT, "then": "shout"}},
        {"cap": {"messages": 0, "days": 7}},
        {"cap": {"messages": 3, "days": 9999}},
    ],
)
def test_what_is_none_is_refused_by_its_name(world: World, given: dict[str, object]) -> None:
    answer = world.program("admin").ask("PATCH", f"/brands/{world.cast.rosewood}", given)
    assert answer.status_code == 422
    assert answer.json["errors"]


def test_a_manager_may_not_change_them(world: World) -> None:
    answer = world.program("manager").ask(
        "PATCH", f"/brands/{world.cast.rosewood}", {"quiet_hours": NIGHT}
    )
    assert answer.status_code == 403
