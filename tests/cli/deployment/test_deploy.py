"""A stack deployed for the first time and again: AWS and its SAM CLI are recorders, the tick is real."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from poe_budget.deployment.sam import FILES
from poe_budget.suggest.search import suggest
from standins.simulated_poe import SimulatedPoe
from standins.slack_receiver import PATH
from tests.cli.backtest.replays import HOUR
from tests.cli.deployment.fakes import ARN, CloudFormation, SamCli, changed, deploying
from tests.cli.monitor import AWS, NAME, Monitor
from tests.cli.running import KEY, Ended, Transcript, answered, hourly, one_line, run, served, spent
from tests.support.world import MONTH

WEBHOOK = "https://hooks.slack.com/services/secret"
GIVEN = {"POE_API_KEY": KEY, "SLACK_WEBHOOK_URL": WEBHOOK}
SIGNING = "signing-secret-that-nobody-may-see"
MENUS = ("--parameter", "SlackActions=true")
POINTS = ["--parameter", "MonthlyBudgetPoints=5000"]
FIRST = ["--mail", "a@b.co", "--zone", "UTC", *POINTS]
ANSWERS = f"{KEY}\n{WEBHOOK}\nyou@example.com\nEurope/London\n"


class Deploying:
    """A user at the command line, and what was asked of AWS and of the SAM CLI."""

    def __init__(self, monitor: Monitor, cloudformation: CloudFormation, cli: SamCli) -> None:
        self.monitor = monitor
        self.cloudformation = cloudformation
        self.cli = cli

    def run(self, *arguments: object, **environ: str) -> Ended:
        """Deploy without a question, some minutes later; nothing secret is printed."""
        self.monitor.world.later(minutes=5)
        return _hidden(run("deploy", "--yes", "--stack", NAME, *arguments, **AWS, **environ))

    def answering(self, typed: str, *arguments: object, **environ: str) -> Ended:
        """Deploy as a person who types these answers."""
        return _hidden(answered(typed, "deploy", "--stack", NAME, *arguments, **AWS, **environ))


def _hidden(ended: Ended) -> Ended:
    for secret in (KEY, WEBHOOK, PATH, SIGNING):
        assert secret not in ended.out + ended.err
    return ended


@pytest.fixture
def cloudformation() -> CloudFormation:
    """Give an account without the stack."""
    return CloudFormation()


@pytest.fixture
def user(monitor: Monitor, cloudformation: CloudFormation) -> Iterator[Deploying]:
    """Give somebody who deploys."""
    with deploying(cloudformation) as cli:
        yield Deploying(monitor, cloudformation, cli)


def failed(resource: str, why: str) -> dict[str, str]:
    """Give the event of a resource that could not be made."""
    return {"LogicalResourceId": resource, "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": why}


def daily() -> SimulatedPoe:
    """Give a Poe with a month of usage, a query a day."""
    return SimulatedPoe([spent(24 * ago + 0.5, 300) for ago in range(30)], keys=[KEY])


def upgraded(user: Deploying, status: str = "CREATE_COMPLETE") -> None:
    """Let the stack be there already, and an update change its function."""
    user.cloudformation.status = status
    user.cloudformation.asked.clear()
    user.cloudformation.coming = [changed("Function", "Code", "Environment")]
    user.cloudformation.becomes = ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]


def test_a_first_deployment_asks_for_nothing_that_was_given(user: Deploying) -> None:
    """What is laid out is built and proposed with the parameters, in a file that nobody else can read.

    Then it is executed, the config put in force, one tick run and a test sent; nothing is left behind.
    """
    budgets = user.monitor.config(MONTH)
    ended = user.run("--mail", "a@b.co", "--zone", "Europe/London", "--budgets", budgets, **GIVEN)
    assert ended.status == 0, ended
    assert user.cli.lines[0] == "sam build --parallel"
    assert user.cli.lines[1].startswith(f"sam deploy --stack-name {NAME} --region eu-west-1 --resolve-s3 ")
    assert user.cli.lines[1].endswith("--parameter-overrides file://…/parameters.yaml")
    assert user.cli.given == {
        "PoeApiKey": KEY,
        "SlackWebhookUrl": WEBHOOK,
        "AlertEmail": "a@b.co",
        "TimeZone": "Europe/London",
    }
    assert {*FILES, "handler/budget_alert/app.py", "parameters.yaml"} <= user.cli.laid_out
    assert not user.cli.folder.exists()
    assert user.cloudformation.asked == ["execute"]
    assert user.monitor.newest() == MONTH
    assert [kind for kind, *_ in user.monitor.world.sent()][:1] == ["welcome"]


def test_what_deploying_says(user: Deploying, transcript: Transcript) -> None:
    """The change set in words, the first tick, where budgets stand, the test, and what is left to do."""
    arguments = ["--mail", "you@example.com", "--zone", "UTC", *POINTS]
    line = "deploy --yes"
    transcript.add(f"{line} {' '.join(arguments)}", user.run(*arguments, **GIVEN))
    upgraded(user)
    transcript.add(line, user.run())
    user.cloudformation.coming = []
    transcript.add(line, user.run())
    upgraded(user)
    user.cloudformation.coming = [
        changed("Ledger", Replacement="True"),
        changed("Secret", Action="Remove"),
        changed("Observability"),
    ]
    transcript.add(line, user.run())
    assert user.cli.given["PoeApiKey"] == KEY


def test_deployments_in_trouble(user: Deploying, transcript: Transcript) -> None:
    """What a stack cannot be deployed for, and AWS's reasons, since its change began; no tick is run then.

    An earlier try that failed is deleted first, and what AWS is at work on waited for. A stack that is stuck,
    newer than the program or a stranger's is left alone.
    """
    aws, again = user.cloudformation, "deploy --yes"

    def shown() -> None:
        transcript.add(again, user.run(*FIRST, **GIVEN))

    aws.events = [failed("Topic", "cancelled"), failed("Log", "It exists")]
    for ends in ("UPDATE_ROLLBACK_FAILED", "ROLLBACK_COMPLETE"):
        aws.status, aws.becomes = "", ["CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", ends]
        shown()
    aws.asked.clear()
    user.cli.lines.clear()
    upgraded(user, "UPDATE_ROLLBACK_FAILED")
    shown()
    upgraded(user)
    aws.outputs["Version"] = "99.0.0"
    shown()
    aws.outputs = {"Bucket": "other"}
    shown()
    assert (aws.asked, user.cli.lines, user.monitor.world.sent()) == ([], [], [])
    aws.outputs = {"FunctionName": "watch"}
    aws.begin(["CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"])
    shown()
    began = {"LogicalResourceId": NAME, "ResourceStatus": "CREATE_IN_PROGRESS"}
    aws.events = [failed("Ledger", "no\nroom"), began, failed("Old", "long ago")]
    aws.status, aws.becomes = "ROLLBACK_COMPLETE", ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]
    aws.asked.clear()
    user.monitor.world.poe.keys = set()
    shown()
    assert aws.asked == ["delete stack", "execute"]
    upgraded(user)
    user.cli.refusal = f"lines\nError: Failed to create changeset:\n {KEY} or {WEBHOOK} is no good"
    shown()


def test_a_config_that_was_left_stays_in_force(user: Deploying) -> None:
    """A stack of the same name goes by the config of the one before, and is not asked for limits."""
    user.monitor.world.configure(MONTH)
    ended = user.run("--mail", "a@b.co", "--zone", "UTC", **GIVEN)
    assert ended.status == 0, ended
    assert "the config in /watch/budgets stays in force" in ended.err
    assert user.monitor.newest() == MONTH


def test_parameters_come_from_a_file(user: Deploying, tmp_path: Path) -> None:
    """Secrets too, without a question, quotes and all; an option goes before the file."""
    file = tmp_path / "parameters.yaml"
    file.write_text(f"PoeApiKey: {KEY}\nSlackWebhookUrl: {WEBHOOK}\nFanOut: true\nTimeZone: UTC\n")
    ended = user.run("--parameter-file", file, "--zone", "Europe/London", *POINTS)
    assert ended.status == 0, ended
    assert {"FanOut": "true", "TimeZone": "Europe/London"}.items() <= user.cli.given.items()
    upgraded(user)
    file.write_text(f"SlackActions: true\nSlackSigningSecret: {SIGNING}\n", encoding="utf-8")
    ended = user.run("--parameter-file", file)
    assert ended.status == 0, ended
    assert {"SlackActions": "true", "SlackSigningSecret": SIGNING}.items() <= user.cli.given.items()
    file.write_text(json.dumps({"PoeApiKey": "with blanks", "SlackWebhookUrl": WEBHOOK}))
    ended = user.run("--parameter-file", file)
    assert ended.status == 2
    assert "the value of PoeApiKey must be a key as Poe shows it" in one_line(ended)
    assert "with blanks" not in ended.err


def test_an_upgrade_leaves_what_is_not_given(user: Deploying) -> None:
    """No parameter is passed on but those of the options: not the key of the environment either."""
    upgraded(user)
    assert user.run(**GIVEN).status == 0
    assert "--parameter-overrides" not in user.cli.lines[1]
    assert user.run("--parameter", "IntervalMinutes=15", **GIVEN).status == 0
    assert user.cli.given == {"IntervalMinutes": "15"}


def test_a_person_is_asked_and_shown_the_limits(user: Deploying, monkeypatch: pytest.MonkeyPatch) -> None:
    """Key and webhook are hidden, a wrong address is asked for again, and the history suggests the limits."""
    monkeypatch.setattr("poe_budget.cli.answers.suggest", partial(suggest, interval=6 * HOUR))
    monkeypatch.setattr("poe_budget.cli.answers.guessed", lambda _: "Europe/Paris")
    with served(daily()) as environ:
        typed = f"{KEY}\n{WEBHOOK}\nnobody\nyou@example.com\n\n\n\n"
        ended = user.answering(typed, POE_API_URL=environ["POE_API_URL"])
    assert ended.status == 0, ended
    assert "It must be one e-mail address." in ended.err
    assert "Time zone in which days begin [Europe/Paris]" in ended.err
    assert "# Suggested for about 2 alerts a month" in ended.out
    assert user.monitor.newest().startswith("# Suggested for")
    assert user.cli.given["TimeZone"] == "Europe/Paris"
    assert int(user.cli.given["MonthlyBudgetPoints"]) > 7_000


def test_limits_that_are_not_liked_become_a_number(user: Deploying, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who declines the suggestion says how many points a month may take; no config is put in force."""
    monkeypatch.setattr("poe_budget.cli.answers.suggest", partial(suggest, interval=6 * HOUR))
    with served(daily()) as environ:
        typed = f"{ANSWERS}n\n9000\ny\n"
        ended = user.answering(typed, POE_API_URL=environ["POE_API_URL"])
    assert ended.status == 0, ended
    assert user.cli.given["MonthlyBudgetPoints"] == "9000"
    assert "Set limits of your own" in ended.out


