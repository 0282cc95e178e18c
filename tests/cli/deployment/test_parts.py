"""The parts of a deployment that need neither AWS nor the SAM CLI."""

from pathlib import Path

import pytest

from poe_budget.cli.answers import guessed
from poe_budget.deployment import parameters
from poe_budget.deployment.sam import FILES, lay_out
from poe_budget.errors import WrongUseError
from tests.stack.deployed import source
from tests.support.sam import SOURCE


def test_what_is_laid_out_is_the_function_and_its_templates(tmp_path: Path) -> None:
    """Every file of the function is there, and no bytecode of this machine."""
    lay_out(tmp_path)
    made = {str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*") if each.is_file()}
    shipped = {
        f"handler/budget_alert/{each.relative_to(SOURCE)}"
        for each in SOURCE.rglob("*.*")
        if "__pycache__" not in each.parts
    }
    assert made == {*FILES, *shipped}


def test_the_templates_parameters_are_known() -> None:
    """Each is read with what it allows, and its default is allowed."""
    known = parameters.declared()
    assert set(known) == set(source()["Parameters"])
    assert [name for name, one in known.items() if one.fault(str(one.default))] == []


@pytest.mark.parametrize(
    "text", ["- a list", "Key: [1]", "Key: {a: b}", "a: b: c", "'", "", "Key: 1.5\n", "\ufffe"]
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, text: str) -> None:
    """What is no mapping of names to plain values is named, and nothing of it shown."""
    file = tmp_path / "file"
    file.write_text(text)
    with pytest.raises(WrongUseError, match="is no mapping of parameters") as raised:
        parameters.from_file(file)
    assert raised.value.__context__ is None


def test_values_are_spelled_as_the_template_wants_them(tmp_path: Path) -> None:
    """YAML's truth, numbers and nothing become text; JSON is YAML."""
    file = tmp_path / "file"
    file.write_text('{"FanOut": true, "IntervalMinutes": 5, "AlertEmail": null}')
    assert parameters.from_file(file) == {"FanOut": "true", "IntervalMinutes": "5", "AlertEmail": ""}


def test_a_secret_is_emptied_but_never_given_on_the_command_line() -> None:
    """An empty value is no secret, and moves a stack to a secret of one's own."""
    assert parameters.from_options(["PoeApiKey="]) == {"PoeApiKey": ""}
    with pytest.raises(WrongUseError, match="others on this machine"):
        parameters.from_options(["PoeApiKey=x"])


def test_the_zone_of_the_machine(tmp_path: Path) -> None:
    """TZ goes first, then where the link leads, then the file; what is no zone counts for nothing."""
    link, file = tmp_path / "localtime", tmp_path / "timezone"
    assert guessed({}, link, file) == "UTC"
    file.write_text("Europe/Berlin\n")
    assert guessed({}, link, file) == "Europe/Berlin"
    link.symlink_to("/usr/share/zoneinfo/Europe/London")
    assert guessed({"TZ": "EST5EDT,M3.2.0"}, link, file) == "Europe/London"
    assert guessed({"TZ": ":Asia/Tokyo"}, link, file) == "Asia/Tokyo"
