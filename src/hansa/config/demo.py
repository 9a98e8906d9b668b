"""Setting the demo up, step by step. Every step is done once and remembered; a second start skips it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from hansa.alliance import runs
from hansa.alliance import services as alliance
from hansa.alliance.lake import services as lake
from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts.models import Platform, User
from hansa.commerce.accounts.policy import SYSTEM, Actor, Permission, Role
from hansa.commerce.behaviour import profiles
from hansa.commerce.checkout import cart
from hansa.commerce.checkout import services as checkout
from hansa.commerce.delivery import selectors as delivery
from hansa.commerce.delivery import services as delivery_services
from hansa.commerce.delivery.domain import offered_windows
from hansa.commerce.delivery.gateways import roads
from hansa.commerce.discovery import services as discovery
from hansa.commerce.health import services as health
from hansa.commerce.importing import services as importing
from hansa.commerce.importing.adapters import TOWN_BLOCKS, town_seed
from hansa.commerce.importing.generator.demo_accounts import ensure_demo_accounts
from hansa.commerce.importing.generator.driving import as_driven
from hansa.commerce.importing.models import ImportedChunk
from hansa.commerce.orders.services import Destination
from hansa.commerce.planning import services as planning
from hansa.commerce.recommendations import selectors as recommendations
from hansa.commerce.recommendations import services as recommendation_services
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.engines.roads import synthetic_town
from hansa.foundation import outbox, tenancy
from hansa.kernel.errors import Refused

Tell = Callable[[int, int], None]
_PLANNED_AT, _RELEASED_AT = time(19), time(7)
_PLANNING_S = 0.05  # a past day has a handful of doors: the search ends there long before


@dataclass(frozen=True)
class Scale:
    """How much of everything."""

    name: str
    offers_planned: int
    buyers_today: int


SCALES = {"small": Scale("small", 250, 24), "full": Scale("full", 3_000, 60)}


@dataclass(frozen=True)
class Step:
    """Something to do once; ``run`` is told how far it has come."""

    key: str
    title: str
    run: Callable[[Scale, datetime, Tell], object]


def steps_to_do(scale: Scale) -> list[Step]:
    """The steps that have not been done yet on this database."""
    done = set(ImportedChunk.objects.filter(source=_source(scale)).values_list("chunk", flat=True))
    return [step for step in STEPS if step.key not in done]


def run_step(step: Step, scale: Scale, now: datetime, tell: Tell) -> None:
    """Do one step and remember it."""
    step.run(scale, now, tell)
    ImportedChunk.objects.get_or_create(
        source=_source(scale), chunk=step.key, defaults={"digest": "", "rows": 0}
    )


def _load(scale: Scale, now: datetime, tell: Tell) -> None:
    importing.import_complete_journey(
        scale=scale.name, as_of=now.date(), tell=lambda progress: tell(progress.done, progress.total)
    )
    ensure_demo_accounts()


def _lay_roads(scale: Scale, now: datetime, tell: Tell) -> None:
    for platform in accounts.platforms():
        if roads.extract_of(platform.code) is None:
            town = synthetic_town(
                seed=town_seed(platform.code),
                centre_lat=platform.latitude,
                centre_lon=platform.longitude,
                blocks=TOWN_BLOCKS,
            )
            roads.store_extract(platform.code, town)


def _found_alliance(scale: Scale, now: datetime, tell: Tell) -> None:
    alliance.found(now=now)


def _learn_tastes(scale: Scale, now: datetime, tell: Tell) -> None:
    for platform in _told(tell):
        profiles.rebuild_all(platform_id=platform.pk)
        recommendation_services.refit(platform_id=platform.pk, now=now)
        discovery.classify(platform_id=platform.pk, now=now)


def _plan_stock(scale: Scale, now: datetime, tell: Tell) -> None:
    for platform in _told(tell):
        planning.plan_platform(platform_id=platform.pk, now=now, most_offers=scale.offers_planned)


def _let_people_buy(scale: Scale, now: datetime, tell: Tell) -> None:
    """Some shoppers buy what is recommended to them, through the checkout that everybody uses."""
    for platform in _told(tell):
        for buyer in accounts.shoppers_of(platform.pk).filter(addresses__isnull=False)[: scale.buyers_today]:
            _buy(platform, buyer, now)
    outbox.drain(SUBSCRIPTIONS)


def _drive_tours(scale: Scale, now: datetime, tell: Tell) -> None:
    """Plan, release and deliver what was promised for days that are past, as the dispatchers do every day."""
    for platform in _told(tell):
        dispatcher = _dispatcher(platform)
        with tenancy.as_platform(platform.pk):
            days = [day for day, _ in delivery.days_to_plan(platform.pk) if day < now.date()]
            driven = {
                day for day in days if delivery.released_plans(platform_id=platform.pk, day=day).exists()
            }
        for day in days:
            if day not in driven:  # what a released plan left out waits for the next plan
                _drive(platform, dispatcher, day)
    outbox.drain(SUBSCRIPTIONS)


def _plan_routes(scale: Scale, now: datetime, tell: Tell) -> None:
    for platform in _told(tell):
        with tenancy.as_platform(platform.pk):
            days = delivery.days_to_plan(platform.pk)
        for day, _ in days[:1]:
            delivery_services.plan_day(
                actor=_dispatcher(platform),
                platform_id=platform.pk,
                day=max(day, (now + timedelta(days=1)).date()),
                now=now,
            )


def _fill_lake(scale: Scale, now: datetime, tell: Tell) -> None:
    lake.backfill(now=now)
    lake.flush(now=now)
    runs.run_job(
        "co-purchase", engine=runs.engine_named("duckdb"), params=runs.usual_params(), actor_name=SYSTEM.name
    )


def _measure_health(scale: Scale, now: datetime, tell: Tell) -> None:
    health.refresh(now=now)


STEPS = [
    Step("load", "Load The Complete Journey", _load),
    Step("roads", "Lay out the towns", _lay_roads),
    Step("alliance", "Found the alliance", _found_alliance),
    Step("tours", "Drive the tours of the last days", _drive_tours),
    Step("tastes", "Learn what people like", _learn_tastes),
    Step("orders", "Let people buy", _let_people_buy),
    Step("stock", "Forecast demand, propose orders", _plan_stock),
    Step("routes", "Plan tomorrow's tours", _plan_routes),
    Step("lake", "Fill the lake, run the joint job", _fill_lake),
    Step("health", "Take the ecosystem's pulse", _measure_health),
]


def _buy(platform: Platform, buyer: User, now: datetime) -> None:
    actor = accounts.actor_of(buyer)
    with tenancy.as_platform(platform.pk):
        shelf = recommendations.recommend(platform_id=platform.pk, actor=actor, k=4)
        for item in shelf.items:
            cart.add(
                platform_id=platform.pk,
                actor=actor,
                listing_id=item.listing.pk,
                quantity=1,
                source="recommended",
                now=now,
            )
        total = cart.look_into(platform_id=platform.pk, actor=actor, now=now).quote.grand_total
        address = accounts.addresses_of(buyer.pk).first()
    if not shelf.items or address is None:
        return
    wish = checkout.Wish(
        destination=Destination(
            recipient=address.recipient,
            street=address.street,
            city=address.city,
            postal_code=address.postal_code,
            country=address.country,
            latitude=address.latitude,
            longitude=address.longitude,
        ),
        window_key=offered_windows(now)[buyer.pk % 3].key,
        method_token="tok_ok",  # noqa: S106 - the sandbox's test card
        agreed_total=total,
    )
    try:
        checkout.place_order(
            platform_id=platform.pk, actor=actor, wish=wish, key=f"demo-{now.date()}-{buyer.pk}", now=now
        )
    except Refused:
        return  # somebody else took the last one: that happens in shops


def _drive(platform: Platform, dispatcher: Actor, day: date) -> None:
    """Plan a day on the evening before, release it in the morning and hand over at every door of its tours.

    Release and deliveries are one transaction: a day is driven whole or not at all.
    """
    plan = delivery_services.plan_day(
        actor=dispatcher,
        platform_id=platform.pk,
        day=day,
        now=datetime.combine(day - timedelta(days=1), _PLANNED_AT, tzinfo=UTC),
        time_limit_s=_PLANNING_S,
    )
    with tenancy.as_platform(platform.pk):
        delivery_services.release_plan(
            actor=dispatcher,
            platform_id=platform.pk,
            plan_id=plan.pk,
            now=datetime.combine(day, _RELEASED_AT, tzinfo=UTC),
        )
        for route in delivery.get_plan(platform_id=platform.pk, plan_id=plan.pk).routes.all():
            stops = list(route.stops.all())
            parcels = [stop.shipment_id for stop in stops]
            moments = as_driven([stop.arrives_at for stop in stops], parcels, seed=importing.DEFAULT_SEED)
            for shipment_id, moment in zip(parcels, moments, strict=True):
                delivery_services.deliver(
                    actor=dispatcher, platform_id=platform.pk, shipment_id=shipment_id, now=moment
                )


def _dispatcher(platform: Platform) -> Actor:
    for person in accounts.demo_people():
        actor = accounts.actor_of(person)
        if actor.has(Role.DISPATCHER) and actor.may(Permission.PLAN_ROUTES, platform_id=platform.pk):
            return actor
    raise Refused(f"{platform} has no dispatcher among the demo's people")


def _told(tell: Tell) -> Iterator[Platform]:
    """Every platform in turn, telling how many are done."""
    platforms = list(accounts.platforms())
    for done, platform in enumerate(platforms):
        tell(done, len(platforms))
        yield platform
    tell(len(platforms), len(platforms))


def _source(scale: Scale) -> str:
    return f"demo-{scale.name}"
