"""The sample values a template was submitted with, by slot key: they help whoever fills it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from webapp.domain.template_layout import PLACEHOLDER


def read(components: object) -> dict[str, str]:
    """Never raises; slots without a sample are left out."""
    found: dict[str, str] = {}
    for part in _objects(components):
        kind = str(part.get("type", "")).strip().lower()
        if kind in ("header", "body"):
            found.update(_of_text(part, kind))
        elif kind == "buttons":
            found.update(_of_buttons(part))
    return found


def _of_text(part: Mapping[str, object], place: str) -> Iterator[tuple[str, str]]:
    example = part.get("example")
    if not isinstance(example, Mapping):
        return
    for given in _objects(example.get(f"{place}_text_named_params")):
        name, sample = given.get("param_name"), given.get("example")
        if isinstance(name, str) and isinstance(sample, str):
            yield f"{place}.{name}", sample
    names = dict.fromkeys(PLACEHOLDER.findall(str(part.get("text") or "")))
    for name, sample in zip(names, _row(example.get(f"{place}_text")), strict=False):
        yield f"{place}.{name}", sample


def _of_buttons(part: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """WhatsApp gives a list with the end or the whole address, Messenger an object with it."""
    for index, button in enumerate(_objects(part.get("buttons"))):
        example = button.get("example")
        whole = example.get("url_suffix_example") if isinstance(example, Mapping) else None
        sample = whole if isinstance(whole, str) else next(iter(_row(example)), "")
        start = PLACEHOLDER.split(str(button.get("url") or ""))[0]
        end = sample.removeprefix(start)
        if end and "://" not in end:
            yield f"buttons.{index}", end


def _row(given: object) -> list[str]:
    """`[["a", "b"]]` and `["a", "b"]` both: the platforms nest a text's samples once more."""
    listed = given if isinstance(given, Sequence) and not isinstance(given, str) else []
    if listed and isinstance(listed[0], Sequence) and not isinstance(listed[0], str):
        listed = listed[0]
    return [value for value in listed if isinstance(value, str)]


def _objects(given: object) -> list[Mapping[str, object]]:
    listed = given if isinstance(given, Sequence) and not isinstance(given, str) else []
    return [value for value in listed if isinstance(value, Mapping)]
