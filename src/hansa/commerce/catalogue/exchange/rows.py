"""One good a row: its columns, what their text means, and how a good is written down in them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, DecimalException
from typing import TypeVar

from hansa.commerce.catalogue import gtin
from hansa.commerce.catalogue.bounds import LEAD_TIME_DAYS, PACK_SIZE, PRICE, UNIT_COST, WEIGHT_G, Bounds
from hansa.commerce.catalogue.exchange.tables import Row
from hansa.kernel.errors import InvalidInput
from hansa.kernel.money import digits_of

PRODUCT = ("title", "title_zh", "brand", "category", "gtin", "description")
VARIANT = ("label", "weight_g")
OFFER = ("unit_cost", "pack_size", "lead_time_days")
LISTING = ("price", "currency", "active")
COLUMNS = ("sku", "group", *PRODUCT, "attributes", *VARIANT, *LISTING, *OFFER)
NEEDED = ("sku", "title", "category", "price", "currency")
USUAL = {"weight_g": "500", "pack_size": "1", "lead_time_days": "3", "active": "yes"}
_SKU = re.compile(r"[^\s,;\x00-\x1f][^,;\x00-\x1f]{0,63}")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f]")  # no workbook can hold them
_YES_NO = {
    "yes": True,
    "no": False,
    "true": True,
    "false": False,
    "1": True,
    "0": False,
    "是": True,
    "否": False,
}
LONGEST_LABEL = 80
LONGEST_GROUP = 40

T = TypeVar("T")


@dataclass(frozen=True)
class Problem:
    """Why a row was not taken: where, what stands there, what is wrong with it and what would be right."""

    line: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        where = f"line {self.line}, {self.column}" if self.column else f"line {self.line}"
        return f"{where}: {self.reason}"


class WrongRow(Exception):
    """A row that cannot be taken, for all its reasons."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True)
class Good:
    """A row that makes sense. ``given`` holds its cells as text, cleaned, so that they compare with what is there."""

    line: int
    given: dict[str, str]
    attributes: dict[str, str]
    price: int
    unit_cost: int
    weight_g: int
    pack_size: int
    lead_time_days: int
    is_active: bool

    @property
    def sku(self) -> str:
        return self.given["sku"]


def understood(row: Row, *, currency: str, known: Mapping[str, str]) -> Good:
    """Read a row; cells of columns that the file has not are as ``known``, what is said of the SKU now.

    Refuses with WrongRow, naming every cell that cannot be.
    """
    problems = [
        Problem(row.line, name, row.values.get(name, "")[:80], wrong) for name, wrong in row.odd.items()
    ]
    given = {**USUAL, **known, **{name: cleaned(name, text) for name, text in row.values.items() if name}}
    given = {name: given.get(name, "") or USUAL.get(name, "") for name in COLUMNS}

    def cell(name: str, meaning: Callable[[str], T], otherwise: T) -> T:
        try:
            return meaning(given[name])
        except InvalidInput as wrong:
            if name not in row.odd:
                problems.append(Problem(row.line, name, given[name][:80], wrong.message))
            return otherwise

    cell("sku", _sku, "")
    cell("title", _filled, "")
    cell("category", _filled, "")
    given["gtin"] = cell("gtin", gtin.read, "")
    cell("currency", lambda text: _currency(text, currency), "")
    price = cell("price", lambda text: money(text, currency, PRICE), 1)
    cell("label", lambda text: _short(text, LONGEST_LABEL), "")
    cell("group", lambda text: _short(text, LONGEST_GROUP), "")
    good = Good(
        line=row.line,
        given=given,
        attributes=cell("attributes", attributes, {}),
        price=price,
        unit_cost=cell(
            "unit_cost", lambda text: money(text, currency, UNIT_COST) if text else price * 6 // 10, 0
        ),
        weight_g=cell("weight_g", lambda text: whole(text, WEIGHT_G), 1),
        pack_size=cell("pack_size", lambda text: whole(text, PACK_SIZE), 1),
        lead_time_days=cell("lead_time_days", lambda text: whole(text, LEAD_TIME_DAYS), 0),
        is_active=cell("active", _yes_no, otherwise=True),
    )
    if problems:
        raise WrongRow(problems)
    given |= {
        "attributes": attributes_text(good.attributes),
        "price": money_text(good.price, currency),
        "unit_cost": money_text(good.unit_cost, currency),
        "active": "yes" if good.is_active else "no",
        **{name: str(getattr(good, name)) for name in ("weight_g", "pack_size", "lead_time_days")},
    }
    return good


def money(text: str, currency: str, bounds: Bounds) -> int:
    """Decimal text such as 12.50 as minor units."""
    digits = digits_of(currency)
    try:
        amount = Decimal(text).scaleb(digits)
    except DecimalException as error:  # 1e999999 is a number, and too large for one with cents
        raise InvalidInput(f"{text!r} is no amount; write it such as {_sample(digits)}") from error
    if not amount.is_finite() or amount != amount.to_integral_value():
        raise InvalidInput(f"{text!r} has more than {digits} decimals")
    if not bounds.least <= amount <= bounds.most:
        raise InvalidInput(f"{text!r} is too small or too large for an amount")
    return int(amount)


def money_text(minor: int, currency: str) -> str:
    """Minor units as decimal text."""
    digits = digits_of(currency)
    return f"{Decimal(minor).scaleb(-digits):.{digits}f}"


def attributes(text: str) -> dict[str, str]:
    """``size=100 g; fat=3.5`` as values by code; a semicolon in a value is doubled."""
    found: dict[str, str] = {}
    for part in re.split(r"(?<!;);(?!;)", text):
        code, equals, value = part.replace(";;", ";").partition("=")
        if not part.strip():
            continue
        if not equals or not code.strip() or not value.strip():
            raise InvalidInput(f"{part.strip()[:40]!r} is no attribute; write it such as size=100 g")
        if code.strip() in found:
            raise InvalidInput(f"the attribute {code.strip()} stands there twice")
        found[code.strip()] = value.strip()
    return found


def attributes_text(values: Mapping[str, str]) -> str:
    """The same the other way round."""
    return "; ".join(f"{code}={value.replace(';', ';;')}" for code, value in sorted(values.items()))


def whole(text: str, bounds: Bounds) -> int:
    """A whole number within bounds."""
    if (
        not (text.isascii() and text.isdecimal())
        or len(text) > 9
        or not bounds.least <= int(text) <= bounds.most
    ):
        raise InvalidInput(f"{text!r} is no whole number from {bounds.least} to {bounds.most}")
    return int(text)


def cleaned(name: str, text: str) -> str:
    """A cell without spaces that nobody sees; a description keeps its lines."""
    text = _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return text if name == "description" else " ".join(text.split())


def _sku(text: str) -> str:
    if not _SKU.fullmatch(text):
        raise InvalidInput("a SKU has 1 to 64 letters, no comma and no semicolon")
    return text


def _short(text: str, most: int) -> str:
    if len(text) > most:
        raise InvalidInput(f"at most {most} letters here, not {len(text)}")
    return text


def _filled(text: str) -> str:
    if not text:
        raise InvalidInput("this cell must not be empty")
    return text


def _currency(text: str, wanted: str) -> str:
    if text != wanted:
        raise InvalidInput(f"this platform sells in {wanted}, not in {text!r}")
    return text


def _yes_no(text: str) -> bool:
    if text.lower() not in _YES_NO:
        raise InvalidInput(f"{text!r} is neither yes nor no")
    return _YES_NO[text.lower()]


def _sample(digits: int) -> str:
    return f"12.{'5'.ljust(digits, '0')}" if digits else "12"
