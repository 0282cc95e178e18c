"""The page: what was told in numbers, a chart of each budget, and all alerts in a table."""

from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from string import Template

from budget_alert.config.schema import Budget
from budget_alert.messages.times import day_and_time, last, moment
from budget_alert.messages.wording import begin, counted, name, points
from poe_budget.backtest.cautions import cautions
from poe_budget.backtest.page import svg
from poe_budget.backtest.page.chart import chart
from poe_budget.backtest.page.marks import SHAPES, look
from poe_budget.backtest.page.overview import overview
from poe_budget.backtest.results import Replay
from poe_budget.backtest.words import listed, messages, most, rows, silence

_HERE = Path(__file__).parent


def page(replay: Replay, config: str) -> str:
    """Give one HTML page that needs nothing else; `config` names the config."""
    return _document(replay, config, "".join(_sections(replay)))


def picture(replay: Replay, config: str) -> str:
    """Give the page with what matters most only: every day, and the first budget."""
    days = _section("Every day, and every alert", _wide(overview(replay)))
    return _document(replay, config, _legend(replay) + days + _budget(replay, replay.config.budgets[0]))


def _document(replay: Replay, config: str, inside: str) -> str:
    template = Template((_HERE / "page.html").read_text(encoding="utf-8"))
    style = (_HERE / "style.css").read_text(encoding="utf-8")
    return template.substitute(
        style=style,
        title=escape(f"What {name(config)} would have told"),
        lead=escape(_lead(replay)),
        inside=inside,
    )


def _lead(replay: Replay) -> str:
    zone = replay.config.timezone
    span = f"From {moment(replay.start, zone)} to {moment(replay.end, zone)}"
    told = f"{span}, with a tick every {last(replay.interval)}: {messages(replay)}."
    return f"{told} The usage is that of {name(replay.source)}."


def _sections(replay: Replay) -> Iterator[str]:
    yield "".join(f'<p class="note">{escape(begin(sentence))}.</p>' for sentence in cautions(replay))
    yield _legend(replay)
    yield '<p class="hint">What is wider than the screen scrolls sideways.</p>'
    yield _section("Every day, and every alert", _wide(overview(replay)))
    for budget in replay.config.budgets:
        yield _budget(replay, budget)
    yield _section("Rules", _rules(replay))
    if replay.alerts:
        yield _section("Alerts", _alerts(replay))


def _budget(replay: Replay, budget: Budget) -> str:
    return _section(name(budget.name), _about(replay, budget) + _wide(chart(replay, budget)))


def _section(heading: str, inside: str) -> str:
    return f"<section><h2>{escape(heading)}</h2>{inside}</section>"


def _wide(inside: str) -> str:
    """Let a narrow screen move what does not fit."""
    return f'<div class="wide">{inside}</div>'


def _legend(replay: Replay) -> str:
    looks = dict.fromkeys(look(sent.alert) for sent in replay.alerts)
    keys = (f"{_key(each)}{escape(SHAPES[each][1])}" for each in SHAPES if each in looks)
    return '<p class="legend">' + "".join(f"<span>{key}</span>" for key in keys) + "</p>"


def _key(look_of: str) -> str:
    return svg.drawing(16, 16, "", svg.mark((8, 8), SHAPES[look_of][0], look_of, ""))


def _about(replay: Replay, budget: Budget) -> str:
    result = next(rule for rule in replay.rules if rule.name == budget.name)
    became = (
        f"{counted(result.alerts, 'alert')}; at most {most(result)}" if result.alerts else silence(result)
    )
    return f"<p>{escape(f'{points(budget.points)} per {budget.period.words}. {begin(became)}.')}</p>"


def _rules(replay: Replay) -> str:
    return _table(("Rule", "Kind", "Alerts", "Highest", "Why it never spoke"), rows(replay), "rules")


def _alerts(replay: Replay) -> str:
    zone = replay.config.timezone
    told = ((day_and_time(line.sent.at, zone), line.what, line.passed) for line in listed(replay))
    return _table((f"When ({zone})", "What", "Limit passed"), told, "alerts")


def _table(headings: Iterable[str], rows: Iterable[Iterable[str]], kind: str) -> str:
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return (
        f'<div class="wide {kind}"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )
