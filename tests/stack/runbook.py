"""The runbook, taken apart."""

import re

from tests.support.tools import ROOT

RUNBOOK = ROOT / "infra" / "docs" / "runbook.md"
_ENTRY = re.compile(r"^### (.*)$", re.MULTILINE)
_SHELL = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def text() -> str:
    """Return the whole runbook."""
    return RUNBOOK.read_text(encoding="utf-8")


def entries(section: str) -> dict[str, str]:
    """Return what stands under each heading of a section."""
    _, whole = text().split(f"\n## {section}\n", 1)
    _, *parts = _ENTRY.split(whole.split("\n## ", 1)[0])
    return dict(zip(parts[::2], parts[1::2], strict=True))


def anchor(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def commands(part: str) -> list[str]:
    """Return the commands of a part, each on one line."""
    blocks = _SHELL.findall(part)
    return [line for block in blocks for line in block.replace("\\\n", "").splitlines()]
