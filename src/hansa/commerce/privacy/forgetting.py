"""Going through the register to forget a person: rows deleted, words written over, the books left as they are."""

from __future__ import annotations

import re

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import Model, QuerySet

from hansa.commerce.accounts.models import Address, User
from hansa.commerce.orders.models import OrderGroup
from hansa.commerce.privacy.register import HOLDINGS, Fate, Person
from hansa.commerce.reviews.models import Answer, Question, Review, ReviewReply
from hansa.foundation import tenancy

_SHORTEST_NAME = 3
_SAID: dict[type[Model], tuple[str, ...]] = {
    Review: ("title", "text"),
    ReviewReply: ("text",),
    Question: ("text",),
    Answer: ("text",),
}


def person_of(user: User) -> Person:
    """Everything that rows know this person by; runs in a scope that sees every platform."""
    groups = OrderGroup.objects.filter(buyer=user)
    written = {user.username, str(user), user.email, user.first_name, user.last_name}
    for book in (Address.objects.filter(user=user), groups):
        for row in book.values_list("recipient", "street"):
            written.update(row)
    written.update(groups.values_list("email", flat=True))
    written.update(user.emailaddress_set.values_list("email", flat=True))  # type: ignore[attr-defined]  # allauth's
    return Person(
        id=user.pk,
        names=tuple(sorted((name for name in written if name), key=len, reverse=True)),
        purchases=tuple(groups.values_list("number", flat=True)),
    )


def wait_for_carts(user_id: int) -> None:
    """Let a purchase that is being made from this person's carts be seen, and keep any other from beginning.

    A checkout holds its cart before it touches its buyer: so do we.
    """
    carts = apps.get_model("checkout", "Cart")._base_manager.filter(user=user_id)
    list(carts.select_for_update().order_by("pk").values_list("pk"))


def forget(user: User) -> None:
    """Forget a person in the running transaction, as the owner of the tables: also where rows are sealed."""
    person = person_of(user)
    with tenancy.unsealed():
        _forget_sessions(user)
        _forget_names_in_public(person)
        _forget_names_in_the_console(person)
        for holding in HOLDINGS:
            rows = holding.rows(person)
            if holding.fate is Fate.DELETED:
                _delete(rows)
            elif callable(holding.fate):
                rows.order_by().update(**holding.fate(person))
        _write_over(user, person)


def _delete(rows: QuerySet[Model]) -> None:
    rows.order_by().delete()


def _forget_sessions(user: User) -> None:
    keys = user.usersession_set.values_list("session_key", flat=True)  # type: ignore[attr-defined]  # allauth's
    Session.objects.filter(session_key__in=list(keys)).delete()


def _forget_names_in_public(person: Person) -> None:
    """What was said in public stays, without the writer's own names in it."""
    names = [re.escape(name) for name in person.names if len(name) >= _SHORTEST_NAME]
    if not names:
        return
    pattern = re.compile("|".join(names), re.IGNORECASE)
    for model, columns in _SAID.items():
        for row in model._default_manager.filter(author=person.id):
            for column in columns:
                setattr(row, column, pattern.sub("…", getattr(row, column)))
            row.save(update_fields=columns)


def _forget_names_in_the_console(person: Person) -> None:
    kind = ContentType.objects.get_for_model(User)
    told = LogEntry.objects.filter(content_type=kind, object_id=str(person.id))
    told.update(object_repr=person.pseudonym, change_message="")


def _write_over(user: User, person: Person) -> None:
    user.username = person.pseudonym
    user.email = user.first_name = user.last_name = user.display_name = user.external_ref = ""
    user.password = make_password(None)
    user.is_active = user.is_staff = user.is_superuser = user.is_demo = False
    user.consents_to_personalisation = False
    user.last_login = None
    user.save()
