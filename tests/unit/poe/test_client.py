"""The client of Poe: what it asks, with which key, and what each answer becomes."""

import gzip
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest

from budget_alert import __version__
from budget_alert.config.billing import Cycle
from budget_alert.errors import (
    BudgetAlertError,
    KeyRefusedError,
    PoeUnavailableError,
    RateLimitedError,
    ScanError,
    UnknownPositionError,
    UnreadableAnswerError,
)
from budget_alert.poe.client import LARGEST_ANSWER_BYTES
from budget_alert.usage.entries import Entry, PoeBalance
from standins import poe_faults
from standins.loopback import Asked, Reply, serving
from standins.poe_faults import Fault, status
from standins.poe_store import Grants, PoeAccount, Shown, microseconds
from tests.support.poe_client import KEY, NOW, PATHS, Keys, Question, reader, simulated, words_of
from tests.support.raw_http import raw_server

BEGAN = datetime.fromisoformat("2026-10-31T11:35:00+00:00")
LAST = {"has_more": False, "data": [], "current_point_balance": 7}
GZIP = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
HOSTILE_IDS = [
    *("&starting_after=x", "#", "a b", "a+b", "a%20b", "a/../b", "ключ ☃ 😀", "a\r\nX: 1", "a\x00b", "=")
]


def test_pages_hold_a_hundred_typed_entries_each() -> None:
    """The history comes in pages of 100, each going on after the last row of the one before."""
    poe = simulated(
        250, bot_name="Claude", api_key_name="ci", cost_usd="0.12", usage_type="Chat", chat_name="x"
    )
    with poe.serve() as url, reader(url) as client:
        pages = [client.page(None), client.page("99"), client.page("199")]
    assert [len(page.entries) for page in pages] == [100, 100, 50]
    assert [page.last_id for page in pages] == ["99", "199", "249"]
    assert [page.is_last for page in pages] == [False, False, True]
    assert pages[0].entries[0] == Entry(microseconds(NOW), "0", "Claude", "Chat", "ci", 1, 120_000, "x")
    asked = [(asked.path, asked.limit, asked.after) for asked in poe.requests]
    assert asked == [(PATHS["page"], "100", after) for after in (None, "99", "199")]


def test_the_balance_is_typed_and_as_of_now() -> None:
    """What is left arrives with the grants to come, which tell the cycle, each time anew."""
    poe = simulated(3)
    poe.account = PoeAccount(1000, Grants.MONTHLY, BEGAN, bought=50, auto_recharge=True)
    with poe.serve() as url, reader(url) as client:
        balance = client.balance()
        poe.account.charge(500)
        assert client.balance().points == balance.points - 500
    following = datetime.fromisoformat("2026-11-30T11:35:00+00:00")
    assert balance == PoeBalance(
        points=1047, cycle_start=BEGAN, next_monthly_grant=following, monthly_grant=1000, auto_recharge=True
    )
    assert balance.cycle == Cycle(following, BEGAN)


@pytest.mark.parametrize("chunked", [True, False])
def test_all_questions_share_the_key_and_the_connection(chunked: bool) -> None:  # noqa: FBT001 - a case
    """The secret is read once, and many answers come over one kept-alive connection."""
    plain = json.dumps(LAST).encode()
    zipped = gzip.compress(plain)
    head = GZIP + b"Content-Length: %d\r\n\r\n" % len(zipped)
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (
        len(plain),
        plain,
    )
    keys = Keys()
    answer = chunks if chunked else head + zipped
    with raw_server(lambda _: [answer]) as server, reader(server.url, keys) as client:
        for number in range(10):
            client.page(str(number))
            assert client.balance().points == 7
    assert [len(heads) for heads in server.asked] == [20]
    assert keys.readings == ["cached"]
    page, balance = (head.decode().split("\r\n") for head in server.asked[0][:2])
    assert balance[0] == f"GET {PATHS['balance']} HTTP/1.1"
    assert balance[1:] == page[1:]
    headers = {line.lower() for line in page}
    assert {
        f"authorization: bearer {KEY}",
        "accept-encoding: gzip",
        "accept: application/json",
        f"user-agent: poe-budget-alert/{__version__}",
    } <= headers


