"""What shoppers say of goods: reviews by who received them, questions and answers, and how all that is moderated.

Sums, counts and ranks are kept in step by triggers (migration 0003): no service counts, so none can miscount.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from hansa.commerce.reviews.domain import VISIBLE, Hold, State
from hansa.foundation.tenancy import AppendOnlyModel, TenantModel

_STARS = (1, 5)


class Said(TenantModel):
    """Something said in public, and whether the public sees it."""

    text = models.TextField(default="", blank=True)
    state = models.CharField(
        max_length=10, choices=[(each.value, each.value) for each in State], default=State.PUBLISHED
    )
    hold = models.CharField(
        max_length=10,
        choices=[(each.value, each.value) for each in Hold if each],
        default="",
        blank=True,
        help_text="Why it was held before anybody looked.",
    )
    fingerprint = models.CharField(max_length=32, default="", blank=True)
    written_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    @property
    def is_visible(self) -> bool:
        return self.state in VISIBLE


class Voted(models.Model):
    """What others find helpful or not: counted and ranked by a trigger on the votes."""

    helpful = models.PositiveIntegerField(default=0)
    unhelpful = models.PositiveIntegerField(default=0)
    helpful_rank = models.FloatField(
        default=0.0, help_text="Lower bound of Wilson's 95 % interval of the share of helpful votes."
    )

    class Meta:
        abstract = True


class Review(Said, Voted):
    """One verdict on one bought line: stars for the good, its merchant and its delivery, words and pictures."""

    line = models.OneToOneField("orders.OrderLine", on_delete=models.PROTECT, related_name="review")
    listing = models.ForeignKey(
        "catalogue.Listing", on_delete=models.PROTECT, related_name="reviews", db_index=False
    )
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="reviews")
    title = models.CharField(max_length=120, default="", blank=True)
    stars = models.PositiveSmallIntegerField()
    merchant_stars = models.PositiveSmallIntegerField(null=True)
    delivery_stars = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(stars__range=_STARS), name="stars_one_to_five"),
            models.CheckConstraint(
                condition=Q(merchant_stars__isnull=True) | Q(merchant_stars__range=_STARS),
                name="merchant_stars_one_to_five",
            ),
            models.CheckConstraint(
                condition=Q(delivery_stars__isnull=True) | Q(delivery_stars__range=_STARS),
                name="delivery_stars_one_to_five",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["listing", "-written_at"], name="review_by_listing"),
            models.Index(fields=["listing", "-helpful_rank"], name="review_by_rank"),
            models.Index(
                fields=["platform", "state"],
                condition=Q(state__in=["reported", "held"]),
                name="review_waiting",
            ),
            models.Index(
                fields=["platform", "fingerprint"], condition=~Q(fingerprint=""), name="review_fingerprint"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stars} for {self.listing_id}"


class ReviewPicture(TenantModel):
    """A picture in a review, made anew from what was sent: nothing of the camera's notes is in it."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="pictures", db_index=False)
    place = models.PositiveSmallIntegerField()
    image = models.BinaryField(help_text="WebP of at most 800 pixels a side.")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["review", "place"], name="one_picture_per_place_in_review")
        ]

    def __str__(self) -> str:
        return f"picture {self.place} of review {self.review_id}"


class ReviewReply(TenantModel):
    """What the merchant answers to a review; one, which can be changed."""

    review = models.OneToOneField(Review, on_delete=models.CASCADE, related_name="reply")
    author = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    written_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"reply to review {self.review_id}"


class MerchantScore(TenantModel):
    """The sums and counts of a merchant's visible ratings on a platform; kept by a trigger on the reviews."""

    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="+")
    product_sum = models.PositiveBigIntegerField(default=0)
    product_count = models.PositiveIntegerField(default=0)
    merchant_sum = models.PositiveBigIntegerField(default=0)
    merchant_count = models.PositiveIntegerField(default=0)
    delivery_sum = models.PositiveBigIntegerField(default=0)
    delivery_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["platform", "merchant"], name="one_score_per_merchant")
        ]

    def __str__(self) -> str:
        return f"score of {self.merchant_id}"


