"""Templates on screen: the list, a new one, and the message step that fills one."""

from __future__ import annotations

import html

import pytest
from sqlmodel import select

from tests.cast import Cast
from tests.simulator_process import Simulator
from tests.views.conftest import SignIn
from webapp.domain import remark
from webapp.domain.wording import say
from webapp.house import House
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.models.template import Template, TemplateFetch
from webapp.store import messages

SHELF = "/b/rosewood/settings/templates/"
BROADCASTS = "/b/rosewood/broadcasts"
COMPONENTS: list[dict[str, object]] = [
    {"type": "HEADER", "format": "TEXT", "text": "On its way"},
    {"type": "BODY", "text": "Hi {{1}}, order {{2}} left.",
     "example": {"body_text": [["Ana", "A-17"]]}},
    {"type": "BUTTONS", "buttons": [
        {"type": "URL", "text": "Follow", "url": "https://r.example/o/{{1}}"}]},
]  # fmt: skip
SAID = (
    "Approved",
    "High",
    "will become marketing",
    "Rejected",
    "It promotes something",
    "Paused",
    "The platform says: SOMETHING_ELSE",
    "Hi {{1}}, order {{2}} left.",
)
VALUES = {
    "template": "en order_update",
    "template.body.1": "{{first_name|there}}",
    "template.body.2": "A-17",
    "template.buttons.0": "17",
}


def shelve(house: House, cast: Cast, name: str = "order_update", **fields: object) -> None:
    with house.db.writer(cast.rosewood) as session:
        given = {
            "brand_id": cast.rosewood,
            "channel_id": cast.channel,
            "key": name,
            "name": name,
            "language": "en",
            "category": "utility",
            "state": "approved",
            "components": COMPONENTS,
            "told_at": house.clock.now(),
            **fields,
        }
        session.add(Template(**given))
        session.commit()


def utility(client: SignIn, cast: Cast) -> str:
    """The address of a new utility broadcast."""
    given = {"name": "Orders", "kind": "utility", "channel": str(cast.channel)}
    made = client("editor").post(f"{BROADCASTS}/", given)
    assert made.status_code == 303, made.text
    return str(made.location).partition("?")[0]


def test_the_list_says_of_each_template_what_the_platform_says(
    client: SignIn, house: House, cast: Cast
) -> None:
    shelve(house, cast, quality="green", coming_category="marketing")
    shelve(house, cast, "b", state="rejected", rejected_reason="TAG_SHOULD_BE_MARKETING")
    shelve(house, cast, "c", state="paused", rejected_reason="SOMETHING_ELSE")
    page = html.unescape(client("viewer").get(SHELF).text)
    for words in SAID:
        assert words in page, words
    assert "Fetch from the platform" not in page  # a viewer only looks


def test_a_list_that_could_not_be_fetched_says_why(
    client: SignIn, house: House, cast: Cast
) -> None:
    with house.db.writer(cast.rosewood) as session:
        session.add(
            TemplateFetch(
                brand_id=cast.rosewood, channel_id=cast.channel, due_at=house.clock.now(),
                trouble=remark.to_json(say("The token is dead.")),
            )
        )  # fmt: skip
        session.commit()
    assert "The token is dead." in client("viewer").get(SHELF).text


def test_an_empty_list_offers_a_new_template(client: SignIn, house: House, cast: Cast) -> None:
    with house.db.writer(cast.rosewood) as session:
        now = house.clock.now()
        session.add(TemplateFetch(brand_id=cast.rosewood, channel_id=cast.channel, due_at=now,
                                  fetched_at=now))  # fmt: skip
        session.commit()
    assert "No template on this channel" in client("manager").get(SHELF).text


