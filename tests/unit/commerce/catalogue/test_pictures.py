"""Pictures from strangers: what survives is their colours, upright, in the sizes that we want."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from hansa.commerce.media import encoding
from hansa.kernel.errors import InvalidInput


def drawn(size: tuple[int, int], form: str, mode: str = "RGB", **how: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "teal").save(out, form, **how)  # type: ignore[arg-type]  # Pillow's own keywords
    return out.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_every_size_is_written_and_none_is_blown_up(form: str) -> None:
    found = encoding.encode(drawn((1_000, 500), form))

    sizes = {name: Image.open(io.BytesIO(data)).size for name, data in found.files.items()}
    assert sizes == {
        "small.webp": (320, 160),
        "medium.webp": (800, 400),
        "large.webp": (1_000, 500),
        "large.jpg": (1_000, 500),
    }


def test_a_picture_is_turned_upright_and_tells_no_more_where_it_was_taken() -> None:
    notes = Image.Exif()
    notes[0x0112] = 6  # turned to the right
    notes[0x010F] = "Secret Camera"

    found = encoding.encode(drawn((400, 200), "JPEG", exif=notes))

    assert (found.width, found.height) == (200, 400)
    for data in found.files.values():
        assert b"Secret" not in data
        assert dict(Image.open(io.BytesIO(data)).getexif()) == {}


def test_what_was_transparent_becomes_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (120, 120), (0, 0, 0, 0)).save(out, "PNG")

    found = encoding.encode(out.getvalue())

    assert Image.open(io.BytesIO(found.files["large.jpg"])).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "JPEG, PNG or WebP"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "JPEG, PNG or WebP"),
        (drawn((200, 200), "GIF"), "JPEG, PNG or WebP"),
        (drawn((99, 500), "PNG"), "at least 100 pixels"),
        (drawn((8_000, 5_001), "PNG", "L"), "40 million pixels"),
        (drawn((400, 400), "JPEG")[:-500], "damaged"),
        (b"\x89PNG" + bytes(10 * 1024 * 1024), "at most 10 MB"),
    ],
)
def test_what_is_no_picture_of_goods_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        encoding.encode(data)
