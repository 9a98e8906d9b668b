"""What gift cards, credit and points promise."""

from hansa.foundation.invariants import Invariant

INVARIANTS = [
    Invariant(
        "wallet-is-its-movements",
        "every gift card, credit and points account holds the sum of its movements, and never less than nothing",
        "select w.id from wallets_wallet w left join wallets_movement m on m.wallet_id = w.id group by w.id"
        " having w.balance <> coalesce(sum(m.amount), 0) or w.balance < 0",
    ),
    Invariant(
        "wallet-given-back-once",
        "what a purchase paid from an account is given back, whole or in parts, no further than it was paid",
        "select b.wallet_id, b.reference from (select wallet_id, split_part(reference, '/', 1) reference,"
        "   sum(amount) amount, sum(worth) worth from wallets_movement where reason = 'given_back' group by 1, 2) b"
        " left join wallets_movement s on s.wallet_id = b.wallet_id and s.reference = b.reference"
        "   and s.reason = 'spent' where s.id is null or b.amount > -s.amount or b.worth > -s.worth",
    ),
    Invariant(
        "wallets-are-in-the-books",
        "what the books owe on gift cards, credit and points is the worth of their movements",
        "select coalesce(b.kind, w.kind), b.amount, w.worth from"
        " (select a.platform_id, a.kind, a.currency, -sum(e.amount) amount from ledger_account a"
        "   join ledger_ledgerentry e on e.account_id = a.id"
        "   where a.kind in ('gift_card', 'store_credit', 'points') group by 1, 2, 3) b"
        " full join (select w.platform_id, w.kind, coalesce(nullif(w.currency, ''), p.currency) currency,"
        "     sum(m.worth) worth from wallets_wallet w join wallets_movement m on m.wallet_id = w.id"
        "     join accounts_platform p on p.id = w.platform_id group by 1, 2, 3) w"
        "   using (platform_id, kind, currency)"
        " where coalesce(b.amount, 0) <> coalesce(w.worth, 0)",
    ),
    Invariant(
        "tender-is-under-way",
        "what was taken from cards, credit and points, and stands in no capture, is for purchases not booked yet",
        "select coalesce(b.platform_id, w.platform_id), b.amount, w.waiting from"
        " (select a.platform_id, a.currency, sum(e.amount) amount from ledger_account a"
        "   join ledger_ledgerentry e on e.account_id = a.id where a.kind = 'tender' group by 1, 2) b"
        " full join (select m.platform_id, coalesce(nullif(w.currency, ''), p.currency) currency, sum(m.worth) waiting"
        "   from wallets_movement m join wallets_wallet w on w.id = m.wallet_id"
        "   join accounts_platform p on p.id = m.platform_id where m.reason in ('spent', 'given_back')"
        "   and not exists (select from ledger_journalentry j where j.platform_id = m.platform_id"
        "     and j.reference = split_part(m.reference, '/', 1) and j.kind in ('capture', 'exchange')) group by 1, 2) w"
        "   using (platform_id, currency)"
        " where coalesce(b.amount, 0) <> coalesce(w.waiting, 0)",
    ),
]
