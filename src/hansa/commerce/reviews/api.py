"""The API's doors to reviews, questions and answers, and to how they are moderated."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema, Status

from hansa.commerce.accounts.api import ANYBODY, inside
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.reviews import moderation, questions, selectors, services, voting
from hansa.commerce.reviews.models import Answer, Question, Report, Review, ReviewReply
from hansa.commerce.reviews.services import Verdict
from hansa.foundation.paging import newest_first

router = Router(tags=["reviews"])


class VerdictIn(Schema):
    stars: int
    merchant_stars: int | None = None
    delivery_stars: int | None = None
    title: str = ""
    text: str = ""


class ReviewIn(VerdictIn):
    line_id: int


class ReplyOut(Schema):
    text: str
    written_at: datetime
    edited_at: datetime | None = None


class ReviewOut(Schema):
    id: int
    stars: int
    merchant_stars: int | None = None
    delivery_stars: int | None = None
    title: str
    text: str
    author: str
    state: str
    helpful: int
    unhelpful: int
    written_at: datetime
    edited_at: datetime | None = None
    reply: ReplyOut | None = None

    @staticmethod
    def resolve_author(review: Review) -> str:
        return str(review.author)

    @staticmethod
    def resolve_reply(review: Review) -> ReviewReply | None:
        return getattr(review, "reply", None)


class ReviewPage(Schema):
    items: list[ReviewOut]
    next_cursor: str


class BarOut(Schema):
    stars: int
    count: int
    share: int


class ScoreOut(Schema):
    product: float | None = None
    merchant: float | None = None
    delivery: float | None = None
    overall: float | None = None
    ratings: int


class TextIn(Schema):
    text: str


class VoteIn(Schema):
    is_helpful: bool | None = None


class VotesOut(Schema):
    helpful: int
    unhelpful: int


class ReportIn(Schema):
    reason: str
    words: str = ""


class ReportedOut(Schema):
    is_new: bool


class AnswerOut(Schema):
    id: int
    text: str
    author: str
    merchant: str | None = None
    state: str
    helpful: int
    unhelpful: int
    written_at: datetime

    @staticmethod
    def resolve_author(answer: Answer) -> str:
        return answer.merchant.name if answer.merchant else str(answer.author)

    @staticmethod
    def resolve_merchant(answer: Answer) -> str | None:
        return answer.merchant.name if answer.merchant else None


class AskedOut(Schema):
    id: int
    text: str
    author: str
    state: str
    written_at: datetime

    @staticmethod
    def resolve_author(question: Question) -> str:
        return str(question.author)


class QuestionOut(AskedOut):
    answers: list[AnswerOut]

    @staticmethod
    def resolve_answers(question: Question) -> list[Answer]:
        return list(question.answers.all())


class QuestionPage(Schema):
    items: list[QuestionOut]
    next_cursor: str


class RulingIn(Schema):
    publishes: bool
    reason: str = ""


class RuledOut(Schema):
    id: int
    state: str


class ReportOut(Schema):
    reason: str
    words: str
    at: datetime


class WaitingOut(Schema):
    kind: str
    id: int
    state: str
    hold: str
    text: str
    author: str
    written_at: datetime
    reports: list[ReportOut]

    @staticmethod
    def resolve_id(waiting: moderation.Waiting) -> int:
        return waiting.said.pk

    @staticmethod
    def resolve_state(waiting: moderation.Waiting) -> str:
        return waiting.said.state

    @staticmethod
    def resolve_hold(waiting: moderation.Waiting) -> str:
        return waiting.said.hold

    @staticmethod
    def resolve_text(waiting: moderation.Waiting) -> str:
        return waiting.said.text

    @staticmethod
    def resolve_author(waiting: moderation.Waiting) -> str:
        return str(waiting.said.author)

    @staticmethod
    def resolve_written_at(waiting: moderation.Waiting) -> datetime:
        return waiting.said.written_at

    @staticmethod
    def resolve_reports(waiting: moderation.Waiting) -> list[Report]:
        return waiting.reports


@router.get("/products/{listing_id}/reviews/", response=ReviewPage, auth=ANYBODY)
def list_reviews(
    request: HttpRequest,
    listing_id: int,
    platform: str = "",
    stars: int | None = None,
    with_pictures: bool = False,
    cursor: str = "",
    limit: int = 20,
) -> dict[str, object]:
    """What people say of a good, newest first; only those of so many stars, or those with pictures."""
    with inside(request, platform) as call:
        rows = selectors.reviews_of_listing(
            platform_id=call.platform.pk, listing_id=listing_id, stars=stars, with_pictures=with_pictures
        )
        page = newest_first(rows, cursor=cursor, limit=limit)
        return {"items": page.rows, "next_cursor": page.next_cursor}


@router.get("/products/{listing_id}/ratings", response=list[BarOut], auth=ANYBODY)
def get_ratings(request: HttpRequest, listing_id: int, platform: str = "") -> list[selectors.Bar]:
    """How the stars of a good are spread, five stars first."""
    with inside(request, platform) as call:
        return selectors.spread(platform_id=call.platform.pk, listing_id=listing_id)


@router.get("/merchants/{merchant_id}/score", response=ScoreOut, auth=ANYBODY)
def get_score(request: HttpRequest, merchant_id: int, platform: str = "") -> selectors.ShopScore:
    """How a merchant's goods, service and delivery are rated, each drawn to the platform's mean."""
    with inside(request, platform) as call:
        return selectors.shop_score(platform_id=call.platform.pk, merchant_id=merchant_id)


@router.post("/reviews/", response={201: ReviewOut})
def post_review(request: HttpRequest, body: ReviewIn, platform: str = "") -> Status[Review]:
    """Review a good that one has bought and received, once."""
    with inside(request, platform) as call:
        review = services.write_review(
            actor=call.actor,
            platform_id=call.platform.pk,
            line_id=body.line_id,
            verdict=_verdict(body),
            now=call.now,
        )
        return Status(201, review)


@router.put("/reviews/{review_id}", response=ReviewOut)
def put_review(request: HttpRequest, review_id: int, body: VerdictIn, platform: str = "") -> Review:
    """Write one's own review anew, within 30 days."""
    with inside(request, platform) as call:
        return services.edit_review(
            actor=call.actor,
            platform_id=call.platform.pk,
            review_id=review_id,
            verdict=_verdict(body),
            now=call.now,
        )


