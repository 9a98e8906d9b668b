"""Reading a picture that a stranger sent and writing it anew. Pure: bytes in, bytes out.

Nothing of the file but its colours survives: no place where it was taken, no colour profile, no second file hidden
behind the first. What it is says its content, never its name.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from enum import StrEnum

from PIL import Image, ImageOps, UnidentifiedImageError

from hansa.kernel.errors import InvalidInput

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000  # 120 MB once unpacked
LEAST_EDGE = 100
FORMATS = ("JPEG", "PNG", "WEBP")
_WHITE = (255, 255, 255)
_WEBP_QUALITY = 82
_JPEG_QUALITY = 86


class Size(StrEnum):
    """How large a picture is wanted; the number is its longer edge in pixels, less where it has less."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


EDGES = {Size.SMALL: 320, Size.MEDIUM: 800, Size.LARGE: 1_600}


@dataclass(frozen=True)
class Encoded:
    """A picture in all its sizes as WebP, and once, large, as JPEG for readers of feeds."""

    width: int
    height: int
    files: dict[str, bytes]


def encode(data: bytes) -> Encoded:
    """Read a JPEG, PNG or WebP, turn it upright, and write it in each size.

    Refuses what is larger than 10 MB or 40 million pixels, smaller than 100 pixels, of another kind, or damaged.
    """
    upright = _read(data)
    files = {}
    for size, edge in EDGES.items():
        scaled = upright.copy()
        scaled.thumbnail((edge, edge), Image.Resampling.LANCZOS)
        files[f"{size}.webp"] = _written(scaled, "WEBP", quality=_WEBP_QUALITY, method=4)
    files[f"{Size.LARGE}.jpg"] = _written(scaled, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    return Encoded(upright.width, upright.height, files)


def _read(data: bytes) -> Image.Image:
    if len(data) > MOST_BYTES:
        raise InvalidInput(f"a picture has at most {MOST_BYTES // 1024 // 1024} MB")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
            with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
                _insist_on_size(*opened.size)
                return _flat(ImageOps.exif_transpose(opened))
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise InvalidInput("a picture is a JPEG, PNG or WebP file; please save it as one") from error
    except (OSError, SyntaxError, ValueError) as error:  # what Pillow raises in the middle of a damaged file
        raise InvalidInput("the picture is damaged; please save it again") from error


def _insist_on_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise InvalidInput(f"a picture has at most {MOST_PIXELS // 1_000_000} million pixels")
    if min(width, height) < LEAST_EDGE:
        raise InvalidInput(f"a picture is at least {LEAST_EDGE} pixels wide and high")


def _flat(image: Image.Image) -> Image.Image:
    """Plain colours, what was transparent white: JPEG knows no other way, and all sizes look the same."""
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        clear = image.convert("RGBA")
        ground = Image.new("RGB", clear.size, _WHITE)
        ground.paste(clear, mask=clear.getchannel("A"))
        return ground
    return image.convert("RGB")


def _written(image: Image.Image, form: str, **how: int | bool) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **how)
    return out.getvalue()
