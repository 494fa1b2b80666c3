"""The import's screens, from the file to the summary."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from sqlmodel import select

from tests.cast import Cast
from tests.views.browser import Browser
from tests.views.conftest import SignIn
from webapp.house import House
from webapp.models.channel import Channel
from webapp.models.subscriber import Subscriber
from webapp.services import importing

HERE = "/b/rosewood/imports"
FILE = (
    "psid,first_name,last_message_at,topics,tags,lifetime_value,marketing_consent_at\n"
    "501,Élise,2026-11-22T08:51:22Z,price-drops,vip|press,602.35,2026-09-12T04:42:49Z\n"
    "502,Marc,2026-11-01T10:00:00Z,events,,0.00,\n"
    "5.1E+15,Lost,,,,,\n"
)
CRM = Path(__file__).parents[1] / "services" / "crm_export_fr.csv"


class Desk:
    """A browser with a file in its hand, and the clock process beside it."""

    def __init__(self, browser: Browser, house: House, cast: Cast) -> None:
        self.browser, self.house, self.cast = browser, house, cast

    def upload(self, data: bytes | str, name: str = "people.csv") -> str:
        """The address of the import."""
        file = (io.BytesIO(data.encode() if isinstance(data, str) else data), name)
        given = {"file": file, "channel": str(self.cast.channel)}
        answer = self.browser.post(f"{HERE}/", given)
        assert answer.status_code == 303, answer.text
        return str(answer.location)

    def tick(self) -> bool:
        settings, clock = self.house.settings, self.house.clock
        return importing.advance(self.house.db, self.house.vault, settings.instance, clock.now())

    def mapping(self, address: str, **more: str) -> dict[str, str]:
        """What the form holds as it is shown."""
        page = self.browser.get(f"{address}mapping").text
        given = {"zone": "Europe/Paris", "day_first": "day", "decimal": "."}
        for n, part in enumerate(page.split('<select class="control" id="f-to-')[1:]):
            chosen = re.search(r'value="([^"]*)" selected', part.split("</select>")[0])
            given[f"to.{n}"] = chosen[1] if chosen else ""
            given[f"name.{n}"] = page.split(f'name="name.{n}" value="')[1].split('"')[0]
        return given | more


@pytest.fixture
def desk(client: SignIn, house: House, cast: Cast) -> Desk:
    return Desk(client("editor"), house, cast)


def test_a_file_that_is_too_large_says_how_large_it_may_be_and_where_else_it_goes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(desk.browser.app.config, "MAX_CONTENT_LENGTH", 2**20)
    form = "application/x-www-form-urlencoded"
    answer = desk.browser.client.post(f"{HERE}/", data=b"file=" + b"1" * 2**20, content_type=form)
    assert answer.status_code == 413
    assert "larger than 1 MB" in answer.text
    assert "fanlight import FILE" in answer.text


def test_a_file_goes_from_upload_to_summary(desk: Desk) -> None:
    address = desk.upload(FILE)
    columns = desk.browser.get(address).text
    assert "What do the columns mean?" in columns
    assert "602.35" in columns
    given = desk.mapping(address, wording="Tell me about news")
    assert (given["to.0"], given["to.5"]) == ("psid", "new.money")
    assert desk.browser.post(f"{address}mapping", given).location == address
    assert "being checked" in desk.browser.get(address).text
    assert desk.tick()
    checked = desk.browser.get(address).text
    assert "Import 2 people" in checked
    assert "1 line cannot be used" in checked
    assert "A spreadsheet has shortened this id" in checked
    assert "Topics without a time of consent" in checked
    desk.browser.post(f"{address}run")
    running = desk.browser.get(address, htmx=True).text
    assert 'hx-trigger="every 1s"' in running
    assert desk.tick()
    done = desk.browser.get(address, htmx=True).text
    assert "2 people are new" in done
    assert "every 1s" not in done
    assert "Élise" in desk.browser.get("/b/rosewood/subscribers/").text
    assert "people.csv" in desk.browser.get(f"{HERE}/").text


def test_the_refused_lines_are_a_file(desk: Desk) -> None:
    address = desk.upload(FILE)
    desk.browser.post(f"{address}mapping", desk.mapping(address))
    desk.tick()
    answer = desk.browser.get(f"{address}refused.csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    lines = answer.get_data().decode("utf-8-sig").splitlines()
    assert lines[0].endswith("line,column,reason")
    assert lines[1].startswith("5.1E+15,Lost")


def test_many_refused_lines_are_folded_so_that_what_comes_after_is_seen(desk: Desk) -> None:
    header = FILE.partition("\n")[0]
    address = desk.upload("\n".join([header, *[",Lost,,,,,"] * 13]))
    desk.browser.post(f"{address}mapping", desk.mapping(address))
    desk.tick()
    page = desk.browser.get(address).text
    shown, _, folded = page.partition('<details id="more-refused">')
    assert shown.count("Line ") == 10
    assert "3 more lines" in folded


def test_the_columns_may_be_changed_after_the_check(desk: Desk) -> None:
    address = desk.upload(FILE)
    given = desk.mapping(address)
    desk.browser.post(f"{address}mapping", given)
    desk.tick()
    again = desk.mapping(address)
    assert {key: again[key] for key in again if key.startswith("to.")} == {
        key: given[key] for key in given if key.startswith("to.")
    }
    desk.browser.post(f"{address}mapping", again | {"to.5": ""})
    desk.tick()
    assert "Import 2 people" in desk.browser.get(address).text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"to.0": ""}, "Choose the column that says who people are"),
        ({"to.1": "psid"}, "Another column goes there already"),
        ({"to.6": ""}, "Choose the column that says when people opted in"),
        ({"to.1": "shoe_size"}, "There is no field shoe_size"),
        ({"zone": "Mars/Olympus"}, "Mars/Olympus"),
        ({"decimal": "x"}, "Choose one of the list"),
        ({"shift_times": "1"}, "Only a practice channel"),
    ],
)
def test_columns_that_make_no_sense_are_said_where_they_are(
    desk: Desk, change: dict[str, str], words: str
) -> None:
    address = desk.upload(FILE)
    answer = desk.browser.post(f"{address}mapping", desk.mapping(address) | change, htmx=True)
    assert (answer.status_code, words in answer.text) == (422, True)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "This file is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00", "nor a workbook. Choose a CSV or XLSX file."),
        (b"123456789012,Ana\n", "must name the columns"),
    ],
)
def test_what_is_no_list_of_people_is_refused_with_what_to_do(
    desk: Desk, data: bytes, words: str
) -> None:
    file = (io.BytesIO(data), "x.csv")
    answer = desk.browser.post(f"{HERE}/", {"file": file, "channel": str(desk.cast.channel)})
    assert (answer.status_code, words in answer.text) == (422, True)


def test_a_file_and_a_channel_of_this_brand_are_needed(desk: Desk) -> None:
    assert desk.browser.post(f"{HERE}/", {"channel": str(desk.cast.channel)}).status_code == 422
    file = (io.BytesIO(b"psid\n1\n"), "x.csv")
    given = {"file": file, "channel": str(desk.cast.other_channel)}
    assert desk.browser.post(f"{HERE}/", given).status_code == 404


def test_an_import_is_paused_and_goes_on(desk: Desk) -> None:
    address = desk.upload(FILE)
    desk.browser.post(f"{address}mapping", desk.mapping(address))
    desk.tick()
    desk.browser.post(f"{address}run")
    desk.browser.post(f"{address}pause")
    assert "The import is paused" in desk.browser.get(address).text
    assert not desk.tick()
    desk.browser.post(f"{address}run")
    desk.tick()
    assert "2 people are new" in desk.browser.get(address).text


def test_an_import_is_undone_and_says_who_stayed(desk: Desk) -> None:
    address = desk.upload(FILE)
    desk.browser.post(f"{address}mapping", desk.mapping(address))
    desk.tick()
    desk.browser.post(f"{address}run")
    desk.tick()
    done = desk.browser.get(address).text
    assert "2 people whom this import created go, unless:" in done
    with desk.house.db.writer(desk.cast.rosewood) as session:
        marc = session.exec(select(Subscriber).where(Subscriber.key == "502")).one()
        marc.window_opener = "message"
        session.add(marc)
        session.commit()
    desk.browser.post(f"{address}undo")
    assert "being undone" in desk.browser.get(address, htmx=True).text
    assert desk.tick()
    undone = desk.browser.get(address, htmx=True).text
    assert "1 person whom this import had created is gone" in undone
    assert "They wrote, stopped" in undone
    people = desk.browser.get("/b/rosewood/subscribers/").text
    assert ("Élise" in people, "Marc" in people) == (False, True)


def test_a_file_that_was_only_checked_is_thrown_away(desk: Desk) -> None:
    address = desk.upload(FILE)
    desk.browser.post(f"{address}mapping", desk.mapping(address))
    desk.tick()
    assert "Throw this file away" in desk.browser.get(address).text
    assert desk.browser.post(f"{address}discard").location == f"{HERE}/"
    assert desk.browser.get(address).status_code == 404
    assert list((desk.house.settings.instance / "imports").iterdir()) == []


def test_a_lost_file_says_so(desk: Desk) -> None:
    address = desk.upload(FILE)
    desk.browser.post(f"{address}mapping", desk.mapping(address))
    for path in (desk.house.settings.instance / "imports").iterdir():
        path.unlink()
    desk.tick()
    assert "This import has failed" in desk.browser.get(address).text


def test_the_french_export_is_guessed_without_a_hand(desk: Desk) -> None:
    address = desk.upload(CRM.read_bytes(), "crm.csv")
    given = desk.mapping(address, decimal=",")
    assert [given[f"to.{n}"] for n in range(7)] == [
        "psid", "first_name", "last_name", "city", "last_inbound_at", "tags", "new.money",
    ]  # fmt: skip
    desk.browser.post(f"{address}mapping", given)
    desk.tick()
    page = desk.browser.get(address).text
    assert "Import 396 people" in page
    assert "3 lines cannot be used" in page


def test_times_are_moved_on_a_practice_channel(desk: Desk) -> None:
    with desk.house.db.writer(desk.cast.rosewood) as session:
        session.get_one(Channel, desk.cast.channel).practice = True
        session.commit()
    address = desk.upload(FILE)
    assert "Move the times" in desk.browser.get(address).text
    given = desk.mapping(address, shift_times="1")
    assert desk.browser.post(f"{address}mapping", given).status_code == 303


def test_viewers_and_other_brands_see_no_import(desk: Desk, client: SignIn) -> None:
    address = desk.upload(FILE)
    assert client("viewer").get(address).status_code == 403
    assert client("viewer").get(f"{HERE}/").status_code == 403
    assert desk.browser.get(f"{HERE}/999/").status_code == 404


def test_a_file_is_read_in_another_way_and_the_values_follow(desk: Desk) -> None:
    address = desk.upload("psid;nom\n501;Zażółć\n".encode("cp1250"))
    page = desk.browser.get(f"{address}mapping").text
    assert "Zażółć" not in page
    assert '<option value="cp1252" selected' in page
    answer = desk.browser.post(f"{address}reading", {"encoding": "cp1250", "delimiter": ";"})
    assert answer.status_code == 303
    page = desk.browser.get(str(answer.location)).text
    assert "Zażółć" in page
    assert '<option value="cp1250" selected' in page
    wrong = desk.browser.post(f"{address}reading", {"encoding": "utf-8", "delimiter": ";"})
    assert wrong.status_code == 422
    assert "line 2 cannot be read" in wrong.text
    assert '<option value="utf-8" selected' in wrong.text
    assert "Zażółć" in wrong.text


def test_conversations_are_brought_in_from_the_page_of_a_channel(desk: Desk) -> None:
    page = desk.browser.get(f"/b/rosewood/settings/channels/{desk.cast.channel}").text
    assert "Bring in existing conversations" in page
    answer = desk.browser.post(f"{HERE}/conversations", {"channel": str(desk.cast.channel)})
    assert answer.status_code == 303
    address = str(answer.location)
    assert "Conversations are being fetched" in desk.browser.get(address).text
    again = desk.browser.post(f"{HERE}/conversations", {"channel": str(desk.cast.channel)})
    assert "are being brought in" in desk.browser.get(str(again.location)).text
    desk.browser.post(f"{address}pause", {})
    assert "Fetching conversations is paused" in desk.browser.get(address).text
    desk.browser.post(f"{address}run", {})
    assert "Conversations are being fetched" in desk.browser.get(address).text
    assert desk.browser.post(f"{address}discard", {}).status_code == 303
    assert desk.browser.get(address).status_code == 404


def test_the_columns_of_last_time_are_proposed_and_said_so(desk: Desk) -> None:
    address = desk.upload("psid,kunde\n501,Élise\n", "march.csv")
    assert "The same columns as last time" not in desk.browser.get(address).text
    given = desk.mapping(address, **{"to.1": "first_name"})
    desk.browser.post(f"{address}mapping", given)
    desk.tick()
    desk.browser.post(f"{address}run", {})
    desk.tick()
    second = desk.upload("psid,kunde\n502,Marc\n", "april.csv")
    page = desk.browser.get(second).text
    assert "The same columns as last time" in page
    assert "march.csv" in page
    assert desk.mapping(second)["to.1"] == "first_name"
