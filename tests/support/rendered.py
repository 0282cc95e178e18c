"""HTML taken apart: its elements, and the text that a reader sees."""

from html.parser import HTMLParser

VOID = {"hr", "meta", "br"}


class Rendered(HTMLParser):
    """Reads HTML; fails where an element is not closed in its turn."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[dict[str, str]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of an element."""
        self.tags.append(tag)
        self.attributes.append({name: value or "" for name, value in attrs})
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of an element that holds nothing."""
        self.handle_starttag(tag, attrs)
        self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element, which has to be this one."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Collect what is shown."""
        self.text += data

    def all(self, name: str) -> list[str]:
        """Give every value of an attribute."""
        return [attributes[name] for attributes in self.attributes if name in attributes]
