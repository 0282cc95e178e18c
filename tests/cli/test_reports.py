"""What commands print for programs."""

import msgspec
import pytest

from budget_ops.cli.logs import Logged
from budget_ops.cli.preview import Preview
from budget_ops.cli.pushing import Pushed
from budget_ops.cli.save import Saved
from budget_ops.cli.test_alert import Trial
from budget_ops.deployed.changes import Diff
from budget_ops.deployed.invoking import Tick
from budget_ops.deployed.status import Status


@pytest.mark.parametrize("report", [Status, Diff, Pushed, Trial, Tick, Logged, Saved, Preview])
def test_every_part_of_a_report_describes_itself(report: type[msgspec.Struct]) -> None:
    """Each report has a JSON schema, in which it and all that it is made of are documented."""
    parts = msgspec.json.schema(report)["$defs"]
    assert set(parts[report.__name__]["properties"]) == set(report.__struct_fields__)
    assert [name for name, part in parts.items() if not part.get("description")] == []
