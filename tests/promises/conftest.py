"""A deployment in one process for each test; thousands of ticks read the same few configs."""

from collections.abc import Iterator
from functools import lru_cache
from unittest.mock import patch

import pytest

from budget_alert.config import reading
from tests.support.world import MemoryWorld, World, deployment, memory_deployment


@pytest.fixture
def world() -> Iterator[MemoryWorld]:
    """Run a deployment in memory."""
    with memory_deployment() as running:
        yield running


@pytest.fixture
def real_world() -> Iterator[World]:
    """Run a deployment on AWS's own clients, over connections."""
    with deployment() as running:
        yield running


@pytest.fixture(autouse=True, scope="session")
def _swift() -> Iterator[None]:
    """Read each text of a config once."""
    with patch.object(reading, "_parse", lru_cache(reading.parse)):
        yield
