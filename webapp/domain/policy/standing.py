"""What is known of one person, and the situation it makes at any moment.

The Python twin of `store/situations.py`: the database reduces everyone to codes at one moment, this
reduces one person at any. A test holds the two together on both databases. What is known is what
is known *now*: of a moment ahead it says how things will stand if the person does nothing more, of
one behind us how today's facts would have been judged then, except that no window is open before it
was opened: an earlier one is not kept, and what is not known to be open counts as closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.domain import consent
from webapp.domain.consent import TopicStanding
from webapp.domain.event import Opener
from webapp.domain.house_rules import HouseRules
from webapp.domain.policy.situation import FACETS, Region, Situation, TopicConsent, Window

RECENT = timedelta(days=7)  # in which a human agent may answer
DAY = timedelta(hours=24)  # the standard window
AT_ONCE = timedelta()
NO_RULES = HouseRules()


@dataclass(frozen=True)
class OptIn:
    """One consent of the person as sending sees it: where it stands and when its token was used."""

    topic: TopicStanding
    last_used_at: datetime | None = None
    next_eligible_at: datetime | None = None  # the platform's own word

    def live(self, at: datetime) -> bool:
        return consent.topic_consent(self.topic, at) is TopicConsent.ACTIVE

    def free_at(self, spacing: timedelta) -> datetime | None:
        """From when its token may be used again; None for at once."""
        return consent.next_send_at(self.last_used_at, spacing, self.next_eligible_at)

    def spaced(self, at: datetime, spacing: timedelta) -> bool:
        return consent.spaced(self.last_used_at, spacing, at, self.next_eligible_at)

    def moments(self, spacings: Iterable[timedelta]) -> Iterator[datetime | None]:
        yield self.topic.token_expires_at
        yield self.next_eligible_at
        if self.last_used_at is not None:
            yield from (self.last_used_at + spacing for spacing in spacings)


@dataclass(frozen=True)
class Standing:
    """All that any rule can tell people apart by, for one question. Times are aware.

    asked     the consent to the topic the question is about; None: never asked, or no topic
    paid      every consent, where a paid message needs a token; any live one carries it
    opted_in  where an opt-in is to the business: whether any topic's is active
    house     the brand's own rules: quiet hours in the person's `zone`, a cap on what they `had`
    """

    region: Region = Region.UNKNOWN
    window_ends_at: datetime | None = None
    window_opener: str | None = None
    window_opened_at: datetime | None = None
    last_inbound_at: datetime | None = None
    free_entry_ends_at: datetime | None = None
    opted_out: bool = False
    unavailable: bool = False
    opted_in: bool = False
    asked: OptIn | None = None
    paid: tuple[OptIn, ...] = ()
    house: HouseRules = NO_RULES
    zone: str | None = None
    had: tuple[datetime, ...] = ()  # messages of the days the cap looks at

    @property
    def tokens(self) -> tuple[OptIn, ...]:
        return self.paid if self.asked is None else (self.asked, *self.paid)

    def moments(self, spacings: Iterable[timedelta]) -> set[datetime]:
        """When the situation may become another one, with spacings of these lengths."""
        lengths = tuple(spacings)
        found = {self.window_ends_at, self.free_entry_ends_at, self.answerable_until}
        found.add(self.window_opened_at)
        found.update(_later(at, DAY) for at in (self.window_opened_at, self.last_inbound_at))
        found.update(at for token in self.tokens for at in token.moments(lengths))
        found.update(at + self.house.cap.span for at in self.had if self.house.cap)
        return {at for at in found if at is not None}

    @property
    def answerable_until(self) -> datetime | None:
        """Until when people may answer by hand; no broadcast may."""
        return _later(self.last_inbound_at, RECENT)

    def quiet_turns(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """When it becomes quiet for them, or is no more."""
        quiet = self.house.quiet
        return quiet.turns(since, until, self._home) if quiet else iter(())

    def is_quiet(self, at: datetime) -> bool:
        return self.house.quiet is not None and self.house.quiet.is_quiet(at, self._home)

    def quiet_until(self, at: datetime) -> datetime | None:
        return self.house.quiet.quiet_end(at, self._home) if self.house.quiet else None

    def is_capped(self, at: datetime) -> bool:
        return self.house.cap is not None and self.house.cap.is_reached(self.had, at)

    def capped_until(self, at: datetime) -> datetime | None:
        return self.house.cap.frees_at(self.had, at) if self.house.cap else None

    @property
    def _home(self) -> str:
        return self.house.zone_of(self.zone)

    def free_at(self, spacing: timedelta) -> datetime | None:
        """From when every token's spacing has passed; None for at once."""
        waits = (token.free_at(spacing) for token in self.tokens)
        return max((at for at in waits if at is not None), default=None)


def situation_at(standing: Standing, at: datetime, spacing: timedelta = AT_ONCE) -> Situation:
    """What the rules see at an aware moment, with this long between two uses of a token."""
    asked = standing.asked
    facts: Mapping[str, int] = {
        "window": _window(standing, at),
        "recent_human": _lies_ahead(standing.answerable_until, at),
        "topic": consent.topic_consent(asked.topic if asked else None, at),
        "topic_spaced": asked is None or asked.spaced(at, spacing),
        "paid_token": any(token.live(at) for token in standing.paid),
        "paid_spaced": all(token.spaced(at, spacing) for token in standing.paid),
        "opted_out": standing.opted_out,
        "unavailable": standing.unavailable,
        "capped": standing.is_capped(at),
        "quiet": standing.is_quiet(at),
        "opted_in": standing.opted_in,
        "free_entry": _lies_ahead(standing.free_entry_ends_at, at),
        "region": standing.region,
    }
    return Situation(**{facet.name: facts[facet.name] for facet in FACETS})  # type: ignore[arg-type]


def _window(standing: Standing, at: datetime) -> Window:
    """An ad's window is one like any other for a day; after it, it is open because of the ad."""
    if not _lies_ahead(standing.window_ends_at, at) or _lies_ahead(standing.window_opened_at, at):
        return Window.CLOSED
    acts = (standing.window_opened_at, standing.last_inbound_at)
    fresh = any(_lies_ahead(_later(act, DAY), at) for act in acts)
    by_ad = standing.window_opener == Opener.AD_MESSAGE
    return Window.AD if by_ad and not fresh else Window.OPEN


def _lies_ahead(moment: datetime | None, at: datetime) -> bool:
    return moment is not None and moment > at


def _later(moment: datetime | None, by: timedelta) -> datetime | None:
    return None if moment is None else moment + by
