"""The JSON Schemas: equal to what they are made of, and the config's at one with the function's reader."""

import json
import re

import msgspec
import pytest
from jsonschema import Draft7Validator

from poe_budget.cli.json_schemas import FOLDER, REPORTS, schemas
from tests.readme.pages import blocks
from tests.support.configs import TABLES, outcome, spelled, takes
from tests.support.tools import ROOT

EXAMPLE = ROOT / "infra" / "budgets.toml"
CONFIG = json.loads((ROOT / "infra" / "budgets.schema.json").read_text("utf-8"))
PROPERTIES = {
    kind: found["items"]["properties"] if kind != "digest" else found["properties"]
    for kind, found in CONFIG["properties"].items()
    if kind in TABLES
}


def toml(value: object) -> str:
    """Spell a value of the schema as TOML; a day stands without quotes there."""
    text = json.dumps(value)
    return text.strip('"') if re.fullmatch(r'"[0-9]{4}-[0-9]{2}-[0-9]{2}"', text) else text


@pytest.mark.parametrize("name", schemas())
def test_the_files_are_what_is_declared(name: str) -> None:
    """Each file is written anew when what it describes has changed."""
    written = (FOLDER / name).read_text(encoding="utf-8")
    assert written == schemas()[name], "run `.venv/bin/python -m poe_budget.cli.json_schemas`"


@pytest.mark.parametrize("report", REPORTS.values())
def test_every_part_of_a_report_describes_itself(report: type[msgspec.Struct]) -> None:
    """It and all that it is made of are documented."""
    parts = msgspec.json.schema(report)["$defs"]
    assert set(parts[report.__name__]["properties"]) == set(report.__struct_fields__)
    assert [name for name, part in parts.items() if not part.get("description")] == []


def test_the_example_names_its_schema() -> None:
    """Its first line leads editors to the file that lies beside it."""
    first, *_ = EXAMPLE.read_text("utf-8").splitlines()
    assert first == "#:schema ./budgets.schema.json"
    assert (EXAMPLE.parent / first.split()[-1]).is_file()


def test_the_schema_is_one() -> None:
    """It is well formed, by the draft that editors of TOML know."""
    Draft7Validator.check_schema(CONFIG)


@pytest.mark.parametrize("text", [EXAMPLE.read_text("utf-8"), *blocks("toml"), *TABLES.values()])
def test_good_configs_are_taken(text: str) -> None:
    """The example, with and without what it comments out, what the README shows, and each table alone."""
    assert takes(text)
    lines = [line.removeprefix("# ") for line in text.splitlines()]
    assert takes("\n".join(line for line in lines if " = " in line or line.startswith("[")))


@pytest.mark.parametrize("part", ["default", "examples"])
@pytest.mark.parametrize(
    ("kind", "key"), [(kind, key) for kind, properties in PROPERTIES.items() for key in properties]
)
def test_what_editors_propose_is_right(part: str, kind: str, key: str) -> None:
    """A default means what leaving the key out means; an example is taken by schema and function."""
    found = PROPERTIES[kind][key]
    values = found.get("examples", []) if part == "examples" else [found[part]] if part in found else []
    start = ' // period = "24h"' if key == "rearm_below" else ""
    for value in values:
        good = spelled(f"<{kind}>{start} // {key} = {toml(value)}")
        assert takes(good)
        assert outcome(good) == outcome(spelled(f"<{kind}>{start}")) or part == "examples"
        assert not isinstance(outcome(good), Exception)


@pytest.mark.parametrize(
    "line",
    [
        '<budget> period = "week" // starts_on = "WednesDay" // usage_types = ["api", "C*"]',
        '<budget> starts_on = 31 // alert_at = ["99.5%", 800_000] // snooze_until = 2026-12-01',
        "<spike> times = 2.5 // together = true",
        "<digest> at = 09:05:00",
        "usd_per_million_points = 30.5 // <query>",
    ],
)
def test_every_spelling_is_taken(line: str) -> None:
    """What the function takes in any case, decimal or as TOML's own, is not marked as wrong."""
    assert takes(spelled(line))
    assert not isinstance(outcome(spelled(line)), Exception)


@pytest.mark.parametrize(
    "line",
    [
        "<budget> -points",
        '<budget> perod = "day"',
        '<budget> period = "mnth"',
        "<budget> points = 1.5",
        '<budget> alert_at = ["80"]',
        "<budget> bots = []",
        '<budget> repeat = "30m"',
        '<budget> usage_types = ["Chats"]',
        '<spike> together = "yes"',
        "<query> together = true",
        '<digest> every = "month"',
        '<digest> at = "9:00"',
        '[budget] // name = "A"',
        "usd_per_million_points = 0 // <query>",
    ],
)
def test_mistakes_are_marked(line: str) -> None:
    """What is wrong with one key by itself is seen while it is written."""
    assert not takes(spelled(line))
    assert isinstance(outcome(spelled(line)), Exception)
