import pytest

from tests.support.poe_client import PATHS, Question


@pytest.fixture(params=PATHS)
def question(request: pytest.FixtureRequest) -> Question:
    """Give the question for a page, then the one for the balance."""
    return Question(request.param)
