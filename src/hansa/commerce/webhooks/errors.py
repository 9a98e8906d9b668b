"""What webhooks refuse."""

from __future__ import annotations

from hansa.kernel.errors import InvalidInput, NotFound, Refused


class EndpointUnknown(NotFound):
    """There is no such endpoint at this desk."""

    code = "webhook_endpoint_unknown"


class AddressNotAllowed(InvalidInput):
    """The address leads into a network that is not the internet, or is none."""

    code = "webhook_address_not_allowed"


class TooManyEndpoints(Refused):
    """A desk keeps a number of endpoints that somebody can look through."""

    code = "too_many_webhook_endpoints"
