import pytest

from lab.bench.__main__ import sheets
from lab.bench.measured import kept
from lab.tables import Sheet
from tests.readme.pages import documented

KEPT = kept()


@pytest.mark.parametrize("sheet", list(sheets(KEPT, KEPT)), ids=lambda sheet: sheet.title)
def test_a_table_is_what_was_measured(sheet: Sheet) -> None:
    """The docs repeat what the benchmark has kept."""
    assert documented(sheet.heads[0]) == list(map(list, sheet.rows))


def test_what_was_measured_keeps_every_bound() -> None:
    """No figure is above its bound, no tick makes more calls, and none grows faster than a line."""
    assert list(KEPT.broken()) == []
