"""A stand-in for Poe with several accounts behind one address, told apart by their keys."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from standins.loopback import Asked, Reply, serving
from standins.simulated_poe import SimulatedPoe


class SimulatedPoes:
    """Accounts by the key that each is asked with; they can be changed while they are served."""

    def __init__(self, accounts: Mapping[str, SimulatedPoe]) -> None:
        self.accounts = dict(accounts)
        self._nobody = SimulatedPoe(keys=())

    @contextmanager
    def serve(self, port: int = 0) -> Iterator[str]:
        """Serve on loopback and give the base address for `POE_API_URL`; port 0 takes a free one."""
        with serving(self.answer, port) as url:
            yield url

    def answer(self, asked: Asked) -> Reply:
        """Answer as the account does whose key is given."""
        key = asked.headers.get("authorization", "").removeprefix("Bearer ")
        return self.accounts.get(key, self._nobody).answer(asked)
