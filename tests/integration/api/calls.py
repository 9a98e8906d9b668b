"""How each operation of the API is called for a success: by whom, at which rows, with what."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.test.client import MULTIPART_CONTENT

from tests.factories import DOOR
from tests.integration.api.world import House, a_picture

Body = dict[str, Any]
SOON = (datetime.now(UTC) + timedelta(days=1)).isoformat()
THEN = (datetime.now(UTC) + timedelta(days=9)).isoformat()
ADDRESS = {
    "recipient": DOOR.recipient,
    "street": DOOR.street,
    "city": DOOR.city,
    "postal_code": DOOR.postal_code,
    "country": DOOR.country,
    "latitude": DOOR.latitude,
    "longitude": DOOR.longitude,
}
GOODS = "sku,title,category,price,currency,unit_cost\n"


@dataclass(frozen=True)
class Ask:
    """One call: who may make it, the rows that its path names where they have another name, and what is sent."""

    who: str
    rows: dict[str, str] = field(default_factory=dict)
    query: str = ""
    body: str = ""  # JSON with %(names)s of rows
    files: tuple[str, ...] = ()
    first: tuple[str, ...] = ()  # operations that come before, by the same person


TEA = '"offer_ids": [%(offer_id)s], "starts_at": "' + SOON + '", "ends_at": "' + THEN + '"'
HOOK = '{"url": "https://example.com/hook", "kinds": ["order.paid"]}'
KEY = '{"name": "till", "scopes": ["orders:read"]}'
PROPER = '"sku": "new-%(word)s", "price": 700, "unit_cost": 300, "title": "New good"'
LINE = '"lines": [{"line_id": %(line_id)s, "quantity": 1}]'
PARCEL = '"carrier": "Post", "tracking_number": "T77"'
M: dict[str, str] = {"key_id": "merchant key_id", "endpoint_id": "merchant endpoint_id"}
MD: dict[str, str] = {"delivery_id": "merchant delivery_id"}

ASKS: dict[str, Ask] = {
    "GET /platforms/": Ask("guest"),
    "POST /carts/": Ask("guest"),
    "POST /tokens/": Ask("guest", body='{"username": "%(word)salia", "password": "correct horse 77"}'),
    "GET /products/": Ask("shopper"),
    "GET /products/suggestions": Ask("shopper", query="q=te"),
    "GET /products/{listing_id}": Ask("shopper"),
    "GET /products/{listing_id}/reviews/": Ask("shopper"),
    "POST /reviews/": Ask("shopper", body='{"line_id": %(brought_mug)s, "stars": 4}'),
    "GET /recommendations/": Ask("shopper"),
    "GET /products/{listing_id}/why": Ask("shopper"),
    "POST /acts/": Ask("shopper", body='{"acts": [{"kind": "view", "product_id": %(listing_id)s}]}'),
    "GET /profile/": Ask("shopper"),
    "DELETE /profile/lines/{axis}/{key}": Ask("shopper", {"key": "merchant_id"}),
    "GET /profile/acts/": Ask("shopper"),
    "DELETE /profile/acts/": Ask("shopper"),
    "GET /mutes/": Ask("shopper"),
    "PUT /mutes/{kind}/{key}": Ask("shopper", {"kind": "axis", "key": "merchant_id"}),
    "DELETE /mutes/{kind}/{key}": Ask("shopper", {"kind": "axis", "key": "merchant_id"}),
    "GET /cart/": Ask("shopper"),
    "PUT /cart/lines": Ask("shopper", body='{"product_id": %(listing_id)s, "quantity": 1}'),
    "GET /delivery-windows/": Ask("shopper", first=("PUT /cart/lines",)),
    "GET /orders/": Ask("shopper"),
    "GET /orders/{number}": Ask("shopper"),
    "POST /orders/": Ask("shopper", first=("PUT /cart/lines",), body="checkout"),
    "GET /products/{listing_id}/groups/": Ask("shopper", {"listing_id": "together_id"}, query="quantity=2"),
    "GET /groups/{group_id}": Ask("shopper", {"group_id": "buying_group_id"}),
    "GET /orders/{number}/group": Ask("shopper", {"number": "together number"}),
    "POST /orders/{number}/cancel": Ask("shopper"),
    "GET /tokens/": Ask("shopper"),
    "DELETE /tokens/{token_id}": Ask("shopper"),
    "GET /users/me": Ask("shopper"),
    "PATCH /users/me": Ask("shopper", body='{"consents_to_personalisation": false}'),
    "GET /users/{user_id}": Ask("shopper"),
    "GET /products/{listing_id}/ratings": Ask("shopper"),
    "GET /merchants/{merchant_id}/score": Ask("shopper"),
    "PUT /reviews/{review_id}": Ask("shopper", body='{"stars": 3}'),
    "PUT /votes/{kind}/{contribution_id}": Ask("rival", body='{"is_helpful": true}'),
    "POST /reports/{kind}/{contribution_id}": Ask("rival", body='{"reason": "advertising"}'),
    "GET /products/{listing_id}/questions/": Ask("shopper"),
    "POST /products/{listing_id}/questions/": Ask("shopper", body='{"text": "Is it sweet, too?"}'),
    "POST /questions/{question_id}/answers/": Ask("shopper", body='{"text": "It is."}'),
    "GET /wishlists/": Ask("shopper"),
    "POST /wishlists/": Ask("shopper", body='{"name": "For later"}'),
    "GET /wishlists/shared/{token}": Ask("shopper"),
    "GET /wishlists/{wishlist_id}": Ask("shopper"),
    "PATCH /wishlists/{wishlist_id}": Ask("shopper", body='{"name": "Never"}'),
    "DELETE /wishlists/{wishlist_id}": Ask("shopper"),
    "PUT /wishlists/{wishlist_id}/shared": Ask("shopper", body='{"is_shared": false}'),
    "POST /wishlists/{wishlist_id}/move-to-cart": Ask("shopper", body="{}"),
    "PUT /wishes/{listing_id}": Ask("shopper"),
    "DELETE /wishes/{listing_id}": Ask("shopper"),
    "PUT /users/me/profile": Ask("shopper", body='{"is_shown": true}'),
    "GET /following/": Ask("shopper"),
    "GET /following/feed": Ask("shopper"),
    "PUT /following/merchants/{merchant_id}": Ask("shopper"),
    "DELETE /following/merchants/{merchant_id}": Ask("shopper"),
    "PUT /following/people/{handle}": Ask("shopper"),
    "DELETE /following/people/{handle}": Ask("shopper"),
    "GET /notices/": Ask("shopper"),
    "POST /notices/read": Ask("shopper"),
    "POST /orders/{number}/cancellations": Ask("shopper", body="{" + LINE + "}"),
    "POST /orders/{number}/returns/": Ask(
        "shopper",
        {"number": "brought"},
        body='{"lines": [{"line_id": %(brought_mug)s, "quantity": 1}], "reason": "changed_mind"}',
    ),
    "GET /returns/{number}": Ask("shopper", {"number": "return asked"}),
    "POST /returns/{number}/cancel": Ask("shopper", {"number": "return asked"}),
    "POST /returns/{number}/parcel": Ask("shopper", {"number": "return agreed"}, body="{" + PARCEL + "}"),
    "POST /orders/{number}/disputes/": Ask(
        "shopper",
        body='{"order_id": %(order_id)s, "kind": "not_received", "claim": 100, "text": "Where is it?"}',
    ),
    "GET /disputes/{number}": Ask("shopper", {"number": "dispute open"}),
    "POST /disputes/{number}/reply": Ask(
        "shopper", {"number": "dispute answered"}, body='{"agrees": false, "text": "No."}'
    ),
    "POST /disputes/{number}/evidence": Ask("shopper", {"number": "dispute open"}, body='{"text": "Look."}'),
    "POST /shop-orders/{order_id}/parcels/": Ask("owner", body="{" + PARCEL + ", " + LINE + "}"),
    "POST /parcels/{parcel_id}/news": Ask("owner", body='{"status": "delivered"}'),
    "GET /merchants/{merchant_id}/returns/": Ask("owner"),
    "POST /returns/{number}/decision": Ask("owner", {"number": "return asked"}, body='{"agrees": true}'),
    "POST /returns/{number}/receipt": Ask("owner", {"number": "return handed in"}),
    "POST /returns/{number}/inspection": Ask(
        "owner",
        {"number": "return received"},
        body='{"lines": [{"line_id": %(brought_tea)s, "accepted": 1, "restocked": 1}]}',
    ),
    "POST /returns/{number}/exchange-parcel": Ask(
        "owner", {"number": "return exchange"}, body="{" + PARCEL + "}"
    ),
    "GET /merchants/{merchant_id}/disputes/": Ask("owner"),
    "POST /disputes/{number}/answer": Ask(
        "owner", {"number": "dispute open"}, body='{"agrees": false, "text": "It was whole."}'
    ),
    "PUT /reviews/{review_id}/reply": Ask("owner", body='{"text": "Thank you."}'),
    "POST /merchants/{merchant_id}/questions/{question_id}/answers/": Ask("owner", body='{"text": "It is."}'),
    "PATCH /products/{listing_id}": Ask("owner", body='{"is_active": false}'),
    "GET /merchants/{merchant_id}/goods": Ask("owner"),
    "POST /merchants/{merchant_id}/goods": Ask("owner", files=("goods.csv",), query="dry_run=true"),
    "GET /merchants/{merchant_id}/proposals/": Ask("owner"),
    "POST /proposals/{proposal_id}/accept": Ask("owner", body="{}"),
    "POST /purchase-orders/{purchase_order_id}/receive": Ask("owner"),
    "GET /merchants/{merchant_id}/keys/": Ask("owner"),
    "POST /merchants/{merchant_id}/keys/": Ask("owner", body=KEY),
    "DELETE /merchants/{merchant_id}/keys/{key_id}": Ask("owner", M),
    "GET /merchants/{merchant_id}/webhooks/": Ask("owner"),
    "POST /merchants/{merchant_id}/webhooks/": Ask("owner", body=HOOK),
    "PUT /merchants/{merchant_id}/webhooks/{endpoint_id}": Ask("owner", M, body=HOOK),
    "DELETE /merchants/{merchant_id}/webhooks/{endpoint_id}": Ask("owner", M),
    "POST /merchants/{merchant_id}/webhooks/{endpoint_id}/secret": Ask("owner", M),
    "GET /merchants/{merchant_id}/webhooks/{endpoint_id}/messages/": Ask("owner", M),
    "POST /merchants/{merchant_id}/webhook-messages/{delivery_id}/redeliver": Ask("owner", MD),
    "GET /merchants/{merchant_id}/balance": Ask("owner"),
    "GET /merchants/{merchant_id}/payouts/": Ask("owner"),
    "GET /merchants/{merchant_id}/payouts/{payout_id}": Ask("owner"),
    "GET /merchants/{merchant_id}/stock/": Ask("owner"),
    "GET /merchants/{merchant_id}/orders/": Ask("owner"),
    "GET /merchants/{merchant_id}/takings": Ask("owner"),
    "GET /merchants/{merchant_id}/funnel": Ask("owner"),
    "GET /merchants/{merchant_id}/promotions/": Ask("owner"),
    "POST /merchants/{merchant_id}/promotions/": Ask(
        "owner", body='{"name": "Spring", "percent_bp": 500, ' + TEA + "}"
    ),
    "GET /merchants/{merchant_id}/purchase-orders/": Ask("owner"),
    "POST /proposals/{proposal_id}/reject": Ask("owner"),
    "POST /merchants/{merchant_id}/products/": Ask("owner", body="{" + PROPER + ', "category": "pantry"}'),
    "PATCH /merchants/{merchant_id}/products/{product_id}": Ask("owner", body='{"description": "Green."}'),
    "POST /merchants/{merchant_id}/products/{product_id}/variants/": Ask(
        "owner", body='{"variants": [{"sku": "new-%(word)s", "price": 700, "unit_cost": 300}]}'
    ),
    "GET /merchants/{merchant_id}/edits/": Ask("owner"),
    "PATCH /merchants/{merchant_id}/offers/{offer_id}": Ask("owner", body='{"pack_size": 6}'),
    "PUT /merchants/{merchant_id}/offers/{offer_id}/listing": Ask("owner", body='{"price": 650}'),
    "POST /merchants/{merchant_id}/bundles/": Ask(
        "owner", body="{" + PROPER + ', "components": {"%(offer_id)s": 2}}'
    ),
    "POST /merchants/{merchant_id}/pictures/": Ask("owner", files=("picture.png",)),
    "POST /merchants/{merchant_id}/stock/{level_id}/corrections/": Ask(
        "owner", body='{"quantity": -1, "reason": "one broke"}'
    ),
    "POST /merchants/{merchant_id}/plans/": Ask("owner"),
    "GET /merchants/{merchant_id}/team/": Ask("owner"),
    "PUT /merchants/{merchant_id}/team/{user_id}": Ask(
        "owner", {"user_id": "clerk_id"}, body='{"role": "merchant"}'
    ),
    "DELETE /merchants/{merchant_id}/team/{user_id}": Ask("owner", {"user_id": "clerk_id"}),
    "GET /merchants/{merchant_id}/invitations/": Ask("owner"),
    "POST /merchants/{merchant_id}/invitations/": Ask("owner", body='{"email": "zoe@example.com"}'),
    "DELETE /merchants/{merchant_id}/invitations/{invitation_id}": Ask("owner"),
    "GET /merchants/": Ask("operator"),
    "GET /purchases/": Ask("operator"),
    "GET /analytics/reach": Ask("operator"),
    "GET /coupons/": Ask("operator"),
    "GET /promotions/waiting/": Ask("operator"),
    "POST /promotions/{promotion_id}/agree": Ask("operator"),
    "GET /returns/": Ask("operator"),
    "GET /disputes/": Ask("operator"),
    "POST /disputes/{number}/decision": Ask(
        "operator", {"number": "dispute referred"}, body='{"amount": 50, "text": "Half each."}'
    ),
    "GET /webhooks/": Ask("operator"),
    "POST /webhooks/": Ask("operator", body=HOOK),
    "PUT /webhooks/{endpoint_id}": Ask("operator", body=HOOK),
    "DELETE /webhooks/{endpoint_id}": Ask("operator"),
    "POST /webhooks/{endpoint_id}/secret": Ask("operator"),
    "GET /webhooks/{endpoint_id}/messages/": Ask("operator"),
    "POST /webhook-messages/{delivery_id}/redeliver": Ask("operator"),
    "GET /moderation/": Ask("operator"),
    "POST /moderation/{kind}/{contribution_id}": Ask("operator", body='{"publishes": true}'),
    "GET /payouts/": Ask("operator"),
    "POST /payouts/{payout_id}/approve": Ask("operator"),
    "GET /keys/": Ask("operator"),
    "POST /keys/": Ask("operator", body=KEY),
    "DELETE /keys/{key_id}": Ask("operator"),
    "GET /users/": Ask("operator"),
    "PUT /merchants/{merchant_id}/approval": Ask("operator"),
    "PUT /merchants/{merchant_id}/suspension": Ask("operator", body='{"reason": "it sends nothing"}'),
    "GET /settings": Ask("operator"),
    "PATCH /settings": Ask("operator", body='{"name": "Trave anew"}'),
    "GET /roles/": Ask("operator"),
    "PUT /roles/{role}/{user_id}": Ask("operator", {"role": "dispatcher", "user_id": "second_id"}),
    "DELETE /roles/{role}/{user_id}": Ask("operator", {"role": "operator", "user_id": "second_id"}),
    "GET /categories/": Ask("operator"),
    "POST /categories/": Ask("operator", body='{"name": "Spices"}'),
    "PATCH /categories/{category_id}": Ask("operator", body='{"name": "Larder"}'),
    "GET /brands/": Ask("operator"),
    "PATCH /brands/{brand_id}": Ask("operator", body='{"name_zh": "茶"}'),
    "GET /attributes/": Ask("operator"),
    "POST /attributes/": Ask("operator", body='{"name": "Roast"}'),
    "GET /synonyms/": Ask("operator"),
    "POST /synonyms/": Ask("operator", body='{"phrases": ["tee", "cha"]}'),
    "DELETE /synonyms/{group_id}": Ask("operator"),
    "GET /edits/": Ask("operator"),
    "POST /edits/{edit_id}/decision": Ask("operator", body='{"agrees": true}'),
    "GET /price-lists/": Ask("operator"),
    "POST /price-lists/": Ask("operator", body='{"name": "Spring"}'),
    "GET /price-lists/{price_list_id}/prices/": Ask("operator"),
    "PUT /price-lists/{price_list_id}/prices/": Ask("operator", body='{"sku": "%(sku)s", "price": 450}'),
    "GET /tax": Ask("operator"),
    "PUT /tax": Ask("operator", body='{"country": "DE"}'),
    "PUT /tax/categories/{category_id}": Ask("operator", body='{"tax_class": "reduced"}'),
    "GET /commission-rules/": Ask("operator"),
    "POST /commission-rules/": Ask("operator", body='{"rate_bp": 800}'),
    "DELETE /commission-rules/{rule_id}": Ask("operator"),
    "POST /promotions/": Ask("operator", body='{"name": "Ours", "percent_bp": 300, ' + TEA + "}"),
    "POST /coupons/": Ask(
        "operator", body='{"promotion_id": %(coupon_promotion_id)s, "code": "SPRING", "most_uses": 9}'
    ),
    "GET /gift-cards/": Ask("operator"),
    "POST /gift-cards/": Ask("operator", body='{"amount": 2500}'),
    "POST /credits/": Ask("operator", body='{"user_id": %(user_id)s, "amount": 100, "reference": "kind"}'),
    "GET /books/balances/": Ask("operator"),
    "GET /books/corrections/": Ask("operator"),
    "POST /books/corrections/": Ask(
        "operator",
        body='{"merchant_id": %(merchant_id)s, "amount": 5, "against": "goodwill", "reason": "we were late"}',
    ),
    "POST /books/corrections/{correction_id}/decision": Ask("operator", body='{"agrees": true}'),
    "POST /plans/": Ask("operator"),
}


def path_of(key: str, rows: dict[str, Any]) -> str:
    """The address of an operation, with its rows put in."""
    ask = ASKS[key]
    return re.sub(
        r"{(\w+)}",
        lambda found: str(rows.get(ask.rows.get(found[1], found[1]), ask.rows.get(found[1]))),
        key.split(" ")[1],
    )


def call(
    browser: Client, key: str, house: House, *, path: str = "", headers: dict[str, str] | None = None
) -> HttpResponse:
    """Make one call at a house's rows, or at another path."""
    ask, method = ASKS[key], key.split(" ")[0]
    address = f"/api/v1{path or path_of(key, house.ids)}?platform={house.code}&{ask.query}"
    sent = {"Idempotency-Key": f"call {key}"} | (headers or {})
    if ask.files:
        content = GOODS.encode() if ask.files[0].endswith(".csv") else a_picture()
        file = SimpleUploadedFile(ask.files[0], content)
        answer = browser.post(address, {"file": file}, content_type=MULTIPART_CONTENT, headers=sent)
    else:
        answer = browser.generic(
            method,
            address,
            data=body_of(browser, ask, house),
            content_type="application/json",
            headers=sent,
        )
    return cast("HttpResponse", answer)


def body_of(browser: Client, ask: Ask, house: House) -> str:
    if ask.body != "checkout":
        return ask.body % (house.ids | {"word": house.word}) if ask.body else ""
    total = browser.get(f"/api/v1/cart/?platform={house.code}").json().get("grand_total", 0)
    windows = browser.get(f"/api/v1/delivery-windows/?platform={house.code}").json()
    window = windows[0]["key"] if isinstance(windows, list) and windows else ""
    return json.dumps(
        {"address": ADDRESS, "window": window, "payment_method": "tok_ok", "agreed_total": total}
    )
