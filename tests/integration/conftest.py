"""A deployment in one process for each test."""

from collections.abc import Iterator

import pytest

from tests.world import World, deployment


@pytest.fixture
def world() -> Iterator[World]:
    """Run a deployment."""
    with deployment() as running:
        yield running
