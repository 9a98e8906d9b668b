"""Owns reading numbers out of instance files so that every refusal names the file and the line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from hansa.engines.routing._problem import Window
from hansa.engines.routing._travel import Rounding
from hansa.kernel.errors import InvalidInput

LARGEST_NUMBER = 10**12


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file: where it stands and what it says, without outer blanks."""

    source: str
    number: int
    text: str

    @property
    def words(self) -> list[str]:
        return self.text.split()

    def refuse(self, complaint: str) -> NoReturn:
        raise InvalidInput(f"{self.source}, line {self.number}: {complaint}")

    def integer(self, word: str, what: str) -> int:
        """Read a whole number from 0 up (``7`` or ``7.0``)."""
        value = self.number_in(word, what)
        if value != int(value) or value < 0:
            self.refuse(f"{what} is {word!r}, a whole number from 0 up expected")
        return int(value)

    def number_in(self, word: str, what: str) -> float:
        """Read a number that is neither infinite nor absurd."""
        try:
            value = float(word)
        except ValueError:
            value = math.nan
        if not abs(value) <= LARGEST_NUMBER:
            self.refuse(f"{what} is {word[:40]!r}, a number within {LARGEST_NUMBER} expected")
        return value


def lines_of(text: str, source: str) -> list[Line]:
    """Cut a text into its lines that say something; a byte order mark says nothing."""
    numbered = enumerate(text.removeprefix("\ufeff").splitlines(), start=1)
    return [Line(source, number, line.strip()) for number, line in numbered if line.strip()]


def times(line: Line, words: Sequence[str], rounding: Rounding) -> tuple[Window, int]:
    """Read opening, closing and service time, scaled; fractions are rounded so that a plan stays true."""
    opens, closes, service = (
        line.number_in(word, what) * rounding.scale
        for word, what in zip(words, ("opening time", "closing time", "service time"), strict=True)
    )
    if not 0 <= opens <= closes:
        line.refuse(f"the window {words[0]} to {words[1]} ends before it begins, or begins before 0")
    if service < 0:
        line.refuse(f"service time is {words[2]}, 0 or more expected")
    if math.ceil(opens) > math.floor(closes):
        line.refuse(f"the window {words[0]} to {words[1]} holds no whole unit; use --rounding exact")
    return Window(math.ceil(opens), math.floor(closes)), math.ceil(service)
