"""How desks show an edit of a product: each fact as it was beside what it is to become."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from hansa.commerce.catalogue.models import ProductEdit

_NAMES = {
    "title": _("Name"),
    "title_zh": _("Name in Chinese"),
    "brand": _("Brand"),
    "description": _("Description"),
    "category": _("Category"),
    "gtin": "GTIN",
    "pictures": _("Pictures"),
    "attributes": _("Attributes"),
}


@dataclass(frozen=True)
class Difference:
    """One fact before and after; pictures as their digests, everything else as text."""

    name: str
    before: str
    after: str
    pictures_before: tuple[dict[str, str], ...] = ()
    pictures_after: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True)
class ShownEdit:
    """An edit with what it changes."""

    edit: ProductEdit
    differences: tuple[Difference, ...]

    @property
    def waits(self) -> bool:
        return self.edit.state == ProductEdit.State.WAITING


def rows_of(found: Iterable[ProductEdit]) -> list[ShownEdit]:
    """Edits as rows."""
    return [
        ShownEdit(
            edit, tuple(_difference(name, edit.before.get(name), edit.after[name]) for name in edit.after)
        )
        for edit in found
    ]


def _difference(name: str, before: Any, after: Any) -> Difference:
    word = str(_NAMES.get(name, name))
    if name == "pictures":
        return Difference(word, "", "", tuple(before), tuple(after))
    return Difference(word, _said(before), _said(after))


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(
            f"{sku}: {', '.join(f'{code} {text}' for code, text in values.items())}"
            for sku, values in value.items()
        )
    return str(value)
