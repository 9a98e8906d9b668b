"""What happens when somebody comes in: the visitor's cart and list become theirs, and the first page they see."""

from __future__ import annotations

from django.http import HttpRequest

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts.models import User
from hansa.commerce.accounts.policy import Actor
from hansa.commerce.checkout import cart
from hansa.commerce.wishlists import services as wishlists
from hansa.foundation import tenancy
from hansa.kernel.clock import system_clock
from hansa.web.entrance.desks import desks_of


def carry_over(visitor: Actor, person: Actor) -> None:
    """Hand the carts and lists of a visitor to the person they turned out to be."""
    for platform in accounts.platforms():
        with tenancy.as_platform(platform.pk):
            for hand_over in (cart.hand_over, wishlists.hand_over):
                hand_over(platform_id=platform.pk, visitor=visitor.visitor, actor=person, now=system_clock())


def home_of(request: HttpRequest) -> str:
    """The first desk of who is signed in, else their home shop, else the harbour."""
    person = request.user
    assert isinstance(person, User)
    desks = desks_of(accounts.actor_of(person))
    home = person.home_platform
    return desks[0].url if desks else f"/{home.code}/" if home else "/"
