"""Signing in to AWS as its own config files say: each way works, or one line names the command that helps."""

import hashlib
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore import credentials
from botocore.exceptions import ClientError, NoCredentialsError

from poe_budget import stack
from poe_budget.errors import OpsError
from standins.loopback import Asked, Reply, serving
from tests.cli.running import Ended, Transcript, one_line, run, start

CONFIG = Path(__file__).with_name("aws-profiles.ini").read_text(encoding="utf-8")
STACK = """<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult>
<Stacks><member><StackName>x</StackName><StackStatus>CREATE_COMPLETE</StackStatus>
<CreationTime>2026-11-01T00:00:00Z</CreationTime></member></Stacks>
</DescribeStacksResult></DescribeStacksResponse>"""


class Aws:
    """Loopback in the place of AWS: it answers every question with a stack that has no outputs."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.signed: list[str] = []
        self.url = ""

    def answer(self, asked: Asked) -> Reply:
        """Take note of who asks, and where."""
        if asked.path == "/federation/credentials":
            until = int((datetime.now(UTC) + timedelta(hours=1)).timestamp() * 1000)
            keys = {
                "accessKeyId": "AKIDSSO",
                "secretAccessKey": "s",
                "sessionToken": "t",
                "expiration": until,
            }
            return Reply(body=json.dumps({"roleCredentials": keys}).encode())
        self.signed.append(asked.headers["authorization"].partition("Credential=")[2].partition("/cloudf")[0])
        return Reply(body=STACK.encode(), headers={"Content-Type": "text/xml"})

    def around(self, program: str = "false") -> dict[str, str]:
        """Write the config files, and give an environment that has only them."""
        (self.home / "config").write_text(CONFIG.replace("{program}", program), encoding="utf-8")
        return {
            "HOME": str(self.home),
            "AWS_CONFIG_FILE": str(self.home / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.home / "none"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": self.url,
        }

    def status(self, *arguments: str, program: str = "false", **environ: str) -> Ended:
        """Ask for the status of a stack, with these config files and this around."""
        return run("status", *arguments, **self.around(program), **environ)


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Aws]:
    """Give an AWS that knows one stack, and a home with config files."""
    made = Aws(tmp_path)
    with serving(made.answer) as url:
        made.url = url
        yield made


def test_profiles_that_do_not_sign_in(aws: Aws, transcript: Transcript) -> None:
    """One line names what is wrong, and the command that helps, for this profile, however it is named."""
    for profile in ("sso", "old-sso", "of sso", "half", "empty", "nobody", "program"):
        by_option = aws.status("--stack", "x", "--profile", profile)
        transcript.add(f"status --stack x --profile {profile}", by_option)
        assert by_option.status == 2
        assert aws.status("--stack", "x", AWS_PROFILE=profile) == by_option
    assert aws.signed == []


BROKEN = ("/nothing/here", "false", "echo no-json", "echo '[]'", """echo '{"Version": 9}'""")


@pytest.mark.parametrize(
    "program", [*BROKEN, """echo '{"Version": 1}'""", r"printf '\\377'", "echo 'never ends"]
)
def test_a_credential_process_that_is_broken(aws: Aws, program: str) -> None:
    """However it breaks, it is the program that is named, and nothing of what it has written."""
    ended = aws.status("--stack", "x", "--profile", "program", program=program)
    assert ended.status == 2
    assert "the credential_process of the profile program failed" in one_line(ended)


def test_a_login_without_the_library_or_without_a_session(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """`aws login` is named; and first what botocore needs for it, where that is not installed."""
    monkeypatch.setattr(credentials, "EC", None)
    line = one_line(aws.status("--stack", "x", "--profile", "login"))
    assert "run `python -m pip install 'botocore[crt]'`" in line
    assert line.endswith("then run `aws login --profile login`")
    monkeypatch.setattr(credentials, "EC", object())
    assert one_line(aws.status("--stack", "x", "--profile", "login")).endswith(
        "your session is over: run `aws login --profile login`"
    )


def test_config_files_that_cannot_be_read(aws: Aws) -> None:
    """A file with a mistake is named."""
    (aws.home / "broken").write_text("[profile x\n", encoding="utf-8")
    ended = run("status", "--stack", "x", AWS_CONFIG_FILE=str(aws.home / "broken"))
    assert ended.status == 2
    assert "broken: correct AWS's config file" in one_line(ended)


@pytest.mark.parametrize("profile", ["sso", "old-sso"])
def test_an_sso_session_that_is_there_or_over(aws: Aws, profile: str) -> None:
    """Whoever has signed in is let through; whose session is over reads one line and no traceback."""
    cache = aws.home / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    for hours, who in ((-1, []), (1, ["AKIDSSO"])):
        until = f"{datetime.now(UTC) + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"
        for key in ("corp", "https://corp.example/start"):
            name = hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest()
            token = {"accessToken": "token", "expiresAt": until}
            (cache / f"{name}.json").write_text(json.dumps(token), encoding="utf-8")
        ended = start("status", "--stack", "x", "--profile", profile, **aws.around())
        line = "the stack x has no output" if who else f"run `aws sso login --profile {profile}`"
        assert ended.stderr.count("\n") == 1
        assert line in ended.stderr
        assert [one.split("/")[0] for one in aws.signed] == who


@pytest.mark.parametrize(
    ("arguments", "environ", "who", "where"),
    [
        (["--profile", "keys"], {}, "AKIDPROFILE", "ap-south-1"),
        (["--profile", "keys", "--region", "sa-east-1"], {}, "AKIDPROFILE", "sa-east-1"),
        (["--region", "sa-east-1"], {"AWS_PROFILE": "keys"}, "AKIDPROFILE", "sa-east-1"),
        ([], {"AWS_PROFILE": "keys", "AWS_REGION": "us-west-2"}, "AKIDPROFILE", "us-west-2"),
        (["--profile", "keys"], {"AWS_PROFILE": "sso"}, "AKIDPROFILE", "ap-south-1"),
        (
            ["--profile", "keys"],
            {"AWS_ACCESS_KEY_ID": "AKIDAROUND", "AWS_SECRET_ACCESS_KEY": "s"},
            "AKIDPROFILE",
            "ap-south-1",
        ),
        ([], {"AWS_ACCESS_KEY_ID": "AKIDAROUND", "AWS_SECRET_ACCESS_KEY": "s"}, "AKIDAROUND", "eu-west-1"),
        (["--profile", "program"], {}, "AKIDPROGRAM", "us-east-1"),
    ],
)
def test_who_asks_and_where(
    aws: Aws, arguments: list[str], environ: dict[str, str], who: str, where: str
) -> None:
    """A profile or a region that is named goes before all else; what a credential_process gives is used."""
    keys = {"Version": 1, "AccessKeyId": "AKIDPROGRAM", "SecretAccessKey": "s"}
    (aws.home / "keys.json").write_text(json.dumps(keys), encoding="utf-8")
    aws.status("--stack", "x", *arguments, program=f"cat {aws.home}/keys.json", **environ)
    (signed,) = aws.signed
    assert (signed.split("/")[0], signed.split("/")[2]) == (who, where)


def test_the_stack_that_the_environment_names(aws: Aws, tmp_path: Path) -> None:
    """It is meant where none is named, and where no file is."""
    assert "the stack mine has no output" in one_line(
        aws.status("--profile", "keys", POE_BUDGET_STACK="mine")
    )
    assert "the stack named has no output" in one_line(
        aws.status("--profile", "keys", "--stack", "named", POE_BUDGET_STACK="mine")
    )
    for command in ("tick", "logs", "test-alert", "rollback"):
        ended = run(command, "--help", POE_BUDGET_STACK="mine")
        assert "POE_BUDGET_STACK" in ended.out
    sample = tmp_path / "sample.jsonl"
    run("save", "--sample", sample)
    assert run("export", "--file", sample, POE_BUDGET_STACK="mine").status == 0


@pytest.mark.parametrize(
    ("code", "environ", "words"),
    [
        ("ExpiredToken", {"AWS_PROFILE": "sso"}, "no longer: run `aws sso login --profile sso`"),
        (
            "ExpiredTokenException",
            {"AWS_ACCESS_KEY_ID": "A"},
            "no longer: get new keys and set AWS_ACCESS_KEY_ID",
        ),
        (
            "UnrecognizedClientException",
            {"AWS_PROFILE": "login"},
            "no longer: run `aws login --profile login`",
        ),
        ("RequestTimeTooSkewed", {}, "set this machine's clock right"),
        ("ThrottlingException", {}, "it has too much to do: try again in a minute"),
        ("AccessDenied", {"AWS_PROFILE": "sso"}, "set AWS_PROFILE or --profile to a profile that may"),
    ],
)
def test_what_aws_answers(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, code: str, environ: dict[str, str], words: str
) -> None:
    """Each refusal comes with what to do about it."""
    aws.status("--stack", "x", "--profile", "nobody")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(aws.home / "config"))
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(OpsError, match=f"AWS did not look \\({code}\\)") as error, stack.aws("look"):
        raise ClientError({"Error": {"Code": code}}, "Look")
    assert words in str(error.value)


def test_a_defect_is_not_taken_for_a_program(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a credential_process, what nobody foresaw stays what it is."""
    aws.status("--stack", "x", "--profile", "nobody")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(aws.home / "config"))
    monkeypatch.setenv("AWS_PROFILE", "keys")
    with pytest.raises(LookupError), stack.aws("look"):
        raise LookupError
    with pytest.raises(OpsError), stack.aws("look"):
        raise NoCredentialsError
    assert sys.exception() is None