def test_a_platform_that_does_not_answer_is_told_and_breaks_nothing(
    client: SignIn, house: House, cast: Cast
) -> None:
    browser = client("editor")
    with house.db.writer(cast.rosewood) as session:
        session.get_one(Channel, cast.channel).graph_url = "http://127.0.0.1:1"
        session.commit()
    answer = browser.post(f"{SHELF}{cast.channel}/list")
    assert answer.status_code == 303
    assert "could not be fetched" in browser.get(SHELF).text


def test_a_template_is_made_here_and_fetched_from_the_practice_platform(
    client: SignIn, house: House, cast: Cast, simulator: Simulator
) -> None:
    with house.db.writer(cast.rosewood) as session:
        session.get_one(Channel, cast.channel).graph_url = simulator.url
        session.commit()
    form = {
        "channel": str(cast.channel),
        "name": "order_ready",
        "category": "utility",
        "language": "en",
        "body": "Hi {{1}}, it is ready.",
        "samples.1": "Ana",
        "button_text": "Look",
        "button_url": "https://r.example/{{1}}",
        "button_sample": "17",
    }
    browser = client("manager")
    assert browser.post(SHELF, form).status_code == 303
    assert browser.post(f"{SHELF}{cast.channel}/list").status_code == 303
    assert "order_ready" in browser.get(SHELF).text


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, "Fill this in."),
        ({"name": "Order", "body": "Hi"}, "small letters, digits and underscores"),
        ({"name": "a", "body": "{{1}} hi"}, "Put words before the first variable"),
        ({"name": "a", "body": "Hi {{1}} there"}, "Give an example for {{1}}"),
        ({"name": "a", "body": "Hi {{²}} there"}, "two braces"),
        ({"name": "a", "body": "Hi", "button_text": "Go"}, "beginning with https://"),
    ],
)
def test_a_new_template_that_cannot_be_sent_is_said_by_field(
    client: SignIn, cast: Cast, form: dict[str, str], words: str
) -> None:
    given = {"channel": str(cast.channel), "category": "utility", "language": "en", **form}
    answer = client("manager").post(SHELF, given)
    assert answer.status_code == 422
    assert words in html.unescape(answer.text)


def test_the_fields_for_examples_appear_for_the_variables_of_the_text(
    client: SignIn, cast: Cast
) -> None:
    form = {"look": "1", "body": "Hi {{1}}, the sale of {{2}} ends.", "category": "utility"}
    page = client("manager").post(SHELF, form)
    assert page.status_code == 200
    assert 'name="samples.2"' in page.text
    assert "This reads like promotion" in page.text


def test_an_editor_sends_nothing_for_review(client: SignIn) -> None:
    assert client("editor").get(f"{SHELF}new").status_code == 403


def test_a_utility_broadcast_chooses_fills_and_saves_a_template(
    client: SignIn, house: House, cast: Cast
) -> None:
    shelve(house, cast)
    shelve(house, cast, "not_yet", state="pending")
    shelve(house, cast, "of_another_kind", category="marketing")
    here, browser = utility(client, cast), client("editor")
    page = browser.get(f"{here}?step=message").text
    assert "order_update (en)" in page
    assert "not_yet" not in page
    assert "of_another_kind" not in page
    chosen = browser.post(f"{here}/message/", {"version": "1", "choose": "1",
                                               "template": "en order_update"})  # fmt: skip
    assert chosen.status_code == 200
    for name in ("template.body.1", "template.body.2", "template.buttons.0"):
        assert f'name="{name}"' in chosen.text
    assert "Such as: A-17" in chosen.text
    assert browser.post(f"{here}/message/", {"version": "1", **VALUES}).status_code == 303
    with house.db.reader(cast.rosewood) as session:
        row = session.exec(select(Broadcast)).one()
        kept = messages.content(session, row.id or 0).template
    assert kept is not None
    assert kept.filled.body == "Hi {{first_name|there}}, order A-17 left."
    closed = html.unescape(browser.get(f"{here}?step=audience").text)
    assert "Hi {{first_name|there}}, order A-17 left." in closed


