"""How long an invocation takes in Lambda, by what it asked of others: the model that the costs go by."""

from functools import cache

from budget_ops.costs.deployed import MEMORY_MB
from budget_ops.costs.lambdas import Invocation, Timed
from budget_ops.costs.timed import timed
from budget_ops.costs.use import Work
from budget_ops.scale.edge import Used

_AWS = ("dynamodb", "secretsmanager", "ssm", "sns", "sqs")


def work_of(used: Used) -> Work:
    """Say what was used in the words of the costs."""
    calls = used.calls
    return Work(
        reads=used.units["reads"],
        writes=used.units["writes"],
        secret_calls=calls["secretsmanager GetSecretValue"],
        published=calls["sns Publish"],
        queued=calls["sqs SendMessageBatch"],
        logged=used.units["logged"],
        aws_calls=sum(number for name, number in calls.items() if name.startswith(_AWS)),
        poe_calls=calls["poe GET"],
    )


def seconds_of(used: Used, ticks: int) -> float:
    """Say how long an invocation of so many ticks is billed for, in seconds, on what the template deploys."""
    return invocation(used, ticks).billed_ms(MEMORY_MB) / 1000


def invocation(used: Used, ticks: float) -> Invocation:
    """Describe an invocation that found a warm function."""
    return Invocation(timed=_timed(), work=work_of(used), ticks=ticks, cold=False)


@cache
def _timed() -> Timed:
    return timed()
