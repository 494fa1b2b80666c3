"""Who sees a fallback and whom a message is shown as, by the sets of people: as the renderer has it
person by person, and as SQL orders them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from tests.services import broadcast_stage
from tests.services.broadcast_stage import BOOK, Stage
from webapp import db as database
from webapp.domain import folding
from webapp.domain import message as messages
from webapp.domain.content import Content
from webapp.domain.subscriber import AttributeType
from webapp.models.broadcast import Broadcast
from webapp.models.subscriber import Attribute, Subscriber
from webapp.services import drafting, name_upkeep, previewing, proofreading, recipients
from webapp.store import attributes, facts, variables

SIZES = ("36", None, "", "38")
NAMES = (("Élise", "Roy"), ("Marc", None), (None, "Roy"), (None, None), ("", "Ray"), ("", ""))
TEXTS = (
    "Hello", "{{first_name|you}}", "{{last_name|you}}", "{{full_name|you}}", "{{city|there}}",
    "{{country|there}} {{locale|}}", "{{attr.size|38}}", "{{attr.size|38}} {{first_name|you}}",
    "{{full_name|you}} {{attr.size|1}} {{city|there}}", "{{attr.gone|x}}", "{{shoe|x}}",
)  # fmt: skip


@pytest.fixture
def stage(db: database.Database, now: datetime) -> Stage:
    return broadcast_stage.enter(db, now)


@pytest.fixture
def crowd(stage: Stage) -> Stage:
    """Forty people who differ in what a message may say of them."""
    with stage.session() as session:
        size = Attribute(brand_id=stage.cast.rosewood, name="size", label="Size",
                         type=AttributeType.TEXT.value, created_at=stage.now)  # fmt: skip
        session.add(size)
        people = [_person(stage, n) for n in range(40)]
        session.add_all(people)
        session.flush()
        known = {(it.id or 0, size.id or 0): (AttributeType.TEXT, worn)
                 for n, it in enumerate(people) if (worn := SIZES[n % 4]) is not None}  # fmt: skip
        attributes.put(session, stage.cast.rosewood, known, [])
        session.commit()
    return stage


def _person(stage: Stage, n: int) -> Subscriber:
    first, last = NAMES[n % len(NAMES)]
    return Subscriber(
        brand_id=stage.cast.rosewood, channel_id=stage.cast.channel, key=f"77{n}",
        first_name=first, last_name=last, city="Lyon" if n % 3 else None,
        country="FR" if n % 5 else None, locale="fr_FR" if n % 2 else None,
        name_folded=folding.folded(f"{first or ''} {last or ''}".strip()),
        last_inbound_at=stage.now - timedelta(hours=n) if n % 4 else None,
        created_at=stage.now, updated_at=stage.now,
    )  # fmt: skip


def draft(session: Session, stage: Stage, *, to_france: bool = False) -> Broadcast:
    made = stage.ready(session)
    if to_france:
        france: dict[str, object] = {"field": "country", "op": "is", "value": "FR"}
        segment = stage.segment(session, france)
        drafting.aim(session, stage.editor, made.id or 0, made.version, segment, stage.now)
    return made


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("to_france", [False, True])
def test_whoever_sees_a_fallback_is_counted(crowd: Stage, text: str, *, to_france: bool) -> None:
    content = Content(text=text)
    with crowd.session() as session:
        made = draft(session, crowd, to_france=to_france)
        of_channel = select(Subscriber).where(Subscriber.channel_id == crowd.cast.channel)
        people = [it for it in session.exec(of_channel) if it.country == "FR" or not to_france]
        known = facts.of(session, [it.id or 0 for it in people], crowd.now)
        seeing = sum(messages.uses_fallback(content, known[it.id or 0]) for it in people)
        counted = proofreading.people_seeing_a_fallback(session, made, content, crowd.now)
    assert len(people) > len(TEXTS)
    assert counted == seeing


@pytest.mark.parametrize("search", ["", " ", "roy", "elise", "É", "r", "nobody"])
@pytest.mark.parametrize("to_france", [False, True])
@pytest.mark.parametrize("indexed", [False, True])
def test_a_message_is_shown_as_those_who_wrote_last(
    crowd: Stage, search: str, *, to_france: bool, indexed: bool
) -> None:
    if indexed:
        name_upkeep.tend(crowd.db)
    with crowd.session() as session:
        made = draft(session, crowd, to_france=to_france)
        clause = recipients.audience_clause(session, recipients.tree_of(session, made), crowd.now)
        wanted = variables.examples(session, crowd.cast.channel, clause, search, previewing.SHOWN)
        shown = previewing.people(session, made, search, crowd.now)
        assert [it.id for it in shown] == [it.id for it in wanted]


def test_names_are_measured_only_where_a_message_could_get_too_long(
    crowd: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[set[str]] = []
    longest = variables.longest

    def noted(session: Session, channel: int, names: set[str]) -> dict[str, int]:
        asked.append(set(names))
        return longest(session, channel, names)

    monkeypatch.setattr(variables, "longest", noted)
    with crowd.session() as session:
        made = draft(session, crowd)
        row = session.exec(select(Subscriber).where(col(Subscriber.city) == "Lyon")).first()
        assert row is not None
        row.city = "Y" * 150

        def trouble(text: str) -> list[str]:
            asked.clear()
            content = Content(text=text)
            return list(proofreading.problems(session, made, content, BOOK, crowd.now))

        assert trouble("x" * 1790 + "{{city|y}}") == []
        assert asked == [set()]
        assert trouble("x" * 1840 + "{{city|y}}") == []
        assert asked == [set(), {"city"}]
        assert trouble("x" * 1860 + "{{city|y}}") == ["text"]
        assert trouble("{{attr.size|38}}") == []
        assert asked == [{"attr.size"}]
