"""`make -C infra release`: the files of a release in dist/. With a tag, only where it names this release."""

import re
import shutil
import sys

from budget_alert import __version__
from lab.release.building import ROOT, SUMS, build

DIST = ROOT / "dist"
_HEADING = re.compile(rf"^## {re.escape(__version__)} \(\d{{4}}-\d\d-\d\d\)$", re.MULTILINE)


def main(tag: str = "") -> None:
    """Build them anew; ends with words where the tag or the changelog speaks of another release."""
    if tag not in {"", f"v{__version__}"}:
        sys.exit(f"The tag {tag} is not that of this release, v{__version__}.")
    changelog = ROOT / "infra" / "docs" / "changelog.md"
    if tag and not _HEADING.search(changelog.read_text(encoding="utf-8")):
        sys.exit(
            f"infra/docs/changelog.md has no heading `## {__version__} (YYYY-MM-DD)`: write the day there."
        )
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir()
    build(DIST)
    sys.stdout.write((DIST / SUMS).read_text(encoding="utf-8"))


if __name__ == "__main__":
    main(*sys.argv[1:])
