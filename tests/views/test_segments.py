"""The builder of segments: with htmx, and as plain forms going back and forth."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from tests.cast import Cast
from tests.views.browser import Browser, StoppedClock
from tests.views.conftest import SignIn
from webapp.domain import segment
from webapp.house import House
from webapp.models.broadcast import Broadcast
from webapp.models.import_job import ImportJob
from webapp.models.subscriber import Subscriber
from webapp.services import sampling, segments
from webapp.store import segments as store

HERE = "/b/rosewood/segments"
FRENCH = {"field": "country", "op": "in", "value": ["FR"]}
OPEN = {"field": "window", "op": "open"}


def shape(page: str) -> Any:
    """The tree a page carries."""
    found = re.search(r'name="tree" value="([^"]*)"', page)
    assert found is not None
    return json.loads(html.unescape(found[1]))


def draft(tree: object, **controls: Any) -> MultiDict[str, str]:
    """What the form posts: the shape, and its controls as they stand."""
    given: MultiDict[str, str] = MultiDict({"tree": json.dumps(tree)})
    for name, value in (_controls(tree) | controls).items():
        for each in value if isinstance(value, list) else [value]:
            given.add(name, str(each))
    return given


def _controls(node: Any, path: str = "r") -> dict[str, Any]:
    if "field" in node:
        found = {f"field.{path}": node["field"], f"op.{path}": node["op"]}
        value = node.get("value")
        if isinstance(value, dict):
            return found | {f"{PARTS.get(name, name)}.{path}": it for name, it in value.items()}
        return found | ({} if value is None else {f"value.{path}": value})
    found = {f"kind.{path}": next(iter(node))}
    for n, child in enumerate(next(iter(node.values()))):
        found |= _controls(child, f"{path}.{n}")
    return found


PARTS = {"times": "value", "topic": "value", "name": "value"}  # controls of a value's parts


def post(browser: Browser, given: Mapping[str, str], target: str | None = None) -> str:
    """The draft, without script or as htmx asks for one part."""
    if target is None:
        return browser.post(f"{HERE}/draft", given).text
    headers = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": f"section#{target}"}
    headers["X-CSRFToken"] = browser.csrf_token()
    return browser.client.post(f"{HERE}/draft", data=given, headers=headers).text


def count(page: str) -> str:
    found = re.search(r'<div class="figure">([^<]*)</div>', page)
    assert found is not None
    return found[1]


def test_a_segment_is_built_saved_found_and_put_away(
    client: SignIn, house: House, cast: Cast
) -> None:
    browser = client("editor")
    page = browser.get(f"{HERE}/new").text
    assert (shape(page), count(page)) == ({"all": []}, "4")
    saved = browser.post(f"{HERE}/", draft({"all": [FRENCH, OPEN]}, name="French, open"))
    assert saved.status_code == 303
    show = browser.get(saved.location).text
    assert ("French, open" in show, count(show)) == (True, "2")
    listed = browser.get(f"{HERE}/").text
    assert "country is France and the window is open" in listed
    with house.db.reader(cast.rosewood) as session:
        row = store.named(session, "French, open")
        assert row is not None
        assert segments.tree_of(session, row) == segments.read(session, {"all": [FRENCH, OPEN]})
    browser.post(f"{saved.location}archive")
    assert "No segment yet" in browser.get(f"{HERE}/").text


def test_conditions_and_groups_come_and_go_without_script(client: SignIn) -> None:
    browser = client("editor")
    tree = shape(post(browser, draft({"all": [FRENCH]}, do="add.r")))
    assert [each["field"] for each in tree["all"]] == ["country", "country"]
    tree = shape(post(browser, draft(tree, do="group.r")))
    assert list(tree["all"][2]) == ["any"]
    tree = shape(post(browser, draft(tree, do="add.r.2")))
    assert len(tree["all"][2]["any"]) == 2
    tree = shape(post(browser, draft(tree, do="remove.r.1")))
    assert (tree["all"][0], len(tree["all"])) == (FRENCH, 2)
    tree = shape(post(browser, draft(tree, **{"kind.r": "none"})))
    assert list(tree) == ["none"]


def test_another_field_brings_its_own_comparisons(client: SignIn) -> None:
    page = post(client("editor"), draft({"all": [FRENCH]}, **{"field.r.0": "last_inbound_at"}))
    assert shape(page)["all"][0]["op"] == "within_days"
    assert 'type="number"' in page


@pytest.mark.parametrize(
    ("leaf", "people"),
    [
        (OPEN, "2"),
        ({"field": "country", "op": "in", "value": ["FR", "BR"]}, "4"),
        ({"field": "last_inbound_at", "op": "within_days", "value": "2"}, "3"),
        ({"field": "last_inbound_at", "op": "before", "value": "2026-11-20T13:00"}, "2"),
        ({"field": "opted_out", "op": "is", "value": "true"}, "1"),
        ({"field": "topic", "op": "opted_in", "value": "price-drops"}, "1"),
        ({"field": "first_name", "op": "contains", "value": "AN"}, "1"),
        ({"field": "first_name", "op": "in", "value": "Ana, Ben"}, "2"),
        ({"field": "last_inbound_at", "op": "over_days_ago", "value": "1"}, "2"),
        ({"field": "window", "op": "closes_within", "value": "23"}, "2"),
        ({"field": "window", "op": "open_at", "value": "2026-11-23T11:30"}, "0"),
        (
            {
                "field": "topic",
                "op": "expires_within",
                "value": {"topic": "price-drops", "days": "200"},
            },
            "1",
        ),
        ({"field": "received", "op": "never", "value": {"days": "", "broadcast": ""}}, "4"),
        ({"field": "wrote", "op": "at_least", "value": {"times": "1", "days": "30"}}, "0"),
        (
            {
                "field": "replied",
                "op": "at_most",
                "value": {"times": "2", "days": "30", "broadcast": "9"},
            },
            "4",
        ),
        ({"field": "share", "op": "in_share", "value": {"name": "spring", "percent": "50"}}, "1"),
    ],
)
def test_the_count_follows_each_change(client: SignIn, leaf: dict[str, Any], people: str) -> None:
    part = post(client("viewer"), draft({"all": [leaf]}), target="found")
    assert part.lstrip().startswith('<section id="found"')
    assert count(part) == people


def test_a_condition_about_doings_begins_with_once_in_the_last_thirty_days(client: SignIn) -> None:
    browser = client("editor")
    page = post(browser, draft({"all": [FRENCH]}, **{"field.r.0": "read", "op.r.0": "at_least"}))
    assert shape(page)["all"][0]["value"] == {"times": "1", "days": "30", "broadcast": ""}
    assert ("of any broadcast" in page, "read a message at least once" in page) == (True, True)
    page = post(browser, draft({"all": [FRENCH]}, **{"field.r.0": "share"}))
    assert shape(page)["all"][0]["value"] == {"name": "", "percent": "10"}


def test_what_a_viewer_cannot_edit_is_counted_as_it_was_saved(client: SignIn) -> None:
    tree = {"all": [{"field": "first_name", "op": "in", "value": ["Ana", "Ben"]}]}
    part = post(client("viewer"), MultiDict({"tree": json.dumps(tree)}), target="found")
    assert count(part) == "2"


def test_the_count_is_of_the_time_that_is_given(client: SignIn) -> None:
    browser = client("editor")
    part = post(browser, draft({"all": [OPEN]}, at="2026-11-23T11:30"), target="found")
    assert (count(part), "Who is in at that time" in part) == ("0", True)
    for at in ("1999-01-01T00:00", "soon"):  # no rules are known of
        assert count(post(browser, draft({"all": [OPEN]}, at=at), target="found")) == "2"


def saved(browser: Browser, name: str, tree: object) -> str:
    """The address of a new segment."""
    return str(browser.post(f"{HERE}/", draft(tree, name=name)).location)


def test_a_segment_asks_about_another_and_not_about_itself(client: SignIn) -> None:
    browser = client("editor")
    inner = saved(browser, "Open ones", {"all": [OPEN]})
    number = inner.rstrip("/").rpartition("/")[2]
    within = {"all": [FRENCH, {"field": "segment", "op": "member", "value": number}]}
    outer = browser.get(saved(browser, "French, open", within)).text
    assert (count(outer), "in the segment “Open ones”" in outer) == ("2", True)
    refused = browser.post(inner, draft(within, name="Open ones"))
    assert (refused.status_code, "cannot ask about itself" in refused.text) == (422, True)
    assert f'<option value="{number}"' not in browser.get(inner).text
    kept = browser.post(f"{inner}archive")
    assert (kept.status_code, "asks about this one" in kept.text) == (409, True)


def test_a_segment_is_frozen_renamed_and_thawed_by_buttons(client: SignIn) -> None:
    browser = client("editor")
    at = saved(browser, "Open ones", {"all": [OPEN]})
    assert browser.post(f"{at}freeze").status_code == 303
    page = browser.get(at).text
    assert ("Frozen by Editor" in page, "Save the segment" in page) == (True, False)
    named = browser.post(at, {"tree": json.dumps({"all": [OPEN]}), "name": "Were open"})
    assert named.status_code == 303
    later = browser.post(f"{at}draft", {"tree": "{}", "at": "2026-11-25T11:30"}).text
    assert count(later) == "2"
    assert "frozen" in browser.get(f"{HERE}/").text
    assert client("viewer").post(f"{at}thaw").status_code == 403
    browser.post(f"{at}thaw")
    assert "Freeze this segment" in browser.get(at).text


def test_what_two_segments_share_is_counted(client: SignIn) -> None:
    browser = client("editor")
    other = saved(browser, "Open ones", {"all": [OPEN]}).rstrip("/").rpartition("/")[2]
    part = post(browser, draft({"all": [FRENCH]}, overlap=other), target="overlap")
    assert part.lstrip().startswith('<div id="overlap"')
    found = dict(re.findall(r"<dt[^>]*>([^<]*)</dt><dd[^>]*>([^<]*)</dd>", part))
    assert found == {"In both": "2", "In this one": "4", "In “Open ones”": "2"}
    assert "50% of this one and 100% of “Open ones” are the same people." in part
    assert "<dt" not in post(browser, draft({"all": [FRENCH]}, overlap=99), target="overlap")


def test_what_is_not_filled_in_is_said_and_not_counted(client: SignIn) -> None:
    empty = {"field": "tag", "op": "has", "value": ""}
    tree = {"all": [OPEN, empty, {"any": [empty]}]}
    part = post(client("editor"), draft(tree), target="found")
    assert (count(part), "2 conditions are not filled in" in part) == ("2", True)


def test_the_funnel_says_what_each_condition_removes(client: SignIn) -> None:
    tree = {"all": [OPEN, {"field": "opted_out", "op": "is", "value": "false"}]}
    part = post(client("editor"), draft(tree), target="found")
    removed = re.findall(r'<span class="num">([^<]*?) *<small>([^<]*)</small>', part)
    assert removed == [("2", "\N{MINUS SIGN}2"), ("1", "\N{MINUS SIGN}1")]


def test_one_person_is_explained(client: SignIn) -> None:
    part = post(client("editor"), draft({"all": [OPEN]}, person="Ben"), target="explained")
    assert part.lstrip().startswith('<div id="explained"')
    said = ("is not in, because this does not hold:" in part, "the window is open" in part)
    assert said == (True, True)


def test_people_of_one_name_are_told_apart_by_their_ids(
    client: SignIn, house: House, cast: Cast
) -> None:
    browser, now = client("editor"), house.clock.now()
    assert "8001" not in post(browser, draft({"all": []}, person="Ben"), target="explained")
    with house.db.writer(cast.rosewood) as session:
        for key in ("8001", "8002"):
            session.add(
                Subscriber(brand_id=cast.rosewood, channel_id=cast.channel, key=key,
                           first_name="Ben", name_folded="ben", created_at=now, updated_at=now)
            )  # fmt: skip
        session.commit()
    part = post(browser, draft({"all": []}, person="Ben"), target="explained")
    assert all(key in part for key in ("8001", "8002"))


def test_the_routes_are_counted_apart(client: SignIn) -> None:
    browser = client("editor")
    assert 'hx-trigger="load' in post(browser, draft({"all": [OPEN]}), target="found")
    part = post(browser, draft({"all": []}), target="reach")
    found = dict(re.findall(r'hue-(\w+)"></span>.*?<span class="num">([^<]*)<', part))
    assert found == {"window": "1", "subscription": "0", "sponsored": "0"}


def test_a_segment_that_cannot_be_saved_says_where(client: SignIn) -> None:
    browser = client("editor")
    answer = browser.post(
        f"{HERE}/", draft({"all": [{"field": "tag", "op": "has"}]}, name="Tagged")
    )
    assert (answer.status_code, "Fill in the condition about tags" in answer.text) == (422, True)
    nameless = browser.post(f"{HERE}/", draft({"all": [OPEN]}))
    assert (nameless.status_code, "Give the segment a name" in nameless.text) == (422, True)


@pytest.mark.parametrize(
    "tree",
    [
        "", "nonsense", "[]", "7", '{"all": 3}', '{"all": [{"field": 7}]}', '{"all": [[[]]]}',
        '{"field": "country"}', '{"some": []}', "[" * 100_000,
        '{"all": [{"field": "attr.gone", "op": "is", "value": "x"}]}',
    ],
)  # fmt: skip
def test_a_tree_that_is_none_breaks_nothing(client: SignIn, tree: str) -> None:
    answer = client("editor").post(f"{HERE}/draft", {"tree": tree, "do": "add.r.9.9"})
    assert answer.status_code == 200


def test_a_tree_grows_only_so_deep(client: SignIn) -> None:
    browser, path = client("editor"), "r"
    tree: Any = {"all": []}
    for _ in range(8):
        tree = shape(post(browser, draft(tree, do=f"group.{path}")))
        path += ".0" if path == "r" else ".1"
    assert json.dumps(tree).count("any") == segment.MOST_DEPTH - 1


def test_a_preview_takes_no_write_lock(client: SignIn, house: House, cast: Cast) -> None:
    from sqlalchemy import text

    browser = client("editor")
    with house.db.writer(cast.rosewood) as session:
        session.connection().execute(text("SELECT 1"))
        assert count(post(browser, draft({"all": [OPEN]}), target="found")) == "2"


def test_a_viewer_reads_and_saves_nothing(client: SignIn) -> None:
    editor, viewer = client("editor"), client("viewer")
    address = editor.post(f"{HERE}/", draft({"all": [OPEN]}, name="Open")).location
    page = viewer.get(address).text
    assert ("the window is open" in page, "Save the segment" in page) == (True, False)
    assert viewer.post(address, draft({"all": []}, name="x")).status_code == 403
    assert viewer.get(f"{HERE}/new").status_code == 403


def test_a_segment_of_another_brand_is_not_found(client: SignIn, house: House, cast: Cast) -> None:
    from webapp.domain.permission import Actor, Role
    from webapp.domain.segment import EVERYONE

    actor = Actor(None, "Eve", Role.ADMIN)
    with house.db.writer(cast.other) as session:
        row = segments.create(session, actor, "Theirs", EVERYONE, house.clock.now())
    browser = client("admin")
    assert browser.get(f"{HERE}/{row.id}/").status_code == 404
    assert browser.post(f"{HERE}/{row.id}/archive").status_code == 404
    assert "Theirs" not in browser.get(f"{HERE}/").text


def test_the_people_of_a_segment_are_taken_out(client: SignIn) -> None:
    browser = client("editor")
    made = browser.post(f"{HERE}/", {"name": "Open", **draft({"all": [OPEN]})})
    path = made.location.rstrip("/")
    assert "Export these people" in browser.get(made.location).text
    lines = browser.post(f"{path}/export").text.splitlines()
    assert sorted(line.split(",")[1] for line in lines[1:]) == ["Ana", "Cara"]
    assert client("viewer").post(f"{path}/export").status_code == 403


def test_broadcasts_and_files_of_the_same_name_are_told_apart_by_their_time(
    client: SignIn, house: House, cast: Cast, now: datetime
) -> None:
    here: dict[str, Any] = {"brand_id": cast.rosewood, "channel_id": cast.channel}
    here["created_at"] = now
    file: dict[str, Any] = {**here, "filename": "list.csv", "path": "x"}
    with house.db.writer(cast.rosewood) as session:
        for days in (0, 364):
            at = now - timedelta(days=days)
            session.add(Broadcast(**here, name="Black Friday", kind="standard", scheduled_at=at,
                                  updated_at=now))  # fmt: skip
        session.add(Broadcast(**here, name="Some day", kind="standard", updated_at=now))
        session.add(ImportJob(**file, state="done"))
        session.add(ImportJob(**file, state="checked"))
        session.commit()
    condition = {"field": "received", "op": "never", "value": {"days": "7", "broadcast": "1"}}
    page = html.unescape(post(client("editor"), draft({"all": [condition]})))
    for name in ("Black Friday (Sun 22 Nov 2026)", "Black Friday (Sun 23 Nov 2025)", "Some day"):
        assert f">{name}</option>" in page
    assert "never received “Black Friday (Sun 22 Nov 2026)” in the last 7 days" in page
    condition = {"field": "import", "op": "is", "value": ""}
    page = post(client("editor"), draft({"all": [condition]}))
    assert re.findall(r">(list\.csv[^<]*)</option>", page) == [
        "list.csv (Sun 22 Nov 2026, 12:00 UTC)"
    ]


def test_what_somebody_else_saved_meanwhile_is_not_written_over(
    client: SignIn, clock: StoppedClock
) -> None:
    editor, manager = client("editor"), client("manager")
    tree = '{"all": []}'
    here = str(editor.post(f"{HERE}/", {"name": "Everyone", "tree": tree}).location)
    seen = re.findall(r'name="seen" value="([^"]+)"', editor.get(here).text)[0]
    clock.advance(timedelta(minutes=1))
    assert manager.post(here, {"name": "Theirs", "tree": tree, "seen": seen}).status_code == 303
    refused = editor.post(here, {"name": "Mine", "tree": tree, "seen": seen})
    assert refused.status_code == 422
    assert "Somebody has saved this segment since you opened it" in refused.text
    assert "Theirs" in editor.get(here).text
    again = editor.post(here, {"name": "Mine", "tree": tree, "seen": seen})
    assert again.status_code == 422  # the refused form does not count as read anew


def test_a_number_from_a_sample_is_shown_until_the_exact_one_is_there(
    client: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "first", lambda *_: sampling.First(410_000, 1_000_000))
    browser = client("editor")
    page = browser.get("/b/rosewood/segments/new").text
    assert re.search(r"<small>about</small>\s*410,000", page)
    assert 'hx-vals=\'{"counted": "1"}\' hx-trigger="load"' in page
    assert "Nobody is in" not in page
    everybody = draft({"all": []}, counted=1)
    exact = browser.post("/b/rosewood/segments/draft", everybody, htmx=True).text
    assert re.search(r'class="figure">\s*4<', exact)
    for plain in (
        browser.get("/b/rosewood/segments/new?counted=1"),
        browser.post("/b/rosewood/segments/draft", draft({"all": []})),
    ):
        assert "about</small>" not in plain.text
