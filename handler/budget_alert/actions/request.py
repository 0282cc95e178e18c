"""The event of a Lambda function's address: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html."""

from base64 import b64decode
from binascii import Error as NotBase64

import msgspec

from budget_alert.actions.signature import LARGEST_BODY
from budget_alert.errors import ClickRefusedError


class _Http(msgspec.Struct, frozen=True):
    method: str
    path: str


class _RequestContext(msgspec.Struct, frozen=True):
    http: _Http


class Request(msgspec.Struct, frozen=True, rename="camel"):
    """A request, in payload format 2.0."""

    request_context: _RequestContext
    headers: dict[str, str] = {}
    body: str | None = None
    is_base64_encoded: bool = False

    @property
    def is_for_clicks(self) -> bool:
        """Whether it is of the one method and path that clicks have."""
        http = self.request_context.http
        return (http.method, http.path) == ("POST", "/")

    def named(self) -> dict[str, str]:
        """Give the headers, with names in lower case."""
        return {name.lower(): value for name, value in self.headers.items()}

    def content(self) -> bytes:
        """Give the body as it was sent: what is no text comes in base64; raises ClickRefusedError."""
        body = (self.body or "").encode(errors="replace")
        # Four characters of base64 hold three bytes.
        if not self.is_base64_encoded or len(body) > LARGEST_BODY * 2:
            return body
        try:
            return b64decode(body, validate=True)
        except NotBase64 as error:
            raise ClickRefusedError("not signed") from error


def request_in(event: object) -> Request:
    """Read an event; raises ClickRefusedError for one that is no request."""
    try:
        return msgspec.convert(event, Request)
    except msgspec.ValidationError as error:
        raise ClickRefusedError("not a request") from error
