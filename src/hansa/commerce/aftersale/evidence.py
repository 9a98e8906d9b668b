"""Files that buyers and merchants hand in: what they are is told by their content, and pictures are written anew."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.commerce.media.encoding import encode
from hansa.kernel.errors import InvalidInput

MOST_PDF_BYTES = 2_000_000
MOST_FILE_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True)
class Upload:
    """A file as it came: nothing in it is believed yet."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Kept:
    """A file as it is kept."""

    name: str
    content_type: str
    content: bytes


def picture_of(upload: Upload) -> bytes:
    """The picture as a JPEG of ours; refuses what is none, what is too large, and what is damaged."""
    return encode(upload.data).files["large.jpg"]


def file_of(upload: Upload) -> Kept:
    """A picture or a PDF; refuses anything else, whatever it is called."""
    stem = upload.name.rsplit("/", 1)[-1].rsplit(".", 1)[0][:100].strip() or "file"
    if upload.data.startswith(b"%PDF-"):
        if len(upload.data) > MOST_PDF_BYTES:
            raise InvalidInput(f"a PDF has at most {MOST_PDF_BYTES // 1_000_000} MB")
        return Kept(f"{stem}.pdf", "application/pdf", upload.data)
    return Kept(f"{stem}.jpg", "image/jpeg", picture_of(upload))
