"""What becomes of something said: held by a rule or by reports, let through or turned down by the operator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.reviews.domain import REPORTS_THAT_HOLD, VISIBLE, Hold, State, fingerprint, why_hold
from hansa.commerce.reviews.errors import OwnWords
from hansa.commerce.reviews.events import ContributionRuled, QuestionAnswered
from hansa.commerce.reviews.models import Answer, Question, Report, Review, Ruling, Said
from hansa.foundation import outbox
from hansa.kernel.errors import InvalidInput, NotFound

Contribution = Review | Question | Answer
Some = TypeVar("Some", Review, Question, Answer)
KINDS: Mapping[str, type[Contribution]] = {"review": Review, "question": Question, "answer": Answer}
LONGEST_REASON = 500
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Waiting:
    """Something that waits for the operator, with the reports that are open against it."""

    kind: str
    said: Contribution
    reports: list[Report]


def examine(said: Some, *, now: datetime) -> Some:
    """Set the state that the rules give to something new or written anew. Does not save it."""
    words = f"{getattr(said, 'title', '')} {said.text}".strip()
    said.fingerprint = fingerprint(words)
    why = why_hold(words, is_repeated=_is_repeated(said), said_lately=_said_lately(said, now))
    if why:
        said.state, said.hold = State.HELD, why
    elif said.state == State.HELD:
        said.state, said.hold = _standing_against(_open_reports(said))
    return said


@transaction.atomic
def report(
    *, platform_id: int, actor: Actor, kind: str, pk: int, reason: str, words: str = "", now: datetime
) -> bool:
    """Tell the operator that something said is improper; False when this person has told already.

    The third open report hides it until the operator decides. Refuses visitors without a name and one's own words.
    """
    if actor.user_id is None:
        raise InvalidInput("sign in to report something")
    if reason not in Report.Reason.values:
        raise InvalidInput(
            f"there is no reason {reason[:20]!r}; there are: {', '.join(Report.Reason.values)}"
        )
    said = _for_update(platform_id, kind, pk)
    if said.author_id == actor.user_id:
        raise OwnWords("nobody reports their own words")
    _, is_new = Report.objects.get_or_create(
        platform_id=platform_id,
        **{f"{kind}_id": pk},
        reporter_id=actor.user_id,
        defaults={"reason": reason, "words": words.strip()[:LONGEST_REASON], "at": now},
    )
    if is_new and said.is_visible:
        state, hold = _standing_against(_open_reports(said))
        if state != said.state:
            _move(said, kind, state, hold=hold, now=now)
    return is_new


@transaction.atomic
def rule(
    *, platform_id: int, actor: Actor, kind: str, pk: int, publishes: bool, reason: str = "", now: datetime
) -> Contribution:
    """Let something through, or turn it down with a reason; settles its reports. Again the same changes nothing.

    Refuses who does not run the platform, and turning down without a reason.
    """
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    if not publishes and not reason.strip():
        raise InvalidInput("say why it is turned down")
    said = _for_update(platform_id, kind, pk)
    new = State.PUBLISHED if publishes else State.REJECTED
    Report.objects.filter(**{f"{kind}_id": pk}, settled_at__isnull=True).update(settled_at=now)
    if said.state != new:
        _move(said, kind, new, reason=reason.strip()[:LONGEST_REASON], actor=actor, now=now)
    return said


def get(*, platform_id: int, kind: str, pk: int) -> Contribution:
    """Something said that the public sees; refuses the rest as if it did not exist."""
    found: Contribution | None = (
        _model_of(kind)._default_manager.filter(platform_id=platform_id, pk=pk, state__in=VISIBLE).first()
    )
    if found is None:
        raise NotFound(f"there is no {kind} {pk} here")
    return found


def waiting(platform_id: int, *, limit: int = 100) -> list[Waiting]:
    """What waits for the operator, the held before the reported, the oldest first."""
    found = [
        Waiting(kind, said, [])
        for kind, model in KINDS.items()
        for said in _waiting_of(model, platform_id)[:limit]
    ]
    found.sort(key=lambda each: (each.said.state != State.HELD, each.said.written_at))
    return [_with_reports(each) for each in found[:limit]]


def note_hold(said: Contribution, kind: str, *, now: datetime) -> None:
    """Write down that a rule held something that has just been saved."""
    Ruling.objects.create(
        platform_id=said.platform_id,
        **{f"{kind}_id": said.pk},
        old="",
        new=said.state,
        reason=said.hold,
        at=now,
    )


def _waiting_of(model: type[Contribution], platform_id: int) -> QuerySet[Contribution]:
    found: QuerySet[Contribution] = model._default_manager.filter(
        platform_id=platform_id, state__in=[State.REPORTED, State.HELD]
    )
    return found.select_related("author").order_by("written_at", "pk")


def _with_reports(each: Waiting) -> Waiting:
    reports = Report.objects.filter(**{f"{each.kind}_id": each.said.pk}, settled_at__isnull=True)
    return Waiting(each.kind, each.said, list(reports.order_by("pk")))


def _for_update(platform_id: int, kind: str, pk: int) -> Contribution:
    found: Contribution | None = (
        _model_of(kind)._default_manager.select_for_update().filter(platform_id=platform_id, pk=pk).first()
    )
    if found is None:
        raise NotFound(f"there is no {kind} {pk} here")
    return found


def _model_of(kind: str) -> type[Contribution]:
    model = KINDS.get(kind)
    if model is None:
        raise InvalidInput(f"there is nothing called {kind[:20]!r}; there are: {', '.join(KINDS)}")
    return model


def _move(
    said: Contribution,
    kind: str,
    new: State,
    *,
    hold: Hold = Hold.NONE,
    reason: str = "",
    actor: Actor | None = None,
    now: datetime,
) -> None:
    old, said.state, said.hold = said.state, new, hold
    said.save(update_fields=["state", "hold"])
    Ruling.objects.create(
        platform_id=said.platform_id,
        **{f"{kind}_id": said.pk},
        old=old,
        new=new,
        reason=reason or hold,
        actor=actor.name if actor else "",
        actor_id=actor.user_id if actor else None,
        at=now,
    )
    outbox.record(
        ContributionRuled(
            platform_id=said.platform_id,
            kind=kind,
            contribution_id=said.pk,
            old=old,
            new=new,
            at=now.isoformat(),
        )
    )
    if isinstance(said, Answer) and old not in VISIBLE and new in VISIBLE:
        outbox.record(
            QuestionAnswered(
                platform_id=said.platform_id,
                question_id=said.question_id,
                answer_id=said.pk,
                at=now.isoformat(),
            )
        )


def _open_reports(said: Contribution) -> int:
    kind = next(name for name, model in KINDS.items() if isinstance(said, model))
    return Report.objects.filter(**{f"{kind}_id": said.pk}, settled_at__isnull=True).count() if said.pk else 0


def _standing_against(reports: int) -> tuple[State, Hold]:
    """How something stands that no rule holds, with so many reports open against it."""
    if reports >= REPORTS_THAT_HOLD:
        return State.HELD, Hold.REPORTS
    return (State.REPORTED if reports else State.PUBLISHED), Hold.NONE


def _is_repeated(said: Said) -> bool:
    if not said.fingerprint:
        return False
    same = type(said)._default_manager.filter(platform_id=said.platform_id, fingerprint=said.fingerprint)
    return same.exclude(pk=said.pk).exists()


def _said_lately(said: Contribution, now: datetime) -> int:
    """How many reviews, questions and answers this person wrote in the last hour, this one left out."""
    found = 0
    for model in KINDS.values():
        lately = model._default_manager.filter(author_id=said.author_id, written_at__gt=now - _HOUR)
        found += (lately.exclude(pk=said.pk) if isinstance(said, model) and said.pk else lately).count()
    return found
