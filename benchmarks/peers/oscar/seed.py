"""Makes the peer's tables and goods; prints the ids of the goods as JSON. Run by the peer's interpreter."""

import json
import sys
from decimal import Decimal

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from oscar.apps.address.models import Country  # noqa: E402
from oscar.apps.catalogue.models import Category, Product, ProductClass  # noqa: E402
from oscar.apps.partner.models import Partner, StockRecord  # noqa: E402


def main(goods: int, stock: int) -> None:
    call_command("migrate", verbosity=0, interactive=False)
    Country.objects.get_or_create(
        iso_3166_1_a2="DE",
        defaults={"iso_3166_1_a3": "DEU", "printable_name": "Germany", "is_shipping_country": True},
    )
    kind = ProductClass.objects.create(name="Goods", requires_shipping=True, track_stock=True)
    category = Category.add_root(name="Pantry", slug="pantry")
    partners = [Partner.objects.create(name=name) for name in ("bo", "cy")]
    ids = []
    for number in range(goods + 1):
        product = Product.objects.create(product_class=kind, title=f"good{number}", upc=f"u{number}")
        product.categories.add(category)
        StockRecord.objects.create(
            product=product,
            partner=partners[number == goods],
            partner_sku=f"s{number}",
            price_currency="EUR",
            price=Decimal("7.00"),
            num_in_stock=stock,
        )
        ids.append(product.pk)
    print(json.dumps(ids))


main(int(sys.argv[1]), int(sys.argv[2]))
