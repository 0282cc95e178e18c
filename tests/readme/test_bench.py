from lab.bench.measured import broken, read
from lab.bench.readme import section
from tests.readme.pages import README
from tests.support.tools import ROOT

KEPT = read(ROOT / "infra" / "measured.json")


def test_the_tables_are_what_was_measured() -> None:
    """The README repeats what the benchmark has kept, and that keeps every bound."""
    assert KEPT is not None
    assert section(KEPT).strip() in README
    assert not broken(KEPT.figures)
