"""The screens of broadcasts: from the first draft to the report."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from tests.cast import Cast
from tests.views.browser import Browser, StoppedClock
from tests.views.conftest import SignIn
from webapp import db as database
from webapp.domain.call_limit import Calls
from webapp.domain.delivery import DeliveryState
from webapp.house import House
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.call_bucket import CallBucket
from webapp.models.campaign import Campaign
from webapp.models.channel import Channel, MetaApp
from webapp.models.delivery import Delivery
from webapp.models.raw_event import RawEvent
from webapp.models.segment import Segment
from webapp.models.subscriber import Subscriber
from webapp.services import planning, preflight, recovering, starting
from webapp.store import workers

ROOT = "/b/rosewood/broadcasts"
MESSAGE = {"version": "1", "text": "Oi {{first_name|there}}"}


@pytest.fixture
def editor(client: SignIn) -> Browser:
    return client("editor")


@pytest.fixture
def manager(client: SignIn) -> Browser:
    return client("manager")


def make(browser: Browser, cast: Cast, **given: str) -> str:
    """A draft with a message, for everyone on the channel, now; its address."""
    brief = {"name": "Doors", "kind": "standard", "channel": str(cast.channel), **given}
    made = browser.post(f"{ROOT}/", brief)
    assert made.status_code == 303, made.text
    here = str(made.location).partition("?")[0]
    assert browser.post(f"{here}/message/", MESSAGE).status_code == 303
    when = {"version": "2", "mode": "now", "send_zone": "Europe/Paris"}
    assert browser.post(f"{here}/schedule/", when).status_code == 303
    return here


def launch(editor: Browser, manager: Browser, here: str) -> None:
    assert editor.post(f"{here}/review").status_code == 303
    assert manager.post(f"{here}/approval").status_code == 303
    sent = manager.post(f"{here}/run", {"people": "1"})
    assert sent.status_code == 303, sent.text


def plan(house: House, clock: StoppedClock) -> None:
    clock.advance(timedelta(seconds=21))
    starting.start_due(house.db, house.book, clock.now())
    planning.plan_due(house.db, house.book, clock.now())


def test_an_empty_list_says_why_and_offers_one_action(client: SignIn) -> None:
    assert "Make a broadcast" in client("editor").get(f"{ROOT}/").text
    viewer = client("viewer").get(f"{ROOT}/").text
    assert "No broadcast yet" in viewer
    assert "Make a broadcast" not in viewer


def test_a_viewer_makes_none(client: SignIn) -> None:
    refused = client("viewer").get(f"{ROOT}/new", htmx=True)
    assert refused.status_code == 403
    assert "This needs the role editor." in refused.text


def test_another_brands_broadcast_is_not_found(
    client: SignIn, editor: Browser, cast: Cast, sqlite_db: database.Database
) -> None:
    here = make(editor, cast)
    with sqlite_db.writer(database.EVERY_BRAND) as session:
        row = session.exec(select(Broadcast)).one()
        row.brand_id = cast.other
        session.commit()
    assert editor.get(here).status_code == 404


def test_a_brief_that_lacks_something_is_shown_again_with_what_was_typed(
    editor: Browser, cast: Cast
) -> None:
    answer = editor.post(
        f"{ROOT}/", {"name": "Spring", "kind": "sponsored", "channel": str(cast.channel)}
    )
    assert answer.status_code == 422
    assert "Set a budget" in answer.text
    assert 'value="Spring"' in answer.text


def test_campaigns_of_one_name_are_told_apart_by_their_years(
    editor: Browser, cast: Cast, house: House
) -> None:
    with house.db.writer(cast.rosewood) as session:
        for year in (2026, 2027):
            starts, ends = date(year, 12, 1), date(year, 12, 24)
            row = Campaign(brand_id=cast.rosewood, name="Gifts", starts_on=starts, ends_on=ends,
                           created_at=house.clock.now(), updated_at=house.clock.now())  # fmt: skip
            session.add(row)
        session.commit()
    page = editor.get(f"{ROOT}/new").text
    assert page.index('<optgroup label="2027">') < page.index('<optgroup label="2026">')
    assert page.count(">Gifts</option>") == 2


def test_a_draft_opens_the_first_step_that_lacks_something(editor: Browser, cast: Cast) -> None:
    made = editor.post(
        f"{ROOT}/", {"name": "Doors", "kind": "standard", "channel": str(cast.channel)}
    )
    page = editor.get(str(made.location).partition("?")[0]).text
    assert "message-form" in page
    assert "this message is empty" in page


def test_the_steps_are_saved_and_the_page_sums_up_whom_it_reaches(
    editor: Browser, cast: Cast
) -> None:
    page = editor.get(make(editor, cast)).text
    assert "1 of 4 people in the audience will be written to." in page
    assert "4 = 1 + 3" in page
    assert "messenger.window.24h" in page.replace("<wbr>", "")
    assert "Ask for approval" in page


def test_an_over_long_message_is_saved_but_not_asked_for(editor: Browser, cast: Cast) -> None:
    here = make(editor, cast)
    long = {"version": "3", "text": "x" * 2001}
    assert editor.post(f"{here}/message/", long).status_code == 303
    refused = editor.post(f"{here}/review")
    assert refused.status_code == 422
    assert "shorten it by 1" in refused.text
    assert "draft" in refused.text.lower()


def test_a_step_with_a_red_line_has_no_tick(editor: Browser, cast: Cast) -> None:
    here = make(editor, cast)
    heads = editor.get(f"{here}?step=schedule").text.split('class="step')[1:4]
    assert ["icon tick" in head for head in heads] == [True, True, False]
    assert editor.post(f"{here}/message/", {"version": "3", "text": "Oi {{first_name}}"})
    heads = editor.get(f"{here}?step=schedule").text.split('class="step')[1:4]
    assert ["icon tick" in head for head in heads] == [False, True, False]
    assert "icon attention" in heads[0]


def test_a_stale_edit_answers_409_keeps_what_was_typed_and_says_what_to_do(
    editor: Browser, cast: Cast
) -> None:
    here = make(editor, cast)
    answer = editor.post(f"{here}/message/", {"version": "1", "text": "Too late"})
    assert answer.status_code == 409
    assert f'<a href="{here}">See it as it is now</a>' in answer.text
    assert "Too late" in answer.text


def test_rows_are_added_and_removed_without_saving(editor: Browser, cast: Cast) -> None:
    here = make(editor, cast)
    added = editor.post(f"{here}/message/", {**MESSAGE, "add": "buttons"})
    assert added.status_code == 200
    assert 'name="buttons.0.title"' in added.text
    two = {"quick_replies.0.title": "One", "quick_replies.1.title": "Two"}
    removed = editor.post(f"{here}/message/", {**MESSAGE, **two, "remove": "quick_replies.0"})
    assert 'value="Two"' in removed.text
    assert 'value="One"' not in removed.text
    assert 'name="quick_replies.1.title"' not in removed.text


def test_the_preview_shows_the_message_as_a_person_gets_it(editor: Browser, cast: Cast) -> None:
    here = make(editor, cast)
    typed = {"text": "Oi {{first_name|there}}!", "as": str(cast.dao)}
    assert "Oi Dao!" in editor.post(f"{here}/message/preview", typed, htmx=True).text
    assert "Oi there" in editor.get(f"{here}/message/preview", htmx=True).text


@pytest.mark.parametrize("platform", ["Instagram", "WhatsApp"])
def test_the_preview_names_the_app_that_people_read_it_in(
    editor: Browser, cast: Cast, house: House, platform: str
) -> None:
    here = make(editor, cast)
    assert "Preview in Messenger" in editor.get(here).text
    with house.db.writer(cast.rosewood) as session:
        session.get_one(Channel, cast.channel).platform = platform.lower()
        session.commit()
    assert f"Preview in {platform}" in editor.get(here).text


def test_a_segment_is_counted_before_it_is_chosen(
    editor: Browser, cast: Cast, sqlite_db: database.Database, clock: StoppedClock
) -> None:
    here = make(editor, cast)
    tree: dict[str, object] = {"field": "first_name", "op": "is", "value": "Ana"}
    with sqlite_db.writer(cast.rosewood) as session:
        now = clock.now()
        row = Segment(
            brand_id=cast.rosewood, name="Anas", tree=tree, created_at=now, updated_at=now
        )
        session.add(row)
        session.commit()
        key = str(row.id)
    counted = editor.get(f"{here}/audience/count", htmx=True, segment=key)
    assert "person in this audience" in counted.text
    assert editor.post(f"{here}/audience/", {"version": "3", "segment": key}).status_code == 303
    assert "1 person: Anas" in editor.get(here).text


def test_a_past_time_is_refused_by_its_field(editor: Browser, cast: Cast) -> None:
    here = make(editor, cast)
    past = {"version": "3", "mode": "at", "send_date": "2020-01-01", "send_time": "10:00"}
    refused = editor.post(f"{here}/schedule/", {**past, "send_zone": "UTC"})
    assert refused.status_code == 422
    assert "This time has passed" in refused.text


def test_a_time_the_spring_skips_is_told_while_choosing(editor: Browser, cast: Cast) -> None:
    here = make(editor, cast)
    skipped = {"mode": "at", "send_date": "2027-03-28", "send_time": "02:30"}
    told = editor.get(f"{here}/schedule/meaning", htmx=True, **skipped, send_zone="Europe/Paris")
    assert "Clocks skip this time" in told.text


def test_a_time_by_each_persons_own_clock_is_rehearsed_before_it_is_saved(
    editor: Browser, cast: Cast
) -> None:
    here = make(editor, cast)
    when = {"mode": "local", "send_date": "2027-03-28", "send_time": "02:30",
            "send_zone": "Asia/Tokyo", "past": "next_day"}  # fmt: skip
    told = editor.get(f"{here}/schedule/meaning", htmx=True, **when).text
    assert "Clocks skip this time that day in Europe/Paris" in told
    assert "<summary>1 zone</summary>" in told
    assert editor.post(f"{here}/schedule/", {**when, "version": "3"}).status_code == 303
    page = editor.get(here, step="schedule").text
    assert "own zone" in page
    assert 'name="mode" value="local" checked' in page
    assert 'name="past" value="next_day" checked' in page
    passed = {**when, "send_date": "2026-11-20", "version": "4"}
    refused = editor.post(f"{here}/schedule/", passed)
    assert refused.status_code == 422
    assert "has passed in every time zone" in refused.text


def test_a_time_that_repeats_is_chosen_and_its_runs_are_skipped_and_moved(
    editor: Browser, manager: Browser, cast: Cast
) -> None:
    here = make(editor, cast)
    when = {"mode": "recurring", "send_date": "2026-12-03", "send_time": "10:00",
            "send_zone": "Europe/Paris", "every": "weekly", "times": "3"}  # fmt: skip
    told = editor.get(f"{here}/schedule/meaning", htmx=True, **when).text
    assert "<summary>All 3 times</summary>" in told
    wrong = {**when, "version": "3", "every": "rule", "rule": "FREQ=HOURLY;COUNT=2"}
    assert "is not understood here" in editor.post(f"{here}/schedule/", wrong).text
    assert editor.post(f"{here}/schedule/", {**when, "version": "3"}).status_code == 303
    page = editor.get(here, step="schedule").text
    assert 'name="mode" value="recurring" checked' in page
    assert '<option value="weekly" selected>' in page
    launch(editor, manager, here)
    page = manager.get(here).text
    assert page.count("waits for its time") == 3
    assert manager.post(f"{here}/occurrences/2/skip").status_code == 303
    assert "Skipped by" in manager.get(here).text
    assert manager.post(f"{here}/occurrences/2/skip/end").status_code == 303
    to = {"run1_date": "2026-12-04", "run1_time": "11:30"}
    assert manager.post(f"{here}/occurrences/1/time", to).status_code == 303
    assert 'value="2026-12-04"' in manager.get(here).text
    assert manager.post(f"{here}/occurrences/1/time", {"run1_date": "x"}).status_code == 303
    assert editor.post(f"{here}/occurrences/2/skip").status_code == 403


def test_waiting_for_windows_is_chosen_rehearsed_and_told_while_it_waits(
    editor: Browser, manager: Browser, cast: Cast, house: House, clock: StoppedClock
) -> None:
    here = make(editor, cast)
    assert 'value="window"' in editor.get(here, step="schedule").text
    when = {"mode": "window", "until_date": "2026-12-01", "until_time": "18:00",
            "send_zone": "Europe/Paris"}  # fmt: skip
    told = editor.get(f"{here}/schedule/meaning", htmx=True, **when).text
    assert "At the start it goes to 1. 2 people wait for their window" in told
    refused = editor.post(f"{here}/schedule/", {**when, "until_time": "", "version": "3"})
    assert (refused.status_code, "Choose the time." in refused.text) == (422, True)
    too_long = editor.post(
        f"{here}/schedule/", {**when, "until_date": "2027-02-01", "version": "3"}
    )
    assert "at most 30 days long" in too_long.text
    assert editor.post(f"{here}/schedule/", {**when, "version": "3"}).status_code == 303
    page = editor.get(here, step="schedule").text
    assert 'name="mode" value="window" checked' in page
    assert 'name="until_date" value="2026-12-01"' in page
    launch(editor, manager, here)
    assert "Undo: send nothing" in manager.get(here).text
    plan(house, clock)
    page = manager.get(here).text
    assert "2 people wait for their window" in page
    assert "Some of those who wait have a later turn" not in page
    listed = manager.get(f"{here}/deliveries/", state="queued", reason="schedule.awaits_window")
    assert "Waits for their window, which opens when they write: until" in listed.text
    assert manager.get(f"{here}/deliveries.csv").text.count("2026-12-01T17:00:00Z") == 2


def test_spreading_is_chosen_explained_and_told_while_it_goes_out(
    editor: Browser, manager: Browser, cast: Cast, house: House, clock: StoppedClock
) -> None:
    here = make(editor, cast)
    assert (
        '<option value="180">evenly over 3 hours</option>' in editor.get(here, step="schedule").text
    )
    when = {"mode": "now", "spread": "180", "send_zone": "Europe/Paris"}
    told = editor.get(f"{here}/schedule/meaning", htmx=True, **when).text
    assert "over the 180 minutes after its start: about 1 an hour" in told
    clash = {"mode": "window", "until_date": "2026-12-01", "until_time": "18:00", "spread": "180",
             "send_zone": "UTC"}  # fmt: skip
    told = editor.get(f"{here}/schedule/meaning", htmx=True, **clash).text
    assert "it cannot be spread as well" in told
    refused = editor.post(f"{here}/schedule/", {**clash, "version": "3"})
    assert (refused.status_code, "it cannot be spread as well" in refused.text) == (422, True)
    assert editor.post(f"{here}/schedule/", {**when, "version": "3"}).status_code == 303
    assert '<option value="180" selected>' in editor.get(here, step="schedule").text
    assert "over the 180 minutes after its start" in editor.get(here, step="check").text
    launch(editor, manager, here)
    plan(house, clock)
    page = manager.get(here).text
    assert "Spread evenly until" in page
    manager.post(f"{here}/pause")
    assert "in what is left of that time" in manager.get(here).text


def test_a_channel_that_used_up_its_calls_says_so_and_when_it_goes_on(
    editor: Browser, manager: Browser, cast: Cast, house: House, clock: StoppedClock
) -> None:
    here = make(editor, cast)
    assert editor.post(f"{here}/schedule/", {"mode": "now", "version": "3"}).status_code == 303
    launch(editor, manager, here)
    plan(house, clock)
    with house.db.writer(cast.rosewood) as session:
        calls = Calls().added(10_000, clock.now()).to_json()
        session.add(CallBucket(channel_id=cast.channel, calls=calls))
        session.commit()
    page = manager.get(here).text
    assert "limit of calls is reached" in page
    assert "It goes on by itself at" in page
    assert "the channel waits" in manager.get(f"/b/rosewood/settings/channels/{cast.channel}").text


def go_out_and_fail(
    editor: Browser, manager: Browser, here: str, house: House, clock: StoppedClock
) -> None:
    assert editor.post(f"{here}/schedule/", {"mode": "now", "version": "3"}).status_code == 303
    launch(editor, manager, here)
    plan(house, clock)
    with house.db.writer(database.EVERY_BRAND) as session:
        session.exec(
            update(Delivery)
            .where(col(Delivery.state) == 0)
            .values(state=int(DeliveryState.FAILED), reason="551", finished_at=clock.now())
        )
        session.commit()
    recovering.finish_runs(house.db, clock.now())


def test_trying_those_who_failed_again_counts_down_and_is_taken_back(
    editor: Browser, manager: Browser, cast: Cast, house: House, clock: StoppedClock
) -> None:
    here = make(editor, cast)
    go_out_and_fail(editor, manager, here, house, clock)
    assert "who failed again" in manager.get(here).text
    assert manager.post(f"{here}/retries").status_code == 303
    page = manager.get(here).text
    assert "It starts in 20 seconds" in page
    assert "Undo: ask nobody again" in page
    assert 'hx-trigger="every 1s"' in page
    assert "Undo: ask nobody again" not in editor.get(here).text
    assert editor.post(f"{here}/retries/end").status_code == 403
    assert manager.post(f"{here}/retries/end").status_code == 303
    page = manager.get(here).text
    assert "It starts in" not in page
    assert "who failed again" in page


def test_those_who_failed_and_may_not_be_written_to_are_told_and_not_offered(
    editor: Browser, manager: Browser, cast: Cast, house: House, clock: StoppedClock
) -> None:
    here = make(editor, cast)
    go_out_and_fail(editor, manager, here, house, clock)
    with house.db.writer(cast.rosewood) as session:
        session.exec(update(Subscriber).values(unavailable_at=clock.now()))
        session.commit()
    page = manager.get(here).text
    assert not re.search(r"Try [0-9]+ who failed again", page)
    assert "who failed cannot be asked again as things stand" in page
    assert "Changes when they write." in page
    assert "They can be tried again here once that has changed." in page
    assert "as things stand" in manager.post(f"{here}/retries").text
    assert "It starts in" not in manager.get(here).text


def test_only_standard_broadcasts_are_offered_to_wait_for_windows(
    editor: Browser, cast: Cast
) -> None:
    here = make(editor, cast, kind="subscription", topic=str(cast.topic))
    assert 'value="window"' not in editor.get(here, step="schedule").text


def test_a_missed_time_of_a_series_stands_on_home_with_its_next_step(
    editor: Browser, manager: Browser, cast: Cast, house: House, clock: StoppedClock
) -> None:
    here = make(editor, cast)
    when = {"mode": "recurring", "send_date": "2026-12-03", "send_time": "10:00",
            "send_zone": "Europe/Paris", "every": "weekly", "times": "3"}  # fmt: skip
    editor.post(f"{here}/schedule/", {**when, "version": "3"})
    launch(editor, manager, here)
    with house.db.writer(cast.rosewood) as session:
        row = session.exec(select(Occurrence).where(Occurrence.number == 1)).one()
        row.due_at = clock.now() - timedelta(hours=2)
        session.commit()
    plan(house, clock)
    home = manager.get("/b/rosewood/").text
    assert "was missed, on" in home
    assert "nothing was running here" in home
    assert f'{here}#occurrences">Send it at another time' in home
    to = {"run1_date": "2026-12-04", "run1_time": "11:30"}
    assert "Send it at another time" in manager.get(here).text
    assert editor.post(f"{here}/occurrences/1/seen").status_code == 303
    assert "was missed, on" not in manager.get("/b/rosewood/").text
    assert manager.post(f"{here}/occurrences/1/time", to).status_code == 303
    assert manager.get(here).text.count("waits for its time") == 3


def test_a_manager_exempts_it_from_the_cap_on_the_check(
    editor: Browser, manager: Browser, cast: Cast, house: House
) -> None:
    here = make(editor, cast)
    assert "Exempt it from" not in manager.get(here, step="check").text  # there is no cap
    with house.db.writer(cast.rosewood) as session:
        session.get_one(Brand, cast.rosewood).cap = {"messages": 1, "days": 7}
        session.commit()
    assert "Exempt it from" not in editor.get(here, step="check").text
    assert "Exempt it from" in manager.get(here, step="check").text
    version = {"version": "3"}
    assert editor.post(f"{here}/schedule/exemption", version).status_code == 403
    assert manager.post(f"{here}/schedule/exemption", version).status_code == 303
    assert "Exempt from the brand" in editor.get(here, step="check").text
    assert manager.post(f"{here}/schedule/exemption/end", {"version": "4"}).status_code == 303
    assert "Exempt from the brand" not in editor.get(here, step="check").text


def test_the_asker_is_told_somebody_else_approves(
    editor: Browser, manager: Browser, cast: Cast
) -> None:
    here = make(manager, cast)
    manager.post(f"{here}/review")
    assert "somebody else gives it" in manager.get(here).text
    assert manager.post(f"{here}/approval").status_code == 403
    assert editor.post(f"{here}/approval").status_code == 403


def test_an_approval_of_another_page_than_was_read_is_409(
    editor: Browser, manager: Browser, cast: Cast
) -> None:
    here = make(editor, cast)
    editor.post(f"{here}/review")
    assert manager.post(f"{here}/approval", {"seen": "another"}).status_code == 409


def test_sent_back_with_a_note_it_is_a_draft_that_says_so(
    editor: Browser, manager: Browser, cast: Cast
) -> None:
    here = make(editor, cast)
    editor.post(f"{here}/review")
    manager.post(f"{here}/review/end", {"note": "Too loud"})
    assert "Too loud" in editor.get(here).text


def test_now_can_be_undone_for_twenty_seconds(
    editor: Browser, manager: Browser, cast: Cast
) -> None:
    here = make(editor, cast)
    launch(editor, manager, here)
    assert "Undo: send nothing" in manager.get(here).text
    manager.post(f"{here}/run/end")
    assert "Send to 1 person" in manager.get(here).text


def test_the_sending_page_adds_up_and_polls_until_it_is_over(
    editor: Browser, manager: Browser, cast: Cast, house: House, clock: StoppedClock
) -> None:
    here = make(editor, cast)
    launch(editor, manager, here)
    plan(house, clock)
    page = manager.get(here).text
    assert "every 1s" in page
    assert "in the audience" in page
    assert "Skipped, and why" in page
    paused = manager.post(f"{here}/pause")
    assert paused.status_code == 303
    assert "Resume: write to 1 person" in manager.get(here).text
    manager.post(f"{here}/pause/end")
    cancelled = manager.post(f"{here}/cancellation")
    assert cancelled.status_code == 303
    clock.advance(timedelta(hours=1))
    live = manager.get(f"{here}/progress", htmx=True).text
    assert "every" not in live.partition(">")[0]
    assert "Cancelled" in live


def test_the_sending_page_says_that_what_people_wrote_is_read_first(
    editor: Browser, manager: Browser, cast: Cast, house: House, clock: StoppedClock
) -> None:
    here, words = make(editor, cast), "What people wrote meanwhile is read first"
    launch(editor, manager, here)
    plan(house, clock)
    with house.db.writer(database.EVERY_BRAND) as session:
        app = MetaApp(slug="main", app_secret="", verify_token="", created_at=clock.now())
        session.add(app)
        session.flush()
        session.add(RawEvent(app_id=app.id or 0, digest="d", body=b"", received_at=clock.now()))
        workers.enter(session, "here", 1, clock.now())
        session.commit()
    assert words in manager.get(here).text
    with house.db.writer(database.EVERY_BRAND) as session:
        session.exec(select(RawEvent)).one().state = "applied"
        session.commit()
    assert words not in manager.get(here).text


def test_home_tells_how_far_each_is_that_goes_out(
    editor: Browser, manager: Browser, cast: Cast, house: House, clock: StoppedClock
) -> None:
    launch(editor, manager, make(editor, cast))
    plan(house, clock)
    assert "3 of 4 done" in manager.get("/b/rosewood/").text


def test_the_address_of_the_live_part_leads_to_the_page(
    editor: Browser, manager: Browser, cast: Cast
) -> None:
    here = make(editor, cast)
    launch(editor, manager, here)
    led = manager.get(f"{here}/progress")
    assert (led.status_code, led.location) == (303, here)


def test_the_list_shows_what_became_of_each_broadcast(
    editor: Browser, manager: Browser, cast: Cast, house: House, clock: StoppedClock
) -> None:
    sent, draft = make(editor, cast, name="Went out"), make(editor, cast, name="Stays here")
    launch(editor, manager, sent)
    plan(house, clock)
    rows = manager.get(f"{ROOT}/").text.split("<tr")
    went_out = next(row for row in rows if f'href="{sent}"' in row)
    assert 'data-label="Audience">4</td>' in went_out
    assert 'data-label="Sent">0</td>' in went_out
    assert 'data-label="Audience"></td>' in next(row for row in rows if f'href="{draft}"' in row)


def test_the_recipients_are_listed_by_state_and_reason_and_exported(
    editor: Browser, manager: Browser, cast: Cast, house: House, clock: StoppedClock
) -> None:
    here = make(editor, cast)
    launch(editor, manager, here)
    plan(house, clock)
    skipped = manager.get(f"{here}/deliveries/", state="skipped", reason="consent.stop").text
    assert "Cara" in skipped
    assert "Ben" not in skipped
    assert "Nobody is in this list" in manager.get(f"{here}/deliveries/", state="failed").text
    file = manager.get(f"{here}/deliveries.csv")
    assert file.mimetype == "text/csv"
    assert len(file.text.strip().splitlines()) == 5


def test_an_unknown_is_settled_by_a_manager(
    editor: Browser, manager: Browser, cast: Cast, house: House, clock: StoppedClock
) -> None:
    here = make(editor, cast)
    launch(editor, manager, here)
    plan(house, clock)
    with house.db.writer(cast.rosewood) as session:
        query = select(Delivery).where(Delivery.subscriber_id == cast.ana)
        row = session.exec(query).one()
        row.state, row.reason = int(DeliveryState.UNKNOWN), "no answer"
        session.commit()
        key = row.id
    assert "It arrived" in manager.get(f"{here}/deliveries/", state="unknown").text
    assert "It arrived" not in editor.get(f"{here}/deliveries/", state="unknown").text
    settle = f"{here}/deliveries/{key}/outcome"
    assert editor.post(settle, {"outcome": "sent"}).status_code == 403
    assert manager.post(settle, {"outcome": "maybe"}).status_code == 422
    assert manager.post(settle, {"outcome": "sent"}).status_code == 303
    assert manager.post(settle, {"outcome": "failed"}).status_code == 409


def test_all_unknowns_are_settled_at_once_by_a_manager(
    editor: Browser, manager: Browser, cast: Cast, house: House, clock: StoppedClock
) -> None:
    here = make(editor, cast)
    launch(editor, manager, here)
    plan(house, clock)
    with house.db.writer(cast.rosewood) as session:
        unknown = {"state": int(DeliveryState.UNKNOWN), "reason": "no answer"}
        session.exec(update(Delivery).values(**unknown, finished_at=clock.now()))
        session.commit()
        n = len(session.exec(select(Delivery.id)).all())
    page = manager.get(f"{here}/deliveries/", state="unknown").text
    assert f"None of the {n} arrived" in page
    assert "in the inbox of" in editor.get(f"{here}/deliveries/", state="unknown").text
    assert "None of the" not in editor.get(f"{here}/deliveries/", state="unknown").text
    assert "in the inbox of" not in manager.get(f"{here}/deliveries/").text
    form = {"outcome": "failed", "seen_at": clock.now().isoformat(), "reason": ""}
    settle = f"{here}/deliveries/outcome"
    assert editor.post(settle, form).status_code == 403
    assert manager.post(settle, {**form, "outcome": "maybe"}).status_code == 422
    assert manager.post(settle, {**form, "seen_at": "just now"}).status_code == 422
    done = manager.post(settle, form)
    assert f"{n} outcomes are settled" in manager.get(str(done.location)).text


def test_who_was_in_is_told_as_it_stood_when_the_run_started(
    editor: Browser, manager: Browser, cast: Cast, house: House, clock: StoppedClock
) -> None:
    here = make(editor, cast)
    tree = json.dumps({"all": [{"field": "first_name", "op": "is", "value": "Ana"}]})
    made = editor.post("/b/rosewood/segments/", {"name": "VIP", "tree": tree}).location
    key = str(made).rstrip("/").rpartition("/")[2]
    assert editor.post(f"{here}/audience/", {"version": "3", "segment": key}).status_code == 303
    launch(editor, manager, here)
    plan(house, clock)
    with house.db.writer(cast.rosewood) as session:
        session.get_one(Segment, int(key)).tree = {"all": []}
        session.commit()
    page = manager.get(here).text
    assert '<h2 id="whom-title">Who was in</h2>' in page
    assert "first name is Ana" in page


def test_a_schedule_that_is_spread_says_so_in_its_heading(editor: Browser, cast: Cast) -> None:
    here = make(editor, cast)
    spread = {"version": "3", "mode": "now", "send_zone": "Europe/Paris", "spread": "120"}
    assert editor.post(f"{here}/schedule/", spread).status_code == 303
    assert "as soon as it is sent, evenly over 2 hours" in editor.get(here).text


def test_a_copy_and_a_deletion(editor: Browser, cast: Cast) -> None:
    here = make(editor, cast)
    copy = editor.post(f"{here}/copies")
    assert "Doors (2)" in editor.get(str(copy.location)).text
    editor.post(f"{copy.location}/deletion")
    assert editor.get(str(copy.location)).status_code == 404


def test_names_and_messages_are_escaped(editor: Browser, cast: Cast) -> None:
    here = make(editor, cast, name="<script>alert(1)</script>")
    page = editor.get(here).text
    assert "<script>alert" not in page


@pytest.mark.parametrize("show", ["all", "drafts", "review", "coming", "sending", "done", "odd"])
def test_the_list_filters_by_state(editor: Browser, cast: Cast, show: str) -> None:
    make(editor, cast)
    page = editor.get(f"{ROOT}/", show=show).text
    assert ("Doors" in page) == (show in ("all", "drafts", "odd"))


def test_a_kind_the_rules_forbid_is_refused_with_the_rule_and_its_source(
    editor: Browser, cast: Cast, sqlite_db: database.Database
) -> None:
    """Subscriptions ended in the United States on 2026-02-10."""
    with sqlite_db.writer(database.EVERY_BRAND) as session:
        session.get_one(Brand, cast.rosewood).country = "US"
        session.commit()
    form = editor.get(f"{ROOT}/new").text
    assert "Subscription is not possible today" in form
    here = make(editor, cast, kind="subscription", topic=str(cast.topic))
    refused = editor.post(f"{here}/review")
    assert refused.status_code == 422
    assert "Messages to opted-in topics ended" in refused.text
    assert 'href="https://developers.facebook.com' in refused.text


def test_a_big_send_asks_for_its_number(
    editor: Browser, manager: Browser, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "BIG", 1)
    here = make(editor, cast)
    editor.post(f"{here}/review")
    manager.post(f"{here}/approval")
    assert "Type the number of people, 1" in manager.get(here).text
    assert manager.post(f"{here}/run", {"people": "1", "typed": "2"}).status_code == 422
    assert manager.post(f"{here}/run", {"people": "1", "typed": "1"}).status_code == 303


def test_a_missed_one_says_why_and_can_be_planned_again(
    editor: Browser, manager: Browser, cast: Cast, house: House, clock: StoppedClock
) -> None:
    here = make(editor, cast)
    launch(editor, manager, here)
    clock.advance(timedelta(hours=2))
    starting.start_due(house.db, house.book, clock.now())
    page = editor.get(here).text
    assert "Missed" in page
    assert "Not sent" in page
    again = {"version": "3", "mode": "now", "send_zone": "Europe/Paris"}
    assert editor.post(f"{here}/schedule/", again).status_code == 303
    assert "Draft" in editor.get(here).text


def test_a_stale_audience_is_409_too(editor: Browser, cast: Cast) -> None:
    here = make(editor, cast)
    assert editor.post(f"{here}/audience/", {"version": "1"}).status_code == 409
