"""Reviews: once per line, counted by the database, voted on once, held, reported and ruled on; erased people's stay."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.db import DatabaseError
from PIL import Image

from hansa.commerce.accounts.models import User
from hansa.commerce.notices.models import Notice
from hansa.commerce.privacy import services as privacy
from hansa.commerce.reviews import moderation, selectors, services, voting
from hansa.commerce.reviews.errors import AlreadyReviewed, OwnWords, TooLateToEdit
from hansa.commerce.reviews.models import MerchantScore, Report, Review, ReviewPicture, Ruling, Vote
from hansa.commerce.reviews.selectors import Order
from hansa.commerce.reviews.services import Verdict
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import outbox, tenancy
from hansa.kernel.clock import system_clock
from hansa.kernel.errors import Forbidden, InvalidInput, NotFound
from tests.factories import Shop, a_shop, a_shopper, an_operator
from tests.integration.social.scene import (
    a_photo,
    a_received_line,
    at_once,
    broken,
    rating_of,
    review,
)

pytestmark = pytest.mark.usefixtures("database")


def a_tea_shop() -> Shop:
    return a_shop(stock={"tea": 50, "salt": 50}, prices={"tea": 500, "salt": 120})


def state_of(shop: Shop, pk: int) -> str:
    with tenancy.as_platform(shop.platform.pk):
        return Review.objects.get(pk=pk).state


def test_stars_are_counted_by_good_and_by_merchant_and_follow_every_change() -> None:
    shop, alia, cy = a_tea_shop(), a_shopper(), a_shopper("cy")
    first = review(shop, alia, 5, merchant_stars=4, delivery_stars=3)
    review(shop, cy, 2)
    assert rating_of(shop) == (7, 2)

    with tenancy.as_platform(shop.platform.pk):
        services.edit_review(
            platform_id=shop.platform.pk,
            actor=alia,
            review_id=first.pk,
            verdict=Verdict(3, delivery_stars=5),
            now=system_clock(),
        )
        score = MerchantScore.objects.get(merchant=shop.merchant)

    assert rating_of(shop) == (5, 2)
    assert (score.product_sum, score.product_count) == (5, 2)
    assert (score.merchant_sum, score.merchant_count, score.delivery_sum, score.delivery_count) == (
        0,
        0,
        5,
        1,
    )
    assert broken() == []


def test_a_count_that_was_tampered_with_is_found() -> None:
    shop = a_tea_shop()
    said = review(shop, a_shopper(), 5)
    with tenancy.as_platform(shop.platform.pk):
        MerchantScore.objects.update(product_sum=4)
        Review.objects.filter(pk=said.pk).update(helpful=1)
        shop.listings["tea"].__class__.objects.filter(pk=shop.listings["tea"].pk).update(rating_count=9)

    assert broken() == ["rating-is-its-reviews", "score-is-its-reviews", "votes-are-counted"]


def test_two_reviews_of_one_line_at_once_are_one() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    line_id = a_received_line(shop, alia)

    def write(stars: int) -> object:
        return services.write_review(
            platform_id=shop.platform.pk,
            actor=alia,
            line_id=line_id,
            verdict=Verdict(stars),
            now=system_clock(),
        )

    results = at_once(shop, lambda: write(5), lambda: write(1), lambda: write(3))

    assert sorted(type(each).__name__ for each in results) == ["AlreadyReviewed", "AlreadyReviewed", "Review"]
    assert rating_of(shop)[1] == 1
    assert broken() == []
    with pytest.raises(AlreadyReviewed), tenancy.as_platform(shop.platform.pk):
        write(4)


def test_a_vote_counts_once_can_be_changed_and_is_never_ones_own() -> None:
    shop, alia, cy = a_tea_shop(), a_shopper(), a_shopper("cy")
    said = review(shop, alia)

    def vote(actor: object, is_helpful: bool | None) -> tuple[int, int]:
        with tenancy.as_platform(shop.platform.pk):
            found = voting.vote(
                platform_id=shop.platform.pk,
                actor=actor,  # type: ignore[arg-type]  # an Actor
                kind="review",
                pk=said.pk,
                is_helpful=is_helpful,
                now=system_clock(),
            )
            return found.helpful, found.unhelpful

    assert [vote(cy, True), vote(cy, True), vote(cy, False), vote(cy, None)] == [
        (1, 0),
        (1, 0),
        (0, 1),
        (0, 0),
    ]
    with pytest.raises(OwnWords):
        vote(alia, True)
    assert vote(cy, None) == (0, 0)
    assert broken() == []


def test_votes_given_at_once_are_all_counted_and_one_persons_two_are_one() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    said = review(shop, alia)
    voters = [a_shopper(f"voter{number}") for number in range(4)]
    voters.append(voters[0])

    results = at_once(
        shop,
        *(
            lambda voter=voter: voting.vote(  # type: ignore[misc]  # bound now
                platform_id=shop.platform.pk,
                actor=voter,
                kind="review",
                pk=said.pk,
                is_helpful=True,
                now=system_clock(),
            )
            for voter in voters
        ),
    )

    assert all(isinstance(each, Review) for each in results), results
    with tenancy.as_platform(shop.platform.pk):
        found = Review.objects.get(pk=said.pk)
        assert Vote.objects.count() == 4
    assert (found.helpful, found.unhelpful) == (4, 0)
    assert found.helpful_rank == pytest.approx(4 / (4 + 3.8416))  # all in favour: n / (n + z²)
    assert broken() == []


def test_reviews_are_sorted_and_filtered() -> None:
    shop = a_tea_shop()
    now = system_clock()
    people = [a_shopper(f"buyer{number}") for number in range(3)]
    said = [review(shop, person, stars, now=now) for person, stars in zip(people, (3, 5, 1), strict=True)]
    with tenancy.as_platform(shop.platform.pk):
        for voter in people[1:]:
            voting.vote(
                platform_id=shop.platform.pk,
                actor=voter,
                kind="review",
                pk=said[0].pk,
                is_helpful=True,
                now=now,
            )

        def stars(**how: object) -> list[int]:
            rows = selectors.reviews_of_listing(
                platform_id=shop.platform.pk,
                listing_id=shop.listings["tea"].pk,
                **how,  # type: ignore[arg-type]  # by name
            )
            return [row.stars for row in rows]

        assert stars(order=Order.HELPFUL) == [3, 1, 5]
        assert stars(order=Order.BEST) == [5, 3, 1]
        assert stars(order=Order.WORST) == [1, 3, 5]
        assert stars(stars=5) == [5]
        assert stars(with_pictures=True) == []
        bars = selectors.spread(platform_id=shop.platform.pk, listing_id=shop.listings["tea"].pk)
    assert [(bar.stars, bar.count, bar.share) for bar in bars] == [
        (5, 1, 33), (4, 0, 0), (3, 1, 33), (2, 0, 0), (1, 1, 33),
    ]  # fmt: skip


def test_a_picture_is_made_anew_without_what_the_camera_wrote() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    line_id = a_received_line(shop, alia)
    with tenancy.as_platform(shop.platform.pk):
        services.write_review(
            platform_id=shop.platform.pk,
            actor=alia,
            line_id=line_id,
            verdict=Verdict(5),
            photos=[a_photo()],
            now=system_clock(),
        )
        kept = ReviewPicture.objects.get()

    made = Image.open(io.BytesIO(bytes(kept.image)))
    assert made.format == "WEBP"
    assert not made.getexif()
    assert b"Mengstrasse" not in bytes(kept.image)


def test_what_is_no_picture_or_too_many_leaves_no_review() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    line_id = a_received_line(shop, alia)

    for photos in ([b"GIF89a no picture"], [a_photo(place=False)] * 5):
        with pytest.raises(InvalidInput), tenancy.as_platform(shop.platform.pk):
            services.write_review(
                platform_id=shop.platform.pk,
                actor=alia,
                line_id=line_id,
                verdict=Verdict(5),
                photos=photos,
                now=system_clock(),
            )

    with tenancy.as_platform(shop.platform.pk):
        assert not Review.objects.exists()
    assert rating_of(shop) == (0, 0)


def test_a_review_can_be_changed_for_thirty_days_by_its_author_alone() -> None:
    shop, alia, cy = a_tea_shop(), a_shopper(), a_shopper("cy")
    said = review(shop, alia, 5)
    late = said.written_at + services.EDIT_WINDOW + timedelta(seconds=1)

    def edit(actor: object, now: object) -> None:
        with tenancy.as_platform(shop.platform.pk):
            services.edit_review(
                platform_id=shop.platform.pk,
                actor=actor,  # type: ignore[arg-type]
                review_id=said.pk,
                verdict=Verdict(1),
                now=now,  # type: ignore[arg-type]
            )

    with pytest.raises(TooLateToEdit):
        edit(alia, late)
    with pytest.raises(NotFound):
        edit(cy, said.written_at)
    assert rating_of(shop) == (5, 1)

    edit(alia, late - timedelta(seconds=2))

    assert rating_of(shop) == (1, 1)


def test_a_link_holds_a_review_until_the_operator_has_looked() -> None:
    shop, alia, orla = a_tea_shop(), a_shopper(), None
    orla = an_operator(shop)
    said = review(shop, alia, 5, text="Cheaper at https://tea.example")
    assert (state_of(shop, said.pk), rating_of(shop)) == ("held", (0, 0))
    with pytest.raises(Forbidden), tenancy.as_platform(shop.platform.pk):
        moderation.rule(
            platform_id=shop.platform.pk,
            actor=alia,
            kind="review",
            pk=said.pk,
            publishes=True,
            now=system_clock(),
        )

    with tenancy.as_platform(shop.platform.pk):
        assert [each.said.pk for each in moderation.waiting(shop.platform.pk)] == [said.pk]
        moderation.rule(
            platform_id=shop.platform.pk,
            actor=orla,
            kind="review",
            pk=said.pk,
            publishes=True,
            now=system_clock(),
        )

    assert (state_of(shop, said.pk), rating_of(shop)) == ("published", (5, 1))
    assert broken() == []


def test_a_review_that_reports_hide_is_not_shown_again_by_a_link_that_comes_and_goes() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    said = review(shop, alia, 5, text="Never again, said my aunt")
    with tenancy.as_platform(shop.platform.pk):
        for number in range(3):
            moderation.report(
                platform_id=shop.platform.pk,
                actor=a_shopper(f"reporter{number}"),
                kind="review",
                pk=said.pk,
                reason="false",
                now=system_clock(),
            )
        for text in ("See https://aunt.example", "Never again, said my uncle"):
            services.edit_review(
                platform_id=shop.platform.pk,
                actor=alia,
                review_id=said.pk,
                verdict=Verdict(5, text=text),
                now=said.written_at,
            )

    assert (state_of(shop, said.pk), rating_of(shop)) == ("held", (0, 0))
    assert broken() == []


def test_three_reports_hide_a_review_and_turning_it_down_tells_its_author_why() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    orla, said = an_operator(shop), review(shop, alia, 5, text="Never again, said my aunt")
    with tenancy.as_platform(shop.platform.pk):
        states = []
        for number in range(3):
            reporter = a_shopper(f"reporter{number}")
            for _ in range(2):
                moderation.report(
                    platform_id=shop.platform.pk,
                    actor=reporter,
                    kind="review",
                    pk=said.pk,
                    reason="false",
                    now=system_clock(),
                )
            states.append(Review.objects.get(pk=said.pk).state)
    assert states == ["reported", "reported", "held"]
    assert rating_of(shop) == (0, 0)

    with tenancy.as_platform(shop.platform.pk):
        with pytest.raises(InvalidInput):
            moderation.rule(
                platform_id=shop.platform.pk,
                actor=orla,
                kind="review",
                pk=said.pk,
                publishes=False,
                now=system_clock(),
            )
        moderation.rule(
            platform_id=shop.platform.pk,
            actor=orla,
            kind="review",
            pk=said.pk,
            publishes=False,
            reason="it speaks of an aunt",
            now=system_clock(),
        )
    outbox.drain(SUBSCRIPTIONS)

    with tenancy.as_platform(shop.platform.pk):
        assert not Report.objects.filter(settled_at__isnull=True).exists()
        assert list(Ruling.objects.order_by("pk").values_list("old", "new")) == [
            ("published", "reported"),
            ("reported", "held"),
            ("held", "rejected"),
        ]
        told = Notice.objects.get(user_id=alia.user_id)
    assert (told.kind, told.values) == ("turned_down", {"reason": "it speaks of an aunt"})
    with pytest.raises(DatabaseError), tenancy.as_platform(shop.platform.pk):
        Ruling.objects.update(reason="never mind")
    with pytest.raises(TooLateToEdit), tenancy.as_platform(shop.platform.pk):
        services.edit_review(
            platform_id=shop.platform.pk,
            actor=alia,
            review_id=said.pk,
            verdict=Verdict(1),
            now=system_clock(),
        )
    assert broken() == []


def test_the_merchant_replies_once_and_may_change_it_and_the_author_hears_once() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    said = review(shop, alia, 2, text="Cold when it came")

    def reply(actor: object, text: str) -> None:
        with tenancy.as_platform(shop.platform.pk):
            services.reply(
                platform_id=shop.platform.pk,
                actor=actor,  # type: ignore[arg-type]
                review_id=said.pk,
                text=text,
                now=system_clock(),
            )

    with pytest.raises(NotFound):
        reply(alia, "I am the merchant")
    reply(shop.owner, "We are sorry")
    reply(shop.owner, "We are very sorry")
    outbox.drain(SUBSCRIPTIONS)

    with tenancy.as_platform(shop.platform.pk):
        found = Review.objects.select_related("reply").get(pk=said.pk)
        assert found.reply.text == "We are very sorry"
        assert found.reply.edited_at is not None
        assert list(Notice.objects.values_list("user_id", "kind")) == [(alia.user_id, "replied")]


def test_a_review_stays_when_its_author_is_forgotten_and_their_votes_go() -> None:
    shop, alia, cy = a_tea_shop(), a_shopper(), a_shopper("cy")
    first, second = review(shop, alia, 5, text="Alia liked it"), review(shop, cy, 1)
    with tenancy.as_platform(shop.platform.pk):
        voting.vote(
            platform_id=shop.platform.pk,
            actor=alia,
            kind="review",
            pk=second.pk,
            is_helpful=True,
            now=system_clock(),
        )

    privacy.erase_person(user_id=alia.user_id or 0, now=system_clock())

    with tenancy.as_platform(shop.platform.pk):
        assert Review.objects.get(pk=first.pk).text == "… liked it"
        assert Review.objects.get(pk=second.pk).helpful == 0
    assert rating_of(shop) == (6, 2)
    assert not User.objects.get(pk=alia.user_id or 0).is_active
    assert broken() == []


def test_a_shops_score_is_drawn_to_the_platforms_mean() -> None:
    shop = a_tea_shop()
    review(shop, a_shopper(), 5, merchant_stars=5)
    review(shop, a_shopper("cy"), 4)

    with tenancy.as_platform(shop.platform.pk):
        score = selectors.shop_score(platform_id=shop.platform.pk, merchant_id=shop.merchant.pk)

    assert (score.product, score.merchant, score.delivery, score.ratings) == (4.5, 5.0, None, 2)
    assert score.overall == 4.75
