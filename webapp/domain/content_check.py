"""What is wrong with a message on a platform, and how much room it has left."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from webapp.domain import content as contents
from webapp.domain import template_check, variables
from webapp.domain.content import Content, PostbackButton, Shape, UrlButton
from webapp.domain.limits import Limits, Unit
from webapp.domain.subscriber import Facts
from webapp.domain.templated import Templated
from webapp.domain.wording import Sentence, say, say_n

Problems = dict[str, list[Sentence]]


@dataclass(frozen=True)
class Count:
    """A counter beside a field, at the longest rendering that is known."""

    used: int
    limit: int

    @property
    def left(self) -> int:
        return self.limit - self.used


def counts(
    content: Content, limits: Limits, longest: Mapping[str, int] | None = None
) -> dict[str, Count]:
    """Counters by field. `longest` has the longest stored value by variable name."""
    at_longest = contents.mapped(
        content, text=lambda template: variables.longest(template, longest or {})
    )
    return dict(_counts(at_longest, limits))


def overflows(rendered: Content, limits: Limits) -> Problems:
    """What is too long for the platform in one person's rendered message; only she is failed."""
    return {
        field: [_too_much(field, count, rendered, limits)]
        for field, count in _counts(rendered, limits)
        if count.left < 0
    }


def problems(
    content: Content,
    limits: Limits,
    attributes: Collection[str] | None = None,
    longest: Mapping[str, int] | None = None,
) -> Problems:
    """What must be mended before this may be sent, by field; empty when it is ready.

    `attributes`: names of the brand's own attributes; without them any name passes.
    """
    found: Problems = {}
    for field, sentence in _problems(content, attributes):
        found.setdefault(field, []).append(sentence)
    for field, count in counts(content, limits, longest).items():
        if count.left < 0:
            found.setdefault(field, []).append(_too_much(field, count, content, limits))
    return found


def _problems(
    content: Content, attributes: Collection[str] | None
) -> Iterator[tuple[str, Sentence]]:
    if content.template is not None:
        yield from template_check.problems(content.template)
    else:
        yield from _shape_problems(content)
    yield from _title_problems("buttons", [button.title for button in content.buttons])
    yield from _title_problems("quick_replies", [reply.title for reply in content.quick_replies])
    yield from _address_problems(content)
    for field, template in contents.templates(content):
        for sentence in variables.problems(template, attributes):
            yield field, sentence


def _shape_problems(content: Content) -> Iterator[tuple[str, Sentence]]:
    if not content.text:
        if content.buttons:
            yield "text", say("Write the text that stands above the buttons.")
        elif content.subtitle:
            yield "text", say("Write the card's title above its subtitle.")
        elif not content.image_url:
            yield "text", say("Write a text or add an image: this message is empty.")
    if content.subtitle and not content.image_url:
        yield "subtitle", say("Only a card has a subtitle: add an image, or remove the subtitle.")


def _title_problems(name: str, titles: list[str]) -> Iterator[tuple[str, Sentence]]:
    seen: set[str] = set()
    for index, title in enumerate(titles):
        if not title:
            yield f"{name}.{index}.title", say("Write what stands on it, or remove it.")
        elif title.casefold() in seen:
            yield (
                f"{name}.{index}.title",
                say('"%(title)s" is there already; people could not tell them apart.', title=title),
            )
        seen.add(title.casefold())


def _address_problems(content: Content) -> Iterator[tuple[str, Sentence]]:
    if content.image_url and not _is_https(content.image_url):
        yield "image_url", say("Give the image's whole address, beginning with https://.")
    for index, button in enumerate(content.buttons):
        if not isinstance(button, UrlButton):
            continue
        if not button.url:
            yield f"buttons.{index}.url", say("Give the address the button opens.")
        elif not _is_https(variables.filled(button.url, Facts(), encode=variables.encoded)):
            yield (
                f"buttons.{index}.url",
                say("Give the button's whole address, beginning with https://."),
            )


def _is_https(address: str) -> bool:
    try:
        split = urlsplit(address)
        sound = split.scheme == "https" and bool(split.hostname) and split.port != 0
    except ValueError:
        return False
    return sound and not any(mark.isspace() or mark in '{}<>"\\' for mark in address)


