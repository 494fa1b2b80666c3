"""A first day with Fanlight, in the order it happens: each test goes on where the last ended."""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Desk

pytestmark = [pytest.mark.journey, pytest.mark.timeout(900)]
SHARED = Path(__file__).parents[3] / "shared" / "data" / "subscribers_20k.csv"
COLUMNS = (
    "psid", "first_name", "last_name", "locale", "timezone", "country", "city", "gender",
    "first_seen", "last_message_at", "last_source", "topics", "tags", "lifetime_value", "orders",
    "last_order_on", "favourite_store", "marketing_consent_at",
)  # fmt: skip
SEGMENT = "Brazil and Mexico, VIP, wrote lately"
STATES = ("sent", "skipped", "failed", "cancelled", "unknown", "waiting")


SUM = """() => [
  document.querySelector("#sum-title").textContent.trim(),
  Object.fromEntries([...document.querySelectorAll("#live .sum > div")].map(
    row => [row.querySelector("dt").textContent.trim(), row.querySelector("dd").textContent]))]"""


def numbers(page: Page) -> tuple[str, dict[str, int]]:
    """A broadcast's page at one instant: its title, and the audience with what it is made of,
    which must add up."""
    title, found = page.evaluate(SUM)
    parts = {name: int(re.sub(r"\D", "", figure)) for name, figure in found.items()}
    figures = {"audience": parts.pop("in the audience"), **parts}
    assert figures["audience"] == sum(figures[name] for name in STATES), figures
    return title, figures


def count_of(page: Page, row: str) -> int:
    """A figure of "What came of it"."""
    words = page.locator("#live tr, #live li").filter(has_text=row).first.inner_text()
    return int(re.findall(r"[\d,]+", words)[0].replace(",", ""))


def test_the_first_broadcast_goes_out_live_and_always_adds_up(desk: Desk) -> None:
    page = desk.you
    page.goto(desk.path("broadcasts/"))
    page.get_by_role("link", name="Weekend edit: a first look").first.click()
    expect(page.locator("#live")).to_be_visible(timeout=120_000)
    seen = set()
    end = time.monotonic() + 600
    while time.monotonic() < end:
        title, figures = numbers(page)
        seen.add(figures["sent"])
        if title == "Sent":
            break
        page.wait_for_timeout(300)
    assert len(seen) > 2, "the page did not move while it was sending"
    assert figures["waiting"] == 0
    assert figures["sent"] > 120
    assert figures["skipped"] > 20


def test_reads_and_replies_come_back(desk: Desk) -> None:
    page = desk.you
    end = time.monotonic() + 60
    while not (enough := came_back(page)) and time.monotonic() < end:
        page.wait_for_timeout(500)
        page.reload()
    assert enough


def came_back(page: Page) -> bool:
    """Of the simulator's people most read within seconds, and some answer."""
    least = {"Delivered": 80, "Read": 40, "Replied": 1}
    return all(count_of(page, row) >= people for row, people in least.items())


def test_who_was_skipped_is_told_with_the_rule_and_its_source(desk: Desk) -> None:
    page = desk.you
    skipped = page.get_by_role("heading", name="Skipped, and why").locator("..")
    expect(skipped).to_contain_text("only in the 24 hours after the person last wrote")
    expect(skipped.get_by_role("link", name="Source").first).to_have_attribute(
        "href", re.compile("^https://")
    )


def people_file(folder: Path) -> Path:
    """The shared file of 20,000 people when it lies beside the project, else one like it."""
    if SHARED.exists():
        return SHARED
    path = folder / "subscribers.csv"
    now = datetime.now(UTC)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for n in range(2_000):
            wrote = (now - timedelta(hours=n % 1_500)).strftime("%Y-%m-%dT%H:%M:%SZ")
            country, zone = (("BR", "America/Sao_Paulo"), ("MX", "America/Mexico_City"))[n % 2]
            writer.writerow((
                7_000_000_000_000 + n, "Ana", f"Souza {n}", "pt_BR", zone, country, "Recife", "",
                wrote, wrote, "message", "price-drops" if n % 3 else "", "vip" if n % 4 else "",
                "10.50", 1, "2026-01-02", "Siam", wrote,
            ))  # fmt: skip
        writer.writerow(["", "Nobody", *[""] * (len(COLUMNS) - 2)])
    return path


