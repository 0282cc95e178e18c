import logging
from collections.abc import Iterator

import pytest

from budget_alert.errors import ChannelError
from budget_alert.http import Http
from standins.loopback import Reply
from standins.slack_receiver import SERVER_ERROR
from tests.support.webhook import MESSAGE, PATH, SECRETS, channel, failure, said


@pytest.fixture
def http() -> Iterator[Http]:
    """Give a client as the function has it."""
    with Http() as pool:
        yield pool


@pytest.mark.parametrize("status", [200, 301, 400, 404, 429, 500])
@pytest.mark.parametrize("page", ["No {} here", "<a href='{}'>", "{}?", "token {}"])
def test_an_answer_that_repeats_the_address_does_not_tell_it(status: int, page: str) -> None:
    """A proxy's page that names the path, whole or in parts, gives nothing away."""
    for part in SECRETS:
        words = said(failure(Reply(status=status, body=page.format(part).encode())))
        assert not [secret for secret in SECRETS if secret in words]


def test_an_address_cut_by_the_bound_of_the_answer_is_not_shown() -> None:
    """Half of the path is hidden like the whole."""
    page = " " * (1024 - len(PATH) + 3) + PATH
    words = said(failure(Reply(status=404, body=page.encode())))
    assert "it answered 404 “***”" in words
    assert "n0b0dy" not in words


@pytest.mark.parametrize("reply", [Reply(reset=True), Reply(body=b"ok", broken_at=0), SERVER_ERROR])
def test_no_failure_shows_the_address(reply: Reply, caplog: pytest.LogCaptureFixture) -> None:
    """Neither an error, nor what is chained to it, nor a log line at DEBUG holds any part of the path."""
    caplog.set_level(logging.DEBUG)
    words = said(failure(reply)) + caplog.text
    assert not [secret for secret in SECRETS if secret in words]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1" + PATH, "http://[" + PATH, "ftp://x" + PATH, "http://" + "x" * 300 + PATH]
)
def test_no_impossible_address_is_shown(http: Http, url: str) -> None:
    """An address that cannot be used is not repeated in the error."""
    with pytest.raises(ChannelError) as raised:
        channel(http, url).send(MESSAGE, 5)
    assert not [secret for secret in SECRETS if secret in said(raised.value)]


def test_the_channel_does_not_show_its_address(http: Http) -> None:
    """The channel can be logged."""
    shown = channel(http, "https://hooks.slack.com" + PATH)
    assert not [secret for secret in SECRETS if secret in repr(shown) + str(shown)]
    assert shown.name == "slack"
