"""Races for units: the last of a good, of a flash sale, and of what bundles share; and what a shop changes meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from hansa.commerce.catalogue import goods
from hansa.commerce.catalogue import services as catalogue
from hansa.commerce.catalogue.goods import Terms as GoodTerms
from hansa.commerce.orders.models import OrderGroup, OrderLine
from hansa.commerce.promotions.domain import Kind
from hansa.commerce.promotions.models import FlashClaim
from hansa.commerce.promotions.services import Terms
from hansa.foundation import tenancy
from tests.factories import NOON, Shop, a_listing, a_shop, a_shopper
from tests.integration.pricing.scene import a_promotion
from tests.integration.races.harness import Act, Answer, Begin, Case, Race, is_refused, refusals

PRICE = 500


def last_units() -> Begin:
    """Everybody wants the one unit that is left for each two of them."""
    shop = a_shop(stock={}, prices={})

    def begin(number: int, many: int) -> Case:
        name, units = f"tea{number}", many // 2
        _put(shop, name, units)

        def insist(answers: Sequence[Answer]) -> None:
            assert refusals(answers) == ["insufficient_stock"] * (many - units)
            level = shop.level_of(name)
            assert (level.on_hand, level.reserved, level.allocated) == (units, 0, units)

        return Case([_buyer(shop, f"{name}-{place}", {name: 1}) for place in range(many)], insist)

    return begin


def flash_sale() -> Begin:
    """A flash sale of fewer units than there are buyers; the shelf has enough for all."""
    shop = a_shop(stock={}, prices={})

    def begin(number: int, many: int) -> Case:
        name, units = f"tea{number}", many // 2
        _put(shop, name, 100)
        terms = Terms("Flash", Kind.FLASH, percent_bp=5_000, flash_stock=units, most_per_buyer=1)
        a_promotion(shop, terms, [name])

        def insist(answers: Sequence[Answer]) -> None:
            with tenancy.as_platform(shop.platform.pk):
                claims = FlashClaim.objects.filter(promoted__offer_id=shop.listings[name].offer_id)
                assert claims.filter(released=False).count() == units
                cheap = OrderLine.objects.filter(offer_id=shop.listings[name].offer_id, discount=PRICE // 2)
                assert cheap.count() == units
            # A loser saw the sale's price; the next look shows the usual one.
            assert set(refusals(answers)) <= {"flash_sold_out", "price_changed"}
            assert len(refusals(answers)) == many - units

        return Case([_buyer(shop, f"{name}-{place}", {name: 1}) for place in range(many)], insist)

    return begin


def shared_parts() -> Begin:
    """Some want the good itself, some two bundles that hold it: four teas lie there for each two buyers."""
    shop = a_shop(stock={}, prices={})

    def begin(number: int, many: int) -> Case:
        tea, cup = f"tea{number}", f"cup{number}"
        _put(shop, tea, 2 * many)
        _put(shop, cup, many)
        baskets = [{_bundle(shop, f"set{number}", {tea: 2, cup: 1}): 1, tea: 1}, {tea: 2}]
        baskets.append({_bundle(shop, f"pair{number}", {tea: 3}): 1})
        teas = [3, 2, 3]

        def insist(answers: Sequence[Answer]) -> None:
            sold = sum(teas[place % 3] for place, each in enumerate(answers) if isinstance(each, OrderGroup))
            level = shop.level_of(tea)
            assert (level.on_hand, level.reserved, level.allocated) == (2 * many, 0, sold)
            assert set(refusals(answers)) <= {"insufficient_stock"}
            left = 2 * many - sold
            short = [
                teas[place % 3]
                for place, each in enumerate(answers)
                if is_refused(each, "insufficient_stock")
            ]
            assert all(wanted > left for wanted in short)

        return Case([_buyer(shop, f"{tea}-{place}", baskets[place % 3]) for place in range(many)], insist)

    return begin


def price_change() -> Begin:
    """The merchant changes the price while buyers pay the one that they were shown."""
    shop = a_shop(stock={}, prices={})

    def begin(number: int, many: int) -> Case:
        name = f"tea{number}"
        listing = _put(shop, name, 100)
        total = PRICE + 490

        def change() -> None:
            with tenancy.as_platform(shop.platform.pk):
                catalogue.set_price(
                    actor=shop.owner,
                    platform_id=shop.platform.pk,
                    listing_id=listing,
                    price=PRICE + 100,
                    currency="EUR",
                    now=NOON,
                )

        def insist(answers: Sequence[Answer]) -> None:
            bought = [each for each in answers if isinstance(each, OrderGroup)]
            assert {each.grand_total for each in bought} <= {total}
            assert set(refusals(answers)) <= {"price_changed"}
            assert len(bought) + len(refusals(answers)) == many - 1
            level = shop.level_of(name)
            assert (level.reserved, level.allocated) == (0, len(bought))

        buyers = [_buyer(shop, f"{name}-{place}", {name: 1}) for place in range(1, many)]
        return Case([change, *buyers], insist)

    return begin


def seller_leaves() -> Begin:
    """The merchant's good is taken from the shop while buyers pay it: they get it, or are told, and nothing is kept."""
    shop = a_shop(stock={}, prices={})

    def begin(number: int, many: int) -> Case:
        name = f"tea{number}"
        _put(shop, name, 100)

        def leave() -> None:
            goods.sell_at(
                actor=shop.owner,
                platform=shop.platform,
                merchant_id=shop.merchant.pk,
                offer_id=shop.listings[name].offer_id,
                price=PRICE,
                is_active=False,
                now=NOON,
            )

        def insist(answers: Sequence[Answer]) -> None:
            bought = sum(isinstance(each, OrderGroup) for each in answers)
            assert set(refusals(answers)) <= {"empty_cart", "not_found"}
            level = shop.level_of(name)
            assert (level.reserved, level.allocated) == (0, bought)
            assert bought + len(refusals(answers)) == many - 1

        buyers = [_buyer(shop, f"{name}-{place}", {name: 1}) for place in range(1, many)]
        return Case([leave, *buyers], insist)

    return begin


def _put(shop: Shop, name: str, units: int) -> int:
    listing = a_listing(shop.platform, shop.merchant, shop.centre, name, price=PRICE, stock=units)
    shop.listings[name] = listing
    return int(listing.pk)


def _bundle(shop: Shop, name: str, parts: dict[str, int]) -> str:
    with tenancy.as_platform(shop.platform.pk):
        shop.listings[name] = goods.make_bundle(
            actor=shop.owner,
            platform=shop.platform,
            merchant_id=shop.merchant.pk,
            terms=GoodTerms(sku=name, price=1_500, unit_cost=700),
            title=name,
            components={shop.listings[part].offer_id: units for part, units in parts.items()},
            now=NOON,
        )
    return name


def _buyer(shop: Shop, name: str, basket: dict[str, int]) -> Act:
    """Somebody with a full cart, who pays it."""
    buyer = a_shopper(name)
    return partial(shop.pay, buyer, shop.fill_cart(buyer, list(basket.items())))


RACES = [
    Race("100 buyers, 10 units", last_units),
    Race("flash sale", flash_sale),
    Race("bundle and component stock", shared_parts),
    Race("price change x checkout", price_change),
    Race("seller suspension x checkout", seller_leaves),
]
