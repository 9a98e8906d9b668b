"""Reads of commission."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from hansa.commerce.commission.domain import Charge, Line, Rule, commission_of
from hansa.commerce.commission.models import CommissionLine, CommissionRule
from hansa.foundation import statements
from hansa.foundation.statements import Later


def rules_at(platform_id: int, at: datetime) -> Later[list[Rule]]:
    """Every rule of a platform that holds at a moment, in one statement that may travel with others."""
    return statements.send(_RULES, [platform_id, at, at], lambda rows: [Rule(*row) for row in rows])


def rules_of(platform_id: int, *, now: datetime) -> QuerySet[CommissionRule]:
    """Every rule of a platform that holds or will, the strongest first."""
    lasting = Q(valid_until__isnull=True) | Q(valid_until__gt=now)
    found = CommissionRule.objects.filter(lasting, platform_id=platform_id)
    return found.select_related("merchant", "category", "set_by").order_by("-priority", "pk")


def ended_rules_of(platform_id: int, *, now: datetime) -> QuerySet[CommissionRule]:
    """Every rule of a platform that holds no longer, the one that ended last first."""
    found = CommissionRule.objects.filter(platform_id=platform_id, valid_until__lte=now)
    return found.select_related("merchant", "category", "set_by").order_by("-valid_until", "-pk")


def charge_of(platform_id: int, line: Line, *, at: datetime, default_bp: int) -> Charge:
    """What would be kept of a line if it were sold at a moment, by the rules set so far."""
    return commission_of([line], rules_at(platform_id, at).value, at, default_bp=default_bp)[0]


def charge_of_sale(order_line_id: int) -> Charge | None:
    """What was kept of a line when it was sold; None of sales from before it was frozen by line."""
    frozen = CommissionLine.objects.filter(order_line_id=order_line_id, reference="")
    row = frozen.values_list("rule_id", "base", "commission", "tax").first()
    return Charge(*row) if row else None


_RULES = """
select id, rate_bp, fixed_fee, minimum, tax_bp, priority, merchant_id, category_id, from_price, below_price,
  valid_from, valid_until
from commission_commissionrule
where platform_id = %s and valid_from <= %s and (valid_until is null or valid_until > %s)
"""
