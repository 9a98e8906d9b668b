"""The API's doors to the rules of what a platform keeps of a sale."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from hansa.commerce.accounts.api import inside
from hansa.commerce.commission import selectors, services
from hansa.commerce.commission.domain import WHOLE_BP, Rule
from hansa.commerce.commission.models import CommissionRule
from hansa.foundation.inputs import Amount, Moment
from hansa.foundation.paging import newest_first

router = Router(tags=["commission"])


class RuleIn(Schema):
    """Basis points and minor units. What is None fits everything; ``below_price`` and ``valid_until`` are not included."""

    rate_bp: int = Field(ge=0, le=WHOLE_BP)
    fixed_fee: Amount = 0
    minimum: Amount = 0
    tax_bp: int = Field(0, ge=0, le=WHOLE_BP)
    priority: int = Field(0, ge=-1_000, le=1_000)
    merchant_id: int | None = None
    category_id: int | None = None
    from_price: Amount | None = None
    below_price: Amount | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None


class RuleOut(RuleIn):
    id: int


class RulePage(Schema):
    items: list[RuleOut]
    next_cursor: str


@router.get("/commission-rules/", response=RulePage)
def list_commission_rules(
    request: HttpRequest, platform: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """Every rule that holds or will, newest first."""
    with inside(request, platform) as call:
        rows = selectors.rules_of(call.platform.pk, now=call.now)
        page = newest_first(rows, cursor=cursor, limit=limit)
        return {"items": page.rows, "next_cursor": page.next_cursor}


@router.post("/commission-rules/", response={201: RuleOut})
def set_commission_rule(request: HttpRequest, body: RuleIn, platform: str = "") -> Status[CommissionRule]:
    """Set a rule for sales from now on."""
    with inside(request, platform) as call:
        made = services.set_rule(
            actor=call.actor,
            platform_id=call.platform.pk,
            rule=Rule(id=None, **body.dict()),
            now=call.now,
        )
        return Status(201, made)


@router.delete("/commission-rules/{rule_id}", response={204: None})
def end_commission_rule(request: HttpRequest, rule_id: int, platform: str = "") -> Status[None]:
    """Let a rule hold no longer; sales that were made keep theirs."""
    with inside(request, platform) as call:
        services.end_rule(actor=call.actor, platform_id=call.platform.pk, rule_id=rule_id, now=call.now)
        return Status(204, None)