def test_a_file_of_people_is_imported(desk: Desk, tmp_path: Path) -> None:
    page = desk.you
    page.goto(desk.path("subscribers/"))
    page.get_by_role("link", name="Import people").click()
    file = people_file(tmp_path)
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Upload and look at the columns").click()
    shift = page.get_by_label("Move the times so that the newest one is now")
    if not shift.is_checked():
        shift.check()
    page.get_by_role("button", name="Check the file").click()
    run = page.get_by_role("button", name=re.compile("^Import [0-9,]+ people"))
    expect(run).to_be_visible(timeout=120_000)
    run.click()
    expect(page.get_by_text("people are new")).to_be_visible(timeout=240_000)
    if file != SHARED:  # whose lines are all sound
        expect(page.get_by_role("heading", name="Lines that cannot be used")).to_be_visible()


def test_a_segment_is_made_while_its_count_follows(desk: Desk) -> None:
    page = desk.you
    page.goto(desk.path("segments/new"))
    page.get_by_label("Name", exact=True).fill(SEGMENT)
    everybody = counted(page)
    condition(page, 0, "country", "in")
    choose(page, "#f-value-r-0", ("BR", "MX"))
    narrower = counted(page, below=everybody)
    condition(page, 1, "tag", "has")
    page.locator("#f-value-r-1").select_option("vip")
    tagged = counted(page, below=narrower)
    condition(page, 2, "last_inbound_at", "within_days")
    page.locator("#f-value-r-2").fill("30")
    assert counted(page, below=tagged + 1) > 0
    page.get_by_role("button", name="Save the segment").click()
    page.wait_for_url(re.compile(r"/segments/\d+"))


def test_it_is_written_to_with_text_picture_buttons_and_replies(desk: Desk) -> None:
    figures = written_and_sent(desk, "Spring picks", "standard", compose=richly, segment=SEGMENT)
    assert figures["sent"] > 0
    assert figures["skipped"] > 0


def test_a_subscription_reaches_only_who_opted_in(desk: Desk) -> None:
    figures = written_and_sent(desk, "Price alert", "subscription", topic="Price drops")
    assert figures["sent"] > 0
    assert figures["skipped"] > 0
    reasons = desk.you.get_by_role("heading", name="Skipped, and why").locator("..")
    expect(reasons).to_contain_text("opted in")


def test_a_sponsored_message_is_paid_within_its_budget(desk: Desk) -> None:
    figures = written_and_sent(desk, "Wider reach", "sponsored", budget="5")
    assert 0 < figures["sent"] <= 5 / 0.0123


def condition(page: Page, n: int, field: str, op: str) -> None:
    page.get_by_role("button", name="Add a condition").first.click()
    page.locator(f"#f-field-r-{n}").select_option(field)
    page.locator(f"#f-op-r-{n} option[value={op}]").wait_for(state="attached")
    page.locator(f"#f-op-r-{n}").select_option(op)


def choose(page: Page, where: str, values: tuple[str, ...]) -> None:
    """Boxes where there are few values to choose from, else a line of words."""
    control = page.locator(where)
    expect(control).to_be_visible()
    if control.locator("input[type=checkbox]").count():
        for value in values:
            page.locator(f"{where} input[value={value}]").check()
    else:
        control.fill(", ".join(values))


