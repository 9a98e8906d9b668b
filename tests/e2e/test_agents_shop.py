"""The conformance runner of the protocol against a real web and worker: it must find nothing that deviates.

`spck-conformance` (MIT) is an independent runner with the requirements of four versions; it plays the agent, the
platform that hears webhooks, and signs requests. What it cannot be shown here is listed in docs/reference/ucp.md.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from hansa.commerce.accounts.models import Platform
from hansa.commerce.catalogue import services as catalogue
from hansa.commerce.catalogue.models import Listing, Offer, Variant
from hansa.commerce.delivery.domain import offered_windows
from hansa.commerce.promotions.models import Coupon, PromotedOffer, Promotion
from hansa.commerce.stock.models import StockLevel
from hansa.commerce.ucp import domain, keys
from hansa.commerce.ucp.amounts import item_id
from hansa.foundation import tenancy
from hansa.kernel.clock import system_clock
from tests.e2e import stack as stacks
from tests.e2e.world import broken_promises
from tests.factories import NOON, Shop, a_shop
from tests.integration.conftest import hang_up

pytestmark = pytest.mark.slow
RUNNER = "https://spck.dev/agent"  # the address the runner gives as its own; here it is known beforehand
SIGNER, STRANGER, NEWER, BROKEN = (f"https://{name}.example/p" for name in ("signer", "orphan", "new", "bad"))
CUPS = 13


@pytest.fixture(scope="module")
def shop(state: Path) -> Iterator[Shop]:
    """A shop with goods to be sold, sold out, reduced, and with two variants."""
    cups = [f"cup {number}" for number in range(1, CUPS + 1)]
    goods = {"tea": 5_000, "jam": 5_000, "gone": 0, "reduced": 5_000} | dict.fromkeys(cups, 100)
    shop = a_shop(stock=goods, prices=dict.fromkeys(goods, 1_000))
    Platform.objects.filter(pk=shop.platform.pk).update(currency="USD")  # the runner forges euros
    with tenancy.as_platform(shop.platform.pk):
        Listing.objects.update(currency="USD")
        _promote(shop, "TEN", percent_bp=1_000, covers_all=True, needs_coupon=True)
        _promote(shop, "", percent_bp=2_000, offer=shop.listings["reduced"].offer)
        _another_variant(shop)
    hang_up()
    yield shop
    hang_up()


@pytest.fixture(scope="module")
def secret() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="module")
def stack(
    state: Path, shop: Shop, secret: ec.EllipticCurvePrivateKey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[stacks.Stack]:
    """Web, worker and database that know the runner's profiles and may call this machine."""
    known = tmp_path_factory.mktemp("agents") / "profiles.json"
    known.write_text(json.dumps(_profiles(secret)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HANSA_UCP_PROFILES", str(known))
        patch.setenv("HANSA_UCP_LOOPBACK", "1")
        patch.setenv("HANSA_API_LIMITS", "0")
        running = stacks.start(state)
    yield running
    running.stop()


def test_the_conformance_runner_finds_nothing(
    stack: stacks.Stack, shop: Shop, secret: ec.EllipticCurvePrivateKey, tmp_path: Path
) -> None:
    config = tmp_path / "merchant.json"
    config.write_text(json.dumps(_config(shop, secret)))

    run = subprocess.run(
        [
            str(Path(sys.executable).with_name("spck-conformance")),
            "--server",
            f"{stack.url}ucp/{shop.platform.code}",
            "--config",
            str(config),
            "--json",
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    report = json.loads(run.stdout)
    (tmp_path.parent / "ucp-conformance.json").write_text(run.stdout)
    odd = {
        each["id"]: (each["status"], each["observed"])
        for each in report["checks"]
        if each["status"] == "deviation" or each["kill_safe"] is False
    }
    assert odd == {}
    assert run.returncode == 0, run.stderr
    assert report["spec_version"] == domain.VERSION
    assert set(report["capabilities"]) == set(domain.OFFERED)
    assert report["checks_summary"]["clean"] >= 80
    assert broken_promises() == []


def _profiles(secret: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    everything = {name: [{"version": domain.VERSION}] for name in domain.OFFERED}
    unknown_kind = {"kid": "okp-1", "kty": "OKP", "crv": "Ed25519", "x": "AAAA"}
    return {
        RUNNER: {"ucp": {"version": domain.VERSION, "capabilities": everything}},
        SIGNER: {
            "ucp": {"version": domain.VERSION, "capabilities": everything},
            "signing_keys": [_public(secret), unknown_kind],
        },
        STRANGER: {
            "ucp": {
                "version": domain.VERSION,
                "capabilities": {"com.example.other": [{"version": domain.VERSION}]},
            }
        },
        NEWER: {"ucp": {"version": "2099-01-01", "capabilities": everything}},
        BROKEN: {"ucp": "no profile"},
    }


def _config(shop: Shop, secret: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    def item(name: str) -> str:
        return item_id(shop.listings[name].pk)

    private = {**_public(secret), "d": keys._coordinate(secret.private_numbers().private_value)}
    return {
        "product_id": item("tea"),
        "currency": "USD",
        "out_of_stock_id": item("gone"),
        "fulfillment_option_id": offered_windows(system_clock())[-1].key,
        "complete_payment": _payment("tok_ok"),
        "fail_payment": _payment("tok_declined"),
        "discount": {
            "valid_code": "TEN",
            "invalid_code": "NOPE",
            "case_insensitive": True,
            "rejected_messages": True,
            "automatic": {"product_id": item("reduced"), "quantity": 1},
        },
        "catalog": {
            "variant_id": item("jam"),
            "max_batch": 50,
            "configurable_product_id": f"p{shop.listings['tea'].product_id}",
            "paginated_query": "cup",
            "paginated_total": CUPS,
        },
        "cart": {"second_product_id": item("jam")},
        "unavailable": {"business_outcome": True},
        "negotiation": {
            "validates_profile_url": True,
            "harness": True,
            "unsupported_version_profile_url": NEWER,
            "incompatible_caps_profile_url": STRANGER,
            "unreachable_profile_url": "https://127.0.0.1:1/profile",
            "malformed_profile_url": BROKEN,
        },
        "signature": {
            "responses": True,
            "request_private_jwk": private,
            "rotated_private_jwk": private,
            "platform_profile_url": SIGNER,
            "unsupported_alg_kid": "okp-1",
        },
        "webhooks": {"simulate": True, "signed": True, "retries": True, "wait_seconds": 30},
    }


def _payment(token: str) -> dict[str, Any]:
    address = {
        "first_name": "Alia",
        "last_name": "Brandt",
        "street_address": "1 Main Street",
        "address_locality": "Springfield",
        "address_country": "US",
        "postal_code": "12345",
    }
    instrument = {
        "id": "card",
        "handler_id": domain.HANDLER_ID,
        "type": "card",
        "billing_address": address,
        "credential": {"type": "token", "token": token},
    }
    return {"payment": {"instruments": [instrument]}}


def _public(secret: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    numbers = secret.public_key().public_numbers()
    point = {"x": keys._coordinate(numbers.x), "y": keys._coordinate(numbers.y)}
    return {"kid": "runner-1", "kty": "EC", "crv": "P-256", **point}


def _promote(shop: Shop, code: str, *, offer: Offer | None = None, **what: Any) -> None:
    now = system_clock()
    promotion = Promotion.objects.create(
        platform=shop.platform,
        name=code or "Reduced",
        kind="percent",
        funded_by="platform",
        starts_at=now - timedelta(days=1),
        ends_at=now + timedelta(days=1),
        **what,
    )
    if offer:
        PromotedOffer.objects.create(platform=shop.platform, promotion=promotion, offer=offer)
    if code:
        Coupon.objects.create(platform=shop.platform, promotion=promotion, code=code, most_uses=1_000)


def _another_variant(shop: Shop) -> None:
    """Tea also in a large box."""
    small = shop.listings["tea"]
    Variant.objects.filter(pk=small.offer.variant_id).update(label="small")
    variant = Variant.objects.create(product=small.product, sku="tea-large", label="large", weight_g=900)
    offer = Offer.objects.create(merchant=shop.merchant, variant=variant, unit_cost=900, created_at=NOON)
    listing = Listing.objects.create(
        platform=shop.platform,
        offer=offer,
        merchant=shop.merchant,
        product=small.product,
        category=small.category,
        title="Tea, large",
        price=1_800,
        currency="USD",
        listed_at=NOON,
    )
    catalogue.index(listing)
    StockLevel.objects.create(platform=shop.platform, offer=offer, warehouse=shop.centre, on_hand=0)
