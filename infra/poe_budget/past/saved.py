"""A saved history: a file of JSON lines, first a header, then one line for each page as it was read."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from budget_alert.instants import from_micros, to_micros
from poe_budget.errors import OpsError, WrongUseError
from poe_budget.past.history import OFF, History, minute
from poe_budget.past.pages import ReadPage, history_of

FORMAT: Literal["poe-budget history"] = "poe-budget history"
VERSION = 1
STANDARD_INPUT = Path("-")
"""What a saved history is read from where it comes through a pipe and has no name."""
_PAGES = msgspec.json.Decoder(ReadPage)


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The first line; `begun_at` is when the file was made, `sample` that its usage is somebody else's."""

    format: Literal["poe-budget history"]
    version: int
    begun_at: datetime | None = None
    sample: bool = False


def known(path: Path, now: datetime) -> tuple[ReadPage, ...]:
    """Give the pages that the file holds, none where there is no file yet.

    Raises WrongUseError where it holds the sample, which nobody's own usage may be mixed with, or pages that
    no clock has come to by `now`; and OpsError where it cannot be read.
    """
    if not _begun(path):
        return ()
    header, lines = _read(path)
    if header.sample:
        raise WrongUseError(f"{path} holds the sample, not your usage; name another file")
    pages = tuple(lines)
    latest = from_micros(max((page.read_at for page in pages), default=0))
    if latest > now + OFF:
        raise WrongUseError(
            f"{path} was last saved on {minute(latest)}, which is still to come: set this machine's clock "
            "right, or name another file where it was wrong then"
        )
    return pages


def is_saved(path: Path) -> bool:
    """Tell whether the file holds a saved history, of any version."""
    try:
        with path.open("rb") as file:
            return _header_in(file.readline()) is not None
    except OSError:
        return False


def append(
    path: Path, pages: Iterable[ReadPage], now: datetime, *, sample: bool = False
) -> Iterator[ReadPage]:
    """Write each page to the end of the file, for good before the next is read, and give it on.

    The file is made with the first page, at the instant `now`, and marked if it is to hold the sample; only
    its owner may read it, for it names bots and chats. Half a line, left by a crash, is removed; a whole one
    without its end gets it. Raises OpsError where the file cannot be written, and what `pages` raises.
    """
    for number, page in enumerate(pages):
        with _said(path):
            if number == 0:
                _prepare(path, Header(format=FORMAT, version=VERSION, begun_at=now, sample=sample))
            with path.open("ab") as file:
                _write(file, page)
        yield page


def keep(history: History, path: Path) -> None:
    """Write a history that is known whole, the sample, to a new file; raises OpsError."""
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
    _, pages = _read(path)
    if path == STANDARD_INPUT:
        return history_of(pages, "the standard input", "save it once more, and read that")
    return history_of(pages, str(path), f"`poe-budget save {path}` reads on where it stopped")


def opened(path: Path) -> AbstractContextManager[BinaryIO]:
    """Open a file, or the standard input for -, to be read once."""
    return nullcontext(sys.stdin.buffer) if path == STANDARD_INPUT else path.open("rb")


def _begun(path: Path) -> bool:
    with _said(path):
        return path.exists() and path.stat().st_size > 0


def _prepare(path: Path, header: Header) -> None:
    if _begun(path):
        with path.open("r+b") as file:
            content = file.read()
            end = content.rfind(b"\n") + 1
            if _is_whole(content[end:]):
                file.write(b"\n")
            else:
                file.truncate(end)
        return
    # Renamed when it is whole, so that no crash leaves half a header behind.
    path = path.resolve()
    made = path.with_name(f".poe-budget.{os.getpid()}")
    with open(made, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        _write(file, header)
    made.replace(path)


def _read(path: Path) -> tuple[Header, Iterator[ReadPage]]:
    """Open a file, once, and give its header and what comes after it: a pipe cannot be read again."""
    lines = _lines(path)
    header = _header_in(next(lines, b""))
    if header is None:
        raise OpsError(f"{path} is no history that `poe-budget save` has made; name another file")
    if header.version > VERSION:
        raise OpsError(f"{path} was saved by a newer version of poe-budget; read it with that one")
    return header, (_page(line, f"line {number} of {path}") for number, line in enumerate(lines, 2))


def _lines(path: Path) -> Iterator[bytes]:
    """Give the lines of a file that somebody has finished writing."""
    with _said(path), opened(path) as file:
        for line in file:
            # A last line without its end is what a crash has left, or what an editor or a pipe has taken it
            # from: half of one is read anew.
            if line.endswith(b"\n") or _is_whole(line):
                yield line


def _is_whole(line: bytes) -> bool:
    try:
        msgspec.json.decode(line)
    except ValueError:
        return False
    return True


def _header_in(line: bytes) -> Header | None:
    try:
        return msgspec.json.decode(line, type=Header)
    except ValueError:
        return None


def _page(line: bytes, place: str) -> ReadPage:
    try:
        return _PAGES.decode(line)
    except ValueError:
        again = "delete that line, and `poe-budget save` reads what it held once more"
        raise OpsError(f"{place} is damaged; {again}") from None


def _write(file: BinaryIO, line: msgspec.Struct) -> None:
    file.write(msgspec.json.encode(line) + b"\n")
    file.flush()
    os.fsync(file.fileno())


@contextmanager
def _said(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OpsError(f"{path} cannot be used: {error.strerror or type(error).__name__}") from error
