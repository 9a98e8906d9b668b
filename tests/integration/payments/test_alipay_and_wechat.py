"""Alipay and WeChat Pay offline: what they sign is believed, anything else is not. Keys are made here."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hansa.commerce.payments.gateways import alipay as alipay_gateway
from hansa.commerce.payments.gateways.alipay import AlipayProvider, minor, yuan
from hansa.commerce.payments.gateways.port import (
    ActionNeeded,
    Answer,
    ForgedEvent,
    Order,
    Outcome,
    ProviderEvent,
    Topic,
)
from hansa.commerce.payments.gateways.wechat import WeChatProvider
from hansa.kernel.errors import InvalidInput, Refused
from tests.integration.payments.world import now

Key = rsa.RSAPrivateKey
APIV3 = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def keys() -> tuple[Key, Key]:
    """Ours and the provider's."""
    return tuple(rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))  # type: ignore[return-value]


def private_pem(key: Key) -> str:
    kind = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()).decode()


def public_pem(key: Key) -> str:
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, kind).decode()


def signature(key: Key, text: str) -> str:
    return base64.b64encode(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()


def alipay_of(keys: tuple[Key, Key]) -> AlipayProvider:
    return AlipayProvider.with_keys(
        app_id="app1",
        seller_id="seller1",
        private_key=private_pem(keys[0]),
        public_key=public_pem(keys[1]),
        notify_url="https://shop/webhooks/payments/alipay/",
    )


NOTICE = {
    "notify_id": "n1",
    "app_id": "app1",
    "seller_id": "seller1",
    "trade_status": "TRADE_SUCCESS",
    "out_trade_no": "H1",
    "trade_no": "2026",
    "total_amount": "19.90",
    "passback_params": "trave",
}


def notice(key: Key, *, then: dict[str, str] | None = None, **changed: str) -> bytes:
    """A notice as Alipay signs it; what ``then`` says is changed after signing."""
    told = {**NOTICE, **changed}
    signed = "&".join(f"{name}={value}" for name, value in sorted(told.items()))
    return urlencode({**told, "sign": signature(key, signed), "sign_type": "RSA2", **(then or {})}).encode()


def test_a_notice_of_alipay_is_read(keys: tuple[Key, Key]) -> None:
    event = alipay_of(keys).read_webhook(headers={}, body=notice(keys[1]), now=now())

    assert event == ProviderEvent(
        "n1", Topic.PAYMENT, "TRADE_SUCCESS", "trave", "H1", "2026", 1990, "CNY", state="captured"
    )


def test_nothing_forged_is_taken_for_alipays(keys: tuple[Key, Key]) -> None:
    alipay = alipay_of(keys)
    forged = [
        b"",
        b"\xff\xfe",
        urlencode(NOTICE).encode(),
        notice(keys[0]),
        notice(keys[1], then={"total_amount": "0.01"}),
        notice(keys[1], then={"out_trade_no": "H2"}),
        notice(keys[1], then={"sign": "AAAA"}),
        notice(keys[1], then={"sign": "no base64 at all!"}),
        notice(keys[1], then={"sign_type": "RSA"}),
        notice(keys[1], seller_id="another"),
        notice(keys[1], app_id="another"),
    ]

    for body in forged:
        with pytest.raises(ForgedEvent):
            alipay.read_webhook(headers={}, body=body, now=now())


def test_the_buyer_is_sent_to_alipay_with_a_signed_order(keys: tuple[Key, Key]) -> None:
    with pytest.raises(ActionNeeded) as asked:
        alipay_of(keys).take(Order("charge-H1", "H1", "trave", 1990, "CNY", "alipay"), at_once=True)

    told = {
        name: values[0]
        for name, values in parse_qs(urlsplit(str(asked.value.details["redirect_url"])).query).items()
    }
    content = json.loads(told["biz_content"])
    assert (content["out_trade_no"], content["total_amount"]) == ("H1", "19.90")
    signed = "&".join(f"{name}={value}" for name, value in sorted(told.items()) if name != "sign")
    keys[0].public_key().verify(
        base64.b64decode(told["sign"]), signed.encode(), padding.PKCS1v15(), hashes.SHA256()
    )


def test_alipay_holds_no_money_and_takes_only_yuan(keys: tuple[Key, Key]) -> None:
    with pytest.raises(Refused, match="cannot be held"):
        alipay_of(keys).take(Order("k", "H1", "trave", 1, "CNY", "alipay"), at_once=False)
    with pytest.raises(Refused, match="takes CNY, not EUR"):
        alipay_of(keys).take(Order("k", "H1", "trave", 1, "EUR", "alipay"), at_once=True)


def test_alipay_is_asked_after_a_refund_by_its_purchase(
    keys: tuple[Key, Key], monkeypatch: pytest.MonkeyPatch
) -> None:
    alipay, asked = alipay_of(keys), []

    def answer(**told: str) -> dict[str, str]:
        asked.append(told)
        return {"code": "10000", "refund_status": "REFUND_SUCCESS", "refund_amount": "4.90"}

    monkeypatch.setattr(alipay_gateway, "purchase_of_refund", {"H1-c": "H1"}.get)
    monkeypatch.setattr(alipay.sdk, "api_alipay_trade_fastpay_refund_query", answer)

    found = alipay.find(key="refund-H1-c")

    assert found == Answer(Outcome.DONE, "H1-c", 490, "CNY")
    assert asked == [{"out_request_no": "H1-c", "out_trade_no": "H1"}]


def test_a_trade_that_alipay_closed_after_giving_all_back_was_paid(
    keys: tuple[Key, Key], monkeypatch: pytest.MonkeyPatch
) -> None:
    alipay = alipay_of(keys)
    closed = {"code": "10000", "trade_status": "TRADE_CLOSED", "trade_no": "2026", "total_amount": "19.90"}
    paid_once = {**closed, "send_pay_date": "2026-11-20 13:29:17"}
    answers = iter([closed, paid_once])
    monkeypatch.setattr(alipay.sdk, "api_alipay_trade_query", lambda **_told: next(answers))

    assert [alipay.find(key="charge-H1").outcome for _ in range(2)] == [Outcome.VOIDED, Outcome.DONE]


def test_yuan_are_exact_both_ways() -> None:
    assert [yuan(amount) for amount in (1, 10, 1990, 100_000)] == ["0.01", "0.10", "19.90", "1000.00"]
    assert [minor(text) for text in ("0.01", "0.1", "19.90", "1000")] == [1, 10, 1990, 100_000]
    for wrong in ("", "x", "0.001", "NaN", "-1", "1e99", "Infinity"):
        with pytest.raises((InvalidInput, ValueError)):
            minor(wrong)


def wechat_of(keys: tuple[Key, Key]) -> WeChatProvider:
    return WeChatProvider.with_keys(
        mchid="m1",
        appid="wx1",
        serial="AB12",
        private_key=private_pem(keys[0]),
        apiv3_key=APIV3,
        public_key=public_pem(keys[1]),
        public_key_id="PUB_KEY_ID_1",
        notify_url="https://shop/webhooks/payments/wechat/",
    )


THING = {
    "mchid": "m1",
    "out_trade_no": "H1",
    "transaction_id": "4200",
    "trade_state": "SUCCESS",
    "attach": "trave",
    "amount": {"total": 1990, "currency": "CNY"},
}


def sealed(thing: dict[str, object], *, apiv3: str = APIV3) -> bytes:
    text = AESGCM(apiv3.encode()).encrypt(b"nonce1234567", json.dumps(thing).encode(), b"transaction")
    resource = {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(text).decode(),
        "nonce": "nonce1234567",
        "associated_data": "transaction",
    }
    told = {"id": "evt1", "event_type": "TRANSACTION.SUCCESS", "resource_type": "encrypt-resource"}
    return json.dumps({**told, "resource": resource}).encode()


def wechat_headers(key: Key, body: bytes, *, age_s: int = 0, **changed: str) -> dict[str, str]:
    stamp = str(int((now() - timedelta(seconds=age_s)).timestamp()))
    told = {
        "Wechatpay-Signature": signature(key, f"{stamp}\nnonce\n{body.decode()}\n"),
        "Wechatpay-Timestamp": stamp,
        "Wechatpay-Nonce": "nonce",
        "Wechatpay-Serial": "PUB_KEY_ID_1",
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
    }
    return told | {f"Wechatpay-{name}": value for name, value in changed.items()}


def test_a_notice_of_wechat_pay_is_opened(keys: tuple[Key, Key]) -> None:
    body = sealed(THING)

    event = wechat_of(keys).read_webhook(headers=wechat_headers(keys[1], body), body=body, now=now())

    assert event == ProviderEvent(
        "evt1", Topic.PAYMENT, "TRANSACTION.SUCCESS", "trave", "H1", "4200", 1990, "CNY", state="captured"
    )


def test_nothing_forged_is_taken_for_wechat_pays(keys: tuple[Key, Key]) -> None:
    wechat, body = wechat_of(keys), sealed(THING)
    other, wrong_seal = sealed({**THING, "mchid": "m2"}), sealed(THING, apiv3="f" * 32)
    forged = [
        ({}, body),
        (wechat_headers(keys[0], body), body),
        (wechat_headers(keys[1], body), sealed({**THING, "out_trade_no": "H2"})),
        (wechat_headers(keys[1], body, Serial="PUB_KEY_ID_2"), body),
        (wechat_headers(keys[1], body, Signature="AAAA"), body),
        (wechat_headers(keys[1], body, Nonce="other"), body),
        (wechat_headers(keys[1], body, Timestamp="soon"), body),
        (wechat_headers(keys[1], body, **{"Signature-Type": "none"}), body),
        (wechat_headers(keys[1], body, age_s=301), body),
        (wechat_headers(keys[1], body, age_s=-310), body),
        (wechat_headers(keys[1], wrong_seal), wrong_seal),
        (wechat_headers(keys[1], other), other),
    ]

    for headers, sent in forged:
        with pytest.raises(ForgedEvent):
            wechat.read_webhook(headers=headers, body=sent, now=now())


def test_wechat_pay_holds_no_money_and_takes_only_yuan(keys: tuple[Key, Key]) -> None:
    with pytest.raises(Refused, match="cannot be held"):
        wechat_of(keys).take(Order("k", "H1", "trave", 1, "CNY", "wechat"), at_once=False)
    with pytest.raises(Refused, match="takes CNY, not EUR"):
        wechat_of(keys).take(Order("k", "H1", "trave", 1, "EUR", "wechat"), at_once=True)
