"""The house rules of the code: where a name leads, and what the root holds."""

from collections import Counter
from subprocess import check_output

from tests.support.tools import ROOT

FUNCTION = ROOT / "handler" / "budget_alert"
IN_THE_ROOT = {"README.md", "LICENSE", "pyproject.toml", "template.yaml", "handler", "infra", "tests"}


def test_no_two_modules_of_the_function_share_a_name() -> None:
    """Whoever looks for a subject by its name finds one file."""
    stems = Counter(path.stem for path in FUNCTION.rglob("*.py"))
    assert [name for name, times in stems.items() if times > 1] == ["__init__"]


def test_the_root_holds_what_the_design_names() -> None:
    """What is new finds its place in a folder that is there."""
    paths = check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()  # noqa: S607
    held = {path.split("/")[0] for path in paths}
    assert {name for name in held if not name.startswith(".")} == IN_THE_ROOT