@contextmanager
def heard() -> Iterator[tuple[str, list[Asked]]]:
    """Serve last pages, and record what is asked for."""
    asked: list[Asked] = []

    def answer(one: Asked) -> Reply:
        asked.append(one)
        return Reply(body=json.dumps(LAST).encode())

    with serving(answer) as url:
        yield url, asked


@pytest.mark.parametrize("query_id", HOSTILE_IDS)
def test_a_query_id_arrives_as_it_is(query_id: str) -> None:
    """Whatever a query id is made of, Poe is asked to go on after exactly it, and for nothing else."""
    with heard() as (url, asked), reader(url) as client:
        client.page(query_id)
    (one,) = asked
    assert (one.path, one.query) == (PATHS["page"], {"limit": "100", "starting_after": query_id})
    assert "x" not in one.headers


NO_GZIP = status(200, b"{}", {"Content-Encoding": "gzip"})
TOO_LARGE = status(200, b" " * (LARGEST_ANSWER_BYTES + 1))


NEWER = "look for a newer version"


@pytest.mark.parametrize(
    ("fault", "error", "words", "tries"),
    [
        (status(401), KeyRefusedError, "HTTP 401.*key at https://poe.com/api_key.*secret", 1),
        (status(403), KeyRefusedError, "HTTP 403.*Make a new key", 1),
        (status(429), RateLimitedError, "HTTP 429.*ask less often", 4),
        (status(500), PoeUnavailableError, "HTTP 500.*next tick", 4),
        (status(529), PoeUnavailableError, "HTTP 529.*next tick", 4),
        (status(501), PoeUnavailableError, "HTTP 501.*next tick", 1),
        (status(599), PoeUnavailableError, "HTTP 599.*next tick", 1),
        (poe_faults.html(502), PoeUnavailableError, "HTTP 502.*the next tick tries again", 4),
        (poe_faults.reset(), PoeUnavailableError, "ProtocolError.*the next tick tries again", 4),
        (status(302), PoeUnavailableError, "HTTP 302.*check POE_API_URL", 4),
        (status(204), UnreadableAnswerError, "HTTP 204.*check POE_API_URL", 1),
        (poe_faults.html(200), UnreadableAnswerError, f"web page.*{NEWER}", 1),
        (poe_faults.truncated_json(), UnreadableAnswerError, f"no such JSON.*{NEWER}", 1),
        (status(200, b""), UnreadableAnswerError, "no such JSON", 1),
        (NO_GZIP, UnreadableAnswerError, "not the gzip it claims to be.*next tick", 1),
        (status(200, b"{}"), UnreadableAnswerError, NEWER, 1),
        (TOO_LARGE, UnreadableAnswerError, "larger than any page.*next tick", 1),
    ],
)
def test_each_failure_says_what_to_do(
    question: Question, fault: Fault, error: type[ScanError], words: str, tries: int
) -> None:
    """The error tells what happened and what its reader can do; what no retry cures is asked once."""
    question.fails(fault, error, words)
    assert (len(question.requests), len(question.time.slept)) == (tries, tries - 1)


@pytest.mark.parametrize("code", [400, 404, 410, 422])
def test_a_refused_position_is_told_apart_from_a_refused_address(code: int) -> None:
    """The same status means an unknown row where one was named, and a wrong address where none was."""
    poe = simulated(3)
    poe.faults.always(status(code))
    with poe.serve() as url, reader(url) as client:
        with pytest.raises(UnknownPositionError, match=f"HTTP {code}.*the next tick"):
            client.page("0")
        with pytest.raises(UnreadableAnswerError, match=f"HTTP {code}.*POE_API_URL"):
            client.page(None)
    assert len(poe.requests) == 2


