"""The API's doors to the order in which goods stand, the words they are found by, and edits that wait: the operator's."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from hansa.commerce.accounts.api import inside
from hansa.commerce.catalogue import edits, selectors, services, shelves
from hansa.commerce.catalogue.api.goods import EditOut, EditPage
from hansa.commerce.catalogue.models import Attribute, Brand, Category, ProductEdit, SynonymGroup
from hansa.foundation.paging import newest_first

router = Router(tags=["catalogue"])


class NamesIn(Schema):
    name: str = Field(min_length=1, max_length=120)
    name_zh: str = Field("", max_length=120)


class CategoryIn(NamesIn):
    """Without a parent it stands at the top."""

    parent_id: int | None = None


class CategoryOut(Schema):
    id: int
    slug: str
    name: str
    name_zh: str
    parent_id: int | None


class BrandIn(Schema):
    name_zh: str = Field(max_length=120)


class BrandOut(Schema):
    id: int
    name: str
    name_zh: str


class BrandPage(Schema):
    items: list[BrandOut]
    next_cursor: str


class AttributeIn(NamesIn):
    kind: str = Attribute.Kind.TEXT.value
    unit: str = Field("", max_length=12)


class AttributeOut(Schema):
    id: int
    code: str
    name: str
    name_zh: str
    kind: str
    unit: str


class SynonymsIn(Schema):
    phrases: list[str] = Field(min_length=2, max_length=services.MOST_SYNONYMS)


class SynonymsOut(Schema):
    id: int
    phrases: list[str]


class EditDecisionIn(Schema):
    """A declined edit needs a reason; the merchant reads it."""

    agrees: bool
    reason: str = Field("", max_length=edits.LONGEST_REASON)


@router.get("/categories/", response=list[CategoryOut])
def list_categories(request: HttpRequest, platform: str = "") -> list[Category]:
    """Every category, each top one before those below it."""
    with inside(request, platform):
        return [category for category, _depth in selectors.category_tree()]


@router.post("/categories/", response={201: CategoryOut})
def add_category(request: HttpRequest, body: CategoryIn, platform: str = "") -> Status[Category]:
    """Add a category at the top, or below one that stands there."""
    with inside(request, platform) as call:
        made = shelves.add_category(
            actor=call.actor, platform_id=call.platform.pk, now=call.now, **body.dict()
        )
        return Status(201, made)


@router.patch("/categories/{category_id}", response=CategoryOut)
def rename_category(request: HttpRequest, category_id: int, body: NamesIn, platform: str = "") -> Category:
    """Call a category something else; its slug stays."""
    with inside(request, platform) as call:
        return shelves.rename_category(
            actor=call.actor,
            platform_id=call.platform.pk,
            category_id=category_id,
            now=call.now,
            **body.dict(),
        )


@router.get("/brands/", response=BrandPage)
def list_brands(
    request: HttpRequest, platform: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """Every brand, newest first."""
    with inside(request, platform):
        page = newest_first(shelves.brands(), cursor=cursor, limit=limit)
        return {"items": page.rows, "next_cursor": page.next_cursor}


@router.patch("/brands/{brand_id}", response=BrandOut)
def name_brand(request: HttpRequest, brand_id: int, body: BrandIn, platform: str = "") -> Brand:
    """Give a brand its Chinese name."""
    with inside(request, platform) as call:
        return shelves.name_brand(
            actor=call.actor,
            platform_id=call.platform.pk,
            brand_id=brand_id,
            name_zh=body.name_zh,
            now=call.now,
        )


@router.get("/attributes/", response=list[AttributeOut])
def list_attributes(request: HttpRequest, platform: str = "") -> list[Attribute]:
    """Every property that variants can have, by name."""
    with inside(request, platform):
        return list(shelves.attributes_in_use())


@router.post("/attributes/", response={201: AttributeOut})
def add_attribute(request: HttpRequest, body: AttributeIn, platform: str = "") -> Status[Attribute]:
    """Let variants have one more property: text, a number or a flag."""
    with inside(request, platform) as call:
        made = shelves.add_attribute(
            actor=call.actor, platform_id=call.platform.pk, now=call.now, **body.dict()
        )
        return Status(201, made)


@router.get("/synonyms/", response=list[SynonymsOut])
def list_synonyms(request: HttpRequest, platform: str = "") -> list[SynonymGroup]:
    """The groups of phrases that mean the same in the platform's search."""
    with inside(request, platform) as call:
        return selectors.synonym_groups(call.platform.pk)


@router.post("/synonyms/", response={201: SynonymsOut})
def add_synonyms(request: HttpRequest, body: SynonymsIn, platform: str = "") -> Status[SynonymGroup]:
    """Let phrases mean the same."""
    with inside(request, platform) as call:
        made = services.add_synonyms(
            actor=call.actor, platform_id=call.platform.pk, phrases=body.phrases, now=call.now
        )
        return Status(201, made)


@router.delete("/synonyms/{group_id}", response={204: None})
def remove_synonyms(request: HttpRequest, group_id: int, platform: str = "") -> Status[None]:
    """Let the phrases of a group mean the same no more."""
    with inside(request, platform) as call:
        services.remove_synonyms(actor=call.actor, platform_id=call.platform.pk, group_id=group_id)
        return Status(204, None)


@router.get("/edits/", response=EditPage)
def list_edits(
    request: HttpRequest, platform: str = "", state: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """What merchants asked to be changed in products here, newest first, all or in one state."""
    with inside(request, platform) as call:
        page = newest_first(edits.edits_on(call.platform.pk, state=state), cursor=cursor, limit=limit)
        return {"items": page.rows, "next_cursor": page.next_cursor}


@router.post("/edits/{edit_id}/decision", response=EditOut)
def decide_edit(request: HttpRequest, edit_id: int, body: EditDecisionIn, platform: str = "") -> ProductEdit:
    """Make an edit of a shared product true, or decline it with a reason."""
    with inside(request, platform) as call:
        whose: dict[str, Any] = {"actor": call.actor, "platform_id": call.platform.pk, "now": call.now}
        if body.agrees:
            return edits.approve(edit_id=edit_id, **whose)
        return edits.reject(edit_id=edit_id, reason=body.reason, **whose)
