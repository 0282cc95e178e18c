"""A plugin that spares tests what AWS's stand-ins would do over and over, to no effect."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any
from unittest.mock import patch

import botocore.loaders
import botocore.session
import pytest
from moto.core import models
from moto.core.serialize import BaseJSONSerializer

_AS_THEY_ARE = {"S", "N", "SS", "NS", "BOOL", "NULL"}
"""Types of values that JSON writes as moto keeps them; the others are encoded, or hold more values."""
_structure = BaseJSONSerializer._serialize_type_structure  # noqa: SLF001 - moto has no other place for it


@pytest.fixture(scope="session", autouse=True)
def spared() -> Iterator[None]:
    """Read what botocore knows once, let moto do without `requests`, and write a table's values as they are.

    Every session would read the same files for itself, though it only ever looks at them. Each time that it
    starts, moto would make `requests`, which nothing here uses, ready for AWS with a thousand patterns. And
    it would ask each value of a table for all the types that it might have, one after the other.
    """
    with ExitStack() as stack:
        one = cache(botocore.loaders.create_loader)
        stack.enter_context(patch.object(botocore.session, "create_loader", one))
        stack.enter_context(patch.object(models, "RESPONSES_METHODS", ()))
        stack.enter_context(patch.object(BaseJSONSerializer, "_serialize_type_structure", _written))
        yield


def _written(self: BaseJSONSerializer, serialized: Any, value: Any, shape: Any, key: str) -> None:
    if shape.name == "AttributeValue" and isinstance(value, dict) and value.keys() <= _AS_THEY_ARE:
        serialized[key] = value
    else:
        _structure(self, serialized, value, shape, key)
