"""How long an invocation takes in Lambda, by what it asked of others: the model that the costs go by."""

from functools import cache

from lab.costs.deployed import MEMORY_MB
from lab.costs.lambdas import Invocation, Timed
from lab.costs.timed import timed
from lab.costs.use import Work
from lab.scale.edge import Used

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


def billed_ms(work: Work, ticks: float, more_ms: float = 0) -> int:
    """Say for how many milliseconds an invocation is billed that finds a warm function.

    It has so many ticks, and takes `more_ms` of a whole vCPU besides; its memory is the template's.
    """
    one = Invocation(timed=_timed(), work=work, ticks=ticks, cold=False, more_ms=more_ms)
    return one.billed_ms(MEMORY_MB)


@cache
def _timed() -> Timed:
    return timed()