class Question(Said):
    """A question about a good, for whoever sells or has bought it."""

    product = models.ForeignKey(
        "catalogue.Product", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    listing = models.ForeignKey(
        "catalogue.Listing",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="On whose page it was asked.",
    )
    author = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="questions")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["platform", "product", "-id"], name="question_by_product"),
            models.Index(
                fields=["platform", "state"],
                condition=Q(state__in=["reported", "held"]),
                name="question_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"question {self.pk}"


class Answer(Said, Voted):
    """An answer by a merchant who sells the good, or by somebody who bought and received it; one of each."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="answers", db_index=False)
    author = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="answers")
    merchant = models.ForeignKey(
        "merchants.Merchant",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="Empty for a buyer's answer.",
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["question", "merchant"],
                condition=Q(merchant__isnull=False),
                name="one_answer_per_merchant",
            ),
            models.UniqueConstraint(
                fields=["question", "author"], condition=Q(merchant__isnull=True), name="one_answer_per_buyer"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["question", "-helpful_rank"], name="answer_by_rank"),
            models.Index(
                fields=["platform", "state"],
                condition=Q(state__in=["reported", "held"]),
                name="answer_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"answer {self.pk}"


class Vote(TenantModel):
    """That somebody found a review or an answer helpful, or not."""

    review = models.ForeignKey(
        Review, on_delete=models.CASCADE, null=True, related_name="votes", db_index=False
    )
    answer = models.ForeignKey(
        Answer, on_delete=models.CASCADE, null=True, related_name="votes", db_index=False
    )
    voter = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="votes")
    is_helpful = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(review__isnull=False, answer__isnull=True)
                | Q(review__isnull=True, answer__isnull=False),
                name="vote_on_one_thing",
            ),
            models.UniqueConstraint(fields=["review", "voter"], name="one_vote_per_review"),
            models.UniqueConstraint(fields=["answer", "voter"], name="one_vote_per_answer"),
        ]

    def __str__(self) -> str:
        return f"{'helpful' if self.is_helpful else 'not helpful'} by {self.voter_id}"


class About(TenantModel):
    """A row about one review, question or answer."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, null=True, related_name="+")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, null=True, related_name="+")
    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, null=True, related_name="+")

    class Meta:
        abstract = True


def _about_one(name: str) -> models.CheckConstraint:
    kinds = ("review", "question", "answer")
    condition = Q()
    for chosen in kinds:
        condition |= Q(**{f"{kind}__isnull": kind != chosen for kind in kinds})
    return models.CheckConstraint(condition=condition, name=name)


class Report(About):
    """That somebody finds a review, question or answer improper; open until the operator has decided."""

    class Reason(models.TextChoices):
        ADVERTISING = "advertising"
        OFFENSIVE = "offensive"
        FALSE = "false"
        PRIVATE = "private", "Tells of somebody's private life"
        OTHER = "other"

    reporter = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=12, choices=Reason.choices)
    words = models.CharField(max_length=500, default="", blank=True)
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            _about_one("report_on_one_thing"),
            models.UniqueConstraint(fields=["review", "reporter"], name="one_report_per_review"),
            models.UniqueConstraint(fields=["question", "reporter"], name="one_report_per_question"),
            models.UniqueConstraint(fields=["answer", "reporter"], name="one_report_per_answer"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} by {self.reporter_id}"


class Ruling(About, AppendOnlyModel):
    """One step of something said between the states: by whom, why, when. An empty actor is a rule."""

    old = models.CharField(max_length=10)
    new = models.CharField(max_length=10)
    reason = models.CharField(max_length=500, default="", blank=True)
    actor = models.CharField(max_length=150, default="", blank=True)
    actor_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [_about_one("ruling_on_one_thing")]

    def __str__(self) -> str:
        return f"{self.old} > {self.new}"
