"""What the search reads beside its own rows: what lies below a category, and a platform's synonyms."""

from __future__ import annotations

from collections.abc import Iterable

from hansa.commerce.catalogue import words
from hansa.commerce.catalogue.models import Category, SynonymGroup

Group = tuple[tuple[str, ...], ...]


def categories_below(category_ids: Iterable[int]) -> list[int]:
    """These categories and everything below them, in key order; one query for each level of the tree."""
    found: set[int] = set()
    level = set(category_ids)
    while level:
        found |= level
        level = set(Category.objects.filter(parent_id__in=level).values_list("pk", flat=True)) - found
    return sorted(found)


def synonyms_of(platform_id: int) -> tuple[Group, ...]:
    """A platform's groups of synonyms, each phrase cut into words."""
    rows = (
        SynonymGroup.objects.filter(platform_id=platform_id).order_by("pk").values_list("phrases", flat=True)
    )
    return tuple(
        tuple(phrase for phrase in (tuple(words.cut(text)) for text in phrases) if phrase) for phrases in rows
    )
