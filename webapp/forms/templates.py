from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from webapp.domain.template_draft import DraftButton, TemplateDraft
from webapp.domain.wording import Sentence
from webapp.forms.reading import Form

SAMPLE = "samples."  # names of the examples, by variable
MOST = 40  # variables of a form that are read


class TemplateForm(Form):
    """What a new template is, apart from its examples; the platform's rules are the draft's."""

    channel: int
    name: Annotated[str, Field(max_length=512)]
    category: Annotated[str, Field(max_length=20)]
    language: Annotated[str, Field(max_length=20)]
    header: Annotated[str, Field(max_length=200)] = ""
    body: Annotated[str, Field(max_length=4000)]
    footer: Annotated[str, Field(max_length=200)] = ""
    button_text: Annotated[str, Field(max_length=100)] = ""
    button_url: Annotated[str, Field(max_length=2000)] = ""
    button_sample: Annotated[str, Field(max_length=500)] = ""

    def draft(self, posted: Mapping[str, str]) -> TemplateDraft:
        """`posted` holds the examples."""
        button = DraftButton(self.button_text, self.button_url, self.button_sample)
        return TemplateDraft(
            name=self.name,
            category=self.category,
            language=self.language,
            header=self.header,
            body=self.body.replace("\r\n", "\n"),
            footer=self.footer,
            samples=samples(posted),
            buttons=(button,) if self.button_text or self.button_url else (),
        )


def samples(posted: Mapping[str, str]) -> dict[str, str]:
    """The examples by variable."""
    names = [key for key in posted if key.startswith(SAMPLE)][:MOST]
    return {key.removeprefix(SAMPLE): posted[key].strip() for key in names}


def fields(errors: Mapping[str, list[Sentence]]) -> dict[str, list[Sentence]]:
    """Errors of a draft under the names of this form: it has one button."""
    renamed = {f"buttons.0.{part}": f"button_{part}" for part in ("text", "url", "sample")}
    return {renamed.get(name, name): list(found) for name, found in errors.items()}
