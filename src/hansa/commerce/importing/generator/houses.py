"""Names of trading houses for sellers that a source knows by number only. Pure.

Invented but fixed: the same numbers get the same names at every scale. No name is given twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hansa.commerce.importing import chance

_FAMILIES = (
    "Ahlborn", "Albers", "Almqvist", "Andersen", "Arvidson", "Backhaus", "Bergström", "Bille", "Bjerke", "Boysen",
    "Brandt", "Brekke", "Brömse", "Bugge", "Carlsen", "Castorp", "Cederlund", "Dahlgren", "Dekker", "Dreyer",
    "Eckholm", "Egeland", "Ehlers", "Engström", "Erlandsen", "Falck", "Fjeld", "Fosse", "Frederiks", "Friis",
    "Geerts", "Grönberg", "Haakon", "Hagedorn", "Hallberg", "Hansson", "Heitmann", "Hellström", "Holmgren", "Hovland",
    "Ibsen", "Isaksen", "Jansen", "Jespersen", "Jürgens", "Kaland", "Karlsson", "Klinge", "Knudsen", "Kröger",
    "Kvist", "Lagerlöf", "Lange", "Larsen", "Lindqvist", "Loytved", "Lübbers", "Lund", "Magnussen", "Meinhardt",
    "Mevissen", "Nilsen", "Nordahl", "Nyborg", "Odegaard", "Olofsson", "Ostergard", "Paulsen", "Petersdorf", "Plessow",
    "Prytz", "Quist", "Rasmus", "Rehn", "Ritzau", "Rosendahl", "Rosted", "Sandvik", "Schabbel", "Schröder",
    "Sievers", "Skov", "Solberg", "Stenbock", "Strand", "Sundberg", "Svensson", "Tesdorpf", "Thorsen", "Tiedemann",
    "Torvald", "Ulfsson", "Vestby", "Vinter", "Voss", "Wallin", "Warendorp", "Westphal", "Wiborg", "Wulff",
)  # fmt: skip

_FORMS = {
    "food": ("Mill", "Pantry", "Provisions", "Larder", "Foods", "Kitchen", "Stores", "Colonial Goods"),
    "fresh": ("Butchery", "Smokehouse", "Table", "Kitchens", "Farms", "Cellar"),
    "sea": ("Fishery", "Harbour", "Catch", "Smokery"),
    "bakery": ("Bakery", "Ovens", "Patisserie", "Bakehouse"),
    "garden": ("Gardens", "Orchards", "Fields", "Nursery"),
    "care": ("Apothecary", "Soapworks", "Laboratories", "House of Care", "Essentials", "Remedies"),
    "general": ("Trading", "Works", "Emporium", "Goods", "Manufactory", "Handels", "Workshop"),
}
_BONDS = ("& Söhne", "& Sons", "& Daughters", "& Co.", "Brothers", "Sisters")
_TRIES = 1_000
_ABOUT = "house name"


@dataclass(frozen=True)
class House:
    """A seller as a merchant: its number in the source, its name, and the short name on its goods."""

    number: int
    name: str
    brand: str


def houses(numbers: list[int], trades: list[str]) -> list[House]:
    """Name the houses of these numbers, given in any order, each with the trade it mostly plies."""
    taken: set[str] = set()
    named = {}
    ordered = sorted(zip(numbers, trades, strict=True))
    first_draws = chance.bits(
        np.array([number for number, _ in ordered], np.int64), seed=0, about=_ABOUT
    ).tolist()
    for (number, trade), draw in zip(ordered, first_draws, strict=True):
        house = _free(number, trade, draw, taken)
        taken.add(house.name)
        named[number] = house
    return [named[number] for number in numbers]


def _free(number: int, trade: str, draw: int, taken: set[str]) -> House:
    house = _drawn(number, trade, draw)
    for attempt in range(1, _TRIES):
        if house.name not in taken:
            return house
        house = _drawn(number, trade, int(chance.bits(np.array([number]), seed=attempt, about=_ABOUT)[0]))
    raise AssertionError(f"no name is left for number {number}")


def _drawn(number: int, trade: str, draw: int) -> House:
    first, draw = draw % len(_FAMILIES), draw // len(_FAMILIES)
    second, draw = draw % len(_FAMILIES), draw // len(_FAMILIES)
    kind, rest = draw % 10, draw // 10
    family = _FAMILIES[first]
    if kind < 5 or first == second:
        forms = _FORMS[trade]
        return House(number, f"{family} {forms[rest % len(forms)]}", family)
    if kind < 7:
        return House(number, f"{family} {_BONDS[rest % len(_BONDS)]}", family)
    return House(number, f"{family} & {_FAMILIES[second]}", family)