def counted(page: Page, below: int | None = None) -> int:
    """The live count, when it has become smaller than `below`."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        found = re.search(r"[\d,]+", page.locator("#found .figure").inner_text())
        people = int(found[0].replace(",", "")) if found else None
        if people is not None and (below is None or people < below):
            return people
        page.wait_for_timeout(200)
    raise AssertionError(f"the count stayed at {below}")


def plainly(page: Page) -> None:
    page.get_by_label("Text", exact=True).fill(
        "Hello {{first_name|there}}, the price is new today."
    )


def richly(page: Page) -> None:
    """Everything a standard message may carry, with the phone beside it following."""
    page.get_by_label("Text", exact=True).fill("Spring picks for {{first_name|you}}")
    page.get_by_label("Image").fill("https://rosewood.example/spring.jpg")
    page.get_by_label("Subtitle of the card").fill("Linen, and the first of the garden")
    page.get_by_role("button", name="Add a button").click()
    page.get_by_label("Words on it").fill("See it all")
    page.get_by_label("Address").fill("https://rosewood.example/spring")
    page.get_by_role("button", name="Add a quick reply").click()
    page.get_by_label("Words of reply 1").fill("A gift")
    expect(page.locator("#preview")).to_contain_text("A gift")
    expect(page.locator("#preview")).to_contain_text("See it all")


def written_and_sent(
    desk: Desk,
    name: str,
    kind: str,
    *,
    topic: str = "",
    budget: str = "",
    compose: Callable[[Page], None] = plainly,
    segment: str = "VIP customers",
) -> dict[str, int]:
    """Drafted by you, approved and started by the second person; what its page then says."""
    you, second = desk.you, desk.second
    you.goto(desk.path("broadcasts/new"))
    you.locator(f"input[name=kind][value={kind}]").check()
    you.get_by_label("Name").fill(name)
    if topic:
        you.get_by_label("Topic", exact=True).select_option(label=topic)
    if budget:
        you.get_by_label("Budget in US dollars").fill(budget)
    you.get_by_role("button", name="Write the message").click()
    you.wait_for_url(re.compile(r"/broadcasts/\d+"))
    place = you.url.partition("?")[0].partition("#")[0]
    compose(you)
    saved(you, "message")
    you.goto(f"{place}?step=audience")
    you.get_by_label("Send to").select_option(label=segment)
    saved(you, "audience")
    you.goto(f"{place}?step=schedule")
    you.locator("input[name=mode][value=now]").check()
    saved(you, "schedule")
    you.get_by_role("button", name="Ask for approval").first.click()
    expect(you.get_by_text("asked for approval")).to_be_visible()
    second.goto(place)
    second.get_by_role("button", name="Approve it as it stands").click()
    launch(second)
    return watched(you, place)


def saved(page: Page, step: str) -> None:
    """Press the step's button, and wait until its form has closed."""
    page.get_by_role("button", name=f"Save the {step}").click()
    expect(page.locator(f"#{step}-form")).to_have_count(0)


def launch(page: Page) -> None:
    """Press the button that says the effect; a big send wants its number typed."""
    effect = re.compile(r"^Send to [0-9,]+ (people|person)$")
    button = page.get_by_role("button", name=effect).first
    expect(button).to_be_visible()
    typed = page.get_by_label(re.compile("Type the number of people"))
    if typed.count():
        typed.fill(re.findall(r"[0-9,]+", button.inner_text())[0])
        button.click()
        return
    button.click()
    page.get_by_role("dialog").get_by_role("button", name=effect).click()


def watched(page: Page, place: str) -> dict[str, int]:
    """Until it is sent; the sum is right at every look. The page leads itself from the seconds in
    which it can be undone to the sending, and there counts on by itself."""
    page.goto(place)
    page.locator("#live .sum").wait_for(timeout=200_000)
    end = time.monotonic() + 200
    while time.monotonic() < end:
        title, figures = numbers(page)
        if title == "Sent":
            return figures
        page.wait_for_timeout(300)
    raise AssertionError(f"{place} was not sent in time")
