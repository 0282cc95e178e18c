"""The question for the balance: asked as pages are, with errors of its own."""

import gzip
import logging
from datetime import datetime
from itertools import chain, repeat

import pytest

from budget_alert.config.billing import Cycle
from budget_alert.deadline import Deadline
from budget_alert.errors import (
    BudgetAlertError,
    KeyRefusedError,
    PoeUnavailableError,
    RateLimitedError,
    ScanError,
    SecretError,
    UnreadableAnswerError,
)
from budget_alert.poe.client import LARGEST_ANSWER_BYTES, Poe
from budget_alert.usage.balance import PoeBalance
from standins import poe_faults
from standins.poe_faults import Fault
from standins.simulated_poe import Grants, PoeAccount, Shown
from tests.support.poe_client import KEY, NOW, Keys, Recording, Time, reader, simulated, told
from tests.support.raw_http import raw_server

NEW = "another-key-that-nobody-may-see"
BEGAN = datetime.fromisoformat("2026-10-31T11:35:00+00:00")
PATH = "/usage/current_balance"


def body(content: bytes) -> Fault:
    """Answer with this body as if it were a balance."""
    return poe_faults.status(200, content)


def test_the_balance_is_typed() -> None:
    """What is left arrives with the grants to come, which tell the cycle."""
    poe = simulated(3)
    poe.account = PoeAccount(1000, Grants.MONTHLY, BEGAN, bought=50, auto_recharge=True)
    with poe.serve() as url, reader(url) as client:
        balance = client.balance()
    following = datetime.fromisoformat("2026-11-30T11:35:00+00:00")
    assert balance == PoeBalance(
        points=1047,
        cycle_start=BEGAN,
        next_monthly_grant=following,
        monthly_grant=1000,
        auto_recharge=True,
    )
    assert balance.cycle == Cycle(following, BEGAN)


def test_pages_and_balance_share_the_key_and_the_connection() -> None:
    """The secret is read once for both questions, and both go over one connection."""
    answer = gzip.compress(b'{"has_more": false, "data": [], "current_point_balance": 7}')
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(answer)}\r\n\r\n".encode()
    keys = Keys()
    with raw_server(lambda _: [head + answer]) as server, reader(server.url, keys) as client:
        client.page(None)
        assert client.balance().points == 7
        client.page(None)
    assert [len(heads) for heads in server.asked] == [3]
    assert keys.readings == ["cached"]
    page, balance, _ = (head.decode().split("\r\n") for head in server.asked[0])
    assert balance[0] == f"GET {PATH} HTTP/1.1"
    assert balance[1:] == page[1:]


@pytest.mark.parametrize("code", [400, 402, 404, 405, 410, 422])
def test_a_question_that_poe_does_not_answer_says_who_needs_it(code: int) -> None:
    """Where Poe knows no such question, the error names the rules that ask it."""
    poe = simulated(3)
    poe.balance_faults.always(poe_faults.status(code))
    words = rf"does not answer the question for the balance.*HTTP {code}.*billing budgets.*remove them"
    with poe.serve() as url, reader(url) as client, pytest.raises(UnreadableAnswerError, match=words):
        client.balance()
    assert len(poe.balance_requests) == 1


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (poe_faults.status(401), KeyRefusedError, r"HTTP 401.*Make a new key"),
        (poe_faults.status(403), KeyRefusedError, r"HTTP 403.*Make a new key"),
        (poe_faults.status(429), RateLimitedError, r"HTTP 429.*ask less often"),
        (poe_faults.status(500), PoeUnavailableError, r"HTTP 500.*the next tick tries again"),
        (poe_faults.status(501), PoeUnavailableError, r"HTTP 501.*the next tick tries again"),
        (poe_faults.html(502), PoeUnavailableError, r"HTTP 502.*the next tick tries again"),
        (poe_faults.reset(), PoeUnavailableError, r"ProtocolError.*the next tick tries again"),
        (poe_faults.status(204), UnreadableAnswerError, r"HTTP 204.*check POE_API_URL"),
        (poe_faults.status(302), PoeUnavailableError, r"HTTP 302.*check POE_API_URL"),
        (poe_faults.html(200), UnreadableAnswerError, r"web page.*look for a newer version"),
        (poe_faults.truncated_json(), UnreadableAnswerError, r"no such JSON.*look for a newer version"),
        (body(b"{}"), UnreadableAnswerError, r"names no balance.*look for a newer version"),
        (body(b" " * (LARGEST_ANSWER_BYTES + 1)), UnreadableAnswerError, r"larger than any page"),
    ],
)
def test_each_failure_is_an_error_that_says_what_to_do(
    fault: Fault, error: type[ScanError], words: str
) -> None:
    """What goes wrong with pages goes wrong here, and is told alike."""
    poe = simulated(3)
    poe.balance_faults.always(fault)
    with poe.serve() as url, reader(url) as client, pytest.raises(error, match=words):
        client.balance()


@pytest.mark.parametrize(
    ("shown", "words"), [(Shown.NOT_AT_ALL, "HTTP 404"), (Shown.GARBLED, "names no balance")]
)
def test_pages_are_read_though_the_balance_is_not(shown: Shown, words: str) -> None:
    """An account whose balance is not answered, or in another shape, has a history like any other."""
    poe = simulated(3)
    poe.account.shown = shown
    with poe.serve() as url, reader(url) as client:
        with pytest.raises(UnreadableAnswerError, match=words):
            client.balance()
        assert len(client.page(None).entries) == 3


