"""Words to set a scene with: `a_shop(stock={"tea": 10}, prices={"tea": 500})`. Used with the `database` fixture."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hansa.commerce.accounts.models import Address, Membership, Platform, User
from hansa.commerce.accounts.policy import Actor
from hansa.commerce.accounts.selectors import actor_of
from hansa.commerce.catalogue import services as catalogue
from hansa.commerce.catalogue.models import Category, Listing, Offer, Product, Variant
from hansa.commerce.checkout import cart, together
from hansa.commerce.checkout import services as checkout
from hansa.commerce.checkout.together import Together
from hansa.commerce.delivery.domain import offered_windows
from hansa.commerce.merchants.models import Merchant, Store
from hansa.commerce.orders.models import OrderGroup
from hansa.commerce.orders.services import Destination
from hansa.commerce.payments.models import Payment, Refund
from hansa.commerce.promotions import selectors as promotions
from hansa.commerce.stock.models import StockLevel, StockMovement, Warehouse
from hansa.foundation import tenancy
from hansa.kernel import ids

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DOOR = Destination("Alia", "Mengstrasse 4", "Lübeck", "23552", "DE", 53.867, 10.686)


@dataclass
class Shop:
    """A platform with one merchant, its goods and a fulfilment centre; every word commits."""

    platform: Platform
    merchant: Merchant
    owner: Actor
    centre: Warehouse
    listings: dict[str, Listing] = field(default_factory=dict)

    def stock_of(self, name: str) -> int:
        """Units that can still be promised."""
        level = self.level_of(name)
        return level.on_hand - level.reserved - level.allocated

    def level_of(self, name: str) -> StockLevel:
        with tenancy.as_platform(self.platform.pk):
            return StockLevel.objects.get(offer_id=self.listings[name].offer_id)

    def fill_cart(self, actor: Actor, lines: list[tuple[str, int]], now: datetime = NOON) -> int:
        """Fill the actor's cart and answer what it costs, with delivery."""
        with tenancy.as_platform(self.platform.pk):
            for name, quantity in lines:
                cart.add(
                    platform_id=self.platform.pk,
                    actor=actor,
                    listing_id=self.listings[name].pk,
                    quantity=quantity,
                    now=now,
                )
            return cart.look_into(platform_id=self.platform.pk, actor=actor, now=now).quote.grand_total

    def wish(self, total: int, *, card: str = "tok_ok", now: datetime = NOON) -> checkout.Wish:
        return checkout.Wish(DOOR, offered_windows(now)[0].key, card, total)

    def pay(
        self, actor: Actor, total: int, *, card: str = "tok_ok", key: str = "", now: datetime = NOON
    ) -> OrderGroup:
        """Pay what lies in the cart."""
        return checkout.place_order(
            platform_id=self.platform.pk,
            actor=actor,
            wish=self.wish(total, card=card, now=now),
            key=key or ids.token(),
            now=now,
        )

    def buy(
        self,
        actor: Actor,
        lines: list[tuple[str, int]],
        *,
        card: str = "tok_ok",
        key: str = "",
        now: datetime = NOON,
    ) -> OrderGroup:
        """Fill a cart and pay it."""
        return self.pay(actor, self.fill_cart(actor, lines, now), card=card, key=key, now=now)

    def buy_together(
        self,
        actor: Actor,
        name: str = "",
        *,
        group_id: int | None = None,
        card: str = "tok_ok",
        now: datetime = NOON,
    ) -> OrderGroup:
        """Buy one unit in a group: a new one of a good with a group buy, or one that is open."""
        platform_id = self.platform.pk
        with tenancy.as_platform(platform_id):
            if group_id is None:
                offer = together.find_offer(
                    platform_id=platform_id, listing=self.listings[name], buyer_id=actor.user_id, now=now
                )
            else:
                group = promotions.get_group(platform_id=platform_id, group_id=group_id)
                offer = together.offer_in(group, buyer_id=actor.user_id, now=now)
        assert offer is not None
        asked = Together(1, group_id, None if group_id else self.listings[name].pk)
        window = offered_windows(offer.deadline)[0].key
        wish = checkout.Wish(DOOR, window, card, offer.priced.quote.grand_total, together=asked)
        return checkout.place_order(platform_id=platform_id, actor=actor, wish=wish, key=ids.token(), now=now)

    def empty_cart(self, actor: Actor, now: datetime = NOON) -> None:
        with tenancy.as_platform(self.platform.pk):
            for listing_id in cart.quantities(platform_id=self.platform.pk, actor=actor):
                cart.set_quantity(
                    platform_id=self.platform.pk, actor=actor, listing_id=listing_id, quantity=0, now=now
                )

    def payment_of(self, group: OrderGroup) -> Payment:
        with tenancy.as_platform(self.platform.pk):
            return Payment.objects.get(reference=group.number)

    def refunds_of(self, group: OrderGroup) -> list[int]:
        with tenancy.as_platform(self.platform.pk):
            return list(
                Refund.objects.filter(payment__reference=group.number).values_list("amount", flat=True)
            )


