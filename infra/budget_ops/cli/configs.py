"""Configs that a command is given as a file."""

from pathlib import Path

from budget_alert.config.budgets import parse
from budget_alert.config.rules import Config
from budget_alert.errors import ConfigError
from budget_ops.errors import OpsError


def config_in(file: Path) -> Config:
    """Read a config; raises OpsError where the file cannot be read or has a mistake."""
    try:
        return parse(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise OpsError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise OpsError(f"{file} is not UTF-8; save it as UTF-8") from error
    except ConfigError as error:
        count = len(error.mistakes)
        found = "a mistake" if count == 1 else f"{count} mistakes"
        raise OpsError(f"{file} has {found}; `poe-budget check {file}` shows what to correct") from error