@pytest.mark.parametrize(
    "fault", [poe_faults.status(code) for code in (429, 503, 529)] + [poe_faults.reset()]
)
def test_a_passing_failure_is_tried_again(fault: Fault) -> None:
    """What may be over in a moment is asked for again after a short pause."""
    poe, time = simulated(3), Time()
    poe.balance_faults.queue(fault, fault)
    with poe.serve() as url, reader(url, time=time) as client:
        assert client.balance().points == 999_997
    assert len(poe.balance_requests) == 3
    first, second = time.slept
    assert 0.25 <= first <= 0.5 <= second <= 1.0


def test_retries_are_few() -> None:
    """A failure that lasts ends in its error after four tries."""
    poe, time = simulated(3), Time()
    poe.balance_faults.always(poe_faults.status(500))
    with poe.serve() as url, reader(url, time=time) as client, pytest.raises(PoeUnavailableError):
        client.balance()
    assert (len(poe.balance_requests), len(time.slept)) == (4, 3)


def test_a_rotated_key_is_read_past_the_cache_and_used() -> None:
    """A key that is refused here is looked up once more, and kept for the pages."""
    poe, keys = simulated(3), Keys([KEY, NEW])
    poe.keys = {NEW}
    with poe.serve() as url, reader(url, keys) as client:
        assert client.balance().points == 999_997
        assert len(client.page(None).entries) == 3
    assert keys.readings == ["cached", "fresh"]
    assert [asked.authorized for asked in poe.balance_requests] == [False, True]
    assert [asked.authorized for asked in poe.requests] == [True]


def test_without_a_key_nothing_is_asked() -> None:
    """A secret that cannot be read is its own error, and Poe hears nothing."""
    poe = simulated(3)
    with poe.serve() as url, reader(url, Keys([None])) as client, pytest.raises(SecretError):
        client.balance()
    assert poe.balance_requests == []


def test_with_no_time_left_nothing_is_asked() -> None:
    """A client that is asked after the end says so, without a request."""
    time, poe = Time(60.0), simulated(3)
    with poe.serve() as url, reader(url, time=time) as client:
        time.left = 0.0
        with pytest.raises(PoeUnavailableError, match="no time"):
            client.balance()
    assert poe.balance_requests == []


def test_timeouts_are_those_of_a_page() -> None:
    """The time left bounds this question as it bounds a page."""
    time = Time(300.0)
    with simulated(3).serve() as url, Recording() as http:
        client = Poe(http, url, Keys(), Deadline(time.remaining), time.sleep)
        client.page(None)
        client.balance()
    page, balance = http.seconds
    assert balance == page


def test_a_redirect_is_refused_and_the_key_not_sent_on() -> None:
    """Nobody at another path hears the key."""
    poe = simulated(3)
    poe.balance_faults.always(poe_faults.status(307, headers={"Location": "/usage/points_history"}))
    with poe.serve() as url, reader(url) as client, pytest.raises(PoeUnavailableError, match="HTTP 307"):
        client.balance()
    assert poe.requests == []


def test_a_body_without_end_is_left() -> None:
    """An answer that streams for ever is left at the bound."""
    endless = chain([b"HTTP/1.1 200 OK\r\n\r\n"], repeat(b" " * 1024 * 1024))
    larger = pytest.raises(UnreadableAnswerError, match="larger than any page")
    with raw_server(lambda _: endless) as server, reader(server.url) as client, larger:
        client.balance()


ECHO = f'{{"current_point_balance": "{KEY}", "error": "no such key: {KEY}"}}'.encode()


@pytest.mark.parametrize(
    "fault",
    [
        *(poe_faults.status(code, ECHO) for code in (200, 204, 400, 401, 403, 404, 429, 500, 501)),
        poe_faults.status(302, ECHO, {"Location": f"http://127.0.0.1:1/?key={KEY}"}),
        body(ECHO[:-1] + KEY.encode()),
        body(KEY.encode()),
        body(b"<html>" + KEY.encode()),
        poe_faults.cut_off(),
        poe_faults.reset(),
    ],
)
def test_no_failure_tells_the_key(fault: Fault, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever goes wrong, even with a server that repeats the key, neither error nor log holds it."""
    caplog.set_level(logging.DEBUG, "urllib3")
    poe = simulated(3)
    poe.balance_faults.always(fault)
    with poe.serve() as url, reader(url) as client, pytest.raises(BudgetAlertError) as caught:
        client.balance()
    error = caught.value
    assert poe.balance_requests[0].authorized
    assert KEY not in f"{told(error)}{error!r}{error.__cause__!r}{error.__context__!r}{caplog.text}"


def test_the_balance_is_as_of_now() -> None:
    """Two questions get two answers, as the account stands when each is asked."""
    poe = simulated(3)
    with poe.serve() as url, reader(url) as client:
        before = client.balance().points
        poe.account.charge(500)
        assert client.balance().points == before - 500
    assert [asked.time for asked in poe.balance_requests] == [NOW, NOW]
