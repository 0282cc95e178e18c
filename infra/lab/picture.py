"""The pictures in the README: screenshots of a sample message and of a backtest, taken with a browser.

Each is taken twice, for pages that are light and for those that are dark.

`make -C infra picture` takes them anew. The message looks as in Slack where the fonts Lato, Noto Color Emoji
and DejaVu Sans Mono are installed. Beside the pictures stands the SHA-256 of the HTML that each shows: so a
test without a browser can tell whether one is out of date.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from budget_alert.config.reading import parse
from poe_budget.backtest.page import picture as backtest_picture
from poe_budget.backtest.replay import replay
from poe_budget.backtest.sample import sample
from poe_budget.preview.document import picture

PICTURES = Path(__file__).parents[1] / "pictures"
DIGESTS = "pages.sha256"
"""Lines of a digest, two blanks and the name of a picture."""
EXAMPLE = Path(__file__).parents[1] / "budgets.toml"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
INSTALL = (
    "No browser was found to take the picture with. Install Chromium or Chrome, such that one of these "
    f"is on PATH: {', '.join(BROWSERS)}"
)
WIDTH = 720
SHARPNESS = 2
"""Pixels of the picture to one of the page, for screens that can show them."""

_SECONDS = 60
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--virtual-time-budget=2000",
)
_MEASURE = (
    "setTimeout(() => document.documentElement.dataset.height = document.body.offsetHeight, 1000)</script>"
)
_HEIGHT = re.compile(r'<html[^>]* data-height="([1-9][0-9]*)"')


_DARK, _LIGHT = (f"--blink-settings=preferredColorScheme={scheme}" for scheme in (0, 1))


class PictureError(Exception):
    """Raised when the picture could not be taken; the message says what to do."""


def main() -> int:
    """Take the pictures; return 0, or 1 after saying on stderr why one is missing."""
    try:
        PICTURES.mkdir(exist_ok=True)
        pages = {name: html() for name, html in SHOWN.items()}
        for name, html in pages.items():
            (PICTURES / name).write_bytes(taken(html))
            (PICTURES / dark(name)).write_bytes(taken(html, is_dark=True))
        (PICTURES / DIGESTS).write_text(digests(pages), encoding="utf-8")
    except PictureError as error:
        print(error, file=sys.stderr)  # noqa: T201 -- this is a command
        return 1
    return 0


def backtest() -> str:
    """Give the page of what the example config would have sent in the month of real usage."""
    done = replay(parse(EXAMPLE.read_text(encoding="utf-8")), sample())
    return backtest_picture(done, "the example config")


SHOWN: dict[str, Callable[[], str]] = {"alert.png": picture, "backtest.png": backtest}
"""The pages by the names of their pictures."""


def digests(pages: Mapping[str, str]) -> str:
    """Give the text that says which page each picture is of."""
    return "".join(f"{sha256(html.encode()).hexdigest()}  {name}\n" for name, html in pages.items())


def dark(name: str) -> str:
    """Give the name of a picture's twin for dark pages."""
    return name.replace(".png", "-dark.png")


def taken(html: str, *, is_dark: bool = False) -> bytes:
    """Give the screenshot of a page, as high as its content, as PNG of 256 colours.

    Raises PictureError without a browser, or where it fails.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise PictureError(INSTALL)
    small = BytesIO()
    with (
        TemporaryDirectory() as folder,
        Image.open(_screenshot(browser, Path(folder), html, _DARK if is_dark else _LIGHT)) as shot,
    ):
        shot.convert("RGB").quantize(dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return small.getvalue()


def _screenshot(browser: str, folder: Path, html: str, scheme: str) -> Path:
    page, measured, png = folder / "page.html", folder / "measured.html", folder / "page.png"
    page.write_text(html, encoding="utf-8")
    measured.write_text(f"{html}<script>{_MEASURE}</script>", encoding="utf-8")
    height = _HEIGHT.search(
        _run(browser, folder, measured, scheme, "--dump-dom", f"--window-size={WIDTH},{WIDTH}")
    )
    if height is None:
        raise PictureError(f"{browser} did not say how high the page is; try another version of it")
    size = f"--window-size={WIDTH},{height[1]}"
    _run(
        browser, folder, page, scheme, f"--screenshot={png}", size, f"--force-device-scale-factor={SHARPNESS}"
    )
    if not png.exists():
        raise PictureError(f"{browser} wrote no picture; try another version of it")
    return png


def _run(browser: str, folder: Path, page: Path, *how: str) -> str:
    command = [browser, *_FLAGS, f"--user-data-dir={folder / 'profile'}", *how, page.as_uri()]
    try:
        done = subprocess.run(  # noqa: S603 -- a browser from PATH, and a page of our own
            command, capture_output=True, check=True, timeout=_SECONDS, text=True, encoding="utf-8"
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise PictureError(f"{browser} did not take the picture: {error}") from error
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
