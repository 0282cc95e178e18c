"""A local AWS server that really deploys, and lets the function do what its role allows and no more."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import msgspec

from tests.support import tools
from tests.support.processes import free_port, listening

_REGION = "us-east-1"
_KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": _REGION}


class LocalAws(msgspec.Struct, frozen=True):
    """A running server: the environment that leads an AWS tool to it, and clients of the account's owner."""

    environment: Mapping[str, str]

    def client(self, service: Any) -> Any:
        """Return a client of the service of that name, with the rights of the account's owner."""
        return boto3.client(
            service,
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            verify=self.environment["AWS_CA_BUNDLE"],
            region_name=_REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )


@contextmanager
def local_aws(folder: Path) -> Iterator[LocalAws]:
    """Run an empty server over TLS with its IAM enforced; its files and its log go into `folder`."""
    program, port = tools.aws_server(), free_port()
    # The template forbids plain http to its topic and queue, so the server must speak TLS; it makes the
    # certificate when it starts, and the function inherits from it where the certificate is.
    clean = {**_clean(), **_KEYS, "AWS_CA_BUNDLE": str(folder / "ministack-tls" / "server.crt")}
    server = {
        "TMPDIR": str(folder),
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "USE_SSL": "1",
        "AUTH": "true",
    }
    with listening([program], port, folder, folder / "aws.log", {**clean, **server}):
        yield LocalAws({**clean, "AWS_ENDPOINT_URL": f"https://127.0.0.1:{port}"})


def _clean() -> dict[str, str]:
    """Return this process's environment less all that could lead an AWS tool elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SAM_"))}
    files = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return {**kept, **files, "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
