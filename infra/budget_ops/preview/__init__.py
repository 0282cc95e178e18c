"""Every kind of message from sample data: as a page, as a picture, and in the terminal."""

from budget_ops.preview.alerts import samples
from budget_ops.preview.document import messages, page, picture

__all__ = ["messages", "page", "picture", "samples"]
