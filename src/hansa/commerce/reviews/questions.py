"""Questions about goods, and answers by who sells them or has received them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

from django.db import IntegrityError, transaction
from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.orders.models import OrderLine
from hansa.commerce.reviews import moderation
from hansa.commerce.reviews.domain import VISIBLE
from hansa.commerce.reviews.errors import AlreadyAnswered, MayNotAnswer
from hansa.commerce.reviews.events import QuestionAnswered, QuestionAsked
from hansa.commerce.reviews.models import Answer, Question
from hansa.foundation import outbox
from hansa.foundation.prepared import Prepared
from hansa.kernel.errors import InvalidInput, NotFound

LONGEST = 1_000


@dataclass(frozen=True)
class Right:
    """In what quality somebody may answer: for a merchant, or as a buyer where there is none."""

    merchant_id: int | None


@transaction.atomic
def ask(*, platform_id: int, actor: Actor, listing_id: int, text: str, now: datetime) -> Question:
    """Ask about a good; a rule may hold the question for the operator. Refuses visitors without a name."""
    if actor.user_id is None:
        raise InvalidInput("sign in to ask a question")
    listing = catalogue.get_listing(platform_id=platform_id, listing_id=listing_id)
    question = Question(
        platform_id=platform_id,
        product_id=listing.product_id,
        listing=listing,
        author_id=actor.user_id,
        text=_words(text),
        written_at=now,
    )
    moderation.examine(question, now=now)
    question.save(force_insert=True)
    if question.hold:
        moderation.note_hold(question, "question", now=now)
    outbox.record(
        QuestionAsked(
            platform_id=platform_id,
            question_id=question.pk,
            product_id=listing.product_id,
            at=now.isoformat(),
        )
    )
    return question


@transaction.atomic
def answer(
    *,
    platform_id: int,
    actor: Actor,
    question_id: int,
    text: str,
    merchant_id: int | None = None,
    now: datetime,
) -> Answer:
    """Answer a question for a merchant who sells the good here, or as somebody who has received it.

    Refuses with MayNotAnswer anybody else, and with AlreadyAnswered a second answer in the same quality.
    """
    question = visible(platform_id).filter(pk=question_id).first()
    if question is None:
        raise NotFound(f"there is no question {question_id} here")
    right = Right(merchant_id)
    if actor.user_id is None or right not in rights_to_answer(question, actor):
        raise MayNotAnswer("who sells this good here, or has received it, may answer")
    given = Answer(
        platform_id=platform_id,
        question=question,
        author_id=actor.user_id,
        merchant_id=merchant_id,
        text=_words(text),
        written_at=now,
    )
    moderation.examine(given, now=now)
    try:
        with transaction.atomic():
            given.save(force_insert=True)
    except IntegrityError as error:
        if "one_answer_per" not in str(error):
            raise
        raise AlreadyAnswered("you have answered this question already") from error
    if given.hold:
        moderation.note_hold(given, "answer", now=now)
    else:
        outbox.record(
            QuestionAnswered(
                platform_id=platform_id,
                question_id=question.pk,
                answer_id=given.pk,
                at=now.isoformat(),
            )
        )
    return given


def rights_to_answer(question: Question, actor: Actor) -> Sequence[Right]:
    """In which qualities this person may answer: for each merchant of theirs that sells the good, or as a buyer."""
    sellers = catalogue.listings_of(question.platform_id).filter(product_id=question.product_id)
    merchants = sellers.filter(merchant_id__in=actor.merchant_ids()).values_list("merchant_id", flat=True)
    rights = [
        Right(merchant_id)
        for merchant_id in sorted(set(merchants))
        if actor.may(Permission.RUN_MERCHANT, merchant_id=merchant_id)
    ]
    if (
        actor.user_id is not None
        and actor.user_id != question.author_id
        and _has_received(question, actor.user_id)
    ):
        rights.append(Right(None))
    return rights


def visible(platform_id: int) -> QuerySet[Question]:
    """The questions that the public sees on a platform, the newest first."""
    found = Question.objects.filter(platform_id=platform_id, state__in=VISIBLE)
    return found.select_related("author").order_by("-pk")


def questions_about(
    *, platform_id: int, product_id: int, words: str = "", viewer_id: int | None = None
) -> QuerySet[Question]:
    """Questions about a good with their answers, the newest first; with words, those in which all of them stand.

    Who looks sees their own held question too.
    """
    found = _about(platform_id, product_id, viewer_id or 0)
    for word in words.split()[:8]:
        found = found.filter(
            Q(text__icontains=word)
            | Q(pk__in=Answer.objects.filter(state__in=VISIBLE, text__icontains=word).values("question_id"))
        )
    return found.prefetch_related(_answers(viewer_id))


def newest_about(*, platform_id: int, product_id: int, viewer_id: int | None, limit: int) -> list[Question]:
    """The newest questions about a good, with their answers, for who looks."""
    found = _newest_about(limit).all(platform_id=platform_id, product_id=product_id, viewer_id=viewer_id or 0)
    if found:
        prefetch_related_objects(found, _answers(viewer_id))
    return found


@lru_cache(maxsize=8)
def _newest_about(limit: int) -> Prepared[Question]:
    return Prepared(
        lambda platform_id, product_id, viewer_id: _about(platform_id, product_id, viewer_id)[:limit]
    )


def _about(platform_id: int, product_id: int, viewer_id: int) -> QuerySet[Question]:
    """The questions that can be seen, and the viewer's own held ones, the newest first."""
    found = Question.objects.filter(platform_id=platform_id, product_id=product_id)
    seen = found.filter(Q(state__in=VISIBLE) | Q(author_id=viewer_id, state="held"))
    return seen.select_related("author").order_by("-pk")


def _answers(viewer_id: int | None) -> Prefetch[Literal["answers"], QuerySet[Answer], str]:
    shown = Answer.objects.filter(Q(state__in=VISIBLE) | Q(author_id=viewer_id or 0, state="held"))
    return Prefetch("answers", shown.select_related("author", "merchant").order_by("-helpful_rank", "pk"))


def open_questions_for(*, platform_id: int, merchant_id: int) -> QuerySet[Question]:
    """Questions about goods that a merchant sells here and has not answered, the oldest first."""
    sold = catalogue.listings_of_merchant(platform_id=platform_id, merchant_id=merchant_id)
    answered = Answer.objects.filter(merchant_id=merchant_id).values("question_id")
    return (
        visible(platform_id)
        .filter(product_id__in=sold.order_by().values("product_id"))
        .exclude(pk__in=answered)
        .select_related("listing__product")
        .order_by("pk")
    )


def _has_received(question: Question, user_id: int) -> bool:
    return OrderLine.objects.filter(
        platform_id=question.platform_id,
        buyer_id=user_id,
        is_void=False,
        order__status="delivered",
        offer__variant__product_id=question.product_id,
    ).exists()


def _words(text: str) -> str:
    words = text.strip()
    if not 3 <= len(words) <= LONGEST or "\x00" in words:
        raise InvalidInput(f"a question or an answer has 3 to {LONGEST} characters")
    return words
