"""Global Trade Item Numbers (GS1): EAN-8, UPC-A, EAN-13 and GTIN-14, with their check digit. Pure."""

from __future__ import annotations

from hansa.kernel.errors import InvalidInput

LENGTHS = (8, 12, 13, 14)


def check_digit(body: str) -> int:
    """The digit that follows these: weights 3 and 1 from the right, up to the next ten (GS1 General Specifications 7.9)."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return -total % 10


def read(text: str) -> str:
    """The number without spaces and hyphens, as many digits as it was given; empty stays empty.

    Refuses other letters, other lengths and a wrong check digit, and says which digit would be right.
    """
    number = text.replace(" ", "").replace("-", "")
    if not number:
        return ""
    if not (number.isascii() and number.isdecimal()) or len(number) not in LENGTHS:
        raise InvalidInput(f"{text[:40]!r} is no GTIN: it has 8, 12, 13 or 14 digits")
    expected = check_digit(number[:-1])
    if int(number[-1]) != expected:
        raise InvalidInput(f"{number} is no GTIN: its last digit would be {expected}")
    return number


def same(one: str, other: str) -> bool:
    """Whether two numbers name one article: shorter ones are the longer with zeros in front."""
    return bool(one and other) and one.zfill(14) == other.zfill(14)


def forms(number: str) -> list[str]:
    """Every way to write the number of the same article; none of the empty one."""
    bare = number.lstrip("0")
    return [bare.zfill(length) for length in LENGTHS if bare and len(bare) <= length]
