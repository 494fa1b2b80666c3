"""A new template before the platform reviews it: its parts, its samples, and what is wrong with it.

The rules are the platforms' own (facts A3 and A4, codes 2388xxx; Messenger's page of 2026-03-13):
checked here so that nobody waits a day for a refusal that could be said at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from webapp.domain import promotion, template_check
from webapp.domain.content import Content
from webapp.domain.template import NEEDED, Category
from webapp.domain.template_layout import PLACEHOLDER
from webapp.domain.wording import Sentence, say

NAME = re.compile(r"[a-z0-9_]+")
LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
DANGLING = re.compile(r"\A\{\{|\}\}\Z")  # a variable first or last
BRACES = re.compile(r"[{}]")
BUTTON_TEXT = 25  # characters, facts A3
MOST_BUTTONS: Mapping[str, int] = {"messenger": 3, "whatsapp": 10}
HAS_FOOTER = frozenset({"whatsapp"})

Json = dict[str, object]
Problems = dict[str, list[Sentence]]


@dataclass(frozen=True)
class DraftButton:
    """A button that opens `url`, which may end in {{1}}; `sample` is an example of that end."""

    text: str
    url: str
    sample: str = ""


@dataclass(frozen=True)
class TemplateDraft:
    """`samples` by placeholder of the text, such as {"1": "Ana"}."""

    name: str
    category: str
    language: str
    body: str
    header: str = ""
    footer: str = ""
    samples: Mapping[str, str] = field(default_factory=dict)
    buttons: tuple[DraftButton, ...] = ()

    @property
    def placeholders(self) -> list[str]:
        return list(dict.fromkeys(PLACEHOLDER.findall(self.body)))

    @property
    def named(self) -> bool:
        return any(not name.isdigit() for name in self.placeholders)

    def problems(self, platform: str) -> Problems:
        """What the platform would refuse, by field; empty when it may be submitted."""
        found: Problems = {}
        for name, sentence in self._problems(platform):
            found.setdefault(name, []).append(sentence)
        return found

    def promotional(self) -> list[str]:
        """Words that sell, of which a utility template should have none."""
        if self.category != Category.UTILITY:
            return []
        return promotion.words(Content(text=f"{self.header} {self.body} {self.footer}"))

    def components(self) -> list[Json]:
        """As the Graph takes them, samples included."""
        found: list[Json] = []
        if self.header:
            found.append({"type": "HEADER", "format": "TEXT", "text": self.header})
        body: Json = {"type": "BODY", "text": self.body}
        found.append({**body, "example": self._example()} if self.placeholders else body)
        if self.footer:
            found.append({"type": "FOOTER", "text": self.footer})
        if self.buttons:
            found.append({"type": "BUTTONS", "buttons": [_button(b) for b in self.buttons]})
        return found

    def to_platform(self) -> Json:
        made: Json = {
            "name": self.name,
            "language": self.language,
            "category": self.category.upper(),
            "components": self.components(),
        }
        return {**made, "parameter_format": "NAMED"} if self.named else made

    def _example(self) -> Json:
        values = {name: self.samples.get(name, "") for name in self.placeholders}
        if not self.named:
            return {"body_text": [[values[name] for name in sorted(values, key=int)]]}
        pairs = [{"param_name": name, "example": value} for name, value in values.items()]
        return {"body_text_named_params": pairs}

    def _problems(self, platform: str) -> Iterator[tuple[str, Sentence]]:
        yield from self._name_problems(platform)
        yield from self._body_problems()
        for name, text, limit in (
            ("header", self.header, template_check.HEADER),
            ("footer", self.footer, template_check.FOOTER),
        ):
            if len(text) > limit:
                yield name, say("Write at most %(max_length)s characters.", max_length=limit)
            if BRACES.search(text):
                yield name, say("Write this without variables.")
        if self.footer and platform not in HAS_FOOTER:
            yield "footer", say("Templates of this platform have no footer. Leave it empty.")
        yield from self._button_problems(platform)

    def _name_problems(self, platform: str) -> Iterator[tuple[str, Sentence]]:
        if not NAME.fullmatch(self.name) or len(self.name) > template_check.NAME:
            yield (
                "name",
                say("Write small letters, digits and underscores only, such as order_update."),
            )
        if not LANGUAGE.fullmatch(self.language):
            yield "language", say("Write a language code, such as en or pt_BR.")
        if self.category not in {it.value for (on, _), it in NEEDED.items() if on == platform}:
            yield "category", say("Choose one of the list.")

    def _body_problems(self) -> Iterator[tuple[str, Sentence]]:
        body = self.body
        if not body:
            yield "body", say("Fill this in.")
        if len(body) > template_check.BODY:
            yield (
                "body",
                say("Write at most %(max_length)s characters.", max_length=template_check.BODY),
            )
        if BRACES.search(PLACEHOLDER.sub("", body)):
            yield "body", say("Write each variable with two braces, like {{1}}.")
        if DANGLING.search(body):
            yield "body", say("Put words before the first variable and after the last one.")
        yield from self._placeholder_problems()

    def _placeholder_problems(self) -> Iterator[tuple[str, Sentence]]:
        names = self.placeholders
        numbers = [name for name in names if name.isdigit()]
        if numbers and len(numbers) < len(names):
            yield "body", say("Use numbers or names for the variables, not both.")
        elif numbers and sorted(map(int, numbers)) != list(range(1, len(numbers) + 1)):
            yield "body", say("Number the variables without a gap: {{1}}, {{2}}, and so on.")
        for name in names:
            if not self.samples.get(name, "").strip():
                yield (
                    f"samples.{name}",
                    say(
                        "Give an example for %(place)s: reviewers read it.", place=f"{{{{{name}}}}}"
                    ),
                )

    def _button_problems(self, platform: str) -> Iterator[tuple[str, Sentence]]:
        most = MOST_BUTTONS.get(platform, 0)
        if len(self.buttons) > most:
            yield "buttons", say("Keep at most %(limit)s buttons.", limit=most)
        for index, button in enumerate(self.buttons):
            if not 0 < len(button.text) <= BUTTON_TEXT:
                yield (
                    f"buttons.{index}.text",
                    say("Write 1 to %(limit)s characters on it.", limit=BUTTON_TEXT),
                )
            yield from _address_problems(index, button)


def _address_problems(index: int, button: DraftButton) -> Iterator[tuple[str, Sentence]]:
    start = PLACEHOLDER.split(button.url)[0]
    if not start.startswith("https://") or len(start) <= len("https://"):
        yield (
            f"buttons.{index}.url",
            say("Give the button's whole address, beginning with https://."),
        )
    if BRACES.search(button.url) and not button.url.endswith("{{1}}"):
        yield f"buttons.{index}.url", say("A variable can only be the end of the address: {{1}}.")
    if button.url.endswith("{{1}}") and not button.sample:
        yield f"buttons.{index}.sample", say("Give an example of the end of the address.")


def _button(button: DraftButton) -> Json:
    made: Json = {"type": "URL", "text": button.text, "url": button.url}
    if not button.url.endswith("{{1}}"):
        return made
    whole = button.url.removesuffix("{{1}}") + button.sample
    return {**made, "example": [whole]}
