"""Everything the simulator is made of, put together once and handed to every door."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from webapp.simulator import people
from webapp.simulator.clock import Clock
from webapp.simulator.faults import Faults
from webapp.simulator.limits import Limits
from webapp.simulator.pages import Page, Pages
from webapp.simulator.settings import Settings
from webapp.simulator.state import State


@dataclass(slots=True)
class World:
    settings: Settings
    clock: Clock
    state: State
    pages: Pages
    faults: Faults
    limits: Limits
    paused: bool = False  # whether the crowd holds still
    _engaged: dict[str, int] = field(default_factory=dict)

    def engaged(self, page: Page) -> int:
        """How many people the page can write to, as its quota counts them."""
        fixed = page.option("engaged")
        if fixed is not None:
            return int(fixed)
        if page.id not in self._engaged:
            self._engaged[page.id] = people.count(self.state, page.id)
        return max(1, self._engaged[page.id])

    def met(self, page: Page, more: int | None = None) -> None:
        """`more` people joined the page; None when they must be counted anew."""
        if more is None:
            self._engaged.pop(page.id, None)
        elif page.id in self._engaged:
            self._engaged[page.id] += more


def make(settings: Settings) -> World:
    clock, state = Clock(settings.clock_file), State(settings.state)
    return World(
        settings=settings,
        clock=clock,
        state=state,
        pages=Pages(state),
        faults=Faults(random.Random(settings.seed)),
        limits=Limits(state, clock.now()),
    )
