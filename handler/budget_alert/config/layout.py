"""Which keys each table of a config may have, and where a key belongs that stands in another one."""

from budget_alert.config.spelling import either

SETTINGS = ("timezone", "usd_per_million_points")
RULES = ("budget", "spike", "query", "balance")
TOP_KEYS = (*SETTINGS, *RULES, "digest")
"""The keys of the whole config."""

_FILTERS = ("bots", "usage_types", "api_keys")
_SHARING = ("accounts", "together")
KEYS = {
    "budget": (
        "name",
        "points",
        "period",
        "starts_on",
        "alert_at",
        "forecast_at",
        *_FILTERS,
        "repeat",
        "rearm_below",
        "snooze_until",
        *_SHARING,
    ),
    "spike": ("name", "window", "times", "at_least", *_SHARING),
    "query": ("name", "points", *_FILTERS, "accounts"),
    "balance": ("name", "below", "runway", "accounts"),
    "digest": ("every", "at", "starts_on", *_SHARING),
}
"""The keys of each kind of table below the whole config."""


def elsewhere(kind: str = "") -> dict[str, str]:
    """Say of every key that is known, though not in this kind of table, what to do about it.

    Without a kind, it is the whole config.
    """
    keys = KEYS[kind] if kind else TOP_KEYS
    homes = _HOMES | ({"together": _NEVER_TOGETHER.format(kind)} if kind in _OF_ONE_ACCOUNT else {})
    return {key: sentence for key, sentence in homes.items() if key not in keys}


_OF_ONE_ACCOUNT = ("query", "balance")
_NEVER_TOGETHER = "a {} belongs to one account, and is never a sum of several; remove it"


def _line(kind: str) -> str:
    return f"[[{kind}]]" if kind in RULES else f"[{kind}]"


def _belongs(key: str) -> str:
    kinds = [kind for kind, keys in KEYS.items() if key in keys]
    owners = either([f"a {kind}" for kind in kinds])
    return f"belongs to {owners}; move it below a line {either([_line(kind) for kind in kinds])}"


_HOMES = {
    **{key: _belongs(key) for keys in KEYS.values() for key in keys},
    **dict.fromkeys(SETTINGS, "belongs to the whole config; move it above the first line in brackets"),
    **{kind: f"is a rule of its own; begin it with a line {_line(kind)}" for kind in RULES},
    "digest": f"belongs to the whole config; begin it with a line {_line('digest')}",
}
