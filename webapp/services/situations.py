"""A segment's people sorted into the situations the rules know, by sets of the audience index.

The same numbers as `store.situations.tally`, which looks at each row; here each facet splits sets
of people, so a million cost what some dozens of set operations do. Whoever changed since a set was
read is looked at by that tally: they are few. To read the sets themselves takes several times as
long as the look at each row, so what cannot wait for that (`tally`, `at_hand`) goes by sets only
where they are kept, or where there are few people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Self

from pyroaring import BitMap64
from sqlmodel import Session

from webapp.domain.policy.situation import FACETS, TopicConsent, Window
from webapp.domain.segment import EVERYONE, Node
from webapp.services import kept_sets
from webapp.services.audiences import Audience
from webapp.store import audience_parts as parts
from webapp.store import audience_traits as traits
from webapp.store import caps, segments, situations, tallies, tokens_of_topics
from webapp.store.audience_ladders import MICROSECOND, Ladder
from webapp.store.audience_parts import Subject
from webapp.store.situations import View

WEIGHTS = {facet.name: facet.weight for facet in FACETS}
ENDS, OPENED = parts.trait(traits.WINDOW_ENDS), parts.trait(traits.WINDOW_OPENED)
FREE_ENTRY, ANY_TOKEN = parts.trait(traits.FREE_ENTRY_ENDS), parts.trait(traits.LIVE_UNTIL)
ALWAYS = [ENDS, OPENED, parts.BY_LAST_WORD, *(parts.trait(name) for name in traits.YES)]
Groups = Mapping[int, BitMap64]  # people by the part of their code that is known
Digits = Mapping[int, BitMap64]  # people by what a facet is for them, nobody twice


def tally(session: Session, node: Node, view: View, channel_id: int) -> dict[int, int]:
    """How many people of a segment are in each situation: code -> people."""
    sorting = at_hand(session, node, view, channel_id)
    if sorting is not None:
        found = sorting.tally(view, channel_id)
        sorting.keep()
        return found
    if node == EVERYONE:
        return situations.everyone(session, view, channel_id)
    clause = segments.clause(session, node, view.at)
    return situations.tally(session, view, clause, channel_id)


def at_hand(
    session: Session,
    node: Node,
    view: View,
    channel_id: int,
    meant_at: datetime | None = None,
    beside: Iterable[Subject] = (),
) -> Sorting | None:
    """None where many people would have to be looked at for sets that nobody has read yet.
    `beside`: what else will be asked about."""
    wanted = [*ALWAYS, parts.channel(channel_id), *_asked(view), *beside]
    if not kept_sets.at_hand(session, kept_sets.look(session, view.at), wanted):
        return None
    return Sorting.of(session, node, view.at, channel_id, meant_at=meant_at)


def subjects(topic_ids: Iterable[int]) -> list[Subject]:
    """Everything that any view of these topics asks about."""
    of_topics = [it for topic_id in topic_ids for it in _of_topic(topic_id)]
    return [*ALWAYS, FREE_ENTRY, ANY_TOKEN, *of_topics]


class Sorting:
    """The people of a segment at one moment, for any number of views at that moment."""

    def __init__(self, session: Session, known: Audience, people: BitMap64, at: datetime) -> None:
        self._session, self._known, self.people, self._at = session, known, people, at
        self._plain: dict[tuple[int, bool], Groups] = {}

    @classmethod
    def of(
        cls,
        session: Session,
        node: Node,
        at: datetime,
        channel_id: int | None = None,
        *,
        meant_at: datetime | None = None,
    ) -> Self:
        """`meant_at`: whom the segment means, where it is not asked about `at`."""
        asked = Audience(session, meant_at or at, channel_id)
        people = asked.people(node)
        asked.keep()
        known = kept_sets.look(session, at)
        known.settle(ALWAYS)
        return cls(session, known, people, at)

    def some(self, people: BitMap64, at: datetime) -> Sorting:
        """These of the people at another moment, by the same sets."""
        return Sorting(self._session, self._known, self.people & people, at)

    def tally(self, view: View, channel_id: int) -> dict[int, int]:
        """How many people of a channel are in each situation: code -> people."""
        groups = self.groups(view, channel_id)
        found = Counter({code: len(people) for code, people in groups.items()})
        if unsure := self.unsure:
            found.update(tallies.of_people(self._session, view, list(unsure), channel_id))
        return dict(+found)

    def groups(self, view: View, channel_id: int) -> Groups:
        """People of a channel by situation, but for those who are `unsure` after this."""
        groups = self._without_topic(channel_id, general=view.general)
        groups = self._by_topic(groups, view)
        groups = self._by_token(groups, view)
        groups = self._by_cap(groups, view)
        dirty = BitMap64(self._known.dirty)
        return {code: left for code, people in groups.items() if (left := people - dirty)}

    def held(self, subjects: Sequence[Subject]) -> list[BitMap64]:
        """The sets of these, of whoever has them, right but for those who are `unsure`."""
        self._known.settle(subjects)
        return [self._known.held(it) for it in subjects]

    @property
    def unsure(self) -> BitMap64:
        """Who changed since the sets asked for so far were read."""
        return self.people & BitMap64(self._known.dirty)

    def closing(self, until: datetime) -> BitMap64:
        """Whose window is open and closes before then; not sure of those who are `unsure`."""
        return self._later(ENDS, self._at) - self._later(ENDS, until - MICROSECOND)

    @property
    def ends(self) -> Ladder:
        """When whose window ends; not sure of those who are `unsure`."""
        return self._known.ladder(ENDS)

    def keep(self) -> None:
        """What had to be read anew is there for the next one."""
        self._known.keep()

    def _without_topic(self, channel_id: int, *, general: bool) -> Groups:
        if (channel_id, general) not in self._plain:
            here = self.people & self._known.held(parts.channel(channel_id))
            self._plain[channel_id, general] = self._sorted({0: here}, general=general)
        return self._plain[channel_id, general]

    def _sorted(self, groups: Groups, *, general: bool) -> Groups:
        groups = _split(groups, "window", self._windows())
        recent = self._later(parts.BY_LAST_WORD, self._at - situations.RECENT)
        groups = _split(groups, "recent_human", {1: recent})
        for name in ("opted_out", "unavailable", *(["opted_in"] if general else ())):
            groups = _split(groups, name, {1: self._known.held(parts.trait(name))})
        if general:
            groups = _split(groups, "free_entry", {1: self._later(FREE_ENTRY, self._at)})
        for bit in traits.BITS:
            groups = _split(groups, "region", {bit: self._held(f"region_{bit}")})
        return groups

    def _windows(self) -> Digits:
        """As `store.situations` says: an ad's window is one like any other for a day."""
        at, day = self._at, self._at - situations.DAY
        opened = self._later(ENDS, at) - self._later(OPENED, at)
        by_ad = opened & self._held("by_ad")
        if by_ad:
            by_ad -= self._later(OPENED, day) | self._later(parts.BY_LAST_WORD, day)
        return {int(Window.OPEN): opened - by_ad, int(Window.AD): by_ad}

    def _by_topic(self, groups: Groups, view: View) -> Groups:
        if view.topic_id is None:
            return _split(groups, "topic_spaced", {}, rest=1)
        groups = _split(groups, "topic", self._consents(view.topic_id))
        spaced = self._at - view.spacing
        resting = tokens_of_topics.resting(self._session, self._at, spaced, view.topic_id)
        return _split(groups, "topic_spaced", {0: resting}, rest=1)

    def _consents(self, topic_id: int) -> Digits:
        asked, stopped, tokenless = (self._held(name, topic_id) for name in traits.OF_TOPIC)
        live = self._later(parts.trait(traits.LIVE_UNTIL, topic_id), self._at)
        return {
            TopicConsent.STOPPED: stopped,
            TopicConsent.NO_TOKEN: tokenless - stopped,
            TopicConsent.ACTIVE: live,
            TopicConsent.EXPIRED: asked - stopped - tokenless - live,
        }

    def _by_token(self, groups: Groups, view: View) -> Groups:
        if not view.paid:
            return _split(groups, "paid_spaced", {}, rest=1)
        groups = _split(groups, "paid_token", {1: self._later(ANY_TOKEN, self._at)})
        resting = tokens_of_topics.resting(self._session, self._at, self._at - view.spacing)
        return _split(groups, "paid_spaced", {0: resting}, rest=1)

    def _by_cap(self, groups: Groups, view: View) -> Groups:
        if view.cap is None:
            return groups
        return _split(groups, "capped", {1: caps.full(self._session, view.cap, self._at)})

    def _held(self, name: str, topic_id: int | None = None) -> BitMap64:
        return self._known.held(parts.trait(name, topic_id))

    def _later(self, subject: Subject, moment: datetime) -> BitMap64:
        return self._known.later(subject, moment, self.people)


def _asked(view: View) -> Iterator[Subject]:
    """By this view, beside ALWAYS."""
    if view.general:
        yield FREE_ENTRY
    if view.paid:
        yield ANY_TOKEN
    if view.topic_id is not None:
        yield from _of_topic(view.topic_id)


def _of_topic(topic_id: int) -> list[Subject]:
    return [parts.trait(name, topic_id) for name in (*traits.OF_TOPIC, traits.LIVE_UNTIL)]


def _split(groups: Groups, facet: str, digits: Digits, rest: int = 0) -> Groups:
    """Each group by a facet, whose value is `rest` for whoever is in no set."""
    weight, found = WEIGHTS[facet], dict[int, BitMap64]()
    for code, people in groups.items():
        left = people
        for digit, chosen in digits.items():
            _put(found, code + weight * digit, people & chosen)
            left = left - chosen
        _put(found, code + weight * rest, left)
    return found


def _put(found: dict[int, BitMap64], code: int, people: BitMap64) -> None:
    if people:
        found[code] = people
