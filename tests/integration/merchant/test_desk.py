"""The merchant's desk: whom it lets in, what it shows, what it refuses, and how many queries it takes."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from hansa.commerce.accounts.models import Membership, User
from hansa.commerce.accounts.policy import Actor
from hansa.commerce.catalogue.models import Listing
from hansa.commerce.planning.models import Forecast, ForecastRun, PurchaseOrder, ReorderProposal
from hansa.commerce.promotions.models import Promotion
from hansa.foundation import tenancy
from tests.factories import Shop, a_listing, a_platform, a_shop, a_shopper
from tests.integration.web.desks import Visitor, somebody, words

pytestmark = pytest.mark.usefixtures("database")

PAGES = ["", "orders/", "goods/", "demand/", "demand/{offer}/", "promotions/", "reach/", "money/"]
LEVELS = [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975]
WHEN = datetime(2026, 3, 2, 12, tzinfo=UTC)


def a_house(code: str = "trave", merchant_name: str = "bo") -> Shop:
    return a_shop(
        stock={"tea": 10, "salt": 40},
        prices={"tea": 500, "salt": 120},
        code=code,
        merchant_name=merchant_name,
    )


def at_desk(actor: Actor) -> Visitor:
    return somebody(User.objects.get(pk=actor.user_id))


def path_of(shop: Shop, page: str) -> str:
    offer = shop.listings["tea"].offer_id if "tea" in shop.listings else 0
    return f"/desk/merchant/{shop.platform.code}/{shop.merchant.pk}/{page.format(offer=offer)}"


def a_proposal(shop: Shop, name: str = "tea", *, units: int = 24) -> ReorderProposal:
    """What a nightly run would leave behind: a forecast of one good and an order it advises."""
    offer_id = shop.listings[name].offer_id
    with tenancy.as_platform(shop.platform.pk):
        run = ForecastRun.objects.create(
            platform=shop.platform,
            merchant=shop.merchant,
            as_of=date(2026, 3, 1),
            horizon_days=28,
            levels=LEVELS,
            error=0.8,
            naive_error=1.0,
            made_at=WHEN,
        )
        Forecast.objects.create(
            platform=shop.platform,
            run=run,
            offer_id=offer_id,
            model="theta",
            mean=[2.0] * 28,
            quantiles=[[level * 4] * 28 for level in LEVELS],
        )
        return ReorderProposal.objects.create(
            platform=shop.platform,
            run=run,
            merchant=shop.merchant,
            offer_id=offer_id,
            warehouse=shop.centre,
            units=units,
            target=30.0,
            stockout_before=0.4,
            stockout_after=0.01,
            reasons=["10 on hand against a target of 30.0"],
        )


def proposals_at(shop: Shop) -> list[str]:
    with tenancy.as_platform(shop.platform.pk):
        return list(ReorderProposal.objects.order_by("pk").values_list("status", flat=True))


def orders_at(shop: Shop) -> list[tuple[int, str]]:
    with tenancy.as_platform(shop.platform.pk):
        return list(PurchaseOrder.objects.order_by("pk").values_list("units", "status"))


def prices_at(shop: Shop) -> dict[str, int]:
    with tenancy.as_platform(shop.platform.pk):
        return dict(Listing.objects.values_list("title", "price"))


@pytest.mark.parametrize("page", PAGES)
def test_who_works_for_the_merchant_comes_in(page: str) -> None:
    shop = a_house()
    a_proposal(shop)
    shop.buy(a_shopper(), [("tea", 2)])

    answer = at_desk(shop.owner).get(path_of(shop, page))

    assert answer.status_code == 200
    assert answer.content.count(b"<h1") == 1


@pytest.mark.parametrize("page", PAGES)
def test_nobody_else_does(page: str) -> None:
    shop, other = a_house(), a_house("gotland", "cy")
    path = path_of(shop, page)

    assert Client().get(path).headers["Location"] == f"/sign-in/?next={path}"
    for stranger in (other.owner, a_shopper()):
        assert at_desk(stranger).get(path).status_code == 403


@pytest.mark.parametrize(
    ("page", "form"),
    [
        ("goods/{listing}/", {"price": "1.00"}),
        ("goods/{listing}/", {"show": "no"}),
        ("demand/plan/", {}),
        ("proposals/{proposal}/", {"units": "24"}),
        ("proposals/{proposal}/", {"decision": "reject"}),
        ("purchase-orders/{order}/", {}),
        ("promotions/", {"name": "Spring", "percent": "10", "days": "7", "offers": "1"}),
    ],
)
def test_strangers_change_nothing(page: str, form: dict[str, str]) -> None:
    shop, other = a_house(), a_house("gotland", "cy")
    proposal = a_proposal(shop)
    path = path_of(
        shop, page.format(listing=shop.listings["tea"].pk, proposal=proposal.pk, order=1, offer="{offer}")
    )

    assert Client().post(path, form).status_code == 302
    for stranger in (other.owner, a_shopper()):
        assert at_desk(stranger).post(path, **form).status_code == 403
    assert prices_at(shop) == {"Tea": 500, "Salt": 120}
    assert proposals_at(shop) == ["open"]
    assert orders_at(shop) == []
    assert ProcrastinateJob.objects.count() == 0
    with tenancy.as_platform(shop.platform.pk):
        assert Promotion.objects.count() == 0
        assert Listing.objects.filter(is_active=True).count() == 2


def test_a_desk_stands_only_where_the_merchant_keeps_a_store() -> None:
    shop = a_house()
    a_platform("gotland")
    desk = at_desk(shop.owner)

    assert desk.get(f"/desk/merchant/gotland/{shop.merchant.pk}/").status_code == 404
    assert desk.get(f"/desk/merchant/nowhere/{shop.merchant.pk}/").status_code == 404


def test_another_merchants_things_are_not_found_at_ones_own_desk() -> None:
    shop, other = a_house(), a_house("gotland", "cy")
    theirs = a_proposal(other)
    neighbour = a_shop(stock={"oil": 5}, prices={"oil": 700}, code="bryggen", merchant_name="dora")
    with tenancy.as_platform(shop.platform.pk):
        foreign = a_listing(shop.platform, neighbour.merchant, shop.centre, "oil", price=700, stock=5)
    desk = at_desk(shop.owner)

    for page, form in (
        (f"goods/{foreign.pk}/", {"price": "1.00"}),
        (f"goods/{foreign.pk}/", {"show": "no"}),
        (f"proposals/{theirs.pk}/", {"units": "24"}),
        (f"proposals/{theirs.pk}/", {"decision": "reject"}),
        ("purchase-orders/1/", {}),
    ):
        assert desk.post(path_of(shop, page), **form).status_code == 404
    assert desk.get(path_of(shop, f"demand/{foreign.offer_id}/")).status_code == 404
    assert desk.get(path_of(shop, f"demand/{other.listings['tea'].offer_id}/")).status_code == 404
    assert prices_at(shop) == {"Tea": 500, "Salt": 120, "Oil": 700}
    assert proposals_at(other) == ["open"]


def test_another_merchants_goods_cannot_be_promoted() -> None:
    shop, other = a_house(), a_house("gotland", "cy")
    form = {"name": "Spring", "percent": "10", "days": "7", "offers": str(other.listings["tea"].offer_id)}

    answer = at_desk(shop.owner).post(path_of(shop, "promotions/"), **form)

    assert answer.status_code == 422
    with tenancy.as_alliance():
        assert Promotion.objects.count() == 0


@pytest.mark.parametrize(
    ("typed", "price"),
    [("4.90", 490), ("4,90", 490), (" 12 ", 1_200), ("0.01", 1), ("1234567.89", 123_456_789)],
)
def test_a_price_is_changed(typed: str, price: int) -> None:
    shop = a_house()

    answer = at_desk(shop.owner).post(path_of(shop, f"goods/{shop.listings['tea'].pk}/"), price=typed)

    assert answer.status_code == 302
    assert prices_at(shop)["Tea"] == price


@pytest.mark.parametrize(
    "typed", ["", "0", "-1", "1.234", "free", "NaN", "Infinity", "1e99", "99999999999", "1,000.50"]
)
def test_an_odd_price_is_said_beside_its_field_and_stays_typed(typed: str) -> None:
    shop = a_house()

    answer = at_desk(shop.owner).post(path_of(shop, f"goods/{shop.listings['tea'].pk}/"), price=typed)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'class="field-error"' in page
    assert f'value="{typed}"' in page
    assert prices_at(shop)["Tea"] == 500


def test_a_good_is_hidden_and_shown() -> None:
    shop = a_house()
    desk, path = at_desk(shop.owner), path_of(shop, f"goods/{shop.listings['tea'].pk}/")

    desk.post(path, show="no")
    assert Client().get(f"/trave/p/{shop.listings['tea'].pk}/").status_code == 404
    desk.post(path, show="yes")

    assert Client().get(f"/trave/p/{shop.listings['tea'].pk}/").status_code == 200


def test_a_proposal_becomes_an_order_becomes_stock() -> None:
    shop = a_house()
    proposal = a_proposal(shop)
    desk = at_desk(shop.owner)
    assert "Only 10 left" in words(Client().get(f"/trave/p/{shop.listings['tea'].pk}/"))

    said = words(desk.browser.post(path_of(shop, f"proposals/{proposal.pk}/"), {"units": "24"}, follow=True))
    assert "Ordered: 24 units." in said
    assert orders_at(shop) == [(24, "ordered")]
    with tenancy.as_platform(shop.platform.pk):
        order = PurchaseOrder.objects.get()
    for _ in range(2):
        desk.post(path_of(shop, f"purchase-orders/{order.pk}/"))

    assert orders_at(shop) == [(24, "received")]
    assert shop.stock_of("tea") == 34
    assert "In stock" in words(Client().get(f"/trave/p/{shop.listings['tea'].pk}/"))


def test_from_a_goods_own_page_one_comes_back_to_it() -> None:
    shop = a_house()
    proposal = a_proposal(shop)
    offer = shop.listings["tea"].offer_id

    answer = at_desk(shop.owner).post(
        path_of(shop, f"proposals/{proposal.pk}/"), decision="reject", back=str(offer)
    )

    assert answer.headers["Location"] == path_of(shop, "demand/{offer}/")
    assert proposals_at(shop) == ["rejected"]


@pytest.mark.parametrize("units", ["", "0", "-5", "1.5", "many", "1000001", "9" * 30])
def test_an_odd_number_of_units_is_said_and_orders_nothing(units: str) -> None:
    shop = a_house()
    proposal = a_proposal(shop)

    answer = at_desk(shop.owner).post(path_of(shop, f"proposals/{proposal.pk}/"), units=units)

    assert answer.status_code == 422
    assert f'aria-describedby="slip-{proposal.pk}"' in answer.content.decode()
    assert proposals_at(shop) == ["open"]
    assert orders_at(shop) == []


def test_what_was_replaced_can_no_longer_be_accepted() -> None:
    shop = a_house()
    proposal = a_proposal(shop)
    with tenancy.as_platform(shop.platform.pk):
        ReorderProposal.objects.update(status="superseded")

    answer = at_desk(shop.owner).post(path_of(shop, f"proposals/{proposal.pk}/"), units="24")

    assert answer.status_code == 409
    assert orders_at(shop) == []


def test_a_promotion_starts_and_the_shop_shows_it() -> None:
    shop = a_house()
    form = {"name": "Spring", "percent": "12.5", "days": "7", "offers": str(shop.listings["tea"].offer_id)}

    answer = at_desk(shop.owner).post(path_of(shop, "promotions/"), **form)

    assert answer.status_code == 302
    assert "€4.37" in words(Client().get(f"/trave/p/{shop.listings['tea'].pk}/"))
    assert "12.5%" in at_desk(shop.owner).reads(path_of(shop, "promotions/"))


@pytest.mark.parametrize(
    "slip",
    [
        {"name": " "},
        {"name": "x" * 121},
        {"percent": "0"},
        {"percent": "91"},
        {"percent": "NaN"},
        {"percent": "1e1000"},
        {"days": "0"},
        {"days": "1000"},
        {"days": "a week"},
        {"offers": "tea"},
        {"offers": ""},
        {"offers": "٣"},
    ],
)
def test_an_odd_promotion_is_refused_and_what_was_typed_stays(slip: dict[str, str]) -> None:
    shop = a_house()
    form = {"name": "Spring", "percent": "15", "days": "9", "offers": str(shop.listings["tea"].offer_id)}

    answer = at_desk(shop.owner).post(path_of(shop, "promotions/"), **(form | slip))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert all(f'value="{text}"' in page for name, text in form.items() if name not in slip)
    assert ("checked" in page) == ("offers" not in slip)
    with tenancy.as_platform(shop.platform.pk):
        assert Promotion.objects.count() == 0


def test_asking_for_a_plan_twice_asks_once() -> None:
    shop = a_house()
    desk = at_desk(shop.owner)

    first, second = (words(desk.browser.post(path_of(shop, "demand/plan/"), follow=True)) for _ in range(2))

    assert "A fresh plan is being made. Look again in a minute." in first
    assert "A fresh plan is already being made." in second
    assert ProcrastinateJob.objects.filter(task_name="planning.plan_merchant").count() == 1
    with connection.cursor() as cursor:
        cursor.execute("delete from procrastinate_jobs")


def test_orders_are_sorted_by_their_station() -> None:
    shop = a_house()
    group = shop.buy(a_shopper(), [("tea", 2)])
    desk = at_desk(shop.owner)

    assert group.number in desk.reads(path_of(shop, "orders/"))
    assert group.number in desk.reads(path_of(shop, "orders/?status=paid"))
    assert group.number not in desk.reads(path_of(shop, "orders/?status=delivered"))
    assert group.number in desk.reads(path_of(shop, "orders/?status=%00bogus"))


def test_money_shows_what_is_owed_after_commission() -> None:
    shop = a_house()
    shop.buy(a_shopper(), [("tea", 2)])

    said = at_desk(shop.owner).reads(path_of(shop, "money/"))

    assert "Owed to you €9.00" in said  # ten per cent of ten stay with the platform


@pytest.mark.parametrize(
    ("page", "bound"),
    [("", 32), ("orders/", 22), ("goods/", 22), ("demand/", 25), ("promotions/", 23), ("money/", 24)],
)
def test_pages_take_as_many_queries_for_many_goods_as_for_few(page: str, bound: int) -> None:
    few, many = (queries_of(count, page) for count in (2, 12))

    assert few == many
    assert many <= bound


def queries_of(count: int, page: str) -> int:
    names = [f"good{number}" for number in range(count)]
    shop = a_shop(
        stock=dict.fromkeys(names, 50),
        prices=dict.fromkeys(names, 200),
        code=f"market{count}",
        merchant_name=f"house{count}",
    )
    alia = a_shopper(f"alia{count}")
    for name in names:
        a_proposal(shop, name)
        shop.buy(alia, [(name, 1)])
    assert Membership.objects.filter(merchant_id=shop.merchant.pk).exists()
    return at_desk(shop.owner).queries(path_of(shop, page))
