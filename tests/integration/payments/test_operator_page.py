"""The operator's page of payments."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hansa.commerce.accounts.models import Membership
from hansa.commerce.payments.gateways.port import Order
from hansa.commerce.payments.gateways.sandbox_service import SandboxService
from hansa.commerce.payments.models import BookDifference, Chargeback, ChargebackEvidence
from hansa.foundation import tenancy
from tests.factories import Shop, a_person, a_shop, a_shopper
from tests.integration.payments.world import now


def signed_in(shop: Shop, *, role: bool = True) -> Client:
    person = a_person("olga" if role else "nobody")
    if role:
        Membership.objects.create(user=person, role=Membership.Role.OPERATOR, platform_id=shop.platform.pk)
    client = Client()
    client.force_login(person)
    return client


def test_the_operator_compares_explains_and_answers(provider: SandboxService) -> None:
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})
    payment = shop.payment_of(shop.buy(a_shopper(), [("tea", 3)], now=now()))
    provider.take(Order("charge-X", "X-unknown", "trave", 700, "EUR", "tok_ok"), at_once=True)
    provider.open_dispute(provider_ref=payment.provider_ref, reason="not mine")
    client, desk = signed_in(shop), "/desk/operator/trave/payments/"

    assert client.post(desk + "compare/").status_code == 302
    page = client.get(desk).content.decode()
    assert "Money that only the provider knows of" in page
    assert "X-unknown" in page

    with tenancy.as_platform(shop.platform.pk):
        difference = BookDifference.objects.get(closed_at__isnull=True)
        chargeback = Chargeback.objects.get()
    client.post(f"{desk}differences/{difference.pk}/close/", {"note": "A test of theirs."})
    assert "A test of theirs." in client.get(desk).content.decode()
    answer = {"text": "Handed over.", "file": SimpleUploadedFile("slip.png", b"png", "image/png")}
    assert client.post(f"{desk}disputes/{chargeback.pk}/", answer).status_code == 302
    assert "slip.png" in client.get(f"{desk}disputes/{chargeback.pk}/").content.decode()
    assert client.post(f"{desk}disputes/{chargeback.pk}/", {"text": " "}).status_code == 422
    with tenancy.as_platform(shop.platform.pk):
        assert ChargebackEvidence.objects.count() == 1


def test_nobody_else_sees_or_moves_anything(provider: SandboxService) -> None:
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})
    stranger, desk = signed_in(shop, role=False), "/desk/operator/trave/payments/"

    statuses = [
        stranger.get(desk).status_code,
        stranger.post(desk + "compare/").status_code,
        stranger.post(desk + "differences/1/close/", {"note": "x"}).status_code,
        stranger.get(desk + "disputes/1/").status_code,
    ]

    assert statuses == [403, 403, 403, 403]
