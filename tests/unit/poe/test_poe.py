"""What the client asks of Poe, and over what."""

import gzip

import pytest

from budget_alert import __version__
from budget_alert.errors import SecretError, UnknownPositionError
from budget_alert.usage.entries import Entry
from standins.loopback import Asked, Reply, json_reply, serving
from standins.poe_store import microseconds
from tests.support.poe_client import KEY, NOW, Keys, reader, simulated
from tests.support.raw_http import raw_server

LAST = {"has_more": False, "data": []}
HOSTILE_IDS = [
    "a&limit=1",
    "a#b",
    "a b",
    "a+b",
    "a%20b",
    "a/../b",
    "ключ ☃ 😀",
    "a\r\nX-Evil: 1",
    "a\x00b",
    "=",
    "'\"",
]


def test_pages_hold_a_hundred_entries_each() -> None:
    """The history comes in pages of 100, each going on after the last row of the one before."""
    poe = simulated(250)
    with poe.serve() as url, reader(url) as client:
        first = client.page(None)
        second = client.page(first.last_id)
        third = client.page(second.last_id)
    assert [len(page.entries) for page in (first, second, third)] == [100, 100, 50]
    assert [entry.query_id for page in (first, second, third) for entry in page.entries] == [
        str(age) for age in range(250)
    ]
    assert [page.is_last for page in (first, second, third)] == [False, False, True]
    assert [(asked.path, asked.limit, asked.after) for asked in poe.requests] == [
        ("/usage/points_history", "100", after) for after in (None, "99", "199")
    ]


def test_entries_are_typed() -> None:
    """A row arrives with every field that the accounting uses, its time in microseconds."""
    poe = simulated(
        1, bot_name="Claude", api_key_name="ci", cost_usd="0.12", usage_type="Chat", chat_name="x"
    )
    with poe.serve() as url, reader(url) as client:
        page = client.page(None)
    assert page.entries == (Entry(microseconds(NOW), "0", "Claude", "Chat", "ci", 1, 120_000, "x"),)
    assert (page.unreadable, page.last_id, page.has_more) == (0, "0", False)


def test_many_pages_come_over_one_connection() -> None:
    """Thirty compressed pages take one kept-alive connection, as the other end counts them."""
    body = gzip.compress(b'{"has_more": false, "data": []}')
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with raw_server(lambda _: [head + body]) as server, reader(server.url) as client:
        for number in range(30):
            client.page(str(number))
    assert [len(heads) for heads in server.asked] == [30]


def test_many_chunked_pages_come_over_one_connection() -> None:
    """An answer in chunks, as a proxy makes them, keeps the connection as well."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b'f\r\n{"has_more": fa\r\n10\r\nlse, "data": []}\r\n0\r\n\r\n'
    with raw_server(lambda _: [head + chunks]) as server, reader(server.url) as client:
        pages = [client.page(None) for _ in range(5)]
    assert [page.is_last for page in pages] == [True] * 5
    assert [len(heads) for heads in server.asked] == [5]


def test_a_request_says_who_asks_and_what_it_takes() -> None:
    """Each request carries the key, accepts gzip and JSON, and names this program and its version."""
    heard: list[Asked] = []

    def answer(asked: Asked) -> Reply:
        heard.append(asked)
        return json_reply(LAST)

    with serving(answer) as url, reader(url) as client:
        client.page(None)
    (asked,) = heard
    assert asked.method == "GET"
    assert {
        name: asked.headers[name] for name in ("authorization", "accept-encoding", "accept", "user-agent")
    } == {
        "authorization": f"Bearer {KEY}",
        "accept-encoding": "gzip",
        "accept": "application/json",
        "user-agent": f"poe-budget-alert/{__version__}",
    }


@pytest.mark.parametrize("query_id", HOSTILE_IDS)
def test_a_query_id_arrives_as_it_is(query_id: str) -> None:
    """Whatever a query id is made of, Poe is asked to go on after exactly it, and for nothing else."""
    heard: list[Asked] = []

    def answer(asked: Asked) -> Reply:
        heard.append(asked)
        return json_reply(LAST)

    with serving(answer) as url, reader(url) as client:
        client.page(query_id)
    (asked,) = heard
    assert asked.query == {"limit": "100", "starting_after": query_id}
    assert asked.path == "/usage/points_history"
    assert "x-evil" not in asked.headers


def test_an_unknown_row_is_an_error_of_its_own() -> None:
    """A row that Poe no longer knows is told apart: the scan can find its place again."""
    with simulated(3).serve() as url, reader(url) as client, pytest.raises(UnknownPositionError):
        client.page("gone")


def test_the_secret_is_read_once_for_many_pages() -> None:
    """The key is read before the first page and kept."""
    keys = Keys()
    with simulated(3).serve() as url, reader(url, keys) as client:
        for _ in range(3):
            client.page(None)
    assert keys.readings == ["cached"]


def test_without_a_key_nothing_is_asked() -> None:
    """A secret that cannot be read is its own error, and Poe hears nothing."""
    poe = simulated(3)
    with poe.serve() as url, reader(url, Keys([None])) as client, pytest.raises(SecretError):
        client.page(None)
    assert poe.requests == []
