"""Invented bots with plausible prices, and what a row of Poe's history says beside the cost."""

from decimal import Decimal
from random import Random

import msgspec

from standins.traces import TracedRequest

_USD_PER_POINT = Decimal("0.00003")
_KEYS = ("support-bot", "ci-nightly", "notebook")
_CHATS = ("Trip to Lisbon", "Quarterly report", "Garden plan", "Unit tests")


class Bot(msgspec.Struct, frozen=True):
    """A bot: points per 1,000 tokens of prompt and of answer, least cost, share of requests in percent."""

    name: str
    prompt: int
    answer: int
    least: int
    weight: int

    def cost(self, request: TracedRequest) -> int:
        """Return the points of a request: they grow with its tokens."""
        tokens = request.context_tokens * self.prompt + request.generated_tokens * self.answer
        return max(self.least, tokens // 1000)


BOTS = (
    Bot("Claude-Opus-4.1", prompt=800, answer=4000, least=300, weight=8),
    Bot("Claude-Sonnet-4.5", prompt=120, answer=600, least=60, weight=30),
    Bot("GPT-5", prompt=50, answer=400, least=40, weight=22),
    Bot("Gemini-2.5-Flash", prompt=12, answer=100, least=10, weight=35),
    # Users name bots: what shows this one must survive its marks.
    Bot("R&D-<Notes>", prompt=12, answer=100, least=50, weight=5),
)


def drawn_bot(chance: Random) -> Bot:
    """Return a bot, each as often as its share says."""
    return chance.choices(BOTS, weights=[bot.weight for bot in BOTS])[0]


def drawn_use(chance: Random, cost: int) -> dict[str, str]:
    """Return the fields of a row that say where its points were used: most in the API, some elsewhere."""
    kind = chance.choices(("API", "Chat", "Canvas App"), weights=(70, 25, 5))[0]
    if kind == "API":
        key = chance.choice(_KEYS)
        return {"usage_type": kind, "api_key_name": key, "cost_usd": f"{cost * _USD_PER_POINT:.4f}"}
    if kind == "Chat":
        return {"usage_type": kind, "chat_name": chance.choice(_CHATS)}
    return {"usage_type": kind}
