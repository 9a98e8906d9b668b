"""Who is told when somebody answers, replies or is turned down."""

from __future__ import annotations

from datetime import datetime

from hansa.commerce.notices import services as notices
from hansa.commerce.notices.services import Kind, Told
from hansa.commerce.reviews.domain import State
from hansa.commerce.reviews.events import ContributionRuled, QuestionAnswered, ReviewReplied
from hansa.commerce.reviews.models import Answer, Question, Review, Ruling
from hansa.commerce.reviews.moderation import KINDS
from hansa.foundation.outbox import Delivered


def tell_asker(delivered: Delivered) -> None:
    """Tell who asked that there is an answer."""
    event = delivered.event
    assert isinstance(event, QuestionAnswered)
    question = Question.objects.filter(pk=event.question_id).first()
    if question is not None:
        told = Told(
            question.author_id, Kind.ANSWERED, f"answer:{event.answer_id}", listing_id=question.listing_id
        )
        notices.give(platform_id=event.platform_id, told=[told], now=datetime.fromisoformat(event.at))


def tell_reviewer(delivered: Delivered) -> None:
    """Tell who reviewed that the merchant replied."""
    event = delivered.event
    assert isinstance(event, ReviewReplied)
    review = Review.objects.select_related("merchant").filter(pk=event.review_id).first()
    if review is not None:
        told = Told(
            review.author_id,
            Kind.REPLIED,
            f"reply:{review.pk}",
            listing_id=review.listing_id,
            values={"merchant": review.merchant.name},
        )
        notices.give(platform_id=event.platform_id, told=[told], now=datetime.fromisoformat(event.at))


def tell_author(delivered: Delivered) -> None:
    """Tell who wrote something that it was turned down, and why."""
    event = delivered.event
    assert isinstance(event, ContributionRuled)
    said = KINDS[event.kind]._default_manager.filter(pk=event.contribution_id).first()
    if event.new != State.REJECTED or said is None:
        return
    ruling = (
        Ruling.objects.filter(**{f"{event.kind}_id": said.pk}, new=State.REJECTED).order_by("-pk").first()
    )
    told = Told(
        said.author_id,
        Kind.TURNED_DOWN,
        f"turned-down:{event.kind}:{said.pk}:{ruling.pk if ruling else 0}",
        listing_id=said.question.listing_id if isinstance(said, Answer) else said.listing_id,
        values={"reason": ruling.reason if ruling else ""},
    )
    notices.give(platform_id=event.platform_id, told=[told], now=datetime.fromisoformat(event.at))
