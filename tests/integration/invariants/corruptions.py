"""What can go wrong, one thing at a time: how it is done, which promises it breaks, and which row is to blame.

The first promise must name the culprit, which the last statement answers. `SOMEWHERE` in a statement is a platform that
is not its row's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from tests.integration.invariants.harm import Row, a

LONG_AGO = timezone.now() - timedelta(days=2)
_PAID = "(select group_id from orders_order where status = 'paid' order by id limit 1)"
_A_LINE = "(select min(l.id) from orders_orderline l join orders_order o on o.id = l.order_id where o.status = '{}')"
_A_LEG = "(select min(id) from ledger_ledgerentry)"
_TWO_LEGS = "(select min(e.id) from ledger_ledgerentry e join ledger_account a on a.id = e.account_id where a.kind = '{}')"
_A_CAPTURE = "(select min(id) from ledger_journalentry where kind = 'capture')"
_FROZEN = "(select min(l.order_id) from orders_orderline l join commission_commissionline c on c.order_line_id = l.id)"
_FROZEN_CAPTURE = (
    "(select min(j.id) from ledger_journalentry j join orders_ordergroup g on g.number = j.reference"
    " join orders_order o on o.group_id = g.id join orders_orderline l on l.order_id = o.id"
    " join commission_commissionline c on c.order_line_id = l.id where j.kind = 'capture')"
)
_PLACE = (
    "(select min(m.reference) from promotions_groupmember m join promotions_buyinggroup b on b.id = m.group_id"
    " where b.state = '{}')"
)
_NUMBER = "(select number from orders_ordergroup where id = {})"


@dataclass(frozen=True)
class Corruption:
    """One thing that goes wrong."""

    what: str
    harm: tuple[str | Row, ...]
    breaks: tuple[str, ...]
    culprit: str = ""  # where the last statement does not answer it

    def __str__(self) -> str:
        return self.what.replace(" ", "-")


def when(what: str, *harm: str | Row, breaks: str, culprit: str = "") -> Corruption:
    return Corruption(what, harm, tuple(breaks.split()), culprit)


BOOKS = [
    when(
        "a leg is a cent more",
        f"update ledger_ledgerentry set amount = amount + 1 where id = {_A_LEG} returning journal_id",
        breaks="journal-sums-to-zero",
    ),
    when(
        "a leg is lost",
        f"delete from ledger_ledgerentry where id = {_A_LEG} returning journal_id",
        breaks="journal-sums-to-zero",
    ),
    when(
        "the books of a platform do not balance",
        f"update ledger_ledgerentry set amount = amount - 7 where id = {_A_LEG} returning platform_id",
        breaks="trial-balance",
    ),
    when(
        "a leg stands in another currency than its account",
        f"update ledger_ledgerentry set currency = 'CNY' where id = {_A_LEG} returning id",
        breaks="leg-agrees-with-account",
    ),
    when(
        "a leg stands in the books of another platform",
        f"update ledger_ledgerentry set platform_id = SOMEWHERE where id = {_A_LEG} returning id",
        breaks="leg-agrees-with-account trial-balance family-stays-together",
    ),
    when(
        "a leg lost its account",
        f"update ledger_ledgerentry set account_id = 999999 where id = {_A_LEG} returning id",
        breaks="leg-agrees-with-account family-stays-together",
    ),
    when(
        "a leg lost its journal",
        f"update ledger_ledgerentry set journal_id = 999999 where id = {_A_LEG} returning id",
        breaks="leg-agrees-with-account",
    ),
    when(
        "a leg of nothing",
        a("ledger.LedgerEntry", journal_id=1, account_id=1, currency="EUR", amount=0),
        breaks="leg-agrees-with-account",
    ),
    when(
        "a journal without legs",
        a("ledger.JournalEntry", kind="correction", reference="empty"),
        breaks="journal-sums-to-zero",
    ),
    when(
        "more taken from gift cards than was owed on them",
        f"update ledger_ledgerentry set amount = 90000 where id = {_TWO_LEGS.format('gift_card')} returning account_id",
        breaks="owed-is-never-below-nothing",
    ),
    when(
        "more paid out than was set apart",
        f"update ledger_ledgerentry set amount = 1 where id = {_TWO_LEGS.format('in_payout')} returning account_id",
        breaks="owed-is-never-below-nothing",
    ),
]

ACCOUNTS_OF_PEOPLE = [
    when(
        "a card holds more than came in",
        "update wallets_wallet set balance = balance + 1 where kind = 'gift_card' returning id",
        breaks="wallet-is-its-movements",
    ),
    when(
        "a card holds less than nothing",
        "update wallets_wallet set balance = -1 where kind = 'gift_card' returning id",
        breaks="wallet-is-its-movements",
    ),
    when(
        "a movement is lost",
        "delete from wallets_movement where reason = 'issued' returning wallet_id",
        breaks="wallet-is-its-movements",
    ),
    when(
        "more is given back than was spent",
        "update wallets_movement set amount = amount + 1 where reason = 'given_back' returning wallet_id",
        breaks="wallet-given-back-once",
    ),
    when(
        "it is given back twice",
        "insert into wallets_movement (platform_id, wallet_id, amount, worth, reason, reference, actor, at)"
        " select platform_id, wallet_id, amount, worth, reason, reference, actor, at from wallets_movement"
        " where reason = 'given_back' returning wallet_id",
        breaks="wallet-given-back-once",
    ),
    when(
        "cards are worth more than the books owe",
        "update wallets_movement set worth = worth + 5 where reason = 'issued' returning 'gift_card'",
        breaks="wallets-are-in-the-books",
    ),
    when(
        "what was tendered for a purchase that waits is worth less",
        "update wallets_movement set worth = worth + 5 where reason = 'spent' and reference = 'H-waiting'"
        " returning platform_id",
        breaks="tender-is-under-way wallets-are-in-the-books",
    ),
    when(
        "tender is left over from a purchase that is booked",
        a("ledger.JournalEntry", kind="capture", reference="H-waiting", platform_id=1),
        breaks="tender-is-under-way",
        culprit="-700",
    ),
]

COMMISSION = [
    when(
        "the lines of an order carry less commission than it",
        f"update orders_order set commission = commission + 1 where id = {_FROZEN} returning id",
        breaks="commission-is-its-lines",
    ),
    when(
        "the lines of an order carry less tax on commission than it",
        f"update orders_order set commission_tax = commission_tax + 1 where id = {_FROZEN} returning id",
        breaks="commission-is-its-lines",
    ),
    when(
        "the books keep a cent of commission that is the merchant's",
        "update ledger_ledgerentry e set amount = amount + case a.kind when 'payable' then 1 else -1 end"
        " from ledger_account a where a.id = e.account_id and a.kind in ('payable', 'commission') and e.id in ("
        "   select min(e.id) from ledger_ledgerentry e join ledger_account a on a.id = e.account_id"
        f"   where e.journal_id = {_FROZEN_CAPTURE} and a.kind in ('payable', 'commission') group by a.kind)"
        " returning journal_id",
        breaks="commission-is-in-the-books",
    ),
    when(
        "a line gives back more commission than it carried",
        a("commission.CommissionLine", order_line_id=4711, commission=5, base=9),
        a("commission.CommissionLine", order_line_id=4711, commission=-6, reference="R-1"),
        breaks="commission-given-back-within",
        culprit="4711",
    ),
    when(
        "somebody posted a correction of their own",
        "insert into ledger_journalentry (platform_id, kind, reference, posted_at) values (1, 'correction', 'c', now())"
        " returning id",
        breaks="correction-posted-by-another",
    ),
]

STOCK = [
    when(
        "a unit appears on the shelf",
        "update stock_stocklevel set on_hand = on_hand + 1 where id = 1 returning id",
        breaks="on-hand-is-its-movements",
    ),
    when(
        "more is promised than is there",
        "update stock_stocklevel set reserved = on_hand + 1 where id = 1 returning id",
        breaks="on-hand-is-its-movements promises-are-reservations",
    ),
    when(
        "a movement of stock is lost",
        "delete from stock_stockmovement where id = (select min(id) from stock_stockmovement) returning level_id",
        breaks="on-hand-is-its-movements",
    ),
    when(
        "promised units are forgotten",
        "update stock_stocklevel set allocated = 0 where allocated > 0 and id = (select min(level_id)"
        " from stock_reservation where state = 'allocated') returning id",
        breaks="promises-are-reservations",
    ),
    when(
        "a hold outlived its purchase",
        a("stock.Reservation", level_id=1, reference="H-gone", quantity=1, state="held", expires_at=LONG_AGO),
        breaks="no-stale-hold promises-are-reservations",
    ),
    when(
        "a paid purchase lost its units",
        f"update stock_reservation set state = 'released' where state = 'allocated' and reference = {_NUMBER.format(_PAID)}"
        " returning reference",
        breaks="sold-is-promised",
    ),
    when(
        "a dispatch took nothing off the shelf",
        "delete from stock_stockmovement m using stock_reservation r where r.state = 'dispatched' and r.level_id = m.level_id"
        " and m.reason = 'dispatch' and m.reference = r.reference returning r.id",
        breaks="dispatches-are-movements",
    ),
    when(
        "a dispatch took a unit too many",
        "update stock_stockmovement set quantity = quantity - 1 where id = (select min(id) from stock_stockmovement"
        " where reason = 'dispatch') returning split_part(reference, '/', 1)",
        breaks="shipped-left-the-shelf",
    ),
    when(
        "something left the shelf for a purchase that has sent nothing",
        "insert into stock_stockmovement (platform_id, level_id, quantity, reason, reference, moved_at)"
        f" select platform_id, 1, -1, 'dispatch', number, now() from orders_ordergroup where id = {_PAID} returning reference",
        breaks="shipped-left-the-shelf on-hand-is-its-movements",
    ),
]

PAYMENTS = [
    when(
        "a capture is not booked",
        "update payments_payment set journal_id = null where id = 1 returning reference",
        breaks="capture-is-in-the-books",
    ),
    when(
        "a capture is booked with another amount",
        "update payments_payment set captured = captured - 1 where id = 1 returning reference",
        breaks="capture-is-in-the-books paid-in-full provider-agrees",
    ),
    when(
        "a capture is booked that nobody paid",
        a("ledger.JournalEntry", kind="capture", reference="H-nobody", platform_id=1),
        breaks="capture-is-in-the-books",
        culprit="H-nobody",
    ),
    when(
        "a capture is booked twice",
        "insert into ledger_journalentry (platform_id, kind, reference, posted_at) select platform_id, kind, reference, posted_at"
        f" from ledger_journalentry where id = {_A_CAPTURE} returning reference",
        breaks="capture-is-in-the-books",
    ),
    when(
        "more is taken than was held",
        "update payments_payment set authorised = captured - 1 where id = 1 returning reference",
        breaks="refunds-within-capture",
    ),
    when(
        "more is given back than was taken",
        "update payments_payment set refunded = captured + 1 where id = 1 returning reference",
        breaks="refunds-within-capture",
    ),
    when(
        "a refund is lost",
        "delete from payments_refund where id = 1 returning (select reference from payments_payment p where p.id = payment_id)",
        breaks="refunds-within-capture refund-is-in-the-books",
    ),
    when(
        "a refund of less than nothing",
        "update payments_refund set amount = -amount where id = 1"
        " returning (select reference from payments_payment p where p.id = payment_id)",
        breaks="refunds-within-capture",
    ),
    when(
        "a refund is not booked",
        "update ledger_journalentry set kind = 'correction' where kind = 'refund'"
        " and reference = (select reference from payments_refund where id = 1) returning reference",
        breaks="refund-is-in-the-books",
    ),
    when(
        "a refund is booked with another amount",
        "update ledger_ledgerentry e set amount = e.amount - 1 from ledger_journalentry j, ledger_account a where j.id = e.journal_id"
        " and a.id = e.account_id and a.kind = 'provider' and j.kind = 'refund'"
        " and j.reference = (select reference from payments_refund where id = 1) returning j.reference",
        breaks="refund-is-in-the-books",
    ),
    when(
        "nobody was told of a refund",
        "delete from outbox_event where kind = 'RefundRequested' and (payload ->> 'refund_id')::int = 1",
        "select reference from payments_refund where id = 1",
        breaks="refund-is-told",
    ),
    when(
        "the provider took more than we know",
        "update payments_sandboxcharge set amount = amount + 1 where id = 1 returning provider_ref",
        breaks="provider-agrees",
    ),
    when(
        "the provider knows nothing of a charge",
        "delete from payments_sandboxcharge where id = 1 returning provider_ref",
        breaks="provider-agrees",
    ),
    when(
        "the provider took money for nothing",
        a(
            "payments.SandboxCharge",
            kind="charge",
            idempotency_key="x",
            provider_ref="sb_x",
            outcome="done",
            amount=5,
        ),
        breaks="provider-agrees",
        culprit="sb_x",
    ),
    when(
        "a payment was left open",
        a("payments.Payment", reference="H-open", provider="stripe", state="created", created_at=LONG_AGO),
        breaks="no-payment-left-open",
        culprit="H-open",
    ),
    when(
        "a webhook was not looked into",
        "delete from payments_eventverdict returning event_id",
        breaks="webhook-is-judged",
    ),
    when(
        "a webhook was kept twice",
        a("payments.HeardEvent", provider="stripe", event_id="evt_1"),
        breaks="webhook-is-judged",
        culprit="evt_1",
    ),
]

ORDERS = [
    when(
        "a payment took less than nothing",
        "update payments_payment set captured = -100, refunded = 0 where id = 1 returning id",
        breaks="split-keeps-every-cent",
    ),
    when(
        "a purchase was paid from an account that spent nothing",
        "update orders_ordergroup set tendered = 1 where id = 1 returning number",
        breaks="tender-is-spent",
    ),
    when(
        "a purchase is taxed otherwise than its lines",
        "update orders_ordergroup set tax_added = 999983 where id = 1 returning number",
        breaks="tax-adds-up",
    ),
    when(
        "an order's total is another",
        "update orders_order set items_total = items_total + 1 where id = 1 returning id",
        breaks="purchase-is-its-orders",
    ),
    when(
        "a purchase's total is another",
        "update orders_ordergroup set items_total = items_total + 1, grand_total = grand_total + 1 where id = 1 returning id",
        breaks="purchase-is-its-orders",
    ),
    when(
        "a purchase does not add up",
        "update orders_ordergroup set grand_total = grand_total - 1 where id = 1 returning id",
        breaks="purchase-is-its-orders",
    ),
    when(
        "a line does not add up",
        "update orders_orderline set unit_price = unit_price + 1 where id = 1 returning order_id",
        breaks="purchase-is-its-orders",
    ),
    when(
        "a line of less than nothing",
        "update orders_orderline set quantity = -quantity, total = -total where id = 1 returning order_id",
        breaks="purchase-is-its-orders",
    ),
    when(
        "a purchase is paid in part",
        f"update payments_payment set captured = captured - 1 where reference = {_NUMBER.format(_PAID)} returning reference",
        breaks="paid-in-full",
    ),
    when(
        "a purchase is paid in another currency",
        f"update payments_payment set currency = 'CNY' where reference = {_NUMBER.format(_PAID)} returning reference",
        breaks="paid-in-full",
    ),
    when(
        "a purchase is sent that nobody paid",
        f"delete from payments_payment where reference = {_NUMBER.format(_PAID)} returning reference",
        breaks="paid-in-full",
    ),
    when(
        "a cancelled purchase keeps the money",
        "update payments_payment set refunded = 0 where reference = (select g.number from orders_ordergroup g"
        " join orders_order o on o.group_id = g.id where o.status = 'cancelled' and g.source = 'shop' limit 1)"
        " returning reference",
        breaks="no-money-kept refunds-within-capture",
    ),
    when(
        "an order leaps to delivered",
        "update orders_order set status = 'delivered' where id = 1 returning id",
        breaks="legal-steps-only",
    ),
    when(
        "an order goes back",
        a("orders.OrderStatusChange", order_id=1, old="delivered", new="placed"),
        breaks="legal-steps-only",
        culprit="1",
    ),
    when(
        "an order lost its history",
        "delete from orders_orderstatuschange where order_id = 1 returning order_id",
        breaks="legal-steps-only",
    ),
    when(
        "a line belongs to another platform than its order",
        "update orders_orderline set platform_id = SOMEWHERE where id = 1 returning id",
        breaks="child-agrees-with-parent family-stays-together",
    ),
    when(
        "an order is in another currency than its purchase",
        "update orders_order set currency = 'CNY' where id = 1 returning id",
        breaks="child-agrees-with-parent",
    ),
    when(
        "nobody was told of a paid purchase",
        f"delete from outbox_event where kind = 'PurchasePaid' and (payload ->> 'group_id')::int = {_PAID}",
        f"select {_NUMBER.format(_PAID)}",
        breaks="paid-purchase-is-told",
    ),
    when(
        "a paid purchase was told twice",
        "insert into outbox_event (platform_id, kind, payload, recorded_at, not_before, attempts, parked_reason, done_at)"
        " select platform_id, kind, payload, recorded_at, not_before, attempts, parked_reason, done_at from outbox_event"
        f" where kind = 'PurchasePaid' and (payload ->> 'group_id')::int = {_PAID}",
        f"select {_NUMBER.format(_PAID)}",
        breaks="paid-purchase-is-told",
    ),
    when(
        "a line says that more has left",
        f"update orders_orderline set shipped = shipped + 1 where id = {_A_LINE.format('paid')} returning id",
        breaks="shipped-is-fulfilled",
    ),
    when(
        "a fulfilment is lost",
        "delete from orders_fulfilmentline where id = 1 returning line_id",
        breaks="shipped-is-fulfilled",
    ),
    when(
        "a cancelled order was sent",
        "update orders_order set status = 'cancelled' where id = (select min(id) from orders_order where status = 'delivered')"
        " returning id",
        breaks="shipped-is-fulfilled",
    ),
    when(
        "more is sent than was ordered",
        "update orders_orderline set shipped = quantity + 1 where id = 1 returning id",
        breaks="never-more-than-was-delivered",
    ),
    when(
        "more is given back than a line cost",
        "update orders_orderline set refunded = total + 1 where id = 1 returning id",
        breaks="never-more-than-was-delivered",
    ),
    when(
        "a line gave back what no refund says",
        "update orders_orderline set refunded = refunded + 1 where id = 1 returning id",
        breaks="refund-is-its-lines",
    ),
    when(
        "a line's refund is lost",
        "delete from orders_linerefund where id = (select min(id) from orders_linerefund) returning line_id",
        breaks="refund-is-its-lines",
    ),
]

PROMOTIONS = [
    when(
        "a coupon was used without being counted",
        a("promotions.Redemption", coupon_id=1, buyer_id=1, reference="H-1"),
        breaks="coupon-counts-its-uses",
        culprit="1",
    ),
    when(
        "a coupon was used too often",
        "insert into promotions_redemption (platform_id, coupon_id, reference, released, redeemed_at)"
        " select platform_id, id, 'H-' || n, false, now() from promotions_coupon, generate_series(1, 6) n",
        "update promotions_coupon set uses = 6 where id = 1 returning id",
        breaks="coupon-counts-its-uses",
    ),
    when(
        "a buyer used a coupon twice",
        a("promotions.Redemption", coupon_id=1, buyer_id=1, reference="H-1"),
        a("promotions.Redemption", coupon_id=1, buyer_id=1, reference="H-2"),
        breaks="coupon-per-buyer",
        culprit="1",
    ),
    when(
        "a coupon spent more than its budget",
        a("promotions.Redemption", coupon_id=1, buyer_id=1, reference="H-1", amount=10_001),
        "update promotions_coupon set spent = 10001 where id = 1 returning id",
        breaks="coupon-within-budget",
    ),
    when(
        "a flash sale sold more than it had",
        "update promotions_promotedoffer set flash_sold = 11 where flash_stock = 10 returning id",
        breaks="flash-sold-is-claimed",
    ),
    when(
        "a claim of a flash sale is lost",
        "delete from promotions_flashclaim where id = (select min(id) from promotions_flashclaim) returning promoted_id",
        breaks="flash-sold-is-claimed flash-per-buyer",
    ),
    when(
        "a buyer has more of a flash sale than one may",
        "update promotions_flashclaim set units = 6 where id = 1",
        "update promotions_flashbuyer set units = 6 where id = 1 returning promoted_id",
        breaks="flash-per-buyer",
    ),
    when(
        "a group buy counts a member who is not there",
        a("promotions.BuyingGroup", promotion_id=1, state="open", joined=1, needed=2),
        breaks="group-counts-its-members",
    ),
    when(
        "a group buy formed with too few",
        a("promotions.BuyingGroup", promotion_id=1, state="formed", joined=0, needed=3),
        breaks="group-counts-its-members",
    ),
    when(
        "a group buy formed without the money of one",
        f"update promotions_groupmember set is_held = false where reference = {_PLACE.format('formed')} returning group_id",
        breaks="group-counts-its-members",
    ),
    when(
        "a group buy takes more than it needs",
        "update promotions_buyinggroup set needed = 0 where state = 'open' returning id",
        breaks="group-counts-its-members",
    ),
    when(
        "a purchase is paid before its group has formed",
        "update orders_order set status = 'paid' where group_id ="
        f" (select id from orders_ordergroup where number = {_PLACE.format('open')})",
        f"select {_PLACE.format('open')}",
        breaks="open-group-waits",
    ),
    when(
        "a place is held without money",
        f"update payments_payment set state = 'created' where reference = {_PLACE.format('open')} returning reference",
        breaks="open-group-waits",
    ),
    when(
        "a group formed and one of it never pays",
        f"update payments_payment set state = 'declined' where reference = {_PLACE.format('formed')} returning reference",
        breaks="formed-group-pays",
    ),
    when(
        "the money of a formed group is only held for hours",
        "update promotions_buyinggroup set ended_at = now() - interval '2 hours' where state = 'formed'",
        f"update payments_payment set state = 'authorised' where reference = {_PLACE.format('formed')} returning reference",
        breaks="formed-group-pays",
    ),
    when(
        "a group failed and its money is still held",
        "update promotions_buyinggroup set ended_at = now() - interval '2 hours' where state = 'failed'",
        f"update payments_payment set state = 'authorised' where reference = {_PLACE.format('failed')} returning reference",
        breaks="failed-group-holds-nothing",
    ),
    when(
        "a group failed and a purchase of it stands",
        "update promotions_buyinggroup set ended_at = now() - interval '2 hours' where state = 'failed'",
        "update orders_order set status = 'placed' where group_id ="
        f" (select id from orders_ordergroup where number = {_PLACE.format('failed')})",
        f"select {_PLACE.format('failed')}",
        breaks="failed-group-holds-nothing",
    ),
]

PAYOUTS = [
    when(
        "a payout is of another amount than its postings",
        "update payouts_payout set amount = amount + 1 where id = 1 returning id",
        breaks="payout-is-its-lines bank-agrees-on-payouts",
    ),
    when(
        "a payout closes the posting of another merchant",
        "update payouts_payout set merchant_id = 999 where id = 1 returning id",
        breaks="payout-is-its-lines",
    ),
    when(
        "a payout forgot a posting",
        "delete from payouts_payoutline where id = 1 returning payout_id",
        breaks="payout-is-its-lines",
    ),
    when(
        "a payout under way is not set apart",
        "update payouts_payout set state = 'scheduled' where id = 1 returning merchant_id",
        breaks="payout-under-way-is-set-apart",
    ),
    when(
        "a payout was carried out twice",
        "insert into payouts_payoutattempt (platform_id, payout_id, number, key, state, provider_ref, reason, fee, at)"
        " select platform_id, payout_id, 2, 'again', state, '', '', 0, at from payouts_payoutattempt where payout_id = 1"
        " returning payout_id",
        breaks="payout-sent-once",
    ),
    when(
        "a payout counts as paid that nobody sent",
        "delete from payouts_payoutattempt where payout_id = 1 returning payout_id",
        breaks="payout-sent-once",
    ),
    when(
        "two payouts are of the same days",
        a(
            "payouts.Payout",
            merchant_id=1,
            currency="EUR",
            state="cancelled",
            period_first="2026-03-02",
            period_last="2026-03-08",
        ),
        a(
            "payouts.Payout",
            merchant_id=1,
            currency="EUR",
            state="cancelled",
            period_first="2026-03-06",
            period_last="2026-03-12",
        ),
        breaks="payout-once-a-period",
    ),
    when(
        "one person agreed twice",
        "update payouts_payout set confirmed_by_id = approved_by_id where id = 1 returning id",
        breaks="payout-agreed-by-two",
    ),
    when(
        "who proposed a payout agreed to it",
        "update payouts_payout set proposed_by_id = approved_by_id where id = 1 returning id",
        breaks="payout-agreed-by-two",
    ),
    when(
        "the bank carried over more",
        "update payouts_sandboxtransfer set amount = amount + 1 where id = 1 returning key",
        breaks="bank-agrees-on-payouts",
    ),
    when(
        "the bank knows nothing of a payout",
        "delete from payouts_sandboxtransfer where id = 1 returning key",
        breaks="bank-agrees-on-payouts",
    ),
    when(
        "a dispute that was lost is not booked",
        "update ledger_journalentry set kind = 'correction' where kind = 'dispute_lost'",
        "update payments_chargeback set opened_at = now() - interval '1 hour', closed_at = now() - interval '1 hour' returning id",
        breaks="dispute-is-in-the-books",
    ),
]

AFTER_THE_SALE = [
    when(
        "units are coming back in no return",
        "update orders_orderline set coming_back = 1 where id = 1 returning id",
        breaks="one-active-return-per-unit",
    ),
    when(
        "units are back that nobody accepted",
        "update aftersale_returnline set accepted = 0 where id = 1 returning line_id",
        breaks="one-active-return-per-unit",
    ),
    when(
        "a return took a leap",
        a("aftersale.ReturnStep", request_id=1, old="requested", new="refunded"),
        breaks="return-is-its-steps",
        culprit="1",
    ),
    when(
        "a return stands where no step led",
        "update aftersale_returnrequest set state = 'approved' where id = 1 returning id",
        breaks="return-is-its-steps",
    ),
    when(
        "a dispute stands where no word led",
        "update aftersale_dispute set closed_at = null where id = 1 returning id",
        breaks="dispute-is-its-last-word",
    ),
    when(
        "a return says less than was given back",
        "update aftersale_returnrequest set amount = amount - 1 where amount > 0 and id = 1 returning number",
        breaks="settled-return-is-paid",
    ),
    when(
        "a dispute says that it gave back more",
        "update aftersale_dispute set given_back = given_back + 1 where id = (select id from aftersale_dispute"
        " where given_back > 0) returning number",
        breaks="settled-return-is-paid",
    ),
    when(
        "what can be sold again is not on the shelf",
        "delete from stock_stockmovement where reason = 'return' and reference like (select number from aftersale_returnrequest"
        " where id = 1) || '-%'",
        "select number from aftersale_returnrequest where id = 1",
        breaks="restocked-is-on-the-shelf",
    ),
    when(
        "a line says that others went out for its units, and none did",
        "update orders_orderline set exchanged = 1 where id = (select min(id) from orders_orderline where returned > 0)"
        " returning id",
        breaks="exchanged-units-stand-apart",
    ),
    when(
        "what an exchange cost more is in no book",
        a("aftersale.Exchange", request_id=1, offer_id=1, quantity=1, worth=100, price=200, returned=1),
        "select number from aftersale_returnrequest where id = 1",
        breaks="exchange-is-in-the-books",
    ),
]

DELIVERY_AND_PLANS = [
    when(
        "a paid purchase has no parcel",
        f"delete from delivery_shipment where group_id = {_PAID}",
        f"select {_NUMBER.format(_PAID)}",
        breaks="paid-purchase-has-its-parcel",
    ),
    when(
        "a parcel is on two routes",
        a("delivery.RoutePlan", status="draft"),
        "insert into delivery_route (platform_id, plan_id, vehicle_id, distance_m, duration_s, load_g, starts_at, geometry)"
        " select 1, id, 1, 0, 0, 0, now(), '[]' from delivery_routeplan, generate_series(1, 2)",
        "insert into delivery_stop (platform_id, route_id, shipment_id, sequence, arrives_at)"
        " select 1, id, 1, 1, now() from delivery_route returning shipment_id",
        breaks="parcel-on-one-active-route",
    ),
    when(
        "a parcel has arrived without its goods",
        a("orders.Fulfilment", order_id=1, reference="lost"),
        "insert into delivery_shipmentpart (platform_id, shipment_id, fulfilment_id)"
        " select 1, (select min(id) from delivery_shipment), max(id) from orders_fulfilment",
        "update delivery_shipment set status = 'delivered' where id = (select min(id) from delivery_shipment) returning id",
        breaks="delivered-parcel-is-delivered-goods parcel-is-its-last-news",
    ),
    when(
        "a forecast is no number",
        a("planning.Forecast", mean=[1.0, float("nan")], quantiles=[]),
        breaks="forecasts-are-numbers",
    ),
    when(
        "a forecast is without end",
        a("planning.Forecast", mean=[1.0], quantiles=[[1.0], [float("inf")]]),
        breaks="forecasts-are-numbers",
    ),
    when(
        "a forecast is below nothing",
        a("planning.Forecast", mean=[-0.5], quantiles=[]),
        breaks="forecasts-are-numbers",
    ),
    when(
        "goods were received that are not in stock",
        a("planning.PurchaseOrder", status="received", units=3),
        breaks="received-goods-are-in-stock",
    ),
]

CATALOGUE = [
    when(
        "a bundle in a bundle",
        a("catalogue.BundleComponent", bundle_id=1, component_id=2, quantity=1),
        a("catalogue.BundleComponent", bundle_id=2, component_id=3, quantity=1),
        breaks="bundles-are-flat",
        culprit="1",
    ),
    when(
        "a bundle on the shelf",
        a("catalogue.BundleComponent", bundle_id=1, component_id=2, quantity=1),
        "select id from stock_stocklevel where offer_id = 1",
        breaks="bundles-have-no-stock",
    ),
    when(
        "a listing names another merchant than its offer",
        "update catalogue_listing set merchant_id = merchant_id + 1 where id = 1 returning id",
        breaks="listing-repeats-its-offer",
    ),
    when(
        "a GTIN with a wrong last digit",
        "update catalogue_product set gtin = '4006381333932' where id = 1 returning id",
        breaks="gtins-check-out",
    ),
]

PEOPLE = [
    when(
        "a merchant without an owner",
        a("accounts.Membership", role="clerk", merchant_id=4711, user_id=1),
        breaks="merchant-has-an-owner",
        culprit="4711",
    ),
    when(
        "an invitation that was accepted without effect",
        a("accounts.Invitation", role="operator", platform_id=1, accepted_by_id=4711),
        breaks="invitation-kept",
    ),
    when(
        "a decision on consent without effect",
        a("accounts.Consent", user_id=1, purpose="personalisation", agrees=True),
        a("accounts.Consent", user_id=1, purpose="personalisation", agrees=False),
        "update accounts_user set consents_to_personalisation = true where id = 1 returning id",
        breaks="consent-as-decided",
    ),
    when(
        "a forgotten person still has a name",
        a("privacy.Erasure", person_id=1),
        "select id from accounts_user where id = 1",
        breaks="forgotten-is-gone",
    ),
    when(
        "a forgotten person still has an address",
        a("privacy.Erasure", person_id=4711),
        a("accounts.Address", user_id=4711),
        breaks="forgotten-is-gone",
    ),
    when(
        "a forgotten person's purchase still says where",
        a("privacy.Erasure", person_id=4711),
        "update orders_ordergroup set buyer_id = 4711 where id = 1 returning id",
        breaks="forgotten-is-gone",
    ),
    when(
        "a column that nobody decided about",
        "alter table orders_order add column nickname text",
        breaks="every-column-is-classified",
        culprit="orders_order.nickname",
    ),
    when(
        "a table that nobody decided about",
        "create table diary (id int, words text)",
        breaks="every-column-is-classified",
        culprit="diary.words",
    ),
    when(
        "a profile that nobody allowed",
        a("following.Profile", user_id=1, handle="one"),
        breaks="profile-by-consent",
        culprit="1",
    ),
    when(
        "somebody is followed who shows no profile",
        a("following.PersonFollow", follower_id=1, followed_id=2),
        breaks="followed-by-consent",
    ),
    when(
        "a wish for goods of another platform",
        a("wishlists.Wishlist"),
        "insert into wishlists_wish (platform_id, wishlist_id, listing_id, price_known, was_out, added_at)"
        " select SOMEWHERE, w.id, 1, 0, false, now() from wishlists_wishlist w returning id",
        breaks="wish-on-its-platform",
    ),
    when(
        "a profile says what nobody did",
        "insert into behaviour_profile (platform_id, user_id, since) values (SOMEWHERE, 4711, now()) returning id",
        "insert into behaviour_profileline (platform_id, profile_id, axis, key, mass, acts, last_at)"
        " select platform_id, id, 'merchant', 987654, 1, 1, now() from behaviour_profile where user_id = 4711 returning key",
        breaks="profile-from-acts",
    ),
    when(
        "a profile of somebody who does not consent",
        "update accounts_user set consents_to_personalisation = false where id = (select min(id) from accounts_user)",
        "insert into behaviour_profile (platform_id, user_id, since)"
        " select SOMEWHERE, min(id), now() from accounts_user returning user_id",
        breaks="no-profile-without-consent",
    ),
]

_A_REVIEW = a(
    "reviews.Review", listing_id=1, line_id=1, merchant_id=1, author_id=1, stars=5, state="published"
)
SAID = [
    when(
        "a review of what somebody else bought",
        a("reviews.Review", line_id=1, author_id=999),
        breaks="review-of-a-purchase",
    ),
    when(
        "a listing has stars that nobody gave",
        "update catalogue_listing set rating_count = 1, rating_sum = 5 where id = 1 returning id",
        breaks="rating-is-its-reviews",
    ),
    when("a review that no listing counts", _A_REVIEW, breaks="rating-is-its-reviews", culprit="1"),
    when(
        "a merchant has a score that nobody gave",
        a("reviews.MerchantScore", merchant_id=4711, product_sum=5, product_count=1),
        breaks="score-is-its-reviews",
        culprit="4711",
    ),
    when(
        "votes that nobody gave",
        a("reviews.Review", line_id=1, state="hidden", helpful=1),
        breaks="votes-are-counted",
    ),
    when(
        "a vote for oneself",
        a("reviews.Review", line_id=1, author_id=1, state="hidden"),
        "insert into reviews_vote (platform_id, review_id, voter_id, is_helpful, at)"
        " select 1, id, 1, true, now() from reviews_review returning id",
        breaks="nobody-votes-for-themselves votes-are-counted",
    ),
    when(
        "an answer on another platform than its question",
        a("reviews.Question", state="published"),
        "insert into reviews_answer (platform_id, question_id, author_id, text, state, hold, fingerprint, written_at,"
        " helpful, unhelpful, helpful_rank) select SOMEWHERE, id, 1, '', 'published', '', '', now(), 0, 0, 0 from reviews_question returning id",
        breaks="answer-in-its-place",
    ),
    when(
        "three reports and still to be seen",
        _A_REVIEW,
        "insert into reviews_report (platform_id, review_id, reporter_id, reason, words, at)"
        " select 1, id, n, 'spam', '', now() from reviews_review, generate_series(1, 3) n returning review_id",
        breaks="three-reports-hide",
    ),
]

PROGRAMS = [
    when(
        "a message to another platform's endpoint",
        a("webhooks.Endpoint"),
        "insert into webhooks_delivery (platform_id, endpoint_id, event_id, kind, body, state, tries, due_at, created_at)"
        " select SOMEWHERE, id, 1, 'x', '{}', 'waiting', 0, now(), now() from webhooks_endpoint returning id",
        breaks="webhook-stays-at-home",
    ),
    when(
        "a message that arrived without a try",
        a("webhooks.Delivery", state="delivered", body="{}"),
        breaks="webhook-arrived-with-proof",
    ),
    when(
        "a merchant's endpoint heard of another's order",
        a("webhooks.Endpoint", merchant_id=1),
        "insert into webhooks_delivery (platform_id, endpoint_id, event_id, kind, body, state, tries, due_at, created_at)"
        """ select 1, id, 1, 'x', '{"data": {"merchant_id": 2}}', 'waiting', 0, now(), now() from webhooks_endpoint"""
        " returning id",
        breaks="webhook-hears-its-own-orders",
    ),
    when(
        "an agent's session is completed without a purchase",
        a("ucp.Session", status="completed", visitor="agent-x", order_key="x"),
        breaks="agent-bought-once",
    ),
]

ALLIANCE = [
    when(
        "a line of the audit chain is lost",
        "delete from alliance_auditevent where sequence = 2",
        breaks="audit-chain-unbroken",
        culprit="3",
    ),
    when(
        "a line of the audit chain was written anew",
        """update alliance_auditevent set body = body || '{"member": "somebody else"}' where sequence = 2 returning sequence""",
        breaks="audit-line-is-its-hash",
    ),
    when(
        "an audit line was dated back",
        "update alliance_auditevent set at = at - interval '1 day' where sequence = 2 returning sequence",
        breaks="audit-line-is-its-hash",
    ),
    when(
        "the end of the chain was forged",
        "update alliance_auditevent set previous_hash = repeat('f', 64) where sequence = 3 returning sequence",
        breaks="audit-chain-unbroken audit-line-is-its-hash",
    ),
    when(
        "the gateway decided without a line",
        "delete from alliance_auditevent where act = 'gateway.accepted' and sequence = (select max(sequence)"
        " from alliance_auditevent where act = 'gateway.accepted')",
        breaks="decision-is-audited",
        culprit="1",
    ),
    when(
        "a call that was an hour old passed",
        "update alliance_gatewaymessage set issued_at = received_at - interval '1 hour'"
        " where id = (select min(id) from alliance_gatewaymessage where accepted) returning id",
        breaks="call-fresh-and-allowed",
    ),
    when(
        "a call passed twice",
        "insert into alliance_gatewaymessage (sender_id, receiver_id, nonce, scope, purpose, accepted, reason, issued_at,"
        " received_at) select sender_id, receiver_id, nonce, scope, purpose, accepted, reason, issued_at, received_at"
        " from alliance_gatewaymessage where accepted order by id limit 1 returning id",
        breaks="call-fresh-and-allowed decision-is-audited",
    ),
    when(
        "a call passed without leave",
        "update alliance_gatewaymessage set scope = 'lake.read' where id = (select min(id) from alliance_gatewaymessage"
        " where accepted) returning id",
        breaks="call-fresh-and-allowed",
    ),
    when(
        "a call passed after its leave had ended",
        "update alliance_grant set not_after = not_before",
        "select min(id) from alliance_gatewaymessage where accepted",
        breaks="call-fresh-and-allowed",
    ),
    when(
        "a call of a member who had left passed",
        "update alliance_member set revoked_at = joined_at where id = (select min(sender_id) from alliance_gatewaymessage)",
        "select min(id) from alliance_gatewaymessage where accepted",
        breaks="revoked-member-is-kept-out",
    ),
    when(
        "a partner's books say another amount",
        "update alliance_settlementitem set amount = amount + 1 where id = 1 returning reference",
        breaks="books-of-partners-mirror batch-is-its-items",
    ),
    when(
        "a batch pays another amount than its items",
        "update alliance_settlementbatch set amount = amount + 1 where id = 1 returning id",
        breaks="batch-is-its-items",
    ),
    when(
        "a pair shows the few",
        "insert into alliance_jobrun (job, engine, code_hash, params, inputs, content_hash, rows, cpu_seconds, started_at,"
        """ finished_at) values ('x', 'duckdb', '', '{"least_buyers": 10, "least_members": 2}', '{}', '', 0, 0, now(), now())""",
        "insert into alliance_copurchase (run_id, product_id, other_id, buyers, members, strength_ppm, rank)"
        " select id, 1, 2, 9, 2, 0, 1 from alliance_jobrun returning id",
        breaks="pair-hides-the-few",
    ),
]

FOUNDATION = [
    when(
        "an event waits for an hour",
        a("foundation.OutboxEvent", kind="BellRung", recorded_at=LONG_AGO, not_before=LONG_AGO),
        breaks="outbox-drained",
    ),
    when(
        "a consumer handled an event twice",
        "insert into outbox_effect (consumer, event_id, at) select consumer, event_id, at from outbox_effect order by id limit 1"
        " returning event_id",
        breaks="effect-at-most-once",
    ),
    when(
        "a consumer missed an event",
        "delete from outbox_effect where id = (select max(f.id) from outbox_effect f join outbox_event e on e.id = f.event_id"
        " where f.consumer = 'delivery.create_shipment') returning event_id",
        breaks="effect-at-least-once",
    ),
    when(
        "a key was claimed without an answer",
        "update idempotency_record set answer = null where id = (select min(id) from idempotency_record) returning key",
        breaks="idempotency-answered",
    ),
    when(
        "a key has two answers",
        "insert into idempotency_record (scope, key, body_hash, answer, at) select scope, key, 'x', answer, at"
        " from idempotency_record order by id limit 1 returning key",
        breaks="idempotency-answered",
    ),
    when(
        "a job is done by nobody",
        "insert into procrastinate_jobs (queue_name, task_name, status) values ('default', 'x', 'doing') returning id",
        breaks="no-job-on-a-dead-worker",
    ),
    when(
        "a worker died at its job",
        "insert into procrastinate_workers (last_heartbeat) values (now() - interval '1 hour')",
        "insert into procrastinate_jobs (queue_name, task_name, status, worker_id)"
        " select 'default', 'x', 'doing', max(id) from procrastinate_workers returning id",
        breaks="no-job-on-a-dead-worker",
    ),
    when(
        "a wall came down",
        "alter table orders_order disable row level security",
        breaks="tenant-walls",
        culprit="orders_order",
    ),
    when(
        "a wall was opened",
        "drop policy one_platform on orders_order",
        breaks="tenant-walls",
        culprit="orders_order",
    ),
    when(
        "the books may be changed",
        "grant update on ledger_ledgerentry to hansa_app",
        breaks="append-only",
        culprit="ledger_ledgerentry",
    ),
    when(
        "a parcel stands before a warehouse of another platform",
        "update stock_warehouse set platform_id = SOMEWHERE",
        "select min(id) from delivery_vehicle union all select min(id) from orders_ordergroup order by 1 limit 1",
        breaks="family-stays-together",
        culprit="stock_stocklevel.warehouse_id",
    ),
    when(
        "an index of the first load is still down",
        a("importing.SetAside", kind="index", table="orders_order", name="order_by_merchant"),
        breaks="schema-is-whole",
        culprit="order_by_merchant",
    ),
]

EXPERIMENTS = [
    when(
        "two experiments take the same people",
        a("experiments.Experiment", subject="home_shelf", started_at=LONG_AGO, slot_from=0, slot_below=500),
        a("experiments.Experiment", subject="home_shelf", started_at=LONG_AGO, slot_from=499, slot_below=900),
        breaks="experiments-share-nobody",
    ),
    when(
        "somebody was shown an arm of another experiment",
        a("experiments.Experiment", id=4711, started_at=LONG_AGO),
        a("experiments.Arm", id=4711, experiment_id=4712),
        a("experiments.Exposure", experiment_id=4711, arm_id=4711, at=LONG_AGO),
        breaks="exposures-in-time-and-place",
    ),
    when(
        "somebody was shown an arm after the end",
        a("experiments.Experiment", id=4711, started_at=LONG_AGO, stopped_at=LONG_AGO),
        a("experiments.Arm", id=4711, experiment_id=4711),
        a("experiments.Exposure", experiment_id=4711, arm_id=4711, at=LONG_AGO + timedelta(hours=1)),
        breaks="exposures-in-time-and-place",
    ),
]

CORRUPTIONS = [
    *BOOKS,
    *ACCOUNTS_OF_PEOPLE,
    *COMMISSION,
    *STOCK,
    *PAYMENTS,
    *ORDERS,
    *PROMOTIONS,
    *PAYOUTS,
    *AFTER_THE_SALE,
    *DELIVERY_AND_PLANS,
    *CATALOGUE,
    *PEOPLE,
    *SAID,
    *PROGRAMS,
    *ALLIANCE,
    *FOUNDATION,
    *EXPERIMENTS,
]