def _counts(content: Content, limits: Limits) -> Iterator[tuple[str, Count]]:
    """Of a message whose variables are filled already."""
    of = limits.measure
    if content.template is not None:
        yield from _template_counts(content.template, limits)
        return
    yield "text", _text_count(content, limits)
    yield "subtitle", Count(of(content.subtitle or ""), limits.card_subtitle)
    yield "buttons", Count(len(content.buttons), limits.buttons)
    for index, button in enumerate(content.buttons):
        yield f"buttons.{index}.title", Count(of(button.title), limits.button_title)
        if isinstance(button, PostbackButton):
            yield f"buttons.{index}.payload", Count(of(button.payload), limits.payload)
    yield "quick_replies", Count(len(content.quick_replies), limits.quick_replies)
    for index, reply in enumerate(content.quick_replies):
        yield f"quick_replies.{index}.title", Count(of(reply.title), limits.quick_reply_title)
        yield f"quick_replies.{index}.payload", Count(of(reply.payload), limits.payload)


def _text_count(content: Content, limits: Limits) -> Count:
    if limits.one_text:
        whole = "\n".join(part for part in (content.text, content.subtitle) if part)
        alone = not (content.image_url or content.buttons or content.quick_replies)
        return Count(limits.measure(whole), limits.text if alone else limits.button_text)
    most = {Shape.BUTTONS: limits.button_text, Shape.CARD: limits.card_title}
    return Count(limits.measure(content.text), most.get(contents.shape(content), limits.text))


def _template_counts(used: Templated, limits: Limits) -> Iterator[tuple[str, Count]]:
    """The text as a whole, which no single value fills alone."""
    shown = used.filled
    most = min(template_check.BODY, limits.text)
    yield "template", Count(limits.measure(shown.body), most)
    yield "template.header", Count(limits.measure(shown.header), template_check.HEADER)


def _too_much(field: str, count: Count, content: Content, limits: Limits) -> Sentence:
    if field == "buttons":
        return say("Keep at most %(limit)s buttons.", limit=count.limit)
    if field == "quick_replies":
        return say("Keep at most %(limit)s quick replies.", limit=count.limit)
    return (field == "text" and _text_too_long(count, content, limits)) or _too_long(count, limits)


def _too_long(count: Count, limits: Limits) -> Sentence:
    if limits.unit is Unit.BYTES:
        return say_n(
            "This holds %(limit)s bytes (é takes two, an emoji four): shorten it by %(n)s.",
            "This holds %(limit)s bytes (é takes two, an emoji four): shorten it by %(n)s.",
            -count.left,
            limit=count.limit,
        )
    return say_n(
        "This holds %(limit)s characters: shorten it by %(n)s.",
        "This holds %(limit)s characters: shorten it by %(n)s.",
        -count.left,
        limit=count.limit,
    )


def _text_too_long(count: Count, content: Content, limits: Limits) -> Sentence | None:
    """Where what stands beside a text says how long it may be. Bytes are never called letters."""
    limit, over = count.limit, -count.left
    card = contents.shape(content) is Shape.CARD
    if card and not limits.one_text:
        return say_n(
            "Beside an image the text is a title of at most %(limit)s: it is %(n)s over.",
            "Beside an image the text is a title of at most %(limit)s: it is %(n)s over.",
            over,
            limit=limit,
        )
    if card:
        return say_n(
            "With an image a text holds %(limit)s, its second line included: "
            "shorten it by %(n)s character.",
            "With an image a text holds %(limit)s, its second line included: "
            "shorten it by %(n)s characters.",
            over,
            limit=limit,
        )
    if limits.unit is not Unit.BYTES and _above_buttons(content, limits):
        return say_n(
            "Above buttons a text holds %(limit)s: shorten it by %(n)s character.",
            "Above buttons a text holds %(limit)s: shorten it by %(n)s characters.",
            over,
            limit=limit,
        )
    return None


def _above_buttons(content: Content, limits: Limits) -> bool:
    return bool(content.buttons or (limits.one_text and content.quick_replies))
