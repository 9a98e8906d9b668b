"""Refusals of the protocol, by the codes that the specification gives them."""

from __future__ import annotations

from hansa.kernel.errors import Forbidden, InvalidInput, Refused, Unavailable


class InvalidProfileUrl(InvalidInput):
    code = "invalid_profile_url"


class ProfileMalformed(InvalidInput):
    code = "profile_malformed"


class VersionUnsupported(InvalidInput):
    code = "version_unsupported"


class ProfileUnreachable(Unavailable):
    code = "profile_unreachable"


class InvalidRequest(InvalidInput):
    code = "invalid_request"


class TooLarge(InvalidInput):
    code = "request_too_large"


class DigestMismatch(InvalidInput):
    code = "digest_mismatch"


class AlgorithmUnsupported(InvalidInput):
    code = "algorithm_unsupported"


class SignatureMissing(Forbidden):
    code = "signature_missing"


class SignatureInvalid(Forbidden):
    code = "signature_invalid"


class KeyNotFound(Forbidden):
    code = "key_not_found"


class NotOpen(Refused):
    """The cart or checkout is finished: it cannot be changed any more."""

    code = "not_open"


class NothingInCommon(Refused):
    """Both sides have no capability in common that the request needs."""

    code = "capabilities_incompatible"


class Gone(Refused):
    """There is no such cart, checkout, order or good for this agent: an outcome, not a fault of the request."""

    code = "resource_not_found"


class NothingToBuy(Refused):
    """None of the goods can be bought now; ``messages`` says of each why."""

    code = "item_unavailable"

    def __init__(self, message: str, messages: list[dict[str, object]]) -> None:
        super().__init__(message)
        self.messages = messages
