"""The practice brand's year: what it campaigns for each month, and what it writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from webapp.domain.broadcast import Kind
from webapp.domain.content import Content, PostbackButton, QuickReply, UrlButton

SHOP: Final = "https://rosewood.example"
DOLLAR: Final = 1_000_000  # micros
THURSDAY, SUNDAY = 3, 6


@dataclass(frozen=True)
class Season:
    """A campaign of every year: its month, first day and length, its strip and what it is for."""

    month: int
    day: int
    days: int
    name: str
    lane: str
    kind: Kind
    goal: str
    words: str
    budget: int = 0  # dollars


@dataclass(frozen=True)
class Letter:
    """One broadcast of a season."""

    name: str
    kind: Kind
    on: date
    hour: int  # of the brand's day
    content: Content
    topic: str | None = None


LANES: Final = ("Shop", "Always on", "Club")
SEASONS: Final = (
    Season(1, 8, 20, "Summer clearance", "Shop", Kind.STANDARD, "Empty the summer shelves",
           "Summer is on its way out: up to half off linen and sandals."),
    Season(2, 3, 18, "Back to school", "Shop", Kind.STANDARD, "Families before term starts",
           "Bags, bottles and lunch boxes for the first day back."),
    Season(3, 9, 21, "Autumn arrivals", "Shop", Kind.STANDARD, "Show the new season first",
           "The autumn collection is in: wool, rust and a lot of pockets."),
    Season(4, 1, 16, "Easter table", "Shop", Kind.STANDARD, "Gifts for the long weekend",
           "Set the table for the long weekend: our Easter edit is here."),
    Season(5, 1, 10, "Mother’s Day", "Shop", Kind.SPONSORED, "Reach people who have gone quiet",
           "Something for her, wrapped and on your doorstep by Friday.", 5),
    Season(6, 10, 20, "End of year sale", "Shop", Kind.SPONSORED, "Clear stock before 30 June",
           "The end of year sale is on until the 30th.", 5),
    Season(7, 6, 24, "Winter warmers", "Shop", Kind.STANDARD, "Blankets, lamps, slow evenings",
           "Cold outside? Our winter warmers are waiting."),
    Season(8, 17, 20, "Father’s Day", "Shop", Kind.STANDARD, "Gifts before 6 September",
           "For dads who say they need nothing: twelve small things."),
    Season(9, 7, 21, "Spring arrivals", "Shop", Kind.STANDARD, "Show the new season first",
           "Spring is in: lighter linens and the first of the garden range."),
    Season(10, 12, 9, "Rosewood birthday week", "Club", Kind.STANDARD, "Thank our members",
           "We turn another year older and you get the presents."),
    Season(11, 9, 22, "Black Friday", "Shop", Kind.SPONSORED, "The biggest week of the year",
           "Black Friday starts early for you.", 8),
    Season(12, 1, 24, "Christmas gifts", "Shop", Kind.SPONSORED, "Last orders before Christmas",
           "Order by the 18th and it is under the tree in time.", 8),
    Season(1, 1, 365, "Weekly tips", "Always on", Kind.SUBSCRIPTION,
           "Something useful every fortnight", "Three ways to keep linen crisp all summer."),
    Season(1, 1, 365, "Price drops", "Club", Kind.SUBSCRIPTION,
           "Tell those who asked, the day it happens", "A price you follow has dropped today."),
)  # fmt: skip


def moments(year: int) -> list[tuple[date, str]]:
    """The brand's own dates; public holidays come from their calendar."""
    return [
        (date(year, 3, 14), "Stocktake: no dispatch"),
        (_nth(year, 5, SUNDAY, 2), "Mother’s Day"),
        (_nth(year, 9, SUNDAY, 1), "Father’s Day"),
        (date(year, 10, 16), "Rosewood’s birthday"),
        (_nth(year, 11, THURSDAY, 4) + timedelta(days=1), "Black Friday"),
        (date(year, 12, 18), "Last Christmas orders"),
    ]


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def letters(season: Season, year: int) -> Iterator[Letter]:
    """The broadcasts of a season in one year, in order."""
    first = date(year, season.month, season.day)
    if season.kind is Kind.SUBSCRIPTION:
        yield from _fortnightly(season, first)
        return
    last = first + timedelta(days=season.days - 2)
    yield Letter(
        f"{season.name}: first look", Kind.STANDARD, first, 18, _shop(season, "First look")
    )
    if season.kind is Kind.SPONSORED:
        middle = first + timedelta(days=season.days // 2)
        yield Letter(f"{season.name}: wider", Kind.SPONSORED, middle, 12, _paid(season))
    yield Letter(f"{season.name}: last days", Kind.STANDARD, last, 19, _shop(season, "Last days"))


def _fortnightly(season: Season, first: date) -> Iterator[Letter]:
    topic = season.name.lower().replace(" ", "-")
    every, start = (28, 6) if topic == "weekly-tips" else (35, 16)
    for number, day in enumerate(range(start, season.days, every), start=1):
        on = first + timedelta(days=day)
        words = Content(text=f"Hello {{{{first_name|there}}}}! {season.words}")
        yield Letter(f"{season.name} {number}", Kind.SUBSCRIPTION, on, 9, words, topic)


def _shop(season: Season, lead: str) -> Content:
    return Content(
        text=f"{lead}, {{{{first_name|there}}}}! {season.words}",
        buttons=(
            UrlButton("See it all", f"{SHOP}/{season.name.split()[0].lower()}"),
            PostbackButton("Ask us", "ASK"),
        ),
    )


def _paid(season: Season) -> Content:
    return Content(
        text=f"{{{{first_name|Hello}}}}, {season.words[0].lower()}{season.words[1:]}",
        buttons=(UrlButton("Shop now", SHOP),),
    )


FIRST_SEND: Final = Content(
    text="Good news, {{first_name|there}}: the weekend edit is here, and you see it first."
    " What are you after?",
    quick_replies=(
        QuickReply("For me", "FOR_ME"),
        QuickReply("A gift", "GIFT"),
        QuickReply("Just looking", "LOOKING"),
    ),
)
