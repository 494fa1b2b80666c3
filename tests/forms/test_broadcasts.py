"""The forms of a broadcast's steps."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from werkzeug.datastructures import MultiDict

from webapp.domain.brief import Brief
from webapp.domain.broadcast import Kind
from webapp.domain.content import PostbackButton, QuickReply, UrlButton
from webapp.domain.errors import Invalid
from webapp.domain.schedule import Mode
from webapp.forms import broadcasts, messages, reading


def brief(**given: str) -> Brief:
    return reading.read(broadcasts.BriefForm, MultiDict(given)).brief()


def time(**given: str) -> broadcasts.ScheduleForm:
    return reading.read(broadcasts.ScheduleForm, MultiDict(given))


def test_a_standard_broadcast_carries_no_budget_and_no_topic() -> None:
    read = brief(name=" Doors ", kind="standard", channel="7", budget="12.50", topic="3")
    assert read == Brief("Doors", Kind.STANDARD, 7)


def test_a_budget_becomes_millionths() -> None:
    assert (
        brief(name="A", kind="sponsored", channel="7", budget="150.25").budget_micros == 150250000
    )


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "sponsored"}, "budget"),
        ({"kind": "subscription"}, "topic"),
        ({"kind": "emperor"}, "kind"),
        ({"kind": "sponsored", "budget": "0"}, "budget"),
        ({"kind": "standard", "name": "x" * 121}, "name"),
        ({"kind": "standard", "channel": "x"}, "channel"),
    ],
)
def test_what_a_kind_lacks_is_said_by_field(given: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        brief(**{"name": "A", "channel": "7", **given})
    assert list(caught.value.errors) == [field]


def test_a_wall_clock_time_becomes_an_instant_and_keeps_its_zone() -> None:
    chosen = time(
        mode="at", send_date="2026-11-27", send_time="22:00", send_zone="America/Sao_Paulo"
    ).schedule()
    assert chosen.at == datetime(2026, 11, 28, 1, tzinfo=UTC)
    assert chosen.zone == "America/Sao_Paulo"


def test_a_time_the_spring_skips_is_told() -> None:
    form = time(mode="at", send_date="2027-03-28", send_time="02:30", send_zone="Europe/Paris")
    assert "skip" in str(form.note())
    assert form.schedule().at == datetime(2027, 3, 28, 1, tzinfo=UTC)


def test_now_needs_no_time() -> None:
    assert time(mode="now").schedule().mode is Mode.NOW


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({}, ["send_date", "send_time"]),
        ({"send_date": "2026-11-27"}, ["send_time"]),
        ({"send_date": "2026-11-27", "send_time": "09:00", "send_zone": "Mars"}, ["send_zone"]),
    ],
)
def test_an_incomplete_time_is_refused_by_field(given: dict[str, str], fields: list[str]) -> None:
    with pytest.raises(Invalid) as caught:
        time(mode="at", **given).schedule()
    assert list(caught.value.errors) == fields


def test_a_message_is_read_from_dotted_names_and_empty_rows_are_left_out() -> None:
    read = messages.content(
        {
            "text": "Oi {{first_name|there}}\r\n",
            "buttons.0.type": "url",
            "buttons.0.title": "Open",
            "buttons.0.url": "https://example.com",
            "buttons.0.payload": "left over",
            "buttons.1.type": "url",
            "buttons.1.title": " ",
            "buttons.2.type": "postback",
            "buttons.2.title": "Yes",
            "buttons.2.payload": "",
            "quick_replies.0.title": "Sure",
        }
    )
    assert read.text == "Oi {{first_name|there}}"
    assert read.buttons == (UrlButton("Open", "https://example.com"), PostbackButton("Yes", "Yes"))
    assert read.quick_replies == (QuickReply("Sure", "Sure"),)


def test_a_big_send_needs_its_number_typed() -> None:
    shown = broadcasts.LaunchForm(people=12480, typed="12,480")
    shown.check(big=1000)
    broadcasts.LaunchForm(people=999).check(big=1000)
    with pytest.raises(Invalid):
        broadcasts.LaunchForm(people=12480, typed="1248").check(big=1000)
