"""Changing what is said of products: a merchant's own at once, shared ones when the operator agrees.

A product is shared when another merchant offers it too. Prices, stock and listings are each merchant's own and need
nobody's word. The operator of the platform where the merchant asked decides for the alliance's one product.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.catalogue import facts, trail
from hansa.commerce.catalogue.models import Offer, Product, ProductEdit
from hansa.kernel.errors import InvalidInput, NotFound, Refused

State = ProductEdit.State
LONGEST_REASON = 500


class NothingChanged(Refused):
    """The product says so already."""

    code = "nothing_changed"


class ProductMoved(Refused):
    """The product has been changed since the edit was asked for."""

    code = "product_moved"


def is_shared(*, product_id: int, merchant_id: int) -> bool:
    """Whether another merchant offers the product too."""
    offers = Offer.objects.filter(variant__product_id=product_id)
    return offers.exclude(merchant_id=merchant_id).exists()


@transaction.atomic
def propose(
    *,
    actor: Actor,
    platform_id: int,
    merchant_id: int,
    product_id: int,
    wanted: Mapping[str, Any],
    now: datetime,
) -> ProductEdit:
    """Ask for facts of a product (see `facts`) to be changed; what nobody else offers is changed at once.

    What the merchant asked for before and nobody has decided is taken up into the new edit. Refuses products that the
    merchant does not offer, facts that cannot be, and, with NothingChanged, those that are so already.
    """
    actor.require(Permission.RUN_MERCHANT, merchant_id=merchant_id)
    product = _locked(product_id)
    if not Offer.objects.filter(variant__product=product, merchant_id=merchant_id).exists():
        raise NotFound(f"there is no product {product_id} of yours here")
    earlier = ProductEdit.objects.select_for_update().filter(
        platform_id=platform_id, product=product, merchant_id=merchant_id, state=State.WAITING
    )
    asked = earlier.first()
    now_said = facts.of(product)
    after = (asked.after if asked else {}) | facts.checked(product, wanted)
    after = {name: value for name, value in after.items() if now_said[name] != value}
    if not after:
        raise NothingChanged("the product says so already")
    if asked is not None and asked.after == after:
        return asked
    earlier.update(state=State.SUPERSEDED, decided_at=now)
    edit = ProductEdit(
        platform_id=platform_id,
        product=product,
        merchant_id=merchant_id,
        before={name: now_said[name] for name in after},
        after=after,
        proposer=actor.name[: trail.LONGEST_NAME],
        proposer_id=actor.user_id,
        proposed_at=now,
    )
    if not is_shared(product_id=product_id, merchant_id=merchant_id):
        _apply(edit, actor, now)
    edit.save()
    return edit


@transaction.atomic
def approve(*, actor: Actor, platform_id: int, edit_id: int, now: datetime) -> ProductEdit:
    """Make an edit true. Refuses one that is decided, and with ProductMoved one whose product has changed since."""
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    edit = _waiting(platform_id, edit_id)
    said = facts.of(edit.product)
    moved = sorted(name for name in edit.after if said[name] != edit.before[name])
    if moved:
        raise ProductMoved(f"changed since it was asked for: {', '.join(moved)}; reject it with that reason")
    _apply(edit, actor, now)
    edit.decider, edit.decider_id = actor.name[: trail.LONGEST_NAME], actor.user_id
    edit.save(update_fields=["state", "decided_at", "decider", "decider_id"])
    return edit


@transaction.atomic
def reject(*, actor: Actor, platform_id: int, edit_id: int, reason: str, now: datetime) -> ProductEdit:
    """Decline an edit with a reason that the merchant reads. Refuses one that is decided, and silence."""
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise InvalidInput(f"please give a reason of 1 to {LONGEST_REASON} letters")
    edit = _waiting(platform_id, edit_id)
    edit.state, edit.reason, edit.decided_at = State.REJECTED, reason.strip(), now
    edit.decider, edit.decider_id = actor.name[: trail.LONGEST_NAME], actor.user_id
    edit.save(update_fields=["state", "reason", "decided_at", "decider", "decider_id"])
    return edit


def edits_on(platform_id: int, *, state: str = "") -> QuerySet[ProductEdit]:
    """The edits that were asked for on a platform, the newest first, all or those in one state."""
    found = ProductEdit.objects.filter(platform_id=platform_id).select_related("product", "merchant")
    return (found.filter(state=state) if state else found).order_by("-pk")


def edits_of_product(*, platform_id: int, product_id: int, merchant_id: int) -> list[ProductEdit]:
    """What a merchant asked for of a product, the newest first."""
    return list(edits_on(platform_id).filter(product_id=product_id, merchant_id=merchant_id)[:10])


def _apply(edit: ProductEdit, actor: Actor, now: datetime) -> None:
    facts.write(edit.product, edit.after)
    trail.note("product", edit.product_id, actor=actor, before=edit.before, after=edit.after, now=now)
    edit.state, edit.decided_at = State.APPLIED, now


def _locked(product_id: int) -> Product:
    product = Product.objects.select_for_update(of=("self",)).select_related("category").filter(pk=product_id)
    found = product.first()
    if found is None:
        raise NotFound(f"there is no product {product_id} of yours here")
    return found


def _waiting(platform_id: int, edit_id: int) -> ProductEdit:
    """The edit, its product locked first: whoever asks anew waits for the decision and the other way round."""
    known = ProductEdit.objects.filter(platform_id=platform_id, pk=edit_id).first()
    if known is None:
        raise NotFound(f"there is no edit {edit_id} here")
    product = _locked(known.product_id)
    edit = ProductEdit.objects.select_for_update().get(pk=edit_id)
    if edit.state != State.WAITING:
        raise Refused(f"edit {edit_id} is {edit.state}")
    edit.product = product
    return edit
