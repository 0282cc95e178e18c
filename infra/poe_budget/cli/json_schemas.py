"""What commands print with `--json`, as one JSON Schema: infra/poe-budget.schema.json.

`python -m poe_budget.cli.json_schemas` writes it anew.
"""

from inspect import cleandoc
from pathlib import Path

import msgspec

from poe_budget.backtest.report import Backtest
from poe_budget.cli.check import Checked
from poe_budget.cli.export import Exported
from poe_budget.cli.logs import Logged
from poe_budget.cli.preview import Preview
from poe_budget.cli.pushing import Pushed
from poe_budget.cli.save import Saved
from poe_budget.cli.suggest import Suggested
from poe_budget.cli.test_alert import Trial
from poe_budget.deployed.changes import Diff
from poe_budget.deployed.invoking import Tick
from poe_budget.deployed.status import Status

FILE = Path(__file__).parents[2] / "poe-budget.schema.json"
REPORTS: dict[str, type[msgspec.Struct]] = {
    "check": Checked,
    "backtest": Backtest,
    "suggest": Suggested,
    "save": Saved,
    "export": Exported,
    "preview": Preview,
    "status": Status,
    "diff": Diff,
    "push": Pushed,
    "rollback": Pushed,
    "test-alert": Trial,
    "tick": Tick,
    "logs": Logged,
}


def schema() -> str:
    """Give the schema's text: one alternative for each command, named after it."""
    references, parts = msgspec.json.schema_components(REPORTS.values(), ref_template="#/$defs/{name}")
    for part in parts.values():
        # Python 3.13 takes the indentation off itself.
        part["description"] = cleandoc(part["description"])
    commands = [
        {"title": f"poe-budget {command} --json", **reference}
        for command, reference in zip(REPORTS, references, strict=True)
    ]
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What the commands of poe-budget print with --json",
        "anyOf": commands,
        "$defs": dict(sorted(parts.items())),
    }
    return msgspec.json.format(msgspec.json.encode(whole), indent=1).decode() + "\n"


if __name__ == "__main__":
    FILE.write_text(schema(), encoding="utf-8")
