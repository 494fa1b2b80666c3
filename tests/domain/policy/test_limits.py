"""Every limit of the book: platform, rest of the id, kinds, value, unit, first and last day.

The pages they come from stand beside each limit in `limits.toml`; what the facts call general
knowledge has the confidence low there.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from webapp.domain import content_check, limits
from webapp.domain.broadcast import Kind
from webapp.domain.content import Content
from webapp.domain.policy import rulebook

BOOK = rulebook.load()
NOW = datetime(2026, 11, 22, tzinfo=UTC)
LIMITS = [
    ("messenger", "text", "", 2_000, "characters", "2016-11-14", None),
    ("messenger", "button_text", "", 640, "characters", "2016-11-14", None),
    ("messenger", "buttons", "", 3, "items", "2016-11-14", None),
    ("messenger", "button_title", "", 20, "characters", "2016-11-14", None),
    ("messenger", "payload", "", 1_000, "characters", "2016-11-14", None),
    ("messenger", "quick_replies", "", 13, "items", "2016-11-14", None),
    ("messenger", "quick_reply_title", "", 20, "characters", "2016-11-14", None),
    ("messenger", "card_title", "", 80, "characters", "2016-11-14", None),
    ("messenger", "card_subtitle", "", 80, "characters", "2016-11-14", None),
    ("messenger", "elements", "", 10, "items", "2016-11-14", None),
    ("messenger", "metadata", "", 999, "characters", "2016-11-14", None),
    ("messenger", "opt_in_title", "", 65, "characters", "2020-03-04", None),
    ("messenger", "coupon_title", "", 80, "characters", "2016-11-14", None),
    ("messenger", "image_bytes", "", 8_000_000, "bytes", "2016-11-14", None),
    ("messenger", "file_bytes", "", 25_000_000, "bytes", "2016-11-14", None),
    ("messenger", "rate_default", "", 40, "messages_per_second", "2016-11-14", None),
    ("messenger", "rate_text", "", 300, "messages_per_second", "2016-11-14", None),
    ("messenger", "rate_media", "", 10, "messages_per_second", "2016-11-14", None),
    ("messenger", "rate_private_reply", "", 750, "messages_per_hour", "2016-11-14", None),
    ("messenger", "daily_per_engaged", "", 200, "messages_per_engaged_person", "2016-11-14", None),
    ("messenger", "batch", "", 50, "items", "2016-11-14", None),
    ("messenger", "sponsored.quick_replies", "sponsored", 13, "items", "2025-11-20", None),
    ("messenger", "sponsored.quick_replies", "sponsored", 0, "items", "2025-07-01", "2025-11-19"),
    ("messenger", "sponsored.buttons", "sponsored", 3, "items", "2025-07-01", None),
    ("messenger", "coupon_subtitle", "", 80, "characters", "2016-11-14", None),
    ("messenger", "products", "", 10, "items", "2016-11-14", None),
    ("messenger", "images", "", 6, "items", "2026-06-30", None),
    ("messenger", "rate_conversations", "", 2, "calls_per_second", "2016-11-14", None),
    ("instagram", "text", "", 1_000, "bytes", "2021-06-02", None),
    ("instagram", "button_text", "", 640, "bytes", "2021-06-02", None),
    ("instagram", "buttons", "", 3, "items", "2021-06-02", None),
    ("instagram", "button_title", "", 20, "bytes", "2021-06-02", None),
    ("instagram", "payload", "", 1_000, "bytes", "2021-06-02", None),
    ("instagram", "quick_replies", "", 13, "items", "2021-06-02", None),
    ("instagram", "quick_reply_title", "", 20, "bytes", "2021-06-02", None),
    ("instagram", "card_title", "", 80, "bytes", "2021-06-02", None),
    ("instagram", "card_subtitle", "", 80, "bytes", "2021-06-02", None),
    ("instagram", "elements", "", 10, "items", "2021-06-02", None),
    ("instagram", "rate_default", "", 40, "messages_per_second", "2021-06-02", None),
    ("instagram", "rate_media", "", 10, "messages_per_second", "2021-06-02", None),
    ("instagram", "rate_text", "", 100, "messages_per_second", "2021-06-02", "2024-10-07"),
    ("instagram", "rate_text", "", 300, "messages_per_second", "2024-10-08", None),
    ("instagram", "opt_in_title", "", 65, "bytes", "2022-05-19", None),
    ("instagram", "opt_in_requests_a_day", "", 5, "items", "2022-05-19", None),
    ("instagram", "opt_in_requests_a_week", "", 10, "items", "2022-05-19", None),
    ("instagram", "image_bytes", "", 8_000_000, "bytes", "2021-06-02", None),
    ("instagram", "rate_private_reply", "", 750, "messages_per_hour", "2021-06-02", None),
    ("instagram", "rate_private_reply_live", "", 100, "messages_per_second", "2021-06-02", None),
    ("instagram", "rate_conversations", "", 2, "calls_per_second", "2021-06-02", None),
    ("instagram", "daily_per_engaged", "", 200, "messages_per_engaged_person", "2021-06-02", None),
    ("instagram", "batch", "", 50, "items", "2021-06-02", None),
    ("whatsapp", "text", "", 4_096, "characters", "2022-02-01", None),
    ("whatsapp", "button_text", "", 1_024, "characters", "2022-02-01", None),
    ("whatsapp", "buttons", "", 3, "items", "2022-02-01", None),
    ("whatsapp", "button_title", "", 20, "characters", "2022-02-01", None),
    ("whatsapp", "payload", "", 256, "characters", "2022-02-01", None),
    ("whatsapp", "quick_replies", "", 3, "items", "2022-02-01", None),
    ("whatsapp", "quick_reply_title", "", 20, "characters", "2022-02-01", None),
    ("whatsapp", "card_title", "", 60, "characters", "2022-02-01", None),
    ("whatsapp", "card_subtitle", "", 160, "characters", "2022-02-01", None),
    ("whatsapp", "elements", "", 10, "items", "2022-02-01", None),
    ("whatsapp", "header", "", 60, "characters", "2022-02-01", None),
    ("whatsapp", "footer", "", 60, "characters", "2022-02-01", None),
    ("whatsapp", "caption", "", 1_024, "characters", "2022-02-01", None),
    ("whatsapp", "list_rows", "", 10, "items", "2022-02-01", None),
    ("whatsapp", "list_button", "", 20, "characters", "2022-02-01", None),
    ("whatsapp", "list_title", "", 24, "characters", "2022-02-01", None),
    ("whatsapp", "list_description", "", 72, "characters", "2022-02-01", None),
    ("whatsapp", "list_id", "", 200, "characters", "2022-02-01", None),
    ("whatsapp", "list_text", "", 4_096, "characters", "2022-02-01", None),
    ("whatsapp", "image_bytes", "", 5_000_000, "bytes", "2022-02-01", None),
    ("whatsapp", "video_bytes", "", 16_000_000, "bytes", "2022-02-01", None),
    ("whatsapp", "audio_bytes", "", 16_000_000, "bytes", "2022-02-01", None),
    ("whatsapp", "file_bytes", "", 100_000_000, "bytes", "2022-02-01", None),
    ("whatsapp", "sticker_bytes", "", 100_000, "bytes", "2022-02-01", None),
    ("whatsapp", "template.text", "sponsored utility", 1_024, "characters", "2023-06-01", None),
    ("whatsapp", "template.button_text", "sponsored utility", 1_024, "characters",
     "2023-06-01", None),
    ("whatsapp", "template.button_title", "sponsored utility", 25, "characters",
     "2023-06-01", None),
    ("whatsapp", "template.quick_replies", "sponsored utility", 10, "items", "2023-06-01", None),
    ("whatsapp", "template.quick_reply_title", "sponsored utility", 25, "characters",
     "2023-06-01", None),
    ("whatsapp", "template.card_buttons", "sponsored utility", 2, "items", "2023-06-01", None),
    ("whatsapp", "template.url", "sponsored utility", 2_000, "characters", "2023-06-01", None),
    ("whatsapp", "template.phone", "sponsored utility", 20, "characters", "2023-06-01", None),
    ("whatsapp", "template.name", "sponsored utility", 512, "characters", "2023-06-01", None),
    ("whatsapp", "template.offer_text", "sponsored", 16, "characters", "2023-06-01", None),
    ("whatsapp", "template.coupon_code", "sponsored", 15, "characters", "2023-06-01", None),
    ("whatsapp", "templates", "", 250, "items", "2023-06-01", None),
    ("whatsapp", "templates_an_hour", "", 100, "items", "2023-06-01", None),
    ("whatsapp", "rate_default", "", 80, "messages_per_second", "2022-02-01", None),
    ("whatsapp", "rate_shared", "", 20, "messages_per_second", "2022-02-01", None),
    ("whatsapp", "rate_upgraded", "", 1_000, "messages_per_second", "2022-02-01", None),
    ("whatsapp", "rate_pair", "", 10, "messages_per_minute", "2022-02-01", None),
    ("whatsapp", "pair_burst", "", 45, "items", "2022-02-01", None),
    ("whatsapp", "management_calls", "", 200, "calls_per_hour", "2022-02-01", None),
    ("whatsapp", "portfolio", "", 250, "people_per_day", "2025-10-07", None),
    ("whatsapp", "free_service", "", 1_000, "messages_per_month", "2026-10-01", None),
]  # fmt: skip


def test_the_table_above_is_the_book() -> None:
    found = [
        (
            row.platform,
            row.id.removeprefix(f"{row.platform}.limit."),
            " ".join(sorted(row.kinds)),
            row.value,
            row.unit,
            str(row.valid_from),
            row.valid_to and str(row.valid_to),
        )
        for row in BOOK.bounds
    ]
    assert found == LIMITS


def test_a_kind_may_have_a_limit_of_its_own() -> None:
    early = datetime(2025, 8, 1, tzinfo=UTC)
    assert BOOK.limits("messenger", early, Kind.SPONSORED)["quick_replies"].value == 0
    assert BOOK.limits("messenger", early, Kind.STANDARD)["quick_replies"].value == 13


def test_message_checks_get_their_limits_from_the_book() -> None:
    assert BOOK.content_limits("messenger", NOW) == limits.MESSENGER_2026


def test_instagram_counts_bytes() -> None:
    found = BOOK.content_limits("instagram", NOW)
    assert (found.text, found.measure("é")) == (1000, 2)


def test_too_much_in_bytes_is_said_in_bytes() -> None:
    found = content_check.problems(Content(text="é" * 501), BOOK.content_limits("instagram", NOW))
    assert [str(it) for it in found["text"]] == [
        "This holds 1,000 bytes (é takes two, an emoji four): shorten it by 2."
    ]


@pytest.mark.parametrize(
    ("more", "most"),
    [
        ({}, 4096),
        ({"image_url": "https://x.example/a.jpg"}, 1024),  # its caption
        ({"image_url": "https://x.example/a.jpg", "subtitle": "ab"}, 1021),
        ({"quick_replies": [{"title": "Yes"}]}, 1024),  # reply buttons
        ({"quick_replies": [{"title": "Yes"}], "image_url": "https://x.example/a.jpg"}, 1024),
        ({"buttons": [{"type": "postback", "title": "Yes", "payload": "y"}]}, 1024),
    ],
)
def test_a_text_on_whatsapp_holds_what_the_message_it_becomes_does(
    more: dict[str, object], most: int
) -> None:
    found = BOOK.content_limits("whatsapp", NOW, Kind.STANDARD)
    fits, over = (Content.parse({"text": "x" * n, **more}) for n in (most, most + 1))
    assert content_check.problems(fits, found) == {}
    assert list(content_check.problems(over, found)) == ["text"]


@pytest.mark.parametrize(
    ("kind", "text", "quick_replies", "button_title"),
    [
        (Kind.STANDARD, 4096, 3, 20),  # free-form and interactive messages, 2025-11
        (Kind.UTILITY, 1024, 10, 25),  # the parts of a template, 2025-11
        (Kind.SPONSORED, 1024, 10, 25),
    ],
)
def test_a_template_on_whatsapp_holds_other_than_a_free_message(
    kind: Kind, text: int, quick_replies: int, button_title: int
) -> None:
    found = BOOK.content_limits("whatsapp", NOW, kind)
    assert (found.text, found.quick_replies, found.button_title) == (
        text,
        quick_replies,
        button_title,
    )


@pytest.mark.parametrize(
    ("platform", "name", "value"),
    [
        ("messenger", "rate_default", 40),  # the inbox stops above it
        ("messenger", "rate_text", 300),
        ("messenger", "rate_media", 10),
        ("instagram", "rate_text", 300),  # since 2024-10-08
        ("whatsapp", "rate_default", 80),
        ("whatsapp", "rate_pair", 10),  # one every 6 seconds
        ("whatsapp", "portfolio", 250),
    ],
)
def test_a_channel_sends_as_fast_as_its_platform_allows(
    platform: str, name: str, value: int
) -> None:
    assert BOOK.limits(platform, NOW)[name].value == value


def test_a_platform_before_its_first_day_has_no_limits() -> None:
    with pytest.raises(KeyError):
        BOOK.content_limits("whatsapp", datetime(2022, 1, 31, tzinfo=UTC))
