"""The house rules of the code: where a name leads, and what the root holds."""

from collections import Counter
from pathlib import Path
from subprocess import check_output

import pytest

from tests.support.tools import ROOT

PACKAGES = (ROOT / "handler" / "budget_alert", ROOT / "infra" / "poe_budget")
IN_THE_ROOT = {"README.md", "LICENSE", "pyproject.toml", "template.yaml", "handler", "infra", "tests"}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_no_two_modules_of_a_package_share_a_name(package: Path) -> None:
    """Whoever looks for a subject by its name finds one file; a command of the program has its own name."""
    stems = Counter(path.stem for path in package.rglob("*.py") if path.parent.name != "cli")
    assert [name for name, times in stems.items() if times > 1] == ["__init__"]


def test_the_root_holds_what_the_design_names() -> None:
    """What is new finds its place in a folder that is there."""
    paths = check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()  # noqa: S607
    held = {path.split("/")[0] for path in paths}
    assert {name for name in held if not name.startswith(".")} == IN_THE_ROOT
