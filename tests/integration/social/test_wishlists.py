"""Lists: one click puts a good there, the guest's goes along, a link shares it, and news of price and stock is told."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client

from hansa.commerce.accounts import consents
from hansa.commerce.accounts.policy import Actor
from hansa.commerce.catalogue import services as catalogue
from hansa.commerce.catalogue.models import Listing
from hansa.commerce.notices.models import Notice
from hansa.commerce.stock.models import StockLevel
from hansa.commerce.wishlists import selectors, services
from hansa.commerce.wishlists.models import Wish, Wishlist
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import outbox, tenancy
from hansa.kernel.clock import system_clock
from hansa.kernel.errors import NotFound, Refused
from tests.factories import Shop, a_shopper
from tests.integration.accounts.people import an_account, sign_in
from tests.integration.social.scene import at_once, broken
from tests.integration.storefront.visitors import a_tea_shop, as_actor, in_cart

pytestmark = pytest.mark.usefixtures("database")


def wish(shop: Shop, actor: Actor, good: str = "tea", wishlist_id: int | None = None) -> Wish:
    with tenancy.as_platform(shop.platform.pk):
        return services.add(
            platform_id=shop.platform.pk,
            actor=actor,
            listing_id=shop.listings[good].pk,
            wishlist_id=wishlist_id,
            now=system_clock(),
        )


def reprice(shop: Shop, price: int, good: str = "tea") -> None:
    with tenancy.as_platform(shop.platform.pk):
        catalogue.set_price(
            actor=shop.owner,
            platform_id=shop.platform.pk,
            listing_id=shop.listings[good].pk,
            price=price,
            currency="EUR",
            now=system_clock(),
        )
    outbox.drain(SUBSCRIPTIONS)


def told(shop: Shop) -> list[tuple[int, str, dict[str, object]]]:
    with tenancy.as_platform(shop.platform.pk):
        return list(Notice.objects.order_by("pk").values_list("user_id", "kind", "values"))


def put_on_hand(shop: Shop, good: str, units: int) -> None:
    with tenancy.as_platform(shop.platform.pk):
        StockLevel.objects.filter(offer_id=shop.listings[good].offer_id).update(on_hand=units)


def test_many_clicks_at_once_make_one_list_with_one_wish() -> None:
    shop, alia = a_tea_shop(), a_shopper()

    results = at_once(
        shop,
        *(
            lambda: services.add(
                platform_id=shop.platform.pk,
                actor=alia,
                listing_id=shop.listings["tea"].pk,
                now=system_clock(),
            )
            for _ in range(4)
        ),
    )

    assert all(isinstance(each, Wish) for each in results), results
    with tenancy.as_platform(shop.platform.pk):
        assert (Wishlist.objects.count(), Wish.objects.count()) == (1, 1)


def test_a_lower_price_is_told_once_and_a_higher_one_is_not() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    wish(shop, alia)

    reprice(shop, 450)
    reprice(shop, 480)
    reprice(shop, 450)
    reprice(shop, 600)

    assert told(shop) == [(alia.user_id, "cheaper", {"price": 450, "before": 500, "currency": "EUR"})]


def test_nobody_hears_of_the_price_of_a_good_that_is_hidden() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    wish(shop, alia)

    with tenancy.as_platform(shop.platform.pk):
        Listing.objects.update(is_active=False)
    reprice(shop, 450)
    assert told(shop) == []
    with tenancy.as_platform(shop.platform.pk):
        Listing.objects.update(is_active=True)
    reprice(shop, 440)

    assert told(shop) == [(alia.user_id, "cheaper", {"price": 440, "before": 500, "currency": "EUR"})]


def test_news_goes_by_mail_only_to_who_allowed_it() -> None:
    shop = a_tea_shop()
    for name in ("alia", "cy"):
        user = an_account(name)
        if name == "cy":
            consents.decide(user_id=user.pk, purpose=consents.MARKETING_MAIL, agrees=True, now=system_clock())
        wish(shop, Actor(name=name, visitor=f"user-{user.pk}", user_id=user.pk))
    mail.outbox.clear()

    reprice(shop, 450)

    assert len(told(shop)) == 2
    assert [message.to for message in mail.outbox] == [["cy@example.org"]]
    assert mail.outbox[0].subject == "Tea on your list now costs 4.50 EUR instead of 5.00 EUR."


def test_what_was_sold_out_is_told_of_when_it_is_back_and_again_the_next_time() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    wish(shop, alia, "gone")

    def look() -> int:
        with tenancy.as_platform(shop.platform.pk):
            return services.note_stock(platform_id=shop.platform.pk, now=system_clock())

    assert look() == 0
    put_on_hand(shop, "gone", 3)
    assert (look(), look()) == (1, 0)
    put_on_hand(shop, "gone", 0)
    assert look() == 0
    assert [kind for _, kind, _ in told(shop)] == ["back"]


def test_the_guests_list_goes_along_when_they_sign_in() -> None:
    shop, user = a_tea_shop(), an_account()
    own = Actor(name="alia", visitor=f"user-{user.pk}", user_id=user.pk)
    wish(shop, own, "salt")
    browser = Client()
    for good in ("tea", "salt"):
        browser.post(f"/trave/p/{shop.listings[good].pk}/wish/", {"wish": "on"})
    with tenancy.as_platform(shop.platform.pk):
        assert Wishlist.objects.filter(owner__isnull=True).count() == 1

    sign_in("alia", client=browser)

    with tenancy.as_platform(shop.platform.pk):
        only = Wishlist.objects.get()
        assert only.owner_id == user.pk
        assert {each.title for each in selectors.listings_on(only)} == {"Tea", "Salt"}
    assert broken() == []


def test_a_shared_list_is_seen_by_its_link_until_it_is_private_again() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    wishlist_id = wish(shop, alia).wishlist_id
    browser, path = as_actor(alia), f"/trave/lists/{wishlist_id}/change/"

    browser.post(path, {"act": "share"})
    with tenancy.as_platform(shop.platform.pk):
        token = Wishlist.objects.get().token
    opened = Client().get(f"/trave/lists/shared/{token}/")
    browser.post(path, {"act": "hide"})
    browser.post(path, {"act": "share"})

    assert opened.status_code == 200
    assert "Tea" in opened.content.decode()
    assert opened.headers["X-Robots-Tag"] == "noindex"
    assert Client().get(f"/trave/lists/shared/{token}/").status_code == 404
    assert Client().get("/trave/lists/shared/ /").status_code == 404


def test_nobody_reaches_anothers_list() -> None:
    shop, alia, cy = a_tea_shop(), a_shopper(), a_shopper("cy")
    wishlist_id = wish(shop, alia).wishlist_id

    for browser in (as_actor(cy), Client()):
        assert browser.get(f"/trave/lists/{wishlist_id}/").status_code == 404
        browser.post(f"/trave/lists/{wishlist_id}/change/", {"act": "delete"})
    with pytest.raises(NotFound):
        wish(shop, cy, "salt", wishlist_id)

    with tenancy.as_platform(shop.platform.pk):
        assert Wish.objects.count() == 1


def test_everything_that_can_be_had_moves_to_the_cart_and_the_rest_stays() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    for good in ("tea", "salt", "gone"):
        wishlist_id = wish(shop, alia, good).wishlist_id

    with tenancy.as_platform(shop.platform.pk):
        moved = services.move_to_cart(
            platform_id=shop.platform.pk, actor=alia, wishlist_id=wishlist_id, now=system_clock()
        )

    assert (moved.moved, moved.left) == (2, 1)
    assert in_cart(shop, alia) == {shop.listings["tea"].pk: 1, shop.listings["salt"].pk: 1}
    with tenancy.as_platform(shop.platform.pk):
        assert Wish.objects.get().listing_id == shop.listings["gone"].pk


def test_there_are_twenty_lists_at_most() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    wish(shop, alia)
    with tenancy.as_platform(shop.platform.pk):
        for number in range(19):
            services.make_list(
                platform_id=shop.platform.pk, actor=alia, name=f"list {number}", now=system_clock()
            )
        with pytest.raises(Refused):
            services.make_list(platform_id=shop.platform.pk, actor=alia, name="more", now=system_clock())
        assert Wishlist.objects.count() == 20
