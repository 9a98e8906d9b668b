"""Finding a review or an answer helpful, or not: one vote per person, never on one's own words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.reviews.domain import VISIBLE
from hansa.commerce.reviews.errors import OwnWords
from hansa.commerce.reviews.models import Answer, Review, Vote
from hansa.kernel.errors import InvalidInput, NotFound

_VOTED_ON: dict[str, type[Review | Answer]] = {"review": Review, "answer": Answer}


@transaction.atomic
def vote(
    *, platform_id: int, actor: Actor, kind: str, pk: int, is_helpful: bool | None, now: datetime
) -> Review | Answer:
    """Give one's vote, change it, or take it back with None; answers what was voted on with its counts.

    Refuses visitors without a name, one's own words and what cannot be seen. The counts are the database's.
    """
    if actor.user_id is None:
        raise InvalidInput("sign in to vote")
    model = _VOTED_ON.get(kind)
    if model is None:
        raise InvalidInput(f"one votes on a review or an answer, not on {kind[:20]!r}")
    found = model._default_manager.filter(platform_id=platform_id, pk=pk, state__in=VISIBLE).first()
    if found is None:
        raise NotFound(f"there is no {kind} {pk} here")
    if found.author_id == actor.user_id:
        raise OwnWords("nobody votes on their own words")
    about = {f"{kind}_id": pk, "voter_id": actor.user_id}
    if is_helpful is None:
        Vote.objects.filter(**about).delete()
    else:
        Vote.objects.bulk_create(
            [Vote(platform_id=platform_id, **about, is_helpful=is_helpful, at=now)],
            update_conflicts=True,
            unique_fields=[kind, "voter"],
            update_fields=["is_helpful", "at"],
        )
    found.refresh_from_db(fields=["helpful", "unhelpful", "helpful_rank"])
    return found


def votes_of(*, user_id: int | None, kind: str, pks: Iterable[int]) -> dict[int, bool]:
    """How a person voted on these reviews or answers: id to helpful."""
    if user_id is None:
        return {}
    rows = Vote.objects.filter(voter_id=user_id, **{f"{kind}_id__in": list(pks)})
    return dict(rows.values_list(f"{kind}_id", "is_helpful"))
