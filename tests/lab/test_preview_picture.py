import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from lab import picture
from lab.picture import digests, taken

HTML = "<!doctype html>\n<html lang='en'><body>82 %</body></html>\n"
# A browser that measures the page as 321 high, and whose screenshot is always the same.
BROWSER = """\
#!{python}
import pathlib, shutil, sys, urllib.request
here = pathlib.Path(__file__).parent
given = dict(each.partition("=")[::2] for each in sys.argv[1:-1])
if "--dump-dom" in given:
    print('<!DOCTYPE html><html lang="en" data-height="321"><body></body></html>')
else:
    (here / "asked").write_text("\\n".join(sys.argv[1:]), encoding="utf-8")
    (here / "page").write_bytes(pathlib.Path(urllib.request.url2pathname(sys.argv[-1][7:])).read_bytes())
    shutil.copy(here / "screenshot", given["--screenshot"])
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the only folder of PATH, in which there is no browser yet."""
    monkeypatch.setenv("PATH", str(tmp_path))
    Image.new("RGBA", (2, 1), (16, 32, 48, 255)).save(tmp_path / "screenshot", "PNG")
    return tmp_path


def install(path: Path) -> None:
    """Put a browser into the folder."""
    (path / "chromium").write_text(BROWSER.replace("{python}", sys.executable), encoding="utf-8")
    (path / "chromium").chmod(0o755)


def test_the_picture_is_as_high_as_the_page(path: Path) -> None:
    """The browser is asked for the page as high as it measured, in twice the pixels."""
    install(path)
    with Image.open(BytesIO(taken(HTML))) as small:
        assert (small.mode, small.size, small.convert("RGB").getpixel((0, 0))) == ("P", (2, 1), (16, 32, 48))
    asked = (path / "asked").read_text(encoding="utf-8").splitlines()
    assert f"--window-size={picture.WIDTH},321" in asked
    assert "--force-device-scale-factor=2" in asked
    assert (path / "page").read_text(encoding="utf-8") == HTML


def test_without_a_browser_it_says_what_to_install(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command fails with the names of what it looked for."""
    monkeypatch.setattr(picture, "SHOWN", {"one.png": lambda: HTML})
    assert not (path / "chromium").exists()
    assert picture.main() == 1
    assert "Install Chromium or Chrome" in capsys.readouterr().err


def test_the_command_writes_the_pictures(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They land in their place, which is made where it is missing, beside the digests of their pages."""
    install(path)
    monkeypatch.setattr(picture, "PICTURES", path / "pictures")
    monkeypatch.setattr(picture, "SHOWN", {"one.png": lambda: "1", "two.png": lambda: HTML})
    assert picture.main() == 0
    pages = {"one.png": "1", "two.png": HTML}
    assert (path / "pictures" / picture.DIGESTS).read_text(encoding="utf-8") == digests(pages)
    twins = {"one-dark.png", "two-dark.png"}
    assert {file.name for file in (path / "pictures").iterdir()} == {*pages, *twins, picture.DIGESTS}
