"""A small alliance whose every figure can be worked out by hand. Weeks are Mondays; W1 is the last full one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from hansa.commerce.accounts.models import Membership, Platform, User
from hansa.commerce.behaviour.models import BehaviourEvent
from hansa.commerce.catalogue.models import Listing
from hansa.commerce.delivery.models import Route, RoutePlan, Shipment, Stop, Vehicle
from hansa.commerce.health.selectors.weekly import Figure, weekly_figures
from hansa.commerce.merchants.models import Merchant, Store
from hansa.commerce.orders.models import Order, OrderGroup, OrderLine
from hansa.commerce.reviews.models import Review
from hansa.commerce.stock.models import Warehouse
from hansa.foundation import tenancy
from hansa.kernel import ids
from tests.factories import a_centre, a_listing, a_merchant, a_person, a_platform

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)  # a Wednesday
W0 = date(2026, 3, 2)
W1, W2, W3, W4, W5, W6 = (W0 - timedelta(weeks=back) for back in range(1, 7))


def at(week: date, day: int = 0, hour: int = 10) -> datetime:
    """A moment of a week."""
    return datetime.combine(week + timedelta(days=day), time(hour), tzinfo=UTC)


@dataclass
class Market:
    """A platform with a centre, merchants by name and one listing of each merchant; every word commits."""

    platform: Platform
    centre: Warehouse
    merchants: dict[str, Merchant] = field(default_factory=dict)
    listings: dict[str, Listing] = field(default_factory=dict)

    def purchase(
        self,
        buyer: User | None,
        when: datetime,
        amounts: dict[str, int],
        *,
        status: str = "delivered",
        discount: int = 0,
        window_end: datetime | None = None,
    ) -> OrderGroup:
        """A purchase with one order of one line for each merchant, at these totals."""
        with tenancy.as_platform(self.platform.pk):
            total = sum(amounts.values())
            group = OrderGroup.objects.create(
                platform=self.platform,
                number=ids.readable_number("T"),
                buyer=buyer,
                outlet=self.centre,
                currency="EUR",
                items_total=total,
                grand_total=total,
                window_end=window_end,
                placed_at=when,
            )
            for name, amount in amounts.items():
                order = Order.objects.create(
                    platform=self.platform,
                    group=group,
                    merchant=self.merchants[name],
                    status=status,
                    currency="EUR",
                    items_total=amount,
                    commission=amount // 10,
                    placed_at=when,
                )
                OrderLine.objects.create(
                    platform=self.platform,
                    order=order,
                    offer_id=self.listings[name].offer_id,
                    buyer=buyer,
                    title=name,
                    quantity=1,
                    unit_price=amount + discount,
                    discount=discount,
                    total=amount,
                    placed_at=when,
                )
            return group

    def see(
        self,
        kind: str,
        when: datetime,
        *,
        who: User | str,
        of: str | None = None,
        placement: str = "",
        source: str = "",
        times: int = 1,
    ) -> None:
        """Behaviour of a visitor, as often as ``times``."""
        listing = self.listings[of] if of else None
        with tenancy.as_platform(self.platform.pk):
            BehaviourEvent.objects.bulk_create(
                BehaviourEvent(
                    platform=self.platform,
                    kind=kind,
                    user=who if isinstance(who, User) else None,
                    visitor=f"user-{who.pk}" if isinstance(who, User) else who,
                    listing=listing,
                    merchant_id=listing.merchant_id if listing else None,
                    placement=placement,
                    source=source,
                    position=3 if placement else None,
                    at=when,
                )
                for _ in range(times)
            )

    def review(self, group: OrderGroup, stars: int, when: datetime) -> None:
        with tenancy.as_platform(self.platform.pk):
            line = OrderLine.objects.filter(order__group=group, review__isnull=True).select_related("order")[
                0
            ]
            name = line.title
            assert group.buyer_id is not None
            Review.objects.create(
                platform=self.platform,
                line=line,
                listing=self.listings[name],
                merchant_id=line.order.merchant_id,
                author_id=group.buyer_id,
                stars=stars,
                written_at=when,
            )

    def parcel(self, group: OrderGroup, *, promised: datetime, delivered: datetime | None) -> Shipment:
        with tenancy.as_platform(self.platform.pk):
            return Shipment.objects.create(
                platform=self.platform,
                group=group,
                warehouse=self.centre,
                status="delivered" if delivered else "out",
                weight_g=1_000,
                promised_from=promised - timedelta(hours=3),
                promised_until=promised,
                delivered_at=delivered,
                created_at=group.placed_at,
            )

    def tour(
        self,
        day: date,
        *,
        metres: int,
        baseline: int,
        cost_per_km: int,
        parcels: list[Shipment],
        status: str = "released",
    ) -> None:
        """One plan of a day with one route."""
        with tenancy.as_platform(self.platform.pk):
            van = Vehicle.objects.create(
                platform=self.platform,
                name="Van",
                home=self.centre,
                capacity_g=500_000,
                shift_start="08:00",
                shift_end="18:00",
                cost_per_km=cost_per_km,
            )
            plan = RoutePlan.objects.create(
                platform=self.platform,
                warehouse=self.centre,
                day=day,
                status=status,
                distance_m=metres,
                cost=metres * cost_per_km // 1000,
                baseline_cost=baseline * cost_per_km // 1000,
                planned_at=at(day),
            )
            route = Route.objects.create(
                platform=self.platform,
                plan=plan,
                vehicle=van,
                distance_m=metres,
                duration_s=3_600,
                load_g=1_000,
                starts_at=at(day),
                geometry=[],
            )
            for sequence, shipment in enumerate(parcels, start=1):
                Stop.objects.create(
                    platform=self.platform,
                    route=route,
                    shipment=shipment,
                    sequence=sequence,
                    arrives_at=at(day),
                )


def a_market(code: str = "trave", sellers: tuple[str, ...] = ("bo", "cy")) -> Market:
    """A platform where each seller lists one good that bears the seller's name; stock is as the test makes it."""
    platform = a_platform(code)
    market = Market(platform, a_centre(platform))
    for name in sellers:
        join(market, name)
    return market


