"""A rulebook where an operator keeps it: a folder, an archive, a TOML file or a signed file."""

from __future__ import annotations

import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from webapp.commands.shell import Failure
from webapp.domain import rulebook_file

LARGEST = rulebook_file.LARGEST


def files_at(path: Path) -> dict[str, bytes]:
    """Its TOML files by name. Failure when there are none; Refused for a broken signed file."""
    found = dict(_in_folder(path) if path.is_dir() else _in_file(path, _read(path)))
    if not found:
        raise Failure(f"There are no TOML files in {path}.")
    return found


def whole(found: dict[str, bytes], path: Path, in_force: Mapping[str, bytes]) -> dict[str, bytes]:
    """The book to look at: one file of the book in force stands in for its namesake there."""
    if path.suffix == ".toml" and path.name in in_force:
        return {**in_force, **found}
    return found


def _in_folder(path: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(path.glob("*.toml")):
        yield file.name, _read(file)


def _in_file(path: Path, content: bytes) -> Iterator[tuple[str, bytes]]:
    if rulebook_file.is_one(content):
        signed = rulebook_file.take_apart(content)
        yield from rulebook_file.unpack(signed.body).files.items()
    elif zipfile.is_zipfile(io.BytesIO(content)):
        yield from _in_zip(path, content)
    elif path.suffix == ".toml":
        yield path.name, content
    else:
        yield from _in_tar(path, content)


def _in_zip(path: Path, content: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for item in archive.infolist():
                _refuse_large(path, item.file_size)
                if item.filename.endswith(".toml"):
                    yield PurePosixPath(item.filename).name, archive.read(item)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error) as error:
        raise Failure(f"{path} is no archive that can be read: {error}") from error


def _in_tar(path: Path, content: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for item in archive:
                _refuse_large(path, item.size)
                file = archive.extractfile(item) if item.name.endswith(".toml") else None
                if file is not None:
                    yield PurePosixPath(item.name).name, file.read()
    except (tarfile.TarError, EOFError, zlib.error) as error:
        words = "is neither a folder, an archive, a .toml file nor a signed rulebook"
        raise Failure(f"{path} {words}.") from error


def _read(path: Path) -> bytes:
    _refuse_large(path, path.stat().st_size)
    return path.read_bytes()


def _refuse_large(path: Path, size: int) -> None:
    if size > LARGEST:
        raise Failure(f"{path} is larger than any rulebook ({LARGEST // 1_000_000} MB).")