@pytest.mark.parametrize("code", [400, 402, 404, 405, 410, 422])
def test_a_balance_that_poe_does_not_answer_says_who_needs_it(code: int) -> None:
    """Where Poe knows no such question, the error names the rules that ask it."""
    words = rf"does not answer the question for the balance.*HTTP {code}.*billing budgets.*remove them"
    Question("balance").fails(status(code), UnreadableAnswerError, words)


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


def test_a_body_in_another_encoding_spoils_its_row_only() -> None:
    """A name that is not UTF-8 makes its row unreadable; the rows beside it count."""
    poe = simulated(2)
    poe.faults.queue(lambda reply, _: Reply(body=reply.body.replace(b"Claude", b"Cl\xe4ude", 1)))
    with poe.serve() as url, reader(url) as client:
        page = client.page(None)
    assert ([entry.query_id for entry in page.entries], page.unreadable) == (["1"], 1)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_and_the_key_not_sent_on(question: Question, code: int) -> None:
    """Nobody at another address, or another path, ever hears the key."""
    with heard() as (elsewhere, asked), question.poe.serve() as url, reader(url) as client:
        for target in (elsewhere + PATHS["page"], *PATHS.values(), ""):
            question.faults.queue(*[status(code, headers={"Location": target})] * 4)
            with pytest.raises(PoeUnavailableError, match=f"HTTP {code}.*POE_API_URL"):
                question.of(client)
    assert asked == []
    assert len(question.poe.requests) + len(question.poe.balance_requests) == len(question.requests) == 16


def test_the_largest_page_is_read() -> None:
    """The body of an answer is bounded to the byte."""
    page = json.dumps(LAST).encode()
    question = Question("page")
    question.faults.queue(status(200, page.ljust(LARGEST_ANSWER_BYTES)))
    question.ask()
    question.fails(
        status(200, page.ljust(LARGEST_ANSWER_BYTES + 1)), UnreadableAnswerError, "larger than any page"
    )


ECHO = f'{{"current_point_balance": "{KEY}", "error": "no such key: {KEY}"}}'.encode()
CODES = (200, 204, 400, 401, 403, 404, 418, 429, 500, 501, 502, 503, 504, 529)


@pytest.mark.parametrize(
    "fault",
    [
        *(status(code, ECHO) for code in CODES),
        *(status(code, ECHO, {"Location": f"http://127.0.0.1:1/?key={KEY}"}) for code in (301, 307)),
        *(status(429, ECHO, {"Retry-After": wish}) for wish in (KEY, "9" * 5000)),
        *(status(200, ECHO, {"Content-Encoding": named}) for named in (KEY, "gzip")),
        *(status(200, held + KEY.encode()) for held in (ECHO[:-1], b"", b"<html>")),
        poe_faults.html(502),
        poe_faults.truncated_json(),
        poe_faults.cut_off(),
        poe_faults.reset(),
    ],
)
def test_no_failure_tells_the_key(question: Question, fault: Fault, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever goes wrong, even with a server that repeats the key, neither error nor log holds it."""
    caplog.set_level(logging.DEBUG, "urllib3")
    said = question.fails(fault, BudgetAlertError)
    assert question.requests[0].authorized
    assert KEY not in said + caplog.text


@pytest.mark.parametrize(
    "sent", [b"no HTTP at all\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"]
)
def test_no_broken_answer_tells_the_key(sent: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """Nor does an answer that is not even HTTP, nor the client itself, printed."""
    caplog.set_level(logging.DEBUG, "urllib3")
    with raw_server(lambda _: [sent]) as server, reader(server.url) as client:
        with pytest.raises(PoeUnavailableError) as caught:
            client.page(None)
        assert KEY not in f"{client!r} {vars(client)!r}"
    assert KEY.encode() in server.asked[0][0]
    assert KEY not in words_of(caught.value) + caplog.text
