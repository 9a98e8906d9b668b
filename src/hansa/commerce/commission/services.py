"""Setting rules of commission, and taking back what was kept of a sale; the sale itself is frozen where it is written down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.catalogue.models import Category
from hansa.commerce.commission.domain import Rule
from hansa.commerce.commission.models import CommissionRule
from hansa.commerce.merchants import selectors as merchants
from hansa.foundation import statements
from hansa.foundation.statements import Later
from hansa.kernel.errors import InvalidInput, NotFound


@transaction.atomic
def set_rule(*, actor: Actor, platform_id: int, rule: Rule, now: datetime) -> CommissionRule:
    """Set a rule for sales from now on; one that begins earlier is refused, for it could not hold."""
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    begins = rule.valid_from or now
    if begins < now:
        raise InvalidInput("a rule of commission cannot begin in the past")
    if rule.valid_until is not None and rule.valid_until <= begins:
        raise InvalidInput("a rule of commission ends after it begins")
    if rule.merchant_id is not None:
        merchants.get_store(platform_id=platform_id, merchant_id=rule.merchant_id)
    if rule.category_id is not None and not Category.objects.filter(pk=rule.category_id).exists():
        raise NotFound(f"there is no category {rule.category_id}")
    return CommissionRule.objects.create(
        platform_id=platform_id,
        merchant_id=rule.merchant_id,
        category_id=rule.category_id,
        from_price=rule.from_price,
        below_price=rule.below_price,
        rate_bp=rule.rate_bp,
        fixed_fee=rule.fixed_fee,
        minimum=rule.minimum,
        tax_bp=rule.tax_bp,
        priority=rule.priority,
        valid_from=begins,
        valid_until=rule.valid_until,
        set_by_id=actor.user_id,
    )


@transaction.atomic
def end_rule(*, actor: Actor, platform_id: int, rule_id: int, now: datetime) -> None:
    """Let a rule hold no longer; ending it again changes nothing."""
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    rule = CommissionRule.objects.select_for_update().filter(platform_id=platform_id, pk=rule_id).first()
    if rule is None:
        raise NotFound(f"there is no rule of commission {rule_id} here")
    if rule.valid_until is None or rule.valid_until > now:
        rule.valid_until = max(now, rule.valid_from)
        if rule.valid_until == rule.valid_from:
            rule.delete()  # it never held
        else:
            rule.save(update_fields=["valid_until"])


def take_back(
    *, reference: str, order_lines: Sequence[int], paid: Sequence[int], now: datetime
) -> Later[list[tuple[int, int, int]]]:
    """Write negative lines for what goes back of order lines; answers (order line, commission, tax), positive.

    ``paid`` is what goes back of what the buyer paid for each line; of a line that the buyer paid nothing for, of the
    platform's discount. Commission and tax go in proportion, rounded on the sum so far, so that parts undo the whole;
    never more goes than was kept. Lines whose commission was not frozen
    are left out. The same reference again answers what it took back the first time.
    The caller holds the lock of the purchase.
    """
    return statements.send(
        _TAKE_BACK,
        {"reference": reference, "order_lines": list(order_lines), "paid": list(paid), "now": now},
        lambda rows: [(line, commission, tax) for line, commission, tax in rows],
    )


_TAKE_BACK = """
with wanted as (
  select * from unnest(%(order_lines)s::bigint[], %(paid)s::bigint[]) as w (line, paid)
), sold as (
  select c.*, coalesce(nullif(l.total, 0), c.base) as total, w.paid, coalesce((
      select sum(-b.base) from commission_commissionline b where b.order_line_id = c.order_line_id and b.reference <> ''
    ), 0) as before
  from wanted w join commission_commissionline c on c.order_line_id = w.line and c.reference = ''
    join orders_orderline l on l.id = w.line
), due as (
  select *, floor(commission * least(before + paid, total) / nullif(total, 0))
      - floor(commission * least(before, total) / nullif(total, 0)) as c,
    floor(tax * least(before + paid, total) / nullif(total, 0)) - floor(tax * least(before, total) / nullif(total, 0)) as t
  from sold
), back as (
  insert into commission_commissionline (platform_id, order_line_id, rule_id, reference, base, commission, tax, at)
  select platform_id, order_line_id, rule_id, %(reference)s, -paid, -coalesce(c, 0), -coalesce(t, 0), %(now)s from due
  on conflict do nothing
  returning order_line_id, -commission as commission, -tax as tax
)
select order_line_id, commission, tax from back
union all
select b.order_line_id, -b.commission, -b.tax from commission_commissionline b join wanted w on w.line = b.order_line_id
where b.reference = %(reference)s and not exists (select from back)
order by 1
"""
