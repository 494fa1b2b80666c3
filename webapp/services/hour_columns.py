"""What is known of people over coming hours as columns of digits, each told by sets of people.

The digits are those of `store.standings` and, nameless, those of a segment that moves with time
(`store.segment_hours`). What is so or not is a set; what ends is a ladder. Who had enough messages,
whose token rests and how fresh an ad's window is: that is asked of the rows of those whom it
concerns. A condition that has no ladder is asked of all rows, alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from pyroaring import BitMap64
from sqlmodel import Session

from webapp.domain.hourly_turns import NO_ZONE, Moments
from webapp.domain.policy.situation import TopicConsent
from webapp.domain.segment import Group, GroupKind, Leaf, Node
from webapp.services import audiences, homes, kept_sets
from webapp.services.situations import ANY_TOKEN, ENDS, FREE_ENTRY, OPENED
from webapp.store import audience_parts as parts
from webapp.store import audience_traits as traits
from webapp.store import (
    caps,
    hour_steps,
    moving_conditions,
    segment_hours,
    situations,
    standing_rows,
    tokens_of_topics,
)
from webapp.store.audience_parts import Subject
from webapp.store.hour_steps import Classes, Step, Steps, Values
from webapp.store.segment_hours import Inside
from webapp.store.standings import Look

Slot = str | int  # a digit's name, or its place among those of the segment


class Column(NamedTuple):
    slots: tuple[Slot, ...]
    classes: Classes  # nobody is in two of them
    rest: Values  # of whoever is in none


class Columns:
    """Of the people of a channel whom a segment may mean in some hour."""

    def __init__(self, session: Session, look: Look, inside: Inside, channel_id: int) -> None:
        self._session, self._look, self._inside = session, look, inside
        self._channel, self._first = channel_id, look.hours.first
        self._known = kept_sets.look(session, self._first)
        self._zones = [zone for zone in look.turns.of_zone if zone != NO_ZONE]
        self._climbing = defaultdict[Subject, list[tuple[Slot, Step]]](list)
        self._alone: list[int] = []  # digits of the segment that no ladder tells
        for about, slot, step in self._ends():
            self._climbing[about].append((slot, step))
        self.at_hand = kept_sets.at_hand(session, self._known, self._subjects())
        for place, node in enumerate(inside.nodes):
            self._add_moving(2 * place, node)

    def people(self) -> BitMap64:
        """Of the channel, in what stands still of the segment."""
        self._known.settle(self._subjects())
        here = self._known.held(parts.channel(self._channel))
        still = Group(GroupKind.ALL, self._inside.still)
        return here & self._meant(still) if self._inside.still else here

    def of(self, people: BitMap64) -> Iterator[Column]:
        yield from self._yes_or_no()
        yield from self._by_topic()
        yield from self._by_clock()
        for about, asked in self._climbing.items():
            ladder = self._known.ladder(about)
            slots, steps = [slot for slot, _ in asked], [step for _, step in asked]
            found = hour_steps.of_ladder(self._session, about, ladder, steps, people)
            yield Column(tuple(slots), found, (0,) * len(slots))
        yield from self._by_rows(people)
        yield from self._of_segment()

    @property
    def dirty(self) -> BitMap64:
        """Of whom the sets that were asked for may say what is no longer so."""
        return BitMap64(self._known.dirty)

    def keep(self) -> None:
        self._known.keep()

    def _subjects(self) -> list[Subject]:
        flags = [parts.trait(name) for name, *_ in self._flags()]
        topic = [parts.trait(name, self._look.topic_id) for name in traits.OF_TOPIC]
        found = [parts.channel(self._channel), *flags, *self._climbing]
        return [*found, *(topic if self._look.topic_id is not None else ()), *self._homes()]

    def _homes(self) -> list[Subject]:
        return homes.subjects(self._zones if len(self._look.turns.clocks) > 1 else ())

    def _ends(self) -> Iterator[tuple[Subject, Slot, Step]]:
        """What ends by and by, by the names of `standings`."""
        look = self._look
        if look.asks("window"):
            yield ENDS, "window_for", self._turns()
            if look.past:
                yield OPENED, "window_after", self._turns()
        if look.asks("recent_human"):
            yield parts.BY_LAST_WORD, "wrote_for", self._turns(situations.RECENT)
        if look.topic_id is not None:
            yield parts.trait(traits.LIVE_UNTIL, look.topic_id), "token_for", self._turns()
        if look.paid:
            yield ANY_TOKEN, "paid_for", self._turns()
        if look.general and look.asks("free_entry"):
            yield FREE_ENTRY, "free_entry", self._turns()

    def _turns(self, later: timedelta = timedelta()) -> Steps:
        """Those before a moment and so much `later`."""
        moments = self._look.turns.moments
        return Steps(Moments(moments.first - later, moments.count, moments.offsets))

    def _add_moving(self, place: int, node: Node) -> None:
        if not segment_hours.moves(node):
            return
        assert isinstance(node, Leaf)  # noqa: S101 - only leaves move by themselves
        found = moving_conditions.between(node, self._look.hours)
        if found is None:
            self._alone += [place, place + 1]
        else:
            self._climbing[found.about] += [(place, found.begin), (place + 1, found.end)]

    def _flags(self) -> Iterator[tuple[str, Slot, int]]:
        """Traits, the digits they are, and what is added for whoever has them."""
        look = self._look
        for name in ("opted_out", "unavailable", *(["opted_in"] if look.general else [])):
            if look.asks(name):
                yield name, name, 1
        if look.asks("window"):
            yield "by_ad", "by_ad", 1
        if look.asks("region"):
            for bit in traits.BITS:
                yield f"region_{bit}", "region", bit

    def _yes_or_no(self) -> Iterator[Column]:
        for name, slot, value in self._flags():
            yield Column((slot,), {(value,): self._held(name)}, (0,))

    def _by_topic(self) -> Iterator[Column]:
        topic_id = self._look.topic_id
        if topic_id is None:
            return
        asked, stopped, tokenless = (self._held(name, topic_id) for name in traits.OF_TOPIC)
        states: Classes = {
            (int(TopicConsent.STOPPED),): stopped,
            (int(TopicConsent.NO_TOKEN),): tokenless - stopped,
            (int(TopicConsent.ACTIVE),): asked - stopped - tokenless,
        }
        yield Column(("topic",), states, (int(TopicConsent.NONE),))

    def _by_clock(self) -> Iterator[Column]:
        of_zone, lived = self._look.turns.of_zone, defaultdict[Values, BitMap64](BitMap64)
        for zone, about in zip(self._zones, self._homes(), strict=False):
            lived[of_zone[zone],] |= self._known.held(about)
        yield Column(("clock",), lived, (of_zone[NO_ZONE],))

    def _by_rows(self, people: BitMap64) -> Iterator[Column]:
        """Who had enough, whose token rests, and until when an ad's window is one like any other:
        nobody else's digits are any but 0."""
        session, look, first = self._session, self._look, self._first
        concerned = dict[str, BitMap64]()
        if look.asks("window"):
            concerned["fresh_for"] = self._held("by_ad") & self._known.later(ENDS, first)
        resting = first - look.spacing
        if look.topic_id is not None:
            topic_id = look.topic_id
            those = tokens_of_topics.resting(session, first, resting, topic_id)
            concerned["spaced_after"] = those
        if look.paid:
            concerned["paid_spaced_after"] = tokens_of_topics.resting(session, first, resting)
        if look.cap is not None:
            concerned["capped_for"] = caps.full(session, look.cap, first)
        for name, them in concerned.items():
            if asked := them & people:
                found = standing_rows.of_people(session, look, self._channel, name, asked)
                yield Column((name,), found, (0,))

    def _of_segment(self) -> Iterator[Column]:
        for place, node in enumerate(self._inside.nodes):
            if not segment_hours.moves(node):
                whole = (0, self._look.hours.count)
                yield Column((2 * place, 2 * place + 1), {whole: self._meant(node)}, (0, 0))
        if places := tuple(self._alone):
            found = standing_rows.of_segment(
                self._session, self._look, self._channel, self._inside, places
            )
            yield Column(places, found, (0,) * len(places))

    def _held(self, name: str, topic_id: int | None = None) -> BitMap64:
        return self._known.held(parts.trait(name, topic_id))

    def _meant(self, node: Node) -> BitMap64:
        return audiences.people(self._session, node, self._first, self._channel)
