"""A replay as one page for a browser: tiles, a chart of all days, one of each budget, and all as tables."""

from collections.abc import Iterator, Sequence

from budget_alert.config.schema import Budget
from budget_alert.messages.times import day_and_time, last, moment
from budget_alert.messages.wording import begin, counted, money, name, number, points
from budget_alert.rules.budget import money as dollars
from budget_alert.usage.totals import Totals
from poe_budget.backtest import charts
from poe_budget.backtest.results import Replay
from poe_budget.backtest.words import cautions, listed, most, rows
from poe_budget.periods import period_words
from poe_budget.rendering import render, source


def page(replay: Replay, config: str) -> str:
    """Give one HTML page that needs nothing else; `config` names the config."""
    return _rendered(replay, config, replay.config.budgets, tables=True)


def picture(replay: Replay, config: str) -> str:
    """Give the page with what matters most only: every day, and the first budget."""
    return _rendered(replay, config, replay.config.budgets[:1], tables=False)


def _rendered(replay: Replay, config: str, budgets: Sequence[Budget], *, tables: bool) -> str:
    zone = replay.config.timezone
    found = {charts.look(sent.alert) for sent in replay.alerts}
    looks = [*(name for name in charts.LOOKS if name in found), *sorted(found - charts.LOOKS.keys())]
    return render(
        "report.html",
        title=f"What {name(config)} would have sent",
        lead=_lead(replay),
        cautions=[f"{begin(sentence)}." for sentence in cautions(replay)] if tables else (),
        tiles=list(_tiles(replay)),
        days=charts.days(replay),
        looks=[charts.look_called(name) for name in looks],
        budgets=[
            (name(budget.name), _about(replay, budget), charts.budget(replay, budget)) for budget in budgets
        ],
        rules=list(rows(replay)),
        alerts=[(day_and_time(sent.at, zone), *line) for sent, *line in listed(replay)],
        zone=zone,
        tables=tables,
        scripts=[source("vega.min.js"), source("draw.js")],
    )


def _lead(replay: Replay) -> str:
    zone = replay.config.timezone
    span = f"From {moment(replay.start, zone)} to {moment(replay.end, zone)}"
    whose = name(replay.history.source)
    return f"{span}, with a tick every {last(replay.interval)}. The usage is that of {whose}."


def _tiles(replay: Replay) -> Iterator[tuple[str, str, str]]:
    spent = Totals.total(totals for _, totals in replay.days)
    yield "Points", number(spent.points), counted(spent.queries, "query").replace("querys", "queries")
    usd = dollars(spent.amount, replay.config.usd_per_million_points)
    if usd is not None:
        yield "Money", money(usd), ""
    weekly = replay.messages_a_week
    often = "" if weekly is None else f", {weekly:.1f} a week"
    yield "Alerts", number(len(replay.alerts)), f"in {counted(replay.messages, 'message')}{often}"


def _about(replay: Replay, budget: Budget) -> str:
    result = next(rule for rule in replay.rules if rule.name == budget.name)
    became = result.silent_because or f"{counted(result.alerts, 'alert')}; at most {most(replay, result)}"
    return f"{points(budget.points)} per {period_words(budget.period)}. {begin(became)}."
