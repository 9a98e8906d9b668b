"""The order in which goods stand: the category tree, brands, attributes. The alliance's own, kept by its operators."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.text import slugify

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.catalogue import trail
from hansa.commerce.catalogue.models import Attribute, Brand, Category
from hansa.kernel.errors import InvalidInput, NotFound, Refused

LONGEST_NAME = {"category": 120, "brand": 120, "attribute": 60}


@transaction.atomic
def add_category(
    *, actor: Actor, platform_id: int, name: str, name_zh: str, parent_id: int | None, now: datetime
) -> Category:
    """Add a category at the top, or below one that stands there: taxes and departments know two levels.

    Refuses an empty name, one that is there already, and a place below the second level.
    """
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    name, slug = _named("category", name), slugify(name)[:120]
    if not slug:
        raise InvalidInput(f"the English name of a category has Latin letters, not {name!r}")
    parent = _category(parent_id) if parent_id is not None else None
    if parent is not None and parent.parent_id is not None:
        raise Refused(f"{parent.name} is a kind already: nothing stands below it")
    category, is_new = Category.objects.get_or_create(
        slug=slug,
        defaults={
            "name": name,
            "name_zh": name_zh.strip()[:120] or name,
            "parent": parent,
            "art": parent.art if parent else "box",
        },
    )
    if not is_new:
        raise Refused(f"the category {slug} is there already")
    trail.note("category", category.pk, actor=actor, before={}, after=_said(category), now=now)
    return category


@transaction.atomic
def rename_category(
    *, actor: Actor, platform_id: int, category_id: int, name: str, name_zh: str, now: datetime
) -> Category:
    """Call a category something else in either language; its address stays."""
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    category = _category(category_id)
    before = _said(category)
    category.name, category.name_zh = _named("category", name), name_zh.strip()[:120] or name.strip()
    category.save(update_fields=["name", "name_zh"])
    trail.note("category", category.pk, actor=actor, before=before, after=_said(category), now=now)
    return category


@transaction.atomic
def name_brand(*, actor: Actor, platform_id: int, brand_id: int, name_zh: str, now: datetime) -> Brand:
    """Give a brand its Chinese name; the other one is what its products say."""
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    brand = Brand.objects.select_for_update().filter(pk=brand_id).first()
    if brand is None:
        raise NotFound(f"there is no brand {brand_id}")
    before, brand.name_zh = brand.name_zh, name_zh.strip()[:120]
    brand.save(update_fields=["name_zh"])
    trail.note(
        "brand",
        brand.pk,
        actor=actor,
        before={"name_zh": before},
        after={"name_zh": brand.name_zh},
        now=now,
    )
    return brand


@transaction.atomic
def add_attribute(
    *, actor: Actor, platform_id: int, name: str, name_zh: str, kind: str, unit: str, now: datetime
) -> Attribute:
    """Let variants have one more property. Refuses a name that is there already and an unknown kind."""
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    name, code = _named("attribute", name), slugify(name)[:40]
    if not code or kind not in set(Attribute.Kind.values):
        raise InvalidInput("an attribute has a name in Latin letters, and is text, a number or a flag")
    attribute, is_new = Attribute.objects.get_or_create(
        code=code,
        defaults={
            "name": name,
            "name_zh": name_zh.strip()[:60],
            "kind": kind,
            "unit": unit.strip()[:12],
            "is_axis": True,
        },
    )
    if not is_new:
        raise Refused(f"the attribute {code} is there already")
    after = {"code": code, "name": name, "kind": kind}
    trail.note("attribute", attribute.pk, actor=actor, before={}, after=after, now=now)
    return attribute


def brands() -> QuerySet[Brand]:
    """Every brand, by name."""
    return Brand.objects.order_by("name", "pk")


def attributes_in_use() -> QuerySet[Attribute, Attribute]:
    """Every attribute with the number of its values, by name."""
    return Attribute.objects.annotate(value_count=Count("values")).order_by("name", "pk")


def _category(category_id: int) -> Category:
    found = Category.objects.select_for_update().filter(pk=category_id).first()
    if found is None:
        raise NotFound(f"there is no category {category_id}")
    return found


def _named(what: str, name: str) -> str:
    text = " ".join(name.split())
    if not 1 <= len(text) <= LONGEST_NAME[what]:
        raise InvalidInput(f"the name has 1 to {LONGEST_NAME[what]} letters")
    return text


def _said(category: Category) -> dict[str, str]:
    return {"name": category.name, "name_zh": category.name_zh, "slug": category.slug}
