"""Files that a command is given: what it reads, and what it writes without harm to what is there."""

import os
import stat
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from poe_budget.errors import OpsError, WrongUseError
from poe_budget.output import note, say
from poe_budget.past.saved import STANDARD_INPUT, is_saved

READ = click.Path(exists=True, dir_okay=False, path_type=Path)
"""A file that is read once, from its beginning to its end, so that a pipe does as well."""
READ_OR_PIPED = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
"""The same; - stands for the standard input."""


class Written(click.Path):
    """A file that is written; one that `goes_on` keeps what is there."""

    def __init__(self, *, goes_on: bool = False) -> None:
        super().__init__(dir_okay=False, path_type=Path)
        self.goes_on = goes_on


def refuse_harm(parameters: Iterable[click.Parameter], given: Mapping[str, Any]) -> None:
    """Refuse every output that would harm what is there, before anything is read.

    Such an output is a device or a pipe, a link to nothing, a file that the same command reads, or a saved
    history that something else would replace: Poe may list its rows no longer. Where the command prints is an
    output too. Raises WrongUseError, and OpsError where no folder is there.
    """
    kinds = {each.name: each.type for each in parameters if isinstance(each.type, click.Path)}
    paths = {name: given[name] for name in kinds if name and given.get(name)}
    inputs = [path for name, path in paths.items() if not isinstance(kinds[name], Written)]
    early = not all(isinstance(kind, Written) for kind in kinds.values())
    printed = [_stream(sys.stdout), _stream(sys.stderr)]
    for name, path in paths.items():
        kind = kinds[name]
        try:
            if isinstance(kind, Written):
                _check(path, goes_on=kind.goes_on, early=early)
                if _is_one_of(path, [_found(each) for each in inputs]):
                    raise WrongUseError(f"{path} is also what the command reads; name another file to write")
            if _is_one_of(path, printed):
                raise WrongUseError(
                    f"{path} is also what the command prints to; let it print to another file"
                )
        except OSError as error:
            verb = "written" if isinstance(kind, Written) else "read"
            raise OpsError(f"{path} cannot be {verb}: {error.strerror}") from error


def write(file: Path, text: str) -> None:
    """Write a file that was asked for, whole or not at all; raises OpsError where that cannot be."""
    target = Path(os.path.realpath(file))
    made = target.with_name(f".poe-budget.{os.getpid()}")
    try:
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(None, "Permission denied")
        with made.open("x", encoding="utf-8", errors="backslashreplace") as new:
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
        if target.exists():
            made.chmod(stat.S_IMODE(target.stat().st_mode))
        made.replace(target)
    except OSError as error:
        raise OpsError(f"{file} cannot be written: {error.strerror}") from error
    finally:
        made.unlink(missing_ok=True)


def give(text: str, file: Path | None) -> None:
    """Print a result, or write it to the file that was asked for; raises OpsError."""
    if file is None:
        say(text)
    else:
        write(file, f"{text}\n")
        note(f"{file} holds it.")


def _check(path: Path, *, goes_on: bool, early: bool) -> None:
    """Refuse what cannot be kept whole; `early` is for a command that reads before it writes, for minutes."""
    if early and not path.parent.is_dir():
        raise OpsError(f"{path} cannot be written: no folder is there; name a file in a folder that exists")
    if path == STANDARD_INPUT or (path.exists() and not path.is_file()):
        raise WrongUseError(f"{path} is no file that can be kept whole; name one, or leave the option out")
    if path.is_symlink() and not path.exists():
        raise WrongUseError(f"{path} is a link to a file that is not there; name the file itself")
    if not goes_on and is_saved(path):
        raise WrongUseError(f"{path} holds a saved history, which this would replace; name another file")


def _is_one_of(path: Path, others: Iterable[os.stat_result | None]) -> bool:
    there = _found(path)
    return there is not None and any(other and os.path.samestat(there, other) for other in others)


def _found(path: Path) -> os.stat_result | None:
    """Give what is there, if anything is."""
    if path == STANDARD_INPUT:
        return _stream(sys.stdin)
    return path.stat() if path.exists() else None


def _stream(stream: Any) -> os.stat_result | None:  # noqa: ANN401 - a test may put anything in its place
    """Give the file that a standard stream leads to; None where it is a terminal, a pipe or nothing."""
    try:
        found = os.fstat(stream.fileno())
    except (AttributeError, OSError, ValueError):
        return None
    return found if stat.S_ISREG(found.st_mode) else None
