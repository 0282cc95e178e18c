"""What the page on the architecture names is there, and is all there is."""

import pkgutil
import re
from importlib import import_module

import pytest

import budget_alert
from tests.readme.pages import code, page, table
from tests.support.tools import ROOT

PAGE = page("architecture")
NAMES = sorted(set(re.findall(r"`(budget_alert(?:\.\w+)+)`", PAGE)))
FORMS = table(PAGE, "Form")
MOST_FORMS = 10


def found(name: str) -> object:
    """Import the longest module of a dotted name, and follow the rest of it."""
    module, _, rest = name.rpartition(".")
    try:
        return import_module(name)
    except ModuleNotFoundError:
        return getattr(found(module), rest)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_leads_somewhere(name: str) -> None:
    """Each dotted name is a package, a module, or a class or function of one."""
    assert found(name)


def test_every_package_has_its_row() -> None:
    """The table of the house has the packages of the function, and no others."""
    packages = {
        f"budget_alert.{one.name}" for one in pkgutil.iter_modules(budget_alert.__path__) if one.ispkg
    }
    assert {code(row[0])[0] for row in table(PAGE, "Package")} == packages


def test_a_row_takes_few_forms_to_slack() -> None:
    """From a row of Poe to a text in Slack there are ten forms at most, and none is named twice."""
    forms = [row[0] for row in FORMS]
    assert len(forms) == len(set(forms)) <= MOST_FORMS


def test_the_files_named_exist() -> None:
    """A path in backticks is one of the function, or of the repository."""
    paths = re.findall(r"`((?:[\w.]+/)+(?:[\w.]+)?|\w+\.(?:py|toml))`", PAGE)
    places = [ROOT, ROOT / "handler" / "budget_alert", ROOT / "infra" / "poe_budget"]
    assert [path for path in paths if not any((place / path).exists() for place in places)] == []
