import threading
from http.client import HTTPConnection

import pytest

from lab.bench.runtime_api import RuntimeApi, runtime_api

NEXT = "/2018-06-01/runtime/invocation/next"


def post(api: RuntimeApi, path: str, body: str) -> int:
    """Tell the Runtime API how it went, and give its status."""
    client = HTTPConnection(api.address)
    client.request("POST", f"/2018-06-01/runtime/{path}", body)
    status = client.getresponse().status
    client.close()
    return status


def test_the_first_question_gets_an_invocation_with_a_deadline_and_its_answer_is_kept() -> None:
    """The protocol of one invocation, as AWS documents it."""
    with runtime_api(30) as api:
        client = HTTPConnection(api.address)
        client.request("GET", NEXT)
        given = client.getresponse()
        invocation = given.headers["Lambda-Runtime-Aws-Request-Id"]
        assert int(given.headers["Lambda-Runtime-Deadline-Ms"]) > 0
        assert given.read() == b"{}"
        client.close()
        assert post(api, f"invocation/{invocation}/response", '{"pages": 1}') == 202
        outcome = api.outcome(5)
    assert (outcome.successful, outcome.said) == (True, b'{"pages": 1}')


@pytest.mark.parametrize("path", ["init/error", "invocation/one/error"])
def test_an_error_ends_the_invocation_without_success(path: str) -> None:
    """Whether the module could not be imported, or the handler raised."""
    with runtime_api(30) as api:
        assert post(api, path, '{"errorType": "SettingsError"}') == 202
        outcome = api.outcome(5)
    assert (outcome.successful, outcome.said) == (False, b'{"errorType": "SettingsError"}')


def test_a_client_that_asks_again_is_through_and_waits_until_it_is_let_go() -> None:
    """It is ended meanwhile, as Lambda freezes it."""
    with runtime_api(30) as api:
        first = HTTPConnection(api.address)
        first.request("GET", NEXT)
        first.getresponse().read()
        assert not api.idle.is_set()
        second = threading.Thread(target=lambda: first.request("GET", NEXT))
        second.start()
        assert api.idle.wait(5)
        second.join()
        first.close()


def test_a_client_that_never_answers_is_told_of() -> None:
    """By an error, not by waiting for ever."""
    with runtime_api(30) as api, pytest.raises(TimeoutError, match="not answered in time"):
        api.outcome(0)
