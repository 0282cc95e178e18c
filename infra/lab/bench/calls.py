"""The network calls of a quiet tick, as they arrive at the other end."""

from collections.abc import Iterator, Mapping

from lab.bench.cold import recorded
from lab.bench.figures import Figure, figure
from lab.bench.worlds import TEMPLATE_CONFIG, example_config, settled

PART = "calls"
MOST, MOST_TO_DYNAMODB = 6, 3
_DYNAMODB = "DynamoDB"


def listed() -> dict[str, tuple[str, ...]]:
    """List the calls of a quiet tick with each of the two typical configs."""
    return {
        name: _calls(config)
        for name, config in (("the template's default", TEMPLATE_CONFIG), ("the example", example_config()))
    }


def _calls(config: str) -> tuple[str, ...]:
    with settled(config) as endpoint:
        return tuple(str(call) for call in recorded(endpoint))


def figures(lists: Mapping[str, tuple[str, ...]]) -> Iterator[Figure]:
    """Set the calls against how many there may be; the example asks for the balance besides."""
    for name, calls in lists.items():
        balance = sum("balance" in call for call in calls)
        to_dynamodb = sum(call.startswith(_DYNAMODB) for call in calls)
        most = MOST + balance
        yield figure(PART, f"calls of a quiet tick with {name}", "calls", ([len(calls)], [most]), 1.0)
        words = f"calls of it to DynamoDB with {name}"
        yield figure(PART, words, "calls", ([to_dynamodb], [MOST_TO_DYNAMODB]), 1.0)
