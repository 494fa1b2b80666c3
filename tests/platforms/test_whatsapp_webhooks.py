"""Every recorded WhatsApp update, read to its event or set aside with a reason; and their rules."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.domain.event import WHATSAPP, Event, EventKind, Opener, SetAside, opens_window
from webapp.domain.retry import PersonEffect
from webapp.platforms import registry

REGISTRY = registry.default()
RECORDED = Path(__file__).parent / "fixtures" / "whatsapp"
NUMBER, ACCOUNT = "1122334455667", "102290129340398"
USER, PHONE = "US.13491208655302741918", "972987654321"
AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
RECEIVED = AT + timedelta(minutes=1)
STAMP = str(int(AT.timestamp()))

# What each recorded update is; by file where all of its updates are the same.
EXPECTED: dict[str, str | dict[str, str]] = {
    "account_update": {
        "account_deleted": "policy",
        "account_restriction": "policy",
        "account_violation": "policy",
        "account_disabled": "policy",
        "account_offboarded": "policy",
        "account_reconnected": "policy",
        "*": "aside",
    },
    "call_connect": {"user_initiated": "call", "*": "aside"},
    "call_permission_update": "aside",
    "call_status": "aside",
    "call_terminate": "aside",
    "callback_button": "postback",
    "callback_selection": "postback",
    "deleted_message": "message_deleted",
    "edited_message": "message_edit",
    "flow_completion": "message",
    "message": {
        "reaction": "reaction",
        "unreaction_empty": "unreaction",
        "unreaction_no_emoji": "unreaction",
        "*": "message",
    },
    "message_status": {
        "sent": "echo",
        "with_tracker": "echo",
        "delivered": "delivery",
        "read": "read",
        "played": "read",
        "failed": "failed",
        "group": "aside",
    },
    "outgoing_message": {"text": "echo", "*": "aside"},
    "system": {"phone_number_change": "identity", "identity_change": "aside"},
    "template_category_update": "template_category",
    "template_components_update": "template_content",
    "template_quality_update": "template_quality",
    "template_status_update": "template_status",
    "user_marketing_preferences": {"resume": "topic_resumed", "signup": "optin_topic"},
}


def recorded() -> Iterator[Any]:
    for path in sorted(RECORDED.glob("*.json")):
        for name, body in json.loads(path.read_bytes()).items():
            inner = {name: body, **{n: part for n, part in body.items() if n == "all"}}
            for one, update in inner.items():  # one file holds an update inside another
                whole = {"object": "whatsapp_business_account", "entry": update["entry"]}
                yield pytest.param(path.stem, one, whole, id=f"{path.stem}-{one}")


def read(body: object, received: datetime = RECEIVED) -> Sequence[Event | SetAside]:
    return REGISTRY.read_webhook(body, received)


def posted(field: str, value: dict[str, Any], **entry: Any) -> dict[str, Any]:
    about = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": NUMBER}}
    change = {"field": field, "value": {**about, **value}}
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": ACCOUNT, "changes": [change], **entry}],
    }


def contact(**ids: str) -> dict[str, Any]:
    return {"profile": {"name": "Ana Souza"}, **ids}


def wrote(part: dict[str, Any], *contacts: dict[str, Any], **sender: str) -> Event:
    said = {"id": "wamid.1", "timestamp": STAMP, **(sender or {"from": PHONE}), **part}
    (reading,) = read(posted("messages", {"contacts": list(contacts), "messages": [said]}))
    assert isinstance(reading, Event), reading
    return reading


def status(name: str, **more: Any) -> Event:
    told = {"id": "wamid.1", "status": name, "timestamp": STAMP, "recipient_id": PHONE, **more}
    (reading,) = read(posted("messages", {"statuses": [told]}))
    assert isinstance(reading, Event), reading
    return reading


def test_all_recorded_files_are_named_here() -> None:
    assert {path.stem for path in RECORDED.glob("*.json")} == set(EXPECTED)


@pytest.mark.parametrize(("file", "name", "body"), list(recorded()))
def test_recorded_updates_are_read_or_set_aside(file: str, name: str, body: Any) -> None:
    (reading,) = read(body)
    rows = EXPECTED[file]
    expected = rows if isinstance(rows, str) else rows.get(name, rows.get("*", "?"))
    if expected == "aside":
        assert isinstance(reading, SetAside), reading
        assert str(reading.reason)
    else:
        assert isinstance(reading, Event), reading
        assert reading.kind.value == expected
        assert reading.at < RECEIVED


def test_a_message_says_who_wrote_what_when_and_to_which_number() -> None:
    event = wrote({"type": "text", "text": {"body": "Oi"}}, contact(wa_id=PHONE, user_id="BR.7"))
    assert (event.kind, event.channel_key, event.text) == (EventKind.MESSAGE, NUMBER, "Oi")
    assert (event.person_key, event.phone, event.name) == ("BR.7", PHONE, "Ana Souza")
    assert (event.at, event.at_known, event.country) == (AT, True, "BR")


def test_without_a_user_id_the_number_stands_for_the_person() -> None:
    event = wrote({"type": "text", "text": {"body": "Oi"}}, contact(wa_id=PHONE))
    assert (event.person_key, event.phone, event.country) == (PHONE, PHONE, "IL")


def test_a_person_may_have_no_number() -> None:
    event = wrote({"type": "text", "text": {"body": "Oi"}}, from_user_id=USER)
    assert (event.person_key, event.phone) == (USER, None)


def test_another_persons_contact_names_nobody_else() -> None:
    event = wrote({"type": "text", "text": {"body": "Oi"}}, contact(wa_id="1", user_id="US.1"))
    assert (event.person_key, event.name) == (PHONE, None)


@pytest.mark.parametrize(
    ("part", "opener"),
    [
        ({"type": "text", "text": {"body": "x"}}, Opener.MESSAGE),
        ({"type": "image", "image": {"id": "1", "caption": "x"}}, Opener.MESSAGE),
        ({"type": "unsupported", "errors": [{"code": 131051}]}, Opener.MESSAGE),
        ({"type": "order", "order": {}}, Opener.MESSAGE),
        ({"type": "button", "button": {"payload": "A", "text": "B"}}, Opener.POSTBACK),
        (
            {"type": "interactive", "interactive": {"button_reply": {"id": "A", "title": "B"}}},
            Opener.POSTBACK,
        ),
        (
            {"type": "text", "text": {"body": "x"}, "referral": {"source_type": "ad"}},
            Opener.MESSAGE,
        ),
        ({"type": "reaction", "reaction": {"message_id": "m", "emoji": "x"}}, None),
        ({"type": "edit", "edit": {"original_message_id": "m"}}, None),
        ({"type": "revoke", "revoke": {"original_message_id": "m"}}, None),
    ],
)
def test_messages_buttons_and_calls_open_a_window_and_nothing_else(
    part: dict[str, Any], opener: Opener | None
) -> None:
    assert opens_window(wrote(part), WHATSAPP) is opener


@pytest.mark.parametrize("what", ["edit", "pin", "poll_update"])
def test_what_is_no_message_is_none_where_it_is_told_as_unsupported(what: str) -> None:
    said = {"id": "wamid.1", "timestamp": STAMP, "from": PHONE, "type": "unsupported"}
    part = {**said, "errors": [{"code": 131051}], "unsupported": {"type": what}}
    (reading,) = read(posted("messages", {"messages": [part]}))
    assert isinstance(reading, SetAside)
    assert what in str(reading.reason)


@pytest.mark.parametrize("name", ["sent", "delivered", "read", "played", "failed"])
def test_a_status_opens_no_window_and_brings_our_key_back(name: str) -> None:
    event = status(name, biz_opaque_callback_data="fl:42")
    assert event.metadata == "fl:42"
    assert opens_window(event, WHATSAPP) is None


def test_an_ad_names_itself() -> None:
    referral = {"source_type": "ad", "source_id": "AD1", "ctwa_clid": "c"}
    event = wrote({"type": "text", "text": {"body": "x"}, "referral": referral})
    assert (event.source, event.ad_id, event.ref) == ("ADS", "AD1", "c")


def test_a_status_tells_what_it_was_charged_as() -> None:
    pricing = {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "marketing"}
    origin = {"origin": {"type": "referral_conversion"}}
    event = status("sent", pricing=pricing, conversation=origin)
    assert (event.pricing, event.source) == ("marketing/regular", "REFERRAL_CONVERSION")


@pytest.mark.parametrize(
    ("code", "effect"),
    [
        (131047, PersonEffect.CLOSE_WINDOW),
        (131026, PersonEffect.UNAVAILABLE),
        (131049, PersonEffect.NEXT_ELIGIBLE),
        (131050, PersonEffect.STOP_TOPIC),
        (132015, PersonEffect.NONE),
        (999999, PersonEffect.NONE),
    ],
)
def test_a_failure_says_what_follows_for_the_person(code: int, effect: PersonEffect) -> None:
    errors = [{"code": code, "title": "t", "error_data": {"details": "why"}}]
    event = status("failed", errors=errors)
    assert (event.action, event.reason, event.effect) == (str(code), "why", effect)


def test_one_message_has_one_key_per_status() -> None:
    keys = [status(name).key for name in ("sent", "delivered", "read", "failed")]
    assert len(set(keys)) == 4
    assert status("sent").key == status("sent").key


def test_a_new_number_names_the_old_one_and_the_ids_that_end() -> None:
    system = {
        "type": "user_changed_number",
        "wa_id": "5511",
        "user_id": "BR.2",
        "previous_user_id": "BR.1",
    }
    event = wrote({"type": "system", "system": system})
    assert (event.kind, event.person_key, event.phone) == (EventKind.IDENTITY, "BR.2", "5511")
    assert set(event.was) == {"BR.1", PHONE}


def test_a_new_user_id_alone_is_told_without_a_number() -> None:
    system = {"type": "user_changed_user_id", "user_id": "BR.2", "previous_user_id": "BR.1"}
    said = {"id": "wamid.1", "timestamp": STAMP, "type": "system", "system": system}
    (event,) = read(posted("messages", {"messages": [said]}))
    assert isinstance(event, Event)
    assert (event.person_key, event.was, event.phone) == ("BR.2", ("BR.1",), None)


def test_a_stop_on_whatsapps_own_screen_is_an_opt_out() -> None:
    wish = {"wa_id": PHONE, "category": "marketing_messages", "value": "stop", "timestamp": STAMP}
    (event,) = read(posted("user_preferences", {"user_preferences": [wish]}))
    assert isinstance(event, Event)
    assert (event.kind, event.person_key, event.at) == (EventKind.OPTOUT, PHONE, AT)


def test_what_concerns_the_account_names_the_account() -> None:
    body = posted("account_update", {"event": "ACCOUNT_DELETED"}, time=int(AT.timestamp()))
    (event,) = read(body)
    assert isinstance(event, Event)
    assert (event.channel_key, event.action, event.at) == (ACCOUNT, "block", AT)


def test_a_template_notice_under_the_wrong_field_is_known_by_its_keys() -> None:
    value = {
        "new_quality_score": "RED",
        "previous_quality_score": "GREEN",
        "message_template_id": 7,
        "message_template_name": "sale",
        "message_template_language": "pt_BR",
    }
    (event,) = read(posted("message_template_status_update", value))
    assert isinstance(event, Event)
    assert (event.kind, event.ref, event.action) == (EventKind.TEMPLATE_QUALITY, "sale", "red")


@pytest.mark.parametrize("field", ["history", "account_alerts", "security", "flows", "x"])
def test_fields_without_a_use_are_set_aside_by_name(field: str) -> None:
    (reading,) = read(posted(field, {"anything": 1}))
    assert isinstance(reading, SetAside)
    assert field in str(reading.reason)


def test_a_malformed_neighbour_stops_nobody() -> None:
    good = {"id": "w", "from": PHONE, "timestamp": STAMP, "type": "text", "text": {"body": "x"}}
    strange = {"id": "w2", "from": PHONE, "timestamp": STAMP, "type": "hologram"}
    value = {"messages": [None, 7, {}, good, strange], "contacts": "nonsense"}
    kinds = [type(reading).__name__ for reading in read(posted("messages", value))]
    assert kinds == ["SetAside", "SetAside", "SetAside", "Event", "SetAside"]


def test_a_message_without_a_time_opens_no_window() -> None:
    event = wrote({"type": "text", "text": {"body": "x"}, "timestamp": "soon"})
    assert event.at == RECEIVED
    assert opens_window(event, WHATSAPP) is None


def test_nothing_happened_after_we_heard_of_it() -> None:
    late = str(int((RECEIVED + timedelta(days=2)).timestamp()))
    assert wrote({"type": "text", "text": {"body": "x"}, "timestamp": late}).at == RECEIVED


NAMES = ("id", "from", "from_user_id", "type", "timestamp", "text", "body", "status", "errors",
         "system", "interactive", "referral", "contacts", "user_id", "wa_id", "metadata", "value",
         "phone_number_id", "category", "event", "code", "button_reply", "profile")  # fmt: skip
PARTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([NUMBER, PHONE, USER, STAMP, "text", "sent", "system", "failed", "stop"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5) | st.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=8,
)
VALUES = st.dictionaries(
    st.sampled_from(
        (
            "messages",
            "statuses",
            "contacts",
            "metadata",
            "user_preferences",
            "calls",
            "errors",
            "message_echoes",
            "event",
            "restriction_info",
            "message_template_name",
        )
    ),
    PARTS | st.lists(PARTS, max_size=2),
    max_size=5,
)
FIELDS = ("messages", "calls", "user_preferences", "account_update", "smb_message_echoes",
          "message_template_status_update", "template_category_update", "history")  # fmt: skip
CHANGES = st.fixed_dictionaries({"field": st.sampled_from(FIELDS) | PARTS, "value": VALUES | PARTS})
BODIES = st.fixed_dictionaries(
    {
        "object": st.just("whatsapp_business_account"),
        "entry": st.lists(
            st.fixed_dictionaries({"id": PARTS, "changes": st.lists(CHANGES, max_size=2) | PARTS}),
            max_size=2,
        )
        | PARTS,
    }
)


@settings(max_examples=400)
@given(BODIES)
def test_no_json_whatever_raises_and_the_same_reads_the_same(body: object) -> None:
    body = json.loads(json.dumps(body))
    readings = read(body)
    assert readings == read(body)
    for index, reading in enumerate(readings):
        assert reading.raw_index == index
        assert len(reading.key) <= 200
        if isinstance(reading, SetAside):
            assert len(str(reading.reason)) <= 500
            continue
        assert reading.at <= RECEIVED
        assert len(reading.channel_key) <= 64
        assert len(reading.person_key or "") <= 140
        opens_window(reading, WHATSAPP)