@router.put("/reviews/{review_id}/reply", response=ReplyOut)
def put_reply(request: HttpRequest, review_id: int, body: TextIn, platform: str = "") -> ReviewReply:
    """Answer a review of a good that one sells, or change that answer."""
    with inside(request, platform) as call:
        return services.reply(
            actor=call.actor,
            platform_id=call.platform.pk,
            review_id=review_id,
            text=body.text,
            now=call.now,
        )


@router.put("/votes/{kind}/{contribution_id}", response=VotesOut)
def put_vote(
    request: HttpRequest, kind: str, contribution_id: int, body: VoteIn, platform: str = ""
) -> Review | Answer:
    """Find a review or an answer helpful, or not; null takes the vote back."""
    with inside(request, platform) as call:
        return voting.vote(
            platform_id=call.platform.pk,
            actor=call.actor,
            kind=kind,
            pk=contribution_id,
            is_helpful=body.is_helpful,
            now=call.now,
        )


@router.post("/reports/{kind}/{contribution_id}", response=ReportedOut)
def post_report(
    request: HttpRequest, kind: str, contribution_id: int, body: ReportIn, platform: str = ""
) -> dict[str, bool]:
    """Tell the operator that a review, question or answer is improper."""
    with inside(request, platform) as call:
        is_new = moderation.report(
            platform_id=call.platform.pk,
            actor=call.actor,
            kind=kind,
            pk=contribution_id,
            reason=body.reason,
            words=body.words,
            now=call.now,
        )
        return {"is_new": is_new}


@router.get("/products/{listing_id}/questions/", response=QuestionPage, auth=ANYBODY)
def list_questions(
    request: HttpRequest, listing_id: int, platform: str = "", q: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """Questions about a good with their answers, newest first; with words, those in which all of them stand."""
    with inside(request, platform) as call:
        listing = catalogue.get_listing(platform_id=call.platform.pk, listing_id=listing_id)
        rows = questions.questions_about(
            platform_id=call.platform.pk,
            product_id=listing.product_id,
            words=q,
            viewer_id=call.actor.user_id,
        )
        page = newest_first(rows, cursor=cursor, limit=limit)
        return {"items": page.rows, "next_cursor": page.next_cursor}


@router.post("/products/{listing_id}/questions/", response={201: AskedOut})
def post_question(
    request: HttpRequest, listing_id: int, body: TextIn, platform: str = ""
) -> Status[Question]:
    """Ask about a good."""
    with inside(request, platform) as call:
        question = questions.ask(
            platform_id=call.platform.pk,
            actor=call.actor,
            listing_id=listing_id,
            text=body.text,
            now=call.now,
        )
        return Status(201, question)


@router.post("/questions/{question_id}/answers/", response={201: AnswerOut})
def post_answer(request: HttpRequest, question_id: int, body: TextIn, platform: str = "") -> Status[Answer]:
    """Answer as somebody who has received the good."""
    with inside(request, platform) as call:
        given = questions.answer(
            platform_id=call.platform.pk,
            actor=call.actor,
            question_id=question_id,
            text=body.text,
            now=call.now,
        )
        return Status(201, given)


@router.post("/merchants/{merchant_id}/questions/{question_id}/answers/", response={201: AnswerOut})
def post_merchants_answer(
    request: HttpRequest, merchant_id: int, question_id: int, body: TextIn, platform: str = ""
) -> Status[Answer]:
    """Answer for a merchant who sells the good."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        given = questions.answer(
            platform_id=call.platform.pk,
            actor=call.actor,
            question_id=question_id,
            text=body.text,
            merchant_id=merchant_id,
            now=call.now,
        )
        return Status(201, given)


@router.get("/moderation/", response=list[WaitingOut])
def list_waiting(request: HttpRequest, platform: str = "") -> list[moderation.Waiting]:
    """What waits for the operator: the held before the reported, the oldest first, at most a hundred."""
    with inside(request, platform) as call:
        return moderation.waiting(call.platform.pk)


@router.post("/moderation/{kind}/{contribution_id}", response=RuledOut)
def post_ruling(
    request: HttpRequest, kind: str, contribution_id: int, body: RulingIn, platform: str = ""
) -> moderation.Contribution:
    """Let a review, question or answer through, or turn it down with a reason."""
    with inside(request, platform) as call:
        return moderation.rule(
            platform_id=call.platform.pk,
            actor=call.actor,
            kind=kind,
            pk=contribution_id,
            publishes=body.publishes,
            reason=body.reason,
            now=call.now,
        )


def _verdict(body: VerdictIn) -> Verdict:
    return Verdict(body.stars, body.merchant_stars, body.delivery_stars, body.title, body.text)
