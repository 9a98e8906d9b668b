"""Facts about what shoppers say."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.foundation.outbox import DomainEvent


@dataclass(frozen=True, kw_only=True)
class ReviewWritten(DomainEvent):
    review_id: int
    stars: int
    at: str


@dataclass(frozen=True, kw_only=True)
class ReviewEdited(DomainEvent):
    review_id: int
    stars: int
    at: str


@dataclass(frozen=True, kw_only=True)
class ReviewReplied(DomainEvent):
    """The merchant has answered for the first time."""

    review_id: int
    at: str


@dataclass(frozen=True, kw_only=True)
class QuestionAsked(DomainEvent):
    question_id: int
    product_id: int
    at: str


@dataclass(frozen=True, kw_only=True)
class QuestionAnswered(DomainEvent):
    """An answer can be seen: at once, or after the operator let it through."""

    question_id: int
    answer_id: int
    at: str


@dataclass(frozen=True, kw_only=True)
class ContributionRuled(DomainEvent):
    """A review, question or answer moved between the states; ``kind`` says which of them it is."""

    kind: str
    contribution_id: int
    old: str
    new: str
    at: str
