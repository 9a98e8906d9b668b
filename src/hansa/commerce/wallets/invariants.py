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
        "what a purchase paid from an account is given back at most once, and no more than was paid",
        "select b.id from wallets_movement b left join wallets_movement s on s.wallet_id = b.wallet_id"
        " and s.reference = b.reference and s.reason = 'spent'"
        " where b.reason = 'given_back' and (s.id is null or b.amount > -s.amount)"
        " union all select max(id) from wallets_movement where reason = 'given_back'"
        " group by wallet_id, reference having count(*) > 1",
    ),
]
