"""A saved history: a file of JSON lines, first a header, then one line for each page as it was read."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal, TypeVar

import msgspec

from budget_alert.instants import to_micros
from budget_ops.errors import OpsError, WrongUseError
from budget_ops.past.history import History
from budget_ops.past.pages import Mark, ReadPage
from budget_ops.past.shown import history_of

VERSION = 1
M = TypeVar("M", bound=Mark)


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The first line; `begun_at` is when the file was made, `sample` that its usage is somebody else's."""

    format: Literal["poe-budget history"] = "poe-budget history"
    version: int = VERSION
    begun_at: datetime
    sample: bool = False


class _AnyVersion(msgspec.Struct):
    format: Literal["poe-budget history"]
    version: int
    sample: bool = False


def marks(path: Path) -> tuple[Mark, ...]:
    """Tell what of the history the file holds, nothing where there is none yet.

    Raises WrongUseError where it holds the sample, which nobody's own usage may be mixed with, and OpsError
    where it cannot be read.
    """
    if not _begun(path):
        return ()
    with _told(path):
        header = _header(path)
    if header.sample:
        raise WrongUseError(f"{path} holds the sample, not your usage; name another file")
    return tuple(_lines(path, Mark))


def append(
    path: Path, pages: Iterable[ReadPage], now: datetime, *, sample: bool = False
) -> Iterator[ReadPage]:
    """Write each page to the end of the file, for good before the next is read, and give it on.

    The file is made with the first page, at the instant `now`, and marked if it is to hold the sample; only
    its owner may read it, for it names bots and chats. Half a line, left by a crash, is removed. Raises
    OpsError where the file cannot be written, and what `pages` raises.
    """
    for number, page in enumerate(pages):
        with _told(path):
            if number == 0:
                _prepare(path, Header(begun_at=now, sample=sample))
            with path.open("ab") as file:
                _write(file, page)
        yield page


def keep(history: History, path: Path) -> None:
    """Write the sample, a history that is known whole, with its entries, to a new file; raises OpsError."""
    if _begun(path):
        raise OpsError(f"{path} is there already; name a file that is not")
    for _ in append(path, [page_of(history)], history.end, sample=True):
        pass


def page_of(history: History) -> ReadPage:
    """Give a history that is known whole as if one page had shown all of it."""
    return ReadPage(
        read_at=to_micros(history.end),
        top=to_micros(history.end),
        bottom=to_micros(history.start),
        last_id=None,
        entries=tuple(reversed(history.entries or ())),
    )


def load(path: Path) -> History:
    """Give the newest part of the history in the file that nothing is missing of; raises OpsError."""
    again = f"`poe-budget save {path}` reads on where it stopped"
    return history_of(_lines(path, ReadPage), str(path), again)


def _begun(path: Path) -> bool:
    with _told(path):
        return path.exists() and path.stat().st_size > 0


def _prepare(path: Path, header: Header) -> None:
    if _begun(path):
        with path.open("r+b") as file:
            file.truncate(file.read().rfind(b"\n") + 1)
        return
    # Renamed when it is whole, so that no crash leaves half a header behind.
    made = path.with_name(f"{path.name}.{os.getpid()}")
    with open(made, "xb", opener=_private) as file:
        _write(file, header)
    made.replace(path)


def _header(path: Path) -> _AnyVersion:
    with path.open("rb") as file:
        first = file.readline()
    try:
        header = msgspec.json.decode(first, type=_AnyVersion)
    except ValueError:
        raise OpsError(f"{path} is no history that `poe-budget save` has made; name another file") from None
    if header.version > VERSION:
        raise OpsError(f"{path} was saved by a newer version of poe-budget; read it with that one")
    return header


def _lines(path: Path, kind: type[M]) -> Iterator[M]:
    decoder = msgspec.json.Decoder(kind)
    with _told(path):
        _header(path)
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                # A last line without its end is what a crash has left; it is read anew.
                if number > 1 and line.endswith(b"\n"):
                    yield _decoded(decoder, line, f"line {number} of {path}")


def _decoded(decoder: msgspec.json.Decoder[M], line: bytes, place: str) -> M:
    try:
        return decoder.decode(line)
    except ValueError:
        again = "delete that line, and `poe-budget save` reads what it held once more"
        raise OpsError(f"{place} is damaged; {again}") from None


def _write(file: BinaryIO, line: msgspec.Struct) -> None:
    file.write(msgspec.json.encode(line) + b"\n")
    file.flush()
    os.fsync(file.fileno())


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OpsError(f"{path} cannot be used: {error.strerror or type(error).__name__}") from error
