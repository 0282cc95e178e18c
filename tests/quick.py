"""A plugin that spares tests what AWS's stand-ins would do over and over, to no effect."""

from collections.abc import Iterator
from functools import cache
from unittest.mock import patch

import botocore.loaders
import botocore.session
import pytest
from moto.core import models


@pytest.fixture(scope="session", autouse=True)
def spared() -> Iterator[None]:
    """Read what botocore knows of a service once, not for each client, and let moto leave `requests` alone.

    Every session would read the same files for itself, though it only ever looks at them. And moto would make
    `requests` ready for all of AWS each time that it starts, with some thousand patterns: nothing here uses it.
    """
    one = cache(botocore.loaders.create_loader)
    with patch.object(botocore.session, "create_loader", one), patch.object(models, "RESPONSES_METHODS", ()):
        yield
