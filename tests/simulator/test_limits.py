"""How fast and how much a page may send."""

from __future__ import annotations

import json

import pytest

from tests.simulator.conftest import ANA, Platform, refusal
from webapp.simulator import limits
from webapp.simulator.clock import DAY, HOUR

VIDEO = {"attachment": {"type": "video", "payload": {"url": "https://x.example/v.mp4"}}}
IMAGE = {"attachment": {"type": "image", "payload": {"url": "https://x.example/i.jpg"}}}


class Ticks:
    """A monotonic clock that moves only when told to."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> Ticks:
    ticks = Ticks()
    monkeypatch.setattr(limits, "time", ticks)
    return ticks


def test_300_texts_a_second_with_a_little_grace_and_then_613(
    platform: Platform, ticks: Ticks
) -> None:
    answers = [platform.send(ANA).status for _ in range(316)]
    assert answers == [200] * 315 + [400]
    assert refusal(platform.send(ANA)) == (613, None)
    ticks.seconds += 1.0
    assert platform.send(ANA).status == 200


def test_the_second_slides(platform: Platform, ticks: Ticks) -> None:
    platform.option(rate=2)
    for expected in (200, 200, 400):
        assert platform.send(ANA).status == expected
        ticks.seconds += 0.4
    assert platform.send(ANA).status == 200  # the first is 1.2 s old, the second 0.8 s
    assert platform.send(ANA).status == 400


def test_ten_videos_a_second_while_texts_and_images_go_on(platform: Platform, ticks: Ticks) -> None:
    assert [platform.send(ANA, VIDEO).status for _ in range(11)] == [200] * 10 + [400]
    assert platform.send(ANA).status == 200
    assert platform.send(ANA, IMAGE).status == 200


def test_pages_do_not_share_a_rate(platform: Platform, ticks: Ticks) -> None:
    platform.option(rate=1)
    platform.practice("POST", "pages", {"id": "501", "token": "other"})
    assert platform.send(ANA).status == 200
    assert platform.send(ANA).status == 400
    body = {"recipient": {"id": ANA}, "message": {"text": "Hi"}}
    assert platform.ask("POST", "/me/messages", body, token="other").status == 200


def test_a_day_allows_200_calls_for_each_engaged_person(platform: Platform, ticks: Ticks) -> None:
    platform.option(engaged=1, rate=10_000)
    for _ in range(200):
        assert platform.send(ANA).status == 200
    answer = platform.send(ANA)
    assert refusal(answer) == (80006, None)
    assert json.loads(answer.headers["x-app-usage"])["call_count"] == 100
    platform.time.advance(DAY + HOUR)
    platform.practice("POST", f"people/{ANA}/say", {"text": "hi"})
    assert platform.send(ANA).status == 200


def test_the_quota_counts_what_was_sent_before_a_restart(platform: Platform) -> None:
    platform.send(ANA)
    after = limits.Limits(platform.world.state, platform.time.now())
    page = platform.world.pages.every()[0]
    usage = json.loads(after.headers(page, 1, platform.time.now())["x-app-usage"])
    assert usage["call_count"] == 0  # one of 200
    platform.option(engaged=1)
    for _ in range(3):
        platform.send(ANA)
    after = limits.Limits(platform.world.state, platform.time.now())
    usage = json.loads(after.headers(page, 1, platform.time.now())["x-app-usage"])
    assert usage["call_count"] == 2


def test_conversations_may_be_asked_for_twice_a_second(platform: Platform, ticks: Ticks) -> None:
    asked = [platform.ask("GET", "/me/conversations").status for _ in range(3)]
    assert asked == [200, 200, 400]
