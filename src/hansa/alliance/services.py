"""Founding the alliance of all platforms of this installation."""

from __future__ import annotations

from datetime import datetime

from hansa.alliance.governance.services import found_alliance
from hansa.alliance.models import Member
from hansa.commerce.accounts import selectors as accounts

FINDERS_FEE_BP = 500


def found(
    *, now: datetime, endpoint: str = "http://127.0.0.1:8000", fee_bp: int = FINDERS_FEE_BP
) -> list[Member]:
    """Make every platform a member that may sell the others' goods; founding again only notes a new address."""
    codes = [platform.code for platform in accounts.platforms()]
    return found_alliance(codes=codes, endpoint=endpoint, fee_bp=fee_bp, actor_name="the founders", now=now)
