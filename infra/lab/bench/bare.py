"""A handler that makes the calls of a quiet tick with boto3 and urllib3, and has no logic of its own.

What it is to ask stands in the environment, recorded from the real function.
"""

import json
import os
from typing import Any

import boto3
import urllib3
from botocore.config import Config

_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
_CALLS = json.loads(os.environ["BARE_CALLS"])
_SESSION = boto3.Session()
_CLIENTS = {
    name: _SESSION.client(name, config=_CONFIG)
    for name in {client for client, *_ in _CALLS if client != "poe"}
}
_HTTP = urllib3.PoolManager()


def lambda_handler(_event: object, _context: object) -> dict[str, Any]:
    """Make the calls in their order."""
    for client, operation, parameters in _CALLS:
        if client == "poe":
            _HTTP.request("GET", operation, headers=parameters).json()
        else:
            getattr(_CLIENTS[client], operation)(**parameters)
    return {"calls": len(_CALLS)}
