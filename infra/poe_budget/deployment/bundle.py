"""What is deployed, laid out as the SAM CLI wants it, from a clone or from the installed package."""

import shutil
from pathlib import Path

import budget_alert

_PACKED = Path(__file__).with_name("files")
"""In a wheel they lie here, in a clone where they are written."""
ROOT = _PACKED if _PACKED.is_dir() else Path(__file__).parents[3]
FILES = ("template.yaml", "infra/observability.yaml", "handler/Makefile", "handler/requirements.txt")
"""Pyproject puts the same into the wheel."""


def lay_out(folder: Path) -> None:
    """Copy the templates, the function and how it is built into an empty folder."""
    for name in FILES:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    source = Path(budget_alert.__file__).parent
    shutil.copytree(source, folder / "handler" / source.name, ignore=shutil.ignore_patterns("__pycache__"))
