"""Reads of pictures."""

from __future__ import annotations

from collections.abc import Iterable

from hansa.commerce.media.models import Picture
from hansa.commerce.media.storage import store
from hansa.kernel.errors import NotFound


def content_of(key: str) -> bytes:
    """The bytes of one size of a picture; refuses a key that names none."""
    found = store().find(key)
    if found is None:
        raise NotFound("there is no such picture")
    return found


def pictures_by_digest(digests: Iterable[str]) -> dict[str, Picture]:
    """These pictures by their digests; unknown ones are left out."""
    return {picture.digest: picture for picture in Picture.objects.filter(digest__in=list(digests))}
