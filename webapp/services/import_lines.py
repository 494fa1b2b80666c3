"""What is told of single lines of a file: why they cannot be used, or a remark on them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from webapp.domain import import_file, remark
from webapp.domain.import_block import RowError
from webapp.domain.wording import Sentence
from webapp.services.import_reading import Reading
from webapp.services.import_staging import Double
from webapp.services.upserting import Change


def broken(reading: Reading, errors: Iterable[RowError]) -> list[dict[str, Any]]:
    """Of the lines that cannot be read: the file itself shows that, whoever is known."""
    return [
        _line(reading, it.line, it.column, it.value, it.reason, it.cells, by_file=True)
        for it in errors
    ]


def doubled(reading: Reading, doubles: Iterable[Double]) -> list[dict[str, Any]]:
    notes = [import_file.double(it.later, it.key, it.line, reading.key_column) for it in doubles]
    return [
        _line(reading, it.line, it.column, it.value, it.reason, note=True, by_file=True)
        for it in notes
    ]


def planned(reading: Reading, changes: Iterable[Change]) -> list[dict[str, Any]]:
    """Of rows that meet what is known already."""
    found = []
    for change in changes:
        line, column, key = change.row.line, reading.key_column, change.row.key
        if change.refusal is not None:
            found.append(_line(reading, line, column, key, change.refusal))
        found += [_line(reading, line, column, key, it, note=True) for it in change.remarks]
    return found


def _line(
    reading: Reading,
    line: int,
    column: str,
    value: str,
    reason: Sentence,
    cells: Iterable[str] | None = None,
    **kind: bool,
) -> dict[str, Any]:
    return {
        "brand_id": reading.brand_id,
        "import_job_id": reading.job_id,
        "line": line,
        "column": column[:120],
        "value": value[:500],
        "reason": remark.to_json(reason),
        "raw": _only_key(reading, value) if cells is None else list(cells),
        "note": False,
        "by_file": False,
        **kind,
    }


def _only_key(reading: Reading, key: str) -> list[str]:
    targets = (reading.mapping[column].to for column in reading.layout.columns)
    return [key if to == "psid" else "" for to in targets]
