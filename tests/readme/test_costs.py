from collections.abc import Sequence

import pytest

from lab.costs.__main__ import measured, sheets
from lab.costs.model import METRICS
from lab.costs.observed import Seen
from lab.costs.prices import ALWAYS, total
from tests.readme.pages import documented

# One worker measures once for all tests.
pytestmark = pytest.mark.xdist_group("readme-costs")
UNDER = 0.60


@pytest.fixture(scope="module")
def model() -> tuple[Seen, Seen]:
    """Give what ticks were seen to use, with the template's config and with the example's."""
    return measured()


def written(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as they stand in the docs, so that a difference shows what to put there."""
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


@pytest.mark.parametrize("place", range(3))
def test_a_table_is_what_the_measured_calls_cost(model: tuple[Seen, Seen], place: int) -> None:
    """Each number is what the ticks were seen to use times AWS's prices, to the cent."""
    sheet = sheets(*model)[place]
    assert written(documented(sheet.heads[0])) == written(sheet.rows)


def test_the_default_is_cheap(model: tuple[Seen, Seen]) -> None:
    """A busy account pays less than 60 cents at the default interval, its secret included."""
    assert total(model[0].month().used(), ALWAYS) < UNDER


def test_a_tick_asks_for_as_little_as_the_model_takes(model: tuple[Seen, Seen]) -> None:
    """Each tick reads the secret once and asks Poe, and only one that sends publishes, one message."""
    for seen in model:
        usual = [*seen.busy.values(), seen.idle]
        assert {work["secret_calls"] for work in [*usual, seen.sending]} == {1}
        assert [seen.sending["published"], *{work["published"] for work in usual}] == [1, 0]
        assert all(work["poe_calls"] >= 1 for work in usual)
        assert seen.metrics == METRICS
