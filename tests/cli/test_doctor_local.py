"""The doctor of a machine: the key in its environment, its clock, its tools and its sign-in to AWS."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from standins.simulated_poe import SimulatedPoe
from tests.cli.monitor import AWS
from tests.cli.running import KEY, Transcript, hourly, served

NOBODY = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@pytest.fixture
def tools(tmp_path: Path) -> Iterator[Path]:
    """Give a folder of programs that can build the function, as far as one asks; AWS is moto."""
    for name in ("sam", "make", "python3.13"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    with mock_aws():
        yield tmp_path


def test_doctor_of_a_machine(tools: Path, transcript: Transcript) -> None:
    """All well, a key that Poe refuses, a Poe out of reach, and a machine on which nothing is set up."""
    with served(hourly(1)) as environ:
        assert transcript.shows("doctor", **environ, **AWS, PATH=str(tools)).status == 0
    with served(SimulatedPoe(keys=())) as environ:
        transcript.shows("doctor", **environ, **AWS, PATH=str(tools))
    (tools / "make").unlink()
    transcript.shows("doctor", **NOBODY, PATH=str(tools))
    transcript.shows("doctor", **NOBODY, POE_API_KEY=KEY, POE_API_URL="http://127.0.0.1:1", PATH="")
    assert (
        transcript.shows("doctor", **NOBODY, POE_API_KEY="two words", PATH="", HTTPS_PROXY="://").status == 1
    )