def join(market: Market, name: str, *, merchant: Merchant | None = None, stock: int = 0) -> Merchant:
    """Let a merchant sell on a platform: a new one, or one who sells elsewhere already."""
    if merchant is None:
        merchant, _ = a_merchant(market.platform, name)
    else:
        with tenancy.as_platform(market.platform.pk):
            Store.objects.create(platform=market.platform, merchant=merchant)
    market.merchants[name] = merchant
    good = name if merchant.home_platform_id == market.platform.pk else f"{name} at {market.platform.code}"
    listing = a_listing(market.platform, merchant, market.centre, good, price=500, stock=stock)
    market.listings[name] = listing
    with tenancy.as_platform(market.platform.pk):
        Listing.objects.filter(pk=listing.pk).update(listed_at=at(W6) - timedelta(days=100))
    return merchant


def people(*names: str) -> list[User]:
    return [a_person(name) for name in names]


def a_role(name: str, role: str, platform: Platform | None = None) -> User:
    """Somebody with one role."""
    user = a_person(name)
    Membership.objects.create(user=user, role=role, platform=platform)
    return user


@dataclass(frozen=True)
class Counted:
    """Figures by node, market (None: the alliance) and week; absent where there is no data."""

    figures: dict[tuple[str, int | None, date], Figure]

    def __call__(self, node: str, market: Market | None, week: date) -> tuple[float, int] | None:
        """The value and the number of observations behind it."""
        found = self.figures.get((node, market.platform.pk if market else None, week))
        return (found.value, found.n) if found else None


def count(*markets: Market, first: date = W5, until: datetime = NOW) -> Counted:
    """Compute every node of these markets from a week on, as the alliance sees it."""
    with tenancy.as_alliance():
        figures = weekly_figures([market.platform for market in markets], first=first, until=until)
    return Counted({(one.node, one.platform_id, one.week): one for one in figures})
