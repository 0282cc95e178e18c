"""A replay as one self-contained page, with a chart of each budget."""

from poe_budget.backtest.page.document import page, picture

__all__ = ["page", "picture"]