def test_without_a_history_there_is_a_first_budget(user: Deploying) -> None:
    """Where nothing was spent, nothing is suggested: unasked it is the template's million, which is said."""
    with served(hourly(count=0)) as environ:
        ended = user.run("--zone", "UTC", **{**GIVEN, **environ})
    assert ended.status == 0, ended
    assert "nothing was spent in this history" in ended.err
    assert "so the first budget is 1,000,000 points a month" in ended.err
    assert user.cli.given["MonthlyBudgetPoints"] == "1000000"


WRONG = f"""
--mail nobody
--zone Londn
--parameter Interval=5
--parameter IntervalMinutes=7
--parameter IntervalMinutes
--parameter PoeApiKey={KEY}
--parameter SlackSigningSecret={SIGNING}
--stack AWS-budget
--stack ssm
--stack poe_budget
""".strip().splitlines()


def test_wrong_use_of_deploy(user: Deploying, transcript: Transcript) -> None:
    """What is missing or wrong is one line and status 2; neither AWS nor the SAM CLI was asked anything."""
    lacking: tuple[tuple[str, dict[str, str]], ...] = (("", {}), ("", {"POE_API_KEY": KEY}))
    for line, environ in (*lacking, *((each, GIVEN) for each in WRONG)):
        shown = f"deploy --yes {line.replace(KEY, '…').replace(SIGNING, '…')}".rstrip()
        ended = transcript.add(shown, user.run(*line.split(), **environ))
        assert ended.status == 2
        assert one_line(ended)
    ended = transcript.add("deploy", user.monitor.run("deploy", **GIVEN))
    assert ended.status == 2
    assert (user.cloudformation.asked, user.cli.lines) == ([], [])


@pytest.mark.parametrize("stage", ["build", "deploy", "proposed"])
def test_ctrl_c_leaves_nothing_behind(user: Deploying, stage: str) -> None:
    """While it is built and proposed nothing has begun: no change set, no stack and no folder stays."""

    def interrupt(now: str) -> None:
        if now == stage:
            raise KeyboardInterrupt

    user.cli.interrupted = interrupt
    ended = user.run(*FIRST, **GIVEN)
    assert (ended.status, ended.out) == (130, "")
    assert "Nothing is changed." in ended.err
    assert (user.cloudformation.status, user.cloudformation.change_sets) == ("", {})
    assert not user.cli.folder.exists()
    assert "execute" not in user.cloudformation.asked


def test_who_says_no_has_changed_nothing(user: Deploying) -> None:
    """The proposal is taken back, and the stack that had nothing else; one that was there stays."""
    ended = user.answering(f"{ANSWERS}n\n", *POINTS)
    assert ended.status == 1
    assert ended.err.endswith("Nothing is changed.\n")
    assert user.cloudformation.asked == ["delete change set", "delete stack"]
    upgraded(user)
    assert user.answering("n\n").status == 1
    assert user.cloudformation.asked == ["delete change set"]
    assert user.cloudformation.status == "CREATE_COMPLETE"


