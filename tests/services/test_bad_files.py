"""Files that nobody can use, or that somebody made to do harm: refused soon, and cheaply."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

SECONDS, MEGABYTES = 10, 200
SHEET = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
STRINGS = (
    '<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
)
TRY = """
import json, resource, sys, time
from pathlib import Path
from webapp.domain import errors
from webapp.services import import_files
before, said = time.monotonic(), ""
try:
    with open(sys.argv[1], "rb") as file:
        import_files.keep(Path(sys.argv[2]), file)
except errors.Refused as refused:
    said = str(refused)
own = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
most = max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
print(json.dumps([said, time.monotonic() - before, most / 1024]))
"""


def tried(file: Path, tmp_path: Path) -> tuple[str, float, float]:
    """What is said of a file, the seconds it took, and the MB the largest process needed."""
    done = subprocess.run(
        [sys.executable, "-c", TRY, str(file), str(tmp_path / "kept")],
        capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    said, seconds, megabytes = json.loads(done.stdout)
    assert not list((tmp_path / "kept").rglob("*.csv")) or not said
    return said, seconds, megabytes


def book(path: Path, part: str, pieces: Callable[[], list[bytes]]) -> None:
    """A workbook of one sheet with one of its parts exchanged."""
    import xlsxwriter

    plain = path.with_name("plain.xlsx")
    with xlsxwriter.Workbook(plain) as made:
        made.add_worksheet().write_row(0, 0, ["psid", "first_name"])
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            with new.open(name, "w", force_zip64=True) as entry:
                for piece in pieces() if name == part else [old.read(name)]:
                    entry.write(piece)


def bomb(path: Path) -> None:
    zeros = b"0" * 2**20
    book(path, "xl/worksheets/sheet1.xml", lambda: [SHEET.encode(), *[zeros] * 1024])


def many_rows(path: Path) -> None:
    rows = b"<row><c><v>1</v></c></row>" * 40_000
    book(path, "xl/worksheets/sheet1.xml", lambda: [
        f"{SHEET}<sheetData>".encode(), *[rows] * 180, b"</sheetData></worksheet>"
    ])  # fmt: skip


def many_strings(path: Path) -> None:
    texts = f"<si><t>{'a' * 32}</t></si>".encode() * 20_000
    book(path, "xl/sharedStrings.xml", lambda: [STRINGS.encode(), *[texts] * 200, b"</sst>"])


def far_corners(path: Path) -> None:
    cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c>'
    sheet = f"{SHEET}<sheetData>{cells}</row></sheetData></worksheet>".encode()
    book(path, "xl/worksheets/sheet1.xml", lambda: [sheet])


def million_columns(path: Path) -> None:
    cells = "".join(f'<c t="inlineStr"><is><t>c{n}</t></is></c>' for n in range(1_000_000))
    sheet = f'{SHEET}<sheetData><row r="1">{cells}</row></sheetData></worksheet>'.encode()
    book(path, "xl/worksheets/sheet1.xml", lambda: [sheet])


def laughs() -> str:
    entities = "".join(
        f'<!ENTITY lol{n} "{f"&lol{n - 1};" * 10 if n else "lol"}">' for n in range(10)
    )
    return f'<?xml version="1.0"?><!DOCTYPE lolz [{entities}]>'


def laughing(path: Path) -> None:
    sheet = laughs() + SHEET.removeprefix('<?xml version="1.0"?>')
    cell = '<c r="A1" t="inlineStr"><is><t>&lol9;</t></is></c>'
    text = f'{sheet}<sheetData><row r="1">{cell}</row></sheetData></worksheet>'
    book(path, "xl/worksheets/sheet1.xml", lambda: [text.encode()])


def cut(path: Path) -> None:
    book(path, "", list)
    path.write_bytes(path.read_bytes()[:2000])


@pytest.mark.parametrize(
    "make",
    [bomb, many_rows, many_strings, far_corners, million_columns, laughing, cut],
    ids=lambda make: make.__name__,
)
def test_a_workbook_that_would_do_harm_is_refused_in_time_and_space(
    make: Callable[[Path], None], tmp_path: Path
) -> None:
    make(tmp_path / "people.xlsx")
    said, seconds, megabytes = tried(tmp_path / "people.xlsx", tmp_path)
    assert said
    assert (seconds < SECONDS, megabytes < MEGABYTES) == (True, True), (seconds, megabytes)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (",".join(f"c{n}" for n in range(1_000_000)).encode(), "more than 500 columns"),
        (b"psid," + b"x" * 1_000_000 + b"\n77,Ida\n", "too long to be the names"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(1, 256)) * 99, "not a text file"),
        (b"\xff\xd8\xff\xe0" + b"JFIF" * 99, "not a text file"),
        (b"%PDF-1.7\n1 0 obj\n", "not a text file"),
        (b"psid,first_name\n77,I\x00da\n", "not a text file"),
        (b"psid\n77\n" + b"\x00" * 5_000_000, "not a text file"),
        (laughs().encode(), "page of markup"),
        (b"<!DOCTYPE html><table><tr><td>psid</td></tr></table>", "page of markup"),
    ],
)
def test_a_text_that_is_no_list_is_refused_in_time_and_space(
    data: bytes, words: str, tmp_path: Path
) -> None:
    (tmp_path / "people.csv").write_bytes(data)
    said, seconds, megabytes = tried(tmp_path / "people.csv", tmp_path)
    assert words in said
    assert (seconds < SECONDS, megabytes < MEGABYTES) == (True, True), (seconds, megabytes)
