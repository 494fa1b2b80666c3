"""Every shape of facts section 5, read to its event or set aside with a reason."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.domain import event as events
from webapp.domain.event import Event, EventKind, Opener, SetAside
from webapp.platforms import registry
from webapp.platforms.messenger import webhooks

REGISTRY = registry.default()
RECORDED = Path(__file__).parent / "fixtures" / "messenger"
MORE_RECORDED = Path(__file__).parents[3] / "shared" / "fixtures" / "messenger"
PAGE, ANA = "100200300", "9988"
AT = datetime(2026, 11, 22, 12, 0, 0, 123000, tzinfo=UTC)
MS = int(AT.timestamp() * 1000)
RECEIVED = AT + timedelta(minutes=1)


def told(what: dict[str, Any], **surroundings: Any) -> dict[str, Any]:
    """One `messaging` item from Ana; a surrounding of None leaves it out."""
    around = {"sender": {"id": ANA}, "recipient": {"id": PAGE}, "timestamp": MS, **surroundings}
    return {**{name: value for name, value in around.items() if value is not None}, **what}


def posted(*items: Any, under: str = "messaging", **entry: Any) -> dict[str, Any]:
    return {"object": "page", "entry": [{"id": PAGE, "time": MS, under: list(items), **entry}]}


def read(body: object, received: datetime = RECEIVED) -> Sequence[Event | SetAside]:
    return REGISTRY.read_webhook(body, received)


def one(what: dict[str, Any], **surroundings: Any) -> Event:
    (reading,) = read(posted(told(what, **surroundings)))
    assert isinstance(reading, Event), reading
    return reading


def aside(what: dict[str, Any], **surroundings: Any) -> SetAside:
    (reading,) = read(posted(told(what, **surroundings)))
    assert isinstance(reading, SetAside), reading
    assert str(reading.reason)
    return reading


def kinds(readings: Sequence[Event | SetAside]) -> list[str]:
    return [r.kind.value if isinstance(r, Event) else "aside" for r in readings]


def test_a_message_says_who_wrote_what_when_and_where() -> None:
    event = one({"message": {"mid": "m_1", "text": "Oi"}})
    assert (event.kind, event.channel_key, event.person_key) == (EventKind.MESSAGE, PAGE, ANA)
    assert (event.mid, event.text, event.at, event.at_known) == ("m_1", "Oi", AT, True)
    assert events.opens_window(event) is Opener.MESSAGE


def test_a_tapped_quick_reply_and_a_quoted_message_are_told() -> None:
    said = {"mid": "m", "text": "Yes", "quick_reply": {"payload": "YES"}, "reply_to": {"mid": "q"}}
    event = one({"message": said})
    assert (event.payload, event.reply_to) == ("YES", "q")


def test_a_first_message_after_an_ad_says_so() -> None:
    referral = {"ref": "x", "source": "ADS", "type": "OPEN_THREAD", "ad_id": 6045}
    event = one({"message": {"mid": "m", "text": "hi", "referral": referral}})
    assert (event.source, event.ad_id, event.ref) == ("ADS", "6045", "x")
    assert events.opens_window(event) is Opener.AD_MESSAGE


@pytest.mark.parametrize(
    ("attachments", "expected"),
    [
        ([{"type": "image", "payload": {"url": "u"}}], ("image",)),
        ([{"type": "fallback", "payload": None, "url": "u"}], ("fallback",)),
        ([{"type": "sticker"}, {"type": "image", "payload": "x"}], ("sticker", "image")),
        ([{"payload": {}}], ("unknown",)),
        ("nonsense", ()),
        ([None, 3], ("unknown", "unknown")),
    ],
)
def test_attachments_of_any_shape_are_a_message(
    attachments: object, expected: tuple[str, ...]
) -> None:
    event = one({"message": {"mid": "m", "attachments": attachments}})
    assert (event.kind, event.attachments) == (EventKind.MESSAGE, expected)


def test_a_message_of_a_kind_we_cannot_see_is_a_message_still() -> None:
    event = one({"message": {"mid": "m", "is_unsupported": True}})
    assert (event.kind, event.attachments) == (EventKind.MESSAGE, ("unsupported",))


def test_an_echo_brings_our_key_back_and_opens_nothing() -> None:
    said = {"mid": "m_9", "is_echo": True, "app_id": 1601, "metadata": "b7:s42", "text": "Roses"}
    event = one({"message": said}, sender={"id": PAGE}, recipient={"id": ANA})
    assert (event.kind, event.person_key, event.metadata) == (EventKind.ECHO, ANA, "b7:s42")
    assert (event.channel_key, event.app_id, event.mid) == (PAGE, "1601", "m_9")
    assert events.opens_window(event) is None


def test_an_echo_without_metadata_is_an_echo() -> None:
    said = {"mid": "m_9", "is_echo": True, "app_id": 263902037430900}
    event = one({"message": said}, sender={"id": PAGE}, recipient={"id": ANA})
    assert (event.kind, event.metadata) == (EventKind.ECHO, None)


def test_what_the_page_wrote_is_an_echo_even_without_its_flag() -> None:
    event = one({"message": {"mid": "m"}}, sender={"id": PAGE}, recipient={"id": ANA})
    assert (event.kind, event.person_key) == (EventKind.ECHO, ANA)


def test_a_deleted_message_is_not_a_message_and_has_its_own_key() -> None:
    event = one({"message": {"mid": "m_1", "is_deleted": True}})
    assert event.kind is EventKind.MESSAGE_DELETED
    assert event.key != one({"message": {"mid": "m_1"}}).key
    assert events.opens_window(event) is None


def test_an_edit_names_its_message_and_opens_nothing() -> None:
    event = one({"message_edit": {"mid": "m_1", "text": "now", "num_edit": 2}})
    assert (event.kind, event.mid, event.text) == (EventKind.MESSAGE_EDIT, "m_1", "now")
    assert event.key != one({"message_edit": {"mid": "m_1", "text": "now", "num_edit": 3}}).key
    assert events.opens_window(event) is None


def test_a_postback_carries_its_payload_with_or_without_an_id() -> None:
    new = one({"postback": {"mid": "m", "title": "More", "payload": "MORE"}})
    old = one({"postback": {"title": "More", "payload": "MORE"}})
    assert (new.kind, new.text, new.payload, new.mid) == (EventKind.POSTBACK, "More", "MORE", "m")
    assert (old.payload, old.mid) == ("MORE", None)
    assert events.opens_window(old) is Opener.POSTBACK


def test_a_postback_in_standby_may_be_reduced() -> None:
    (event,) = read(posted(told({"postback": {"title": "More"}}), under="standby"))
    assert isinstance(event, Event)
    assert (event.kind, event.standby, event.payload) == (EventKind.POSTBACK, True, None)


@pytest.mark.parametrize(
    ("action", "kind", "opener"),
    [
        ("react", EventKind.REACTION, Opener.REACTION),
        ("unreact", EventKind.UNREACTION, None),
        ("REACT", EventKind.REACTION, Opener.REACTION),
    ],
)
def test_only_giving_a_reaction_opens_a_window(
    action: str, kind: EventKind, opener: Opener | None
) -> None:
    event = one({"reaction": {"mid": "m", "action": action, "emoji": "❤", "reaction": "love"}})
    assert (event.kind, event.mid, event.text, event.action) == (kind, "m", "❤", "love")
    assert events.opens_window(event) is opener


def test_a_reaction_without_a_direction_is_set_aside() -> None:
    aside({"reaction": {"mid": "m", "emoji": "❤"}})


@pytest.mark.parametrize(
    ("referral", "opener"),
    [
        ({"ref": "r", "source": "SHORTLINK", "type": "OPEN_THREAD"}, Opener.REFERRAL),
        ({"source": "SHORTLINK"}, Opener.REFERRAL),
        ({"ref": "r"}, Opener.REFERRAL),  # Europe and Japan: no source
        ({"ref": "r", "ad_id": "7"}, None),
        ({"ref": "r", "source": "ADS", "ad_id": "7"}, None),
        ({"ref": "r", "source": "DISCOVER_TAB"}, None),
        ({}, None),
    ],
)
def test_a_link_into_the_thread_opens_a_window_and_an_ad_click_alone_does_not(
    referral: dict[str, Any], opener: Opener | None
) -> None:
    event = one({"referral": referral})
    assert event.kind is EventKind.REFERRAL
    assert events.opens_window(event) is opener


def test_a_plugin_opt_in_opens_a_window() -> None:
    event = one({"optin": {"ref": "checkout"}})
    assert (event.kind, event.ref) == (EventKind.OPTIN_PLUGIN, "checkout")
    assert events.opens_window(event) is Opener.OPTIN_PLUGIN


@pytest.mark.parametrize("sender", [None, {"user_ref": "u-1"}])
def test_an_opt_in_by_user_ref_alone_names_nobody_yet(sender: object) -> None:
    event = one({"optin": {"ref": "c", "user_ref": "u-1"}}, sender=sender)
    assert (event.person_key, event.user_ref) == (None, "u-1")
    assert events.opens_window(event) is None


def test_the_first_message_of_a_plugin_user_says_who_it_was() -> None:
    prior = {"source": "checkbox_plugin", "identifier": "u-1"}
    event = one({"message": {"mid": "m", "text": "hi"}, "prior_message": prior})
    assert (event.person_key, event.user_ref) == (ANA, "u-1")


TOPIC: dict[str, Any] = {
    "type": "notification_messages",
    "payload": "PRICE",
    "notification_messages_token": "tok",
    "notification_messages_timezone": "America/Sao_Paulo",
    "token_expiry_timestamp": MS + 86_400_000,
    "user_token_status": "NOT_REFRESHED",
    "title": "Price drops",
}


def test_an_opt_in_to_a_topic_brings_a_token_and_opens_no_window() -> None:
    event = one({"optin": TOPIC})
    assert (event.kind, event.token, event.topic) == (EventKind.OPTIN_TOPIC, "tok", "Price drops")
    assert (event.payload, event.timezone) == ("PRICE", "America/Sao_Paulo")
    assert (event.token_status, event.token_expires_at) == (
        "NOT_REFRESHED",
        AT + timedelta(days=1),
    )
    assert events.opens_window(event) is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("STOP NOTIFICATIONS", EventKind.TOPIC_STOPPED),
        ("STOP_NOTIFICATIONS", EventKind.TOPIC_STOPPED),
        ("stop notifications", EventKind.TOPIC_STOPPED),
        ("RESUME NOTIFICATIONS", EventKind.TOPIC_RESUMED),
        ("RESUME_NOTIFICATIONS", EventKind.TOPIC_RESUMED),
    ],
)
def test_stopping_and_resuming_a_topic_in_both_spellings(status: str, kind: EventKind) -> None:
    event = one({"optin": {**TOPIC, "notification_messages_status": status}})
    assert (event.kind, event.token) == (kind, "tok")
    assert events.opens_window(event) is None


@pytest.mark.parametrize(
    "optin",
    [
        {**TOPIC, "notification_messages_status": "MAYBE"},
        {**TOPIC, "notification_messages_token": None},
        {**TOPIC, "notification_messages_token": "x" * 501},
        {"type": "one_time_notif_req"},
        {"type": "something_new"},
    ],
)
def test_an_opt_in_that_cannot_be_trusted_is_set_aside(optin: dict[str, Any]) -> None:
    aside({"optin": optin})


def test_one_token_may_stop_and_start_at_different_times() -> None:
    stop = {**TOPIC, "notification_messages_status": "STOP_NOTIFICATIONS"}
    keys = {one({"optin": stop}, timestamp=MS + n).key for n in range(3)}
    assert len(keys | {one({"optin": TOPIC}).key}) == 4


def test_a_one_time_opt_in_brings_its_token() -> None:
    optin = {"type": "one_time_notif_req", "payload": "P", "one_time_notif_token": "once"}
    event = one({"optin": optin})
    assert (event.kind, event.token, event.payload) == (EventKind.OPTIN_ONCE, "once", "P")


def test_a_delivery_names_messages_and_a_watermark() -> None:
    event = one({"delivery": {"mids": ["m_1", "m_2"], "watermark": MS, "seq": 3}})
    assert (event.kind, event.mids, event.watermark) == (EventKind.DELIVERY, ("m_1", "m_2"), AT)
    assert events.opens_window(event) is None


def test_a_delivery_by_watermark_alone_is_read() -> None:
    event = one({"delivery": {"watermark": MS}}, timestamp=None)
    assert (event.mids, event.watermark, event.at) == ((), AT, AT)


def test_a_read_is_a_watermark() -> None:
    event = one({"read": {"watermark": str(MS), "seq": 1}})
    assert (event.kind, event.watermark) == (EventKind.READ, AT)
    assert events.opens_window(event) is None


def test_a_watermark_from_the_future_is_not_believed() -> None:
    event = one({"read": {"watermark": MS + 10**9}})
    assert event.watermark == RECEIVED


@pytest.mark.parametrize("receipt", [{}, {"watermark": None}, {"mids": [None]}])
def test_an_empty_receipt_is_set_aside(receipt: dict[str, Any]) -> None:
    aside({"delivery": receipt})
    aside({"read": receipt})


@pytest.mark.parametrize(
    ("what", "action", "app"),
    [
        ({"pass_thread_control": {"new_owner_app_id": 12, "metadata": "m"}}, "pass", "12"),
        ({"take_thread_control": {"previous_owner_app_id": "12"}}, "take", "12"),
        (
            {"request_thread_control": {"requested_owner_app_id": 12, "metadata": None}},
            "request",
            "12",
        ),
        ({"app_roles": {"12": ["primary_receiver"]}}, "app_roles", "12"),
    ],
)
def test_handovers_say_who_and_open_nothing(what: dict[str, Any], action: str, app: str) -> None:
    event = one(what)
    assert (event.kind, event.action, event.app_id) == (EventKind.HANDOVER, action, app)
    assert event.metadata is None
    assert events.opens_window(event) is None


def test_account_linking_is_told() -> None:
    event = one({"account_linking": {"status": "linked", "authorization_code": "c"}})
    assert (event.kind, event.action) == (EventKind.ACCOUNT_LINKING, "linked")


@pytest.mark.parametrize("name", ["policy_enforcement", "policy-enforcement"])
def test_a_policy_notice_in_both_spellings(name: str) -> None:
    event = one({name: {"action": "BLOCK", "reason": "spam"}}, sender=None)
    assert (event.kind, event.action, event.reason) == (EventKind.POLICY, "block", "spam")


PAID: dict[str, Any] = {
    "page_id": PAGE,
    "recipient_id": ANA,
    "messenger_subscription_token": "tok",
    "message_id": "campaign-1",
    "mid": "m_7",
    "marketing_message_tracking_id": "track-1",
    "timestamp": MS,
}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("marketing_message_echoes", EventKind.PAID_ECHO),
        ("marketing_message_deliveries", EventKind.PAID_DELIVERY),
        ("marketing_message_reads", EventKind.PAID_READ),
        ("marketing_message_clicks", EventKind.PAID_CLICK),
        ("marketing_message_delivery_failed", EventKind.PAID_FAILED),
    ],
)
def test_paid_notices_are_read_in_every_nesting(name: str, kind: EventKind) -> None:
    nestings = [
        posted({"field": name, "value": PAID}, under="changes"),
        posted({"field": name, "value": {name: PAID}}, under="changes"),
        posted(told({name: PAID})),
        posted({name: PAID}),
        {"object": "page", "entry": [{"id": PAGE, "time": MS, name: [PAID]}]},
        {"object": "page", "entry": [{"time": MS, name: PAID}]},
    ]
    readings = [read(body) for body in nestings]
    assert all(len(found) == 1 for found in readings)
    assert {reading.key for (reading,) in readings} == {readings[0][0].key}
    for (event,) in readings:
        assert isinstance(event, Event)
        assert (event.kind, event.channel_key, event.person_key) == (kind, PAGE, ANA)
        assert (event.tracking_id, event.campaign_key, event.at) == ("track-1", "campaign-1", AT)
        assert events.opens_window(event) is None


def test_a_paid_notice_may_hide_the_person() -> None:
    value = {**PAID, "recipient_id": None, "error_message": "gone"}
    (event,) = read(
        posted({"field": "marketing_message_delivery_failed", "value": value}, under="changes")
    )
    assert isinstance(event, Event)
    assert (event.person_key, event.token, event.reason) == (None, "tok", "gone")


@pytest.mark.parametrize(
    "field", ["message_template_status_update", "messenger_template_status_update"]
)
def test_a_templates_new_state_in_both_spellings(field: str) -> None:
    value = {
        "message_template_id": 77,
        "message_template_name": "order",
        "message_template_language": "en",
        "event": "REJECTED",
        "reason": "PROMOTIONAL",
        "timestamp": MS,
    }
    (event,) = read(posted({"field": field, "value": value}, under="changes"))
    assert isinstance(event, Event)
    assert (event.kind, event.ref, event.mid) == (EventKind.TEMPLATE_STATUS, "order", "77")
    assert (event.action, event.reason) == ("rejected", "PROMOTIONAL")


def comment(**more: Any) -> dict[str, Any]:
    value = {
        "item": "comment",
        "verb": "add",
        "comment_id": "1_2",
        "post_id": "1_1",
        "from": {"id": "55", "name": "Ana"},
        "created_time": MS // 1000,
        "message": "nice",
        **more,
    }
    return posted({"field": "feed", "value": value}, under="changes", time=MS // 1000)


def test_a_comment_is_told_and_opens_no_window() -> None:
    (event,) = read(comment())
    assert isinstance(event, Event)
    assert (event.kind, event.mid, event.text) == (EventKind.COMMENT, "1_2", "nice")
    assert (event.person_key, event.at) == (None, AT.replace(microsecond=0))
    assert events.opens_window(event) is None


@pytest.mark.parametrize(
    "more", [{"from": {"id": PAGE}}, {"verb": "remove"}, {"item": "post"}, {"comment_id": None}]
)
def test_other_activity_on_posts_is_set_aside(more: dict[str, Any]) -> None:
    assert kinds(read(comment(**more))) == ["aside"]


@pytest.mark.parametrize("timestamp", [MS, str(MS), float(MS), MS * 1000, AT.isoformat()])
def test_a_time_is_read_however_it_is_written(timestamp: object) -> None:
    assert one({"message": {"mid": "m"}}, timestamp=timestamp).at == AT


def test_a_time_in_seconds_is_read() -> None:
    seconds = AT.replace(microsecond=0)
    for timestamp in (MS // 1000, str(MS // 1000), "2026-11-22T12:00:00+0000"):
        assert one({"message": {"mid": "m"}}, timestamp=timestamp).at == seconds


def test_an_event_from_the_future_happened_when_it_arrived() -> None:
    event = one({"message": {"mid": "m"}}, timestamp=MS + 10**10)
    assert (event.at, event.at_known) == (RECEIVED, True)


@pytest.mark.parametrize("timestamp", [None, "soon", 0, -5, True, {}, 10**40, "9" * 4500])
def test_without_a_time_the_envelopes_is_taken_and_no_window_opens(timestamp: object) -> None:
    event = one({"message": {"mid": "m"}}, timestamp=timestamp)
    assert (event.at, event.at_known) == (AT, False)
    assert events.opens_window(event) is None


def test_ids_written_as_numbers_are_the_same_people() -> None:
    numbers = {"sender": {"id": int(ANA)}, "recipient": {"id": int(PAGE)}, "timestamp": MS}
    body = {
        "object": "page",
        "entry": [{"id": int(PAGE), "messaging": [{**numbers, "message": {"mid": "m"}}]}],
    }
    (event,) = read(body)
    assert isinstance(event, Event)
    assert (event.channel_key, event.person_key) == (PAGE, ANA)
    assert event.key == one({"message": {"mid": "m"}}).key


def test_the_same_message_twice_in_one_post_is_one_key() -> None:
    item = told({"message": {"mid": "m_1", "text": "twice"}})
    first, second = read(posted(item, item))
    assert first.key == second.key
    assert [first.raw_index, second.raw_index] == [0, 1]


def test_a_key_is_the_same_whenever_and_wherever_it_arrives() -> None:
    item = told({"message": {"mid": "m_1", "text": "x"}})
    late = read(posted(item), RECEIVED + timedelta(days=3))[0]
    standby = read(posted(item, under="standby"))[0]
    assert {late.key, standby.key} == {one({"message": {"mid": "m_1", "text": "x"}}).key}


def test_keys_differ_between_pages_people_and_kinds() -> None:
    said = {"mid": "m", "text": "x"}
    keys = {
        one({"message": said}).key,
        one({"message_edit": said}).key,
        one({"read": {"watermark": MS}}).key,
        one({"read": {"watermark": MS}}, sender={"id": "other"}).key,
        one({"read": {"watermark": MS - 1}}).key,
        read({"object": "page", "entry": [{"id": "p2", "messaging": [told({"message": said})]}]})[
            0
        ].key,
    }
    assert len(keys) == 6
    assert all(len(key) <= 64 for key in keys)


def test_both_lists_of_an_entry_and_several_entries_are_read() -> None:
    entry = {
        "id": PAGE,
        "time": MS,
        "messaging": [told({"message": {"mid": "a"}})],
        "standby": [told({"message": {"mid": "b"}}), told({})],
        "changes": [{"field": "feed", "value": {}}],
    }
    readings = read({"object": "page", "entry": [entry, entry]})
    assert kinds(readings) == ["message", "message", "aside", "aside"] * 2
    assert [reading.raw_index for reading in readings] == list(range(8))


def test_two_things_told_in_one_item_are_both_read() -> None:
    event = posted(told({"message": {"mid": "a"}, "read": {"watermark": MS}}))
    assert kinds(read(event)) == ["message", "read"]


def test_a_malformed_event_leaves_its_neighbours_whole() -> None:
    body = posted("noise", told({"message": "x"}), None, told({"message": {"mid": "a"}}))
    assert kinds(read(body)) == ["aside", "aside", "aside", "message"]


@pytest.mark.parametrize("name", ["message", "postback", "referral", "reaction", "optin"])
def test_an_event_from_nobody_is_set_aside(name: str) -> None:
    part = {"mid": "m", "action": "react", "ref": "r"}
    for sender in (None, {}, {"id": ""}, {"id": None}, {"id": "x" * 65}, "ana"):
        aside({name: part}, sender=sender)


@pytest.mark.parametrize(
    "name", ["messaging_customer_information", "response_feedback", "game_play", "message_context"]
)
def test_kinds_without_a_use_are_set_aside_by_name(name: str) -> None:
    assert name in str(aside({name: {"x": 1}}).reason)
    assert kinds(read(posted({"field": name, "value": {}}, under="changes"))) == ["aside"]


@pytest.mark.parametrize(
    "body",
    [
        *[None, 3, "x", [], {}, {"object": "page"}, {"object": "page", "entry": None}],
        *[{"object": "page", "entry": "x"}, {"object": "user", "entry": []}, {"object": ["page"]}],
        *[{"object": "page", "entry": [3]}, {"object": "page", "entry": [{}]}],
        {"object": "page", "entry": [{"id": PAGE, "messaging": 3}]},
        {"object": "page", "entry": [{"id": PAGE, "time": MS}]},  # messaging is missing
    ],
)
def test_a_body_that_says_nothing_is_set_aside_with_a_reason(body: object) -> None:
    readings = read(body)
    assert kinds(readings) == ["aside"]


def test_an_empty_list_of_entries_says_nothing_at_all() -> None:
    assert read({"object": "page", "entry": []}) == []


def test_texts_are_made_fit_for_any_database() -> None:
    event = one({"message": {"mid": "m", "text": "a\x00b\ud800c" + "d" * 9000}})
    assert event.text is not None
    assert event.text.startswith("ab?c")
    assert len(event.text) <= 2000
    event.text.encode()


def test_a_body_nested_too_deep_to_print_is_set_aside() -> None:
    deep: Any = {}
    for _ in range(20_000):
        deep = [deep]
    assert kinds(read(posted(told({"strange": deep})))) == ["aside"]


def recorded() -> list[Path]:
    found = [*RECORDED.glob("*.json"), *MORE_RECORDED.glob("*.json")]
    assert found
    return sorted(found)


@pytest.mark.parametrize("path", recorded(), ids=lambda path: path.stem)
def test_recorded_payloads_are_read_or_set_aside(path: Path) -> None:
    readings = read(json.loads(path.read_bytes()))  # bytes: json skips a byte order mark
    expected = {
        "Payload": ["message"],
        "PayloadWithReferral": ["referral"],
        "PayloadWithStandby": ["message", "aside", "aside"],
    }
    assert kinds(readings) == expected.get(path.stem, ["handover"])


NAMES = (
    *("id", "mid", "mids", "watermark", "ref", "token", "type", "action", "item", "verb"),
    *("user_ref", "metadata", "is_echo", "attachments", "referral", "status"),
)
PARTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([MS, PAGE, ANA, "react", "block", "comment", "STOP", "page"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=5) | st.sampled_from(NAMES),
            inner,
            max_size=4,
        )
    ),
    max_leaves=6,
)
ITEMS = st.dictionaries(
    st.sampled_from(
        [*webhooks.TONGUE.happenings, "sender", "recipient", "timestamp", "field", "value"]
    ),
    PARTS,
    max_size=5,
)
ENTRIES = st.dictionaries(
    st.sampled_from(["id", "time", "messaging", "standby", "changes", *webhooks.TONGUE.happenings]),
    st.lists(ITEMS, max_size=2) | PARTS,
    max_size=5,
)
BODIES = st.fixed_dictionaries({"object": st.just("page"), "entry": st.lists(ENTRIES, max_size=2)})


@settings(max_examples=400)
@given(BODIES | PARTS)
def test_no_json_whatever_raises_and_the_same_reads_the_same(body: object) -> None:
    body = json.loads(json.dumps(body))
    readings = read(body)
    assert readings == read(body)
    for index, reading in enumerate(readings):
        assert reading.raw_index == index
        assert len(reading.key) <= 64
        if isinstance(reading, SetAside):
            assert len(str(reading.reason)) <= 500
            continue
        assert reading.at <= RECEIVED
        assert reading.at.tzinfo is UTC
        assert reading.watermark is None or reading.watermark <= RECEIVED
        assert len(reading.channel_key) <= 64
        events.opens_window(reading)
