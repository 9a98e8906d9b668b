"""A merchant's goods out of a platform as a table, and a table in: each row whole or not at all.

A row is known by its SKU, so the same file twice changes nothing the second time. What others offer too is not
changed by a file either: it is asked for, and waits for the operator (see `edits`). Prices are the merchant's own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Prefetch

from hansa.commerce.accounts.models import Platform
from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.catalogue import edits, facts, goods, gtin
from hansa.commerce.catalogue.edits import NothingChanged
from hansa.commerce.catalogue.exchange import rows, tables
from hansa.commerce.catalogue.exchange.newcomers import GROUP, Desk, Misfit, problem_of, write_down
from hansa.commerce.catalogue.exchange.rows import COLUMNS, NEEDED, PRODUCT, Good, Problem, WrongRow
from hansa.commerce.catalogue.exchange.tables import Row
from hansa.commerce.catalogue.goods import Described, Terms
from hansa.commerce.catalogue.models import (
    Category,
    Listing,
    Offer,
    Product,
    ProductEdit,
    Variant,
    VariantValue,
)
from hansa.commerce.merchants import selectors as merchants
from hansa.commerce.merchants.models import Store
from hansa.foundation import tenancy
from hansa.kernel.errors import HansaError

MOST_PROBLEMS = 500


class Outcome(StrEnum):
    """What became of a row."""

    NEW = "new"
    CHANGED = "changed"
    WAITING = "waiting"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True)
class Report:
    """What became of the rows of a file, and why some were not taken."""

    is_dry_run: bool
    counts: dict[str, int]
    problems: tuple[Problem, ...]

    @property
    def rejected(self) -> int:
        return self.counts[Outcome.REFUSED]


class _Undone(Exception):
    """Rolls a dry run back."""


def export_goods(*, actor: Actor, platform: Platform, merchant_id: int, kind: str = tables.CSV_KIND) -> bytes:
    """Everything that a merchant lists on a platform, shown or not, as CSV or XLSX."""
    actor.require(Permission.SEE_MERCHANT, merchant_id=merchant_id)
    with tenancy.as_platform(platform.pk):
        said = [[text[name] for name in COLUMNS] for _listing, text in _exported(platform, merchant_id)]
    return tables.write_xlsx(COLUMNS, said) if kind == tables.XLSX_KIND else tables.write_csv(COLUMNS, said)


def import_goods(
    *, actor: Actor, platform: Platform, merchant_id: int, data: bytes, now: datetime, dry_run: bool = False
) -> Report:
    """Take a table in. A dry run does everything and undoes it, so that its report is the true one.

    Refuses, as a whole, files that cannot be read (see `tables.read`) and merchants without a store there.
    """
    actor.require(Permission.RUN_MERCHANT, merchant_id=merchant_id)
    found = list(tables.read(data, columns=COLUMNS, needed=NEEDED))
    desk = Desk(actor, platform, merchant_id, now)
    report: list[Report] = []
    try:
        with tenancy.as_platform(platform.pk):
            store = merchants.get_store(platform_id=platform.pk, merchant_id=merchant_id)
            Store.objects.select_for_update().get(pk=store.pk)  # one file of a house at a time
            report.append(_take_all(desk, found, is_dry_run=dry_run))
            if dry_run:
                raise _Undone
    except _Undone:
        pass
    return report[0]


def _take_all(desk: Desk, found: list[Row], *, is_dry_run: bool) -> Report:
    known = {text["sku"]: (listing, text) for listing, text in _exported(desk.platform, desk.merchant_id)}
    goods_said, problems = _understood(desk, found, known)
    counts: Counter[str] = Counter({Outcome.REFUSED: len({each.line for each in problems})})
    newcomers = write_down(desk, [good for good in goods_said if good.sku not in known])
    for good in goods_said:
        listing, text = known.get(good.sku, (None, {}))
        if good.sku in newcomers.skus:
            counts[Outcome.NEW] += 1
        elif good.sku in newcomers.problems:
            counts[Outcome.REFUSED] += 1
            problems.append(newcomers.problems[good.sku])
        elif good.given == text:
            counts[Outcome.SAME] += 1
        else:
            try:
                with transaction.atomic():
                    counts[_take(desk, good, listing, text)] += 1
            except WrongRow as wrong:
                counts[Outcome.REFUSED] += 1
                problems += wrong.problems
    problems.sort(key=lambda each: each.line)
    return Report(is_dry_run, {each.value: counts[each] for each in Outcome}, tuple(problems[:MOST_PROBLEMS]))


def _understood(
    desk: Desk, found: list[Row], known: Mapping[str, tuple[Listing, dict[str, str]]]
) -> tuple[list[Good], list[Problem]]:
    """The rows that make sense, by SKU, so that two houses whose files share products lock these in one order."""
    said: list[Good] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for row in sorted(found, key=lambda row: row.values.get("sku", "").strip()):
        sku = row.values.get("sku", "").strip()
        _listing, text = known.get(sku, (None, {}))
        try:
            good = rows.understood(row, currency=desk.platform.currency, known=text)
            if sku in seen:
                raise Misfit("this SKU stands in an earlier row already", column="sku")
            said.append(good)
        except WrongRow as wrong:
            problems += wrong.problems
        except Misfit as refusal:
            problems.append(problem_of(good, refusal))
        seen.add(sku)
    return said, problems


def _take(desk: Desk, good: Good, listing: Listing | None, text: Mapping[str, str]) -> Outcome:
    try:
        return _bring_new(desk, good) if listing is None else _bring_up_to_date(desk, good, listing, text)
    except HansaError as refusal:
        raise WrongRow([problem_of(good, refusal)]) from refusal


def _bring_up_to_date(desk: Desk, good: Good, listing: Listing, text: Mapping[str, str]) -> Outcome:
    changed = {name for name in COLUMNS if good.given[name] != text[name]}
    if not changed:
        return Outcome.SAME
    if "group" in changed:
        raise Misfit(f"this SKU belongs to the group {text['group']}", column="group")
    _change_variant(desk, good, listing.offer.variant, changed)
    if changed & set(rows.OFFER):
        names = sorted(changed & set(rows.OFFER))
        Offer.objects.filter(pk=listing.offer_id).update(**{name: getattr(good, name) for name in names})
    if changed & set(rows.LISTING):
        goods.list_offer(
            listing.offer, platform=desk.platform, price=good.price, now=desk.now, is_active=good.is_active
        )
    wanted: dict[str, Any] = {name: good.given[name] for name in PRODUCT if name in changed}
    if "attributes" in changed:
        emptied = dict.fromkeys(rows.attributes(text["attributes"]), "")
        wanted["attributes"] = {good.sku: emptied | good.attributes}
    return _ask(desk, listing.product_id, wanted) if wanted else Outcome.CHANGED


def _ask(desk: Desk, product_id: int, wanted: Mapping[str, Any]) -> Outcome:
    try:
        edit = edits.propose(
            actor=desk.actor,
            platform_id=desk.platform.pk,
            merchant_id=desk.merchant_id,
            product_id=product_id,
            wanted=wanted,
            now=desk.now,
        )
    except NothingChanged:
        return Outcome.SAME
    return Outcome.CHANGED if edit.state == ProductEdit.State.APPLIED else Outcome.WAITING


def _change_variant(desk: Desk, good: Good, variant: Variant, changed: set[str]) -> None:
    names = sorted(changed & set(rows.VARIANT))
    if not names:
        return
    if Offer.objects.filter(variant=variant).exclude(merchant_id=desk.merchant_id).exists():
        raise Misfit("another merchant offers this too; leave it as it is", column=names[0])
    variant.label, variant.weight_g = good.given["label"], good.weight_g
    variant.save(update_fields=["label", "weight_g"])
    facts.tell_listings(variant.product)


def _bring_new(desk: Desk, good: Good) -> Outcome:
    terms = Terms(
        sku=good.sku,
        price=good.price,
        unit_cost=good.unit_cost,
        label=good.given["label"],
        weight_g=good.weight_g,
        pack_size=good.pack_size,
        lead_time_days=good.lead_time_days,
        is_active=good.is_active,
    )
    variant = Variant.objects.select_related("product__category").filter(sku=good.sku).first()
    if variant is not None:
        _insist_on_same_article(desk, good, variant)
    else:
        product = _product_of(desk, good)
        variant = goods.make_variant(product, terms)
        if good.attributes:
            said = facts.checked(product, {"attributes": {good.sku: good.attributes}})
            facts.write_values(product, said["attributes"])
    offer = goods.make_offer(variant, terms, merchant_id=desk.merchant_id, now=desk.now)
    goods.list_offer(
        offer, platform=desk.platform, price=terms.price, now=desk.now, is_active=terms.is_active
    )
    return Outcome.NEW


def _insist_on_same_article(desk: Desk, good: Good, variant: Variant) -> None:
    if Offer.objects.filter(variant=variant, merchant_id=desk.merchant_id).exists():
        return  # ours already, on another platform
    if not gtin.same(good.given["gtin"], variant.product.gtin):
        raise Misfit(
            "another merchant's article has this SKU; give its GTIN to offer the same, or choose another SKU",
            column="sku",
        )


def _product_of(desk: Desk, good: Good) -> Product:
    """The product that a new variant belongs to: its group's, which may come with this very file, or a new one."""
    group = good.given["group"]
    ref = GROUP.format(merchant=desk.merchant_id, group=group) if group else None
    if group.startswith("#"):
        return _own_product(desk, good)
    if ref is not None and (known := Product.objects.filter(external_ref=ref).first()):
        return known
    goods.insist_on_new_article(good.given["gtin"])
    category = Category.objects.filter(slug=good.given["category"]).first()
    if category is None:
        raise Misfit("there is no such category; use the slug of one", column="category")
    described = Described(
        category_id=category.pk, **{name: good.given[name] for name in PRODUCT if name != "category"}
    )
    return goods.make_product(described, now=desk.now, external_ref=ref)


