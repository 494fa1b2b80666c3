"""A sentence kept in a row, so that whoever reads it later reads it in their own language."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.domain.wording import Sentence


def to_json(sentence: Sentence) -> dict[str, object]:
    """`{"text", "params"}`, with the plural and its count where there is one."""
    kept: dict[str, object] = {"text": sentence.text}
    if sentence.params:
        kept["params"] = {name: _value(value) for name, value in sentence.params.items()}
    if sentence.plural is not None:
        kept |= {"plural": sentence.plural, "n": sentence.n}
    return kept


def from_json(kept: Mapping[str, object] | None) -> Sentence | None:
    """The sentence again; None for a row that says nothing."""
    if not kept or not isinstance(kept.get("text"), str):
        return None
    params, plural, n = kept.get("params"), kept.get("plural"), kept.get("n")
    return Sentence(
        str(kept["text"]),
        {name: _revived(value) for name, value in params.items()}
        if isinstance(params, Mapping)
        else {},
        plural if isinstance(plural, str) else None,
        n if isinstance(n, int) else None,
    )


def _value(value: object) -> object:
    if isinstance(value, Sentence):
        return to_json(value)
    return value if isinstance(value, int | float | str) else str(value)


def _revived(value: object) -> object:
    return from_json(value) if isinstance(value, Mapping) else value
