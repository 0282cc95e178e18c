"""What a release leaves behind is recorded by one command."""

import re
from pathlib import Path

import pytest

from budget_alert import __version__
from lab import record_release
from tests.readme.pages import page
from tests.stack.deployed import TEMPLATE
from tests.support.releases import FOLDERS, counted, place, recorded


def test_every_release_before_is_recorded() -> None:
    """So upgrades from each of them are tried."""
    releases = set(re.findall(r"^## (\d+\.\d+\.\d+)$", page("changelog"), re.MULTILINE)) - {__version__}
    assert releases <= {folder.name.removeprefix("release-") for folder in FOLDERS}


def test_this_release_is_recorded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Table, templates, config, secret and history stand in a folder with the release's name."""
    monkeypatch.setattr(record_release, "RELEASES", tmp_path)
    monkeypatch.setattr(record_release, "END", record_release.BEGIN)
    record_release.main()
    (folder,) = tmp_path.glob("release-*.*.*")
    assert (folder / "template.yaml").read_bytes() == TEMPLATE.read_bytes()
    release = recorded(folder)
    assert {name for name, key in map(place, release.items) if key == "cursor"} == {"all", *release.keys}
    points = counted(release.items)
    assert points
    assert points <= release.points()