def _own_product(desk: Desk, good: Good) -> Product:
    number = good.given["group"][1:]
    found = (
        Product.objects.filter(pk=int(number), variants__offers__merchant_id=desk.merchant_id).first()
        if number.isascii() and number.isdecimal() and len(number) < 19
        else None
    )
    if found is None:
        raise Misfit("there is no such product of yours", column="group")
    return found


def _exported(platform: Platform, merchant_id: int) -> Iterator[tuple[Listing, dict[str, str]]]:
    """A merchant's listings on a platform, each with its cells."""
    values = Prefetch("offer__variant__values", VariantValue.objects.select_related("attribute", "value"))
    found = (
        Listing.objects.filter(platform=platform, merchant_id=merchant_id)
        .select_related("product__category", "offer__variant__product__category")
        .prefetch_related(values)
        .defer("words")
        .order_by("pk")
    )
    return ((listing, _cells(listing)) for listing in found)


def _cells(listing: Listing) -> dict[str, str]:
    product, variant, offer = listing.product, listing.offer.variant, listing.offer
    own = GROUP.format(merchant=listing.merchant_id, group="")
    ref = product.external_ref or ""
    said = {name: getattr(product, name) for name in PRODUCT if name != "category"}
    values = {each.attribute.code: each.value.text for each in variant.values.all()}
    cells = said | {
        "sku": variant.sku,
        "group": ref.removeprefix(own) if ref.startswith(own) else f"#{product.pk}",
        "category": product.category.slug,
        "attributes": rows.attributes_text(values),
        "label": variant.label,
        "weight_g": str(variant.weight_g),
        "price": rows.money_text(listing.price, listing.currency),
        "currency": listing.currency,
        "active": "yes" if listing.is_active else "no",
        "unit_cost": rows.money_text(offer.unit_cost, listing.currency),
        "pack_size": str(offer.pack_size),
        "lead_time_days": str(offer.lead_time_days),
    }
    return {name: rows.cleaned(name, cells[name]) for name in COLUMNS}
