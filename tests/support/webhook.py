"""A webhook whose address nobody may see, and all that an error could show of it."""

import traceback
from dataclasses import dataclass, field

import pytest

from budget_alert.channels.slack import SlackChannel
from budget_alert.errors import ChannelError
from budget_alert.http import Http
from standins.loopback import Reply, serving
from tests.support.made_messages import alert, composed, standing

MESSAGE = composed(alert(standing()))
PATH = "/services/T0TEAM/B0HOOK/n0b0dy-may-see-this"
SECRETS = (PATH, *PATH.split("/")[2:])


@dataclass
class Clock:
    """A clock that moves only while somebody sleeps."""

    now: float = 100.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.now += seconds


def channel(http: Http, url: str, clock: Clock | None = None) -> SlackChannel:
    """Return the channel, on its own clock."""
    clock = clock or Clock()
    return SlackChannel(http, url, clock.sleep, lambda: clock.now)


def failure(reply: Reply) -> ChannelError:
    """Return what sending raises at a webhook that answers so."""
    with Http() as http, serving(lambda _: reply) as url:
        with pytest.raises(ChannelError) as raised:
            channel(http, url + PATH).send(MESSAGE, 5)
        return raised.value


def said(error: BaseException | None) -> str:
    """Return all that an error and those chained to it can show."""
    words = ""
    while error:
        words += "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
        error = error.__cause__ or error.__context__
    return words
