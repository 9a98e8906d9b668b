"""How desks show who may do what and let it be given and taken: rows, forms and refusals, for operator and merchant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from hansa.commerce.accounts import invitations
from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts.errors import PersonUnknown
from hansa.commerce.accounts.invitations import Given
from hansa.commerce.accounts.models import Invitation, Membership, RoleChange
from hansa.commerce.accounts.policy import AT_A_MERCHANT, Actor, Held, Role
from hansa.kernel.errors import HansaError
from hansa.web.doors import Visit
from hansa.web.templatetags.words import sentence

_ROLES = {
    Role.OPERATOR: pgettext_lazy("role", "operator"),
    Role.DISPATCHER: pgettext_lazy("role", "dispatcher"),
    Role.MERCHANT: pgettext_lazy("role", "owner of a merchant's desk"),
    Role.CLERK: pgettext_lazy("role", "works at a merchant's desk"),
    Role.STEWARD: pgettext_lazy("role", "steward"),
}
_GIVEN = (Role.OPERATOR, Role.DISPATCHER, Role.MERCHANT, Role.CLERK)
_AT_A_DESK = (Role.CLERK, Role.MERCHANT)


@dataclass(frozen=True)
class Post:
    """A role that somebody holds, and whether who looks may take it."""

    user_id: int
    name: str
    username: str
    role: Role
    merchant_id: int | None
    merchant: str
    is_own: bool
    can_take: bool

    @property
    def word(self) -> str:
        return role_word(self.role)


@dataclass(frozen=True)
class Change:
    """A role that was given or taken."""

    person: str
    role: str
    merchant: str
    is_given: bool
    actor: str
    at: datetime


class PersonForm(forms.Form):
    """Whom a role is given."""

    person = forms.CharField(
        label=gettext_lazy("User name or e-mail"),
        max_length=254,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, label_suffix="")


class RoleForm(PersonForm):
    """Whom a role is given on a platform, and which."""

    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=[("", gettext_lazy("Please choose")), *((each, _ROLES[each]) for each in _GIVEN)],
    )
    merchant = forms.CharField(
        label=gettext_lazy("Merchant"),
        help_text=gettext_lazy("Only for who works for a merchant: its name. It must be at home here."),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "merchants-at-home"}),
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, merchants: Mapping[int, str] | None = None
    ) -> None:
        super().__init__(data)
        self._merchants = merchants or {}

    def clean(self) -> dict[str, Any]:
        """Find the merchant by its name where the role needs one."""
        said = super().clean() or self.cleaned_data
        said["merchant_id"] = None
        if said.get("role") in {Role.OPERATOR, Role.DISPATCHER} and said.get("merchant"):
            self.add_error("merchant", _("This role is not for a merchant: leave this empty."))
        if said.get("role") in AT_A_MERCHANT and "merchant" in said:
            name = said["merchant"].casefold()
            found = [pk for pk, each in self._merchants.items() if each.casefold() == name]
            if len(found) == 1:
                said["merchant_id"] = found[0]
            elif not name:
                self.add_error("merchant", _("Please say for which merchant."))
            else:
                self.add_error("merchant", _("No merchant of this name is at home here."))
        return said


class TeamForm(PersonForm):
    """Whom a role at a merchant's desk is given or offered, and which."""

    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=[(each, _ROLES[each]) for each in _AT_A_DESK],
        help_text=gettext_lazy("Owners also decide who works here."),
        required=False,
    )

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.fields["person"].help_text = _("Who has no account here yet gets an invitation by e-mail.")

    def chosen_role(self) -> Role:
        """The role that was chosen; the smaller one where none was."""
        return Role(self.cleaned_data["role"] or Role.CLERK)


def role_word(role: str) -> str:
    """What somebody is, in the reader's language."""
    return str(_ROLES[Role(role)])


def posts(
    memberships: Iterable[Membership], actor: Actor, names: Mapping[int, str], *, own: Iterable[int]
) -> list[Post]:
    """Who holds which role; the roles of merchants other than ``own`` are shown and not taken."""
    takeable = set(own)
    return [
        Post(
            user_id=held.user_id,
            name=str(held.user),
            username=held.user.username,
            role=Role(held.role),
            merchant_id=held.merchant_id,
            merchant=names.get(held.merchant_id or 0, ""),
            is_own=held.user_id == actor.user_id,
            can_take=held.merchant_id is None or held.merchant_id in takeable,
        )
        for held in memberships
    ]


def changes(rows: Iterable[RoleChange], names: Mapping[int, str]) -> list[Change]:
    """What was given and taken, in words."""
    return [
        Change(
            row.person,
            role_word(row.role),
            names.get(row.merchant_id or 0, ""),
            row.is_given,
            row.actor if row.actor_id else _("the command line"),
            row.at,
        )
        for row in rows
    ]


def merchant_ids(rows: Iterable[Membership | RoleChange]) -> list[int]:
    """The merchants whose names a list needs."""
    return sorted({row.merchant_id for row in rows if row.merchant_id is not None})


def offers(rows: Iterable[Invitation]) -> list[dict[str, object]]:
    """The invitations that can still be taken up, in words."""
    return [
        {"pk": each.pk, "email": each.email, "word": role_word(each.role), "until": each.expires_at}
        for each in rows
    ]


def give_or_offer(request: HttpRequest, visit: Visit, *, person: str, role: Held) -> Given:
    """Give a role to who works there already; anybody else gets an invitation, who has no account yet too."""
    mailed = {
        "page": request.build_absolute_uri(reverse("account:invitation")),
        "language": get_language() or "en",
    }
    try:
        found = accounts.get_person(person)
    except PersonUnknown:
        if "@" not in person:
            raise
        invitations.invite(actor=visit.actor, email=person, role=role, now=visit.now, **mailed)
        return Given.OFFERED
    return invitations.give_or_offer(actor=visit.actor, user_id=found.pk, role=role, now=visit.now, **mailed)


def say_given(request: HttpRequest, given: Given) -> None:
    """Say that a role was given, was so before, or is offered by mail."""
    if given is Given.OFFERED:
        messages.success(request, _("The invitation is on its way."))
    else:
        say_done(request, is_given=True, changed=given is Given.GIVEN)


def say_refusal(request: HttpRequest, refusal: HansaError) -> None:
    """Put a refusal on the page."""
    messages.error(request, sentence(refusal.message))


def say_done(request: HttpRequest, *, is_given: bool, changed: bool) -> None:
    """Say that a role was given or taken, or was so before."""
    if changed:
        messages.success(request, _("The role is given.") if is_given else _("The role is taken away."))
    else:
        messages.info(request, _("That was so already; nothing has changed."))