def a_platform(code: str = "trave", *, commission_bp: int = 1_000) -> Platform:
    """A marketplace that keeps ten per cent."""
    return Platform.objects.create(
        code=code,
        name=code.title(),
        name_zh=code,
        currency="EUR",
        commission_bp=commission_bp,
        latitude=53.87,
        longitude=10.69,
    )


def a_person(name: str = "alia") -> User:
    return User.objects.create(username=name, display_name=name.title())


def user_of(actor: Actor) -> User:
    """The person behind an actor."""
    assert actor.user_id is not None, f"{actor.name} has no name of their own"
    return User.objects.get(pk=actor.user_id)


def a_shopper(name: str = "alia") -> Actor:
    """Somebody who buys."""
    user = a_person(name)
    Address.objects.create(
        user=user,
        recipient=name.title(),
        street=DOOR.street,
        city=DOOR.city,
        postal_code=DOOR.postal_code,
        country=DOOR.country,
        latitude=DOOR.latitude,
        longitude=DOOR.longitude,
    )
    return actor_of(user)


def an_operator(shop: Shop, name: str = "") -> Actor:
    """Who runs the platform of a shop; the same person when asked again."""
    name = name or f"operator-{shop.platform.code}"
    user, _ = User.objects.get_or_create(username=name, defaults={"display_name": name.title()})
    Membership.objects.get_or_create(user=user, role=Membership.Role.OPERATOR, platform=shop.platform)
    return actor_of(user)


def a_merchant(platform: Platform, name: str = "bo") -> tuple[Merchant, Actor]:
    """A merchant with a store on the platform and the person who runs it."""
    merchant = Merchant.objects.create(
        name=name.title(),
        slug=name,
        status=Merchant.Status.APPROVED,
        home_platform=platform,
        joined_at=NOON - timedelta(days=400),
    )
    with tenancy.as_platform(platform.pk):
        Store.objects.create(platform=platform, merchant=merchant)
    user = a_person(f"{name}-owner")
    Membership.objects.create(user=user, role=Membership.Role.MERCHANT, merchant_id=merchant.pk)
    return merchant, actor_of(user)


def a_centre(platform: Platform) -> Warehouse:
    with tenancy.as_platform(platform.pk):
        return Warehouse.objects.create(
            platform=platform, name=f"{platform.name} centre", kind="centre", latitude=53.87, longitude=10.68
        )


def a_category(name: str = "Pantry") -> Category:
    category, _ = Category.objects.get_or_create(
        slug=name.lower(), defaults={"name": name, "name_zh": "食品"}
    )
    return category


def a_listing(
    platform: Platform, merchant: Merchant, centre: Warehouse, name: str, *, price: int, stock: int
) -> Listing:
    """A good that is for sale, findable, and lies in the centre."""
    category = a_category()
    product = Product.objects.create(title=name.title(), category=category, created_at=NOON)
    variant = Variant.objects.create(
        product=product, sku=f"{platform.code}-{merchant.slug}-{name}", weight_g=250
    )
    offer = Offer.objects.create(
        merchant=merchant, variant=variant, unit_cost=max(1, price // 2), created_at=NOON
    )
    with tenancy.as_platform(platform.pk):
        listing = Listing.objects.create(
            platform=platform,
            offer=offer,
            merchant=merchant,
            product=product,
            category=category,
            title=name.title(),
            price=price,
            currency=platform.currency,
            listed_at=NOON,
        )
        catalogue.index(listing)
        level = StockLevel.objects.create(platform=platform, offer=offer, warehouse=centre, on_hand=stock)
        if stock:
            StockMovement.objects.create(
                platform=platform,
                level=level,
                quantity=stock,
                reason="opening",
                reference="opening",
                moved_at=NOON,
            )
    return listing


def a_shop(
    *, stock: dict[str, int], prices: dict[str, int], code: str = "trave", merchant_name: str = "bo"
) -> Shop:
    """A platform where one merchant sells these goods."""
    platform = a_platform(code)
    merchant, owner = a_merchant(platform, merchant_name)
    centre = a_centre(platform)
    shop = Shop(platform, merchant, owner, centre)
    for name, units in stock.items():
        shop.listings[name] = a_listing(platform, merchant, centre, name, price=prices[name], stock=units)
    return shop