def test_ctrl_c_while_aws_is_at_work_says_how_to_go_on(
    user: Deploying, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS cannot be stopped so: what goes on, and what undoes it, is said."""

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("poe_budget.deployment.site.time.sleep", interrupt)
    ended = user.run(*FIRST, **GIVEN)
    assert ended.status == 130
    assert "AWS goes on with it. `poe-budget deploy --stack watch` waits for its end" in ended.err
    assert "`poe-budget destroy --stack watch` takes it away again" in ended.err
    assert user.cloudformation.change_sets == {ARN: "EXECUTE_IN_PROGRESS"}


@pytest.mark.parametrize(
    ("typed", "environ", "more"),
    [
        ("", {"SLACK_SIGNING_SECRET": SIGNING}, ["PoeApiKey", "SlackWebhookUrl", "SlackSigningSecret"]),
        (f"{SIGNING}\n", {}, ["PoeApiKey", "SlackWebhookUrl", "SlackSigningSecret"]),
        ("\n", {}, []),
    ],
    ids=["from the environment", "typed", "there already"],
)
def test_menus_in_slack_need_a_signing_secret(
    user: Deploying, typed: str, environ: dict[str, str], more: list[str]
) -> None:
    """It is taken or asked for, never shown, and its address in Slack is left for the person to enter.

    As a deployment writes the whole secret, what else is there by now is given as well.
    """
    upgraded(user)
    there = {
        "PoeApiKey": KEY,
        "SlackWebhookUrl": user.monitor.world.slack_url,
        "SlackSigningSecret": SIGNING,
    }
    user.monitor.function.clicks = "https://abc.lambda-url.eu-west-1.on.aws/"
    ended = user.answering(f"{typed}y\n", *MENUS, **environ)
    assert ended.status == 0, ended
    assert user.cli.given == {"SlackActions": "true", **{name: there[name] for name in more}}
    assert "make https://abc.lambda-url.eu-west-1.on.aws/ the Request URL" in " ".join(ended.out.split())


@pytest.mark.parametrize(
    "more", [{"accounts": {"a": KEY}}, {"poe_api_key": KEY, "slack_webhooks": {"r": WEBHOOK}}]
)
def test_what_the_template_cannot_write_is_not_written_over(user: Deploying, more: dict[str, object]) -> None:
    """Several accounts or further webhooks in the stack's own secret stay: the way around is named."""
    upgraded(user)
    user.monitor.world.keep_secret(json.dumps(more))
    ended = user.answering(f"{SIGNING}\n", *MENUS)
    assert ended.status == 2
    assert "name it as ExistingSecretArn" in " ".join(ended.err.split())
    assert user.cloudformation.asked == []
