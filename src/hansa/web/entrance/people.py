"""The people of the demo, as the pages offer them: whose desk one sits down at by one click."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts.models import User
from hansa.commerce.accounts.policy import Role


@dataclass(frozen=True)
class Someone:
    """Somebody one may be in the demo."""

    username: str
    name: str
    does: str
    icon: str


def people() -> list[Someone]:
    """Everybody one may be, shoppers first; nobody where it is not the demo."""
    if not settings.DEMO_LOGINS:
        return []
    found = [(_role_of(user), user) for user in accounts.demo_people()]
    return [_someone(user, role) for role, user in sorted(found, key=lambda each: each[0] is not None)]


def _role_of(user: User) -> Role | None:
    return next((Role(membership.role) for membership in user.memberships.all()), None)


def _someone(user: User, role: Role | None) -> Someone:
    words = {
        None: (_("shops, pays, follows the parcel, reviews"), "cart"),
        Role.MERCHANT: (_("sells: demand, stock, promotions, money"), "store"),
        Role.CLERK: (_("works at a merchant's desk"), "store"),
        Role.OPERATOR: (_("runs a market: orders, merchants, money"), "gauge"),
        Role.DISPATCHER: (_("plans tours and picks on the map"), "route"),
        Role.STEWARD: (_("keeps the alliance: members, shares, settlement"), "alliance"),
    }
    does, icon = words[role]
    return Someone(user.username, str(user), does, icon)
