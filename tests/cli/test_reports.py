"""What commands print for programs."""

import msgspec
import pytest

from poe_budget.cli.diff import Diff
from poe_budget.cli.logs import Logged
from poe_budget.cli.preview import Preview
from poe_budget.cli.push import Pushed
from poe_budget.cli.save import Saved
from poe_budget.cli.test_alert import Trial
from poe_budget.function import Tick
from poe_budget.standing import Status


@pytest.mark.parametrize("report", [Status, Diff, Pushed, Trial, Tick, Logged, Saved, Preview])
def test_every_part_of_a_report_describes_itself(report: type[msgspec.Struct]) -> None:
    """Each report has a JSON schema, in which it and all that it is made of are documented."""
    parts = msgspec.json.schema(report)["$defs"]
    assert set(parts[report.__name__]["properties"]) == set(report.__struct_fields__)
    assert [name for name, part in parts.items() if not part.get("description")] == []
