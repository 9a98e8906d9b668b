"""The people one signs in as in the demo: one of each role, without a password; the demo's own door lets them in."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Sum

from hansa.commerce.accounts.models import Membership, Platform, User
from hansa.commerce.catalogue.models import Listing
from hansa.commerce.importing.complete_journey.goods import PRIVATE_LABEL
from hansa.commerce.importing.complete_journey.source import NAME
from hansa.commerce.merchants.models import Merchant
from hansa.commerce.orders.models import OrderGroup
from hansa.foundation.database_roles import OWNER
from hansa.kernel.errors import Refused

Role = Membership.Role


@dataclass(frozen=True)
class DemoAccount:
    """One login of the demo and what it shows."""

    username: str
    display_name: str
    role: str
    platform: str = ""
    merchant: str = ""


@transaction.atomic(using=OWNER)
def ensure_demo_accounts() -> list[DemoAccount]:
    """Make sure there is an operator, a merchant, a dispatcher of each platform, a steward and a shopper.

    The merchant is the busiest but for the private label, the operator and the shopper belong to the platform
    where it sells most. Refuses a database without merchants.
    """
    merchant = _busiest_merchant()
    home = merchant.home_platform
    accounts = [
        _account("steward", "Sigrid, steward of the alliance", Role.STEWARD),
        _account("operator", f"Olaf, operator of {home}", Role.OPERATOR, platform=home),
        _account("merchant", f"Mette of {merchant.name}", Role.MERCHANT, merchant=merchant),
        *(
            _account(
                f"dispatcher-{platform.code}",
                f"Dag, dispatcher of {platform}",
                Role.DISPATCHER,
                platform=platform,
            )
            for platform in Platform.objects.using(OWNER).order_by("pk")
        ),
    ]
    shopper = _busy_shopper(home)
    accounts.append(DemoAccount(shopper.username, shopper.display_name, "shopper", home.code))
    User.objects.using(OWNER).filter(username__in=[account.username for account in accounts]).update(
        is_demo=True
    )
    return accounts


def _busiest_merchant() -> Merchant:
    sold = (
        Listing.objects.using(OWNER)
        .exclude(merchant__external_ref=f"{NAME}:{PRIVATE_LABEL}")
        .filter(is_active=True)
        .values("merchant_id")
        .annotate(sold=Sum("sold_count"))
        .order_by("-sold", "merchant_id")
        .first()
    )
    if sold is None:
        raise Refused("there is no merchant yet: import something first (hansa import complete-journey)")
    return Merchant.objects.using(OWNER).select_related("home_platform").get(pk=sold["merchant_id"])


def _busy_shopper(home: Platform) -> User:
    """The household that bought most often there, of those that call it home."""
    busiest = (
        OrderGroup.objects.using(OWNER)
        .filter(platform=home, buyer__home_platform=home)
        .values("buyer_id")
        .annotate(purchases=Count("pk"))
        .order_by("-purchases", "buyer_id")
        .first()
    )
    if busiest is None:
        raise Refused(
            f"nobody has bought at {home} yet: import something first (hansa import complete-journey)"
        )
    return User.objects.using(OWNER).get(pk=busiest["buyer_id"])


def _account(
    username: str,
    display_name: str,
    role: Membership.Role,
    *,
    platform: Platform | None = None,
    merchant: Merchant | None = None,
) -> DemoAccount:
    user, is_new = User.objects.using(OWNER).get_or_create(
        username=username,
        defaults={
            "display_name": display_name,
            "home_platform": merchant.home_platform if merchant else platform,
        },
    )
    if is_new:
        user.set_unusable_password()
        user.save(using=OWNER, update_fields=["password"])
    Membership.objects.using(OWNER).get_or_create(
        user=user, role=role, platform=platform, merchant_id=merchant.pk if merchant else None
    )
    return DemoAccount(
        username,
        user.display_name,
        role.value,
        platform.code if platform else "",
        merchant.slug if merchant else "",
    )