def test_choosing_nothing_is_said_and_choosing_another_shows_them_all(
    client: SignIn, house: House, cast: Cast
) -> None:
    shelve(house, cast)
    here, browser = utility(client, cast), client("editor")
    refused = browser.post(f"{here}/message/", {"version": "1", "choose": "1"})
    assert (refused.status_code, "Choose one of the templates first." in refused.text) == (
        422,
        True,
    )
    again = browser.post(f"{here}/message/", {"version": "1", "another": "1", **VALUES})
    assert 'type="radio" name="template"' in again.text


def test_a_template_that_is_gone_is_refused_in_the_form(
    client: SignIn, house: House, cast: Cast
) -> None:
    shelve(house, cast)
    here = utility(client, cast)
    values = {**VALUES, "template": "en no_such"}
    answer = client("editor").post(f"{here}/message/", {"version": "1", **values})
    assert answer.status_code == 422
    assert "there is none of this name" in answer.text


def test_the_preview_fills_what_is_typed_for_one_person(
    client: SignIn, house: House, cast: Cast
) -> None:
    shelve(house, cast)
    here = utility(client, cast)
    shown = client("editor").post(f"{here}/message/preview",
                                  {"as": str(cast.ana), **VALUES}, htmx=True).text  # fmt: skip
    assert "Hi Ana, order A-17 left." in shown
    assert "Follow" in shown
    assert "of 1,024 characters" in shown


@pytest.mark.parametrize("bad", ["\x07", "x" * 3000])
def test_values_that_cannot_be_used_are_said_and_break_nothing(
    client: SignIn, house: House, cast: Cast, bad: str
) -> None:
    shelve(house, cast)
    here, browser = utility(client, cast), client("editor")
    form = {"version": "1", **VALUES, "template.body.2": bad}
    assert browser.post(f"{here}/message/", form).status_code == 422
    assert browser.post(f"{here}/message/preview", form, htmx=True).status_code == 200


def test_without_an_approved_template_the_step_leads_to_the_list(
    client: SignIn, cast: Cast
) -> None:
    here = utility(client, cast)
    page = client("editor").get(f"{here}?step=message").text
    assert "No approved template here" in page
    assert SHELF in page


def test_the_form_of_a_kind_says_utility_needs_a_template(
    client: SignIn, house: House, cast: Cast
) -> None:
    browser = client("editor")
    assert "Utility is not possible today" in browser.get(f"{BROADCASTS}/new").text
    shelve(house, cast)
    assert "Utility is not possible today" not in browser.get(f"{BROADCASTS}/new").text


def test_a_kind_that_changed_away_from_templates_shows_an_empty_text(
    client: SignIn, house: House, cast: Cast
) -> None:
    shelve(house, cast)
    here, browser = utility(client, cast), client("editor")
    browser.post(f"{here}/message/", {"version": "1", **VALUES})
    brief = {"version": "2", "name": "Orders", "kind": "standard", "channel": str(cast.channel)}
    assert browser.post(here, brief).status_code == 303
    page = html.unescape(browser.get(f"{here}?step=message").text)
    assert 'name="text"' in page
    assert "carries no template" in page


def test_home_leads_to_a_send_whose_template_fell(client: SignIn, house: House, cast: Cast) -> None:
    shelve(house, cast)
    here, editor, manager = utility(client, cast), client("editor"), client("manager")
    editor.post(f"{here}/message/", {"version": "1", **VALUES})
    editor.post(f"{here}/schedule/", {"version": "2", "mode": "now", "send_zone": "Europe/Paris"})
    assert editor.post(f"{here}/review").status_code == 303
    assert manager.post(f"{here}/approval").status_code == 303
    with house.db.writer(cast.rosewood) as session:
        session.exec(select(Template)).one().state = "paused"
        session.commit()
    page = html.unescape(editor.get("/b/rosewood/").text)
    assert "“Orders” cannot be sent as it stands." in page
    assert "is paused on the platform" in page
