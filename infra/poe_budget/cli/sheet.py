"""Rows as CSV for a spreadsheet, in which no name can become a formula."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from unicodedata import category

_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
"""What begins a formula, also in full width: https://owasp.org/www-community/attacks/CSV_Injection.

The tabulator and the line breaks that are named there as well are replaced beforehand.
"""
_REPLACED = "\N{REPLACEMENT CHARACTER}"


def sheet(header: Sequence[str], rows: Iterable[Sequence[str | int | float]]) -> str:
    """Give CSV, a line for the header and for each row; texts are quoted and hold no control characters."""
    made = StringIO()
    writer = csv.writer(made, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return made.getvalue()


def _cell(value: str | float) -> str | int | float:
    if not isinstance(value, str):
        return value
    text = "".join(_REPLACED if category(each) in ("Cc", "Cs") else each for each in value)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
