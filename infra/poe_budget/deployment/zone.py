"""The time zone that a machine is set to, as far as it says."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from budget_alert.config.zones import time_zone
from budget_alert.errors import ConfigError

LINK, FILE = Path("/etc/localtime"), Path("/etc/timezone")
_FOLDER = "zoneinfo/"


def guessed(environ: Mapping[str, str], link: Path = LINK, file: Path = FILE) -> str:
    """Give the IANA name of the machine's zone, UTC where it has none that the function knows."""
    return next(filter(_is_known, _candidates(environ, link, file)), "UTC")


def _candidates(environ: Mapping[str, str], link: Path, file: Path) -> Iterator[str]:
    yield environ.get("TZ", "").removeprefix(":")
    yield str(link.resolve()).rpartition(_FOLDER)[2]
    if file.is_file():
        yield file.read_text("utf-8", errors="replace").strip()


def _is_known(name: str) -> bool:
    try:
        return bool(time_zone(name))
    except ConfigError:
        return False
