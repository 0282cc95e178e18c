"""Every kind of message from sample data: as a page, as a picture, and in the terminal."""

from poe_budget.preview.alerts import samples
from poe_budget.preview.document import messages, page, picture

__all__ = ["messages", "page", "picture", "samples"]
