"""What a payment gave back in money is summed once, where 0003 looked through all refunds for each part."""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("hansa.commerce.payouts.migrations.0003_split_beside_tax_and_tender").SPLIT
IN_ONE_PASS = (
    (
        "), taken as (",
        "), money as (\n"
        "  select b.payment_id, -sum(b.amount) as amount from back b where b.kind in ('provider', 'tender') group by 1\n"
        "), taken as (",
    ),
    (
        "nullif((select -sum(b.amount) from back b where b.payment_id = w.payment_id and b.kind in ('provider', 'tender')), 0)",
        "nullif(money.amount, 0)",
    ),
    (
        "    left join back goods on",
        "    left join money on money.payment_id = w.payment_id\n    left join back goods on",
    ),
)


def _split() -> str:
    split = BEFORE
    for old, new in IN_ONE_PASS:
        if split.count(old) != 1:
            raise AssertionError(f"0003 no longer says {old!r}")
        split = split.replace(old, new)
    return split


class Migration(migrations.Migration):
    dependencies = [("payouts", "0003_split_beside_tax_and_tender")]
    operations = [migrations.RunSQL(_split(), BEFORE)]
