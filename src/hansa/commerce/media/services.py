"""Taking pictures in."""

from __future__ import annotations

import hashlib
from datetime import datetime

from hansa.commerce.media.encoding import encode
from hansa.commerce.media.models import Picture
from hansa.commerce.media.storage import store


def take_in(data: bytes, *, now: datetime) -> Picture:
    """Keep a picture in all its sizes; the same file again is the picture that is there.

    Refuses what `encoding.encode` refuses. The bytes are stored before the row is written: a picture that somebody
    can name is always there, and a file without a row does no harm.
    """
    digest = hashlib.sha256(data).hexdigest()
    known = Picture.objects.filter(digest=digest).first()
    if known is not None:
        return known
    encoded = encode(data)
    for name, content in encoded.files.items():
        store().put(f"{digest}/{name}", content)
    picture, _ = Picture.objects.get_or_create(
        digest=digest,
        defaults={
            "width": encoded.width,
            "height": encoded.height,
            "stored_bytes": sum(map(len, encoded.files.values())),
            "taken_at": now,
        },
    )
    return picture
