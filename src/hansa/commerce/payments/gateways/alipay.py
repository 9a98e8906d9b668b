"""Alipay (支付宝) through python-alipay-sdk: the buyer pays on Alipay's page, a signed notice tells us.

ALIPAY_APP_ID, ALIPAY_SELLER_ID, ALIPAY_APP_PRIVATE_KEY, ALIPAY_PUBLIC_KEY (PEM texts) and ALIPAY_NOTIFY_URL set it
up. Money is taken at once, never held. Amounts go as yuan with two digits. Needs the extra ``alipay``.
"""

from __future__ import annotations

import binascii
import hmac
import json
import urllib.error
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar, NoReturn
from urllib.parse import parse_qsl, quote

from alipay import AliPay, AliPayConfig
from alipay.exceptions import AliPayException, AliPayValidationError

from hansa.commerce.payments.gateways.at_once import YUAN, TakesAtOnce
from hansa.commerce.payments.gateways.environment import keys_of
from hansa.commerce.payments.gateways.outside import insist_on_being_outside, purchase_of_refund
from hansa.commerce.payments.gateways.port import (
    ActionNeeded,
    Answer,
    ForgedEvent,
    Order,
    Outcome,
    ProviderEvent,
    Topic,
)
from hansa.kernel.errors import InvalidInput, Unavailable

GATEWAY = "https://openapi.alipay.com/gateway.do"
TIMEOUT_S = 15
_OUTCOMES = {
    "TRADE_SUCCESS": Outcome.DONE,
    "TRADE_FINISHED": Outcome.DONE,
    "TRADE_CLOSED": Outcome.VOIDED,
}
_STATES = {"TRADE_SUCCESS": "captured", "TRADE_FINISHED": "captured", "TRADE_CLOSED": "voided"}


@dataclass(frozen=True)
class AlipayProvider(TakesAtOnce):
    """One application at Alipay, and the seller whose money it takes."""

    name: ClassVar[str] = "Alipay"

    sdk: AliPay
    app_id: str
    seller_id: str
    notify_url: str

    @classmethod
    def from_environment(cls) -> AlipayProvider:
        """Read the keys; refuses with Refused when one is missing."""
        return cls.with_keys(
            **keys_of(
                cls.name,
                app_id="ALIPAY_APP_ID",
                seller_id="ALIPAY_SELLER_ID",
                private_key="ALIPAY_APP_PRIVATE_KEY",
                public_key="ALIPAY_PUBLIC_KEY",
                notify_url="ALIPAY_NOTIFY_URL",
            )
        )

    @classmethod
    def with_keys(
        cls, *, app_id: str, seller_id: str, private_key: str, public_key: str, notify_url: str
    ) -> AlipayProvider:
        """Build it from PEM texts: our private key, and Alipay's public one."""
        sdk = AliPay(
            appid=app_id,
            app_notify_url=notify_url,
            app_private_key_string=private_key,
            alipay_public_key_string=public_key,
            sign_type="RSA2",
            config=AliPayConfig(timeout=TIMEOUT_S),
        )
        return cls(sdk, app_id, seller_id, notify_url)

    def methods(self) -> dict[str, str]:
        return {"alipay": "Alipay"}

    def ask_to_pay(self, order: Order) -> NoReturn:
        signed = self.sdk.api_alipay_trade_page_pay(
            subject=order.reference,
            out_trade_no=order.reference,
            total_amount=yuan(order.amount),
            return_url=order.return_url or None,
            passback_params=quote(order.payee),
        )
        raise ActionNeeded("please pay at Alipay", details={"redirect_url": f"{GATEWAY}?{signed}"})

    def void(self, *, key: str, provider_ref: str) -> Answer:
        told = self._ask("api_alipay_trade_close", out_trade_no=key.removeprefix("charge-"))
        if told.get("code") == "10000":
            return Answer(Outcome.VOIDED, str(told.get("trade_no", "")), currency="CNY")
        return self.find(key=key)

    def refund(self, *, key: str, provider_ref: str, amount: int, currency: str) -> Answer:
        self.insist_on_yuan(currency)
        told = self._ask(
            "api_alipay_trade_refund",
            refund_amount=yuan(amount),
            trade_no=provider_ref,
            out_request_no=key.removeprefix("refund-"),
        )
        if told.get("code") != "10000":
            return Answer(Outcome.DECLINED, reason=str(told.get("sub_msg") or told.get("msg", "")))
        return Answer(Outcome.DONE, key.removeprefix("refund-"), amount, "CNY")

    def find(self, *, key: str) -> Answer:
        if key.startswith("refund-"):
            return self._find_refund(key.removeprefix("refund-"))
        told = self._ask("api_alipay_trade_query", out_trade_no=key.removeprefix("charge-"))
        outcome = _OUTCOMES.get(str(told.get("trade_status", "")), Outcome.UNKNOWN)
        if outcome is Outcome.VOIDED and told.get("send_pay_date"):
            outcome = Outcome.DONE  # paid, and all of it given back since: Alipay closes such a trade, too
        if told.get("code") != "10000" or outcome is Outcome.UNKNOWN:
            return Answer(Outcome.UNKNOWN)
        return Answer(outcome, str(told["trade_no"]), minor(str(told["total_amount"])), "CNY")

    def _find_refund(self, reference: str) -> Answer:
        """Alipay names a refund by its own reference and its purchase's."""
        told = self._ask(
            "api_alipay_trade_fastpay_refund_query",
            out_request_no=reference,
            out_trade_no=purchase_of_refund(reference),
        )
        if told.get("code") != "10000" or told.get("refund_status") != "REFUND_SUCCESS":
            return Answer(Outcome.UNKNOWN)
        return Answer(Outcome.DONE, reference, minor(str(told["refund_amount"])), YUAN)

    def read_webhook(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> ProviderEvent:
        try:
            told = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=60))
        except (UnicodeDecodeError, ValueError) as error:
            raise ForgedEvent("the event is not believed: it is no notice of Alipay's") from error
        if not self._is_signed(dict(told)):
            raise ForgedEvent("the event is not believed: its signature is wrong")
        if not (
            _same(told.get("app_id", ""), self.app_id) and _same(told.get("seller_id", ""), self.seller_id)
        ):
            raise ForgedEvent("the event is not believed: it is for another seller")
        try:
            return ProviderEvent(
                event_id=told["notify_id"],
                topic=Topic.PAYMENT,
                name=told["trade_status"],
                payee=told.get("passback_params", ""),
                reference=told["out_trade_no"],
                provider_ref=told["trade_no"],
                amount=minor(told["total_amount"]),
                currency="CNY",
                state=_STATES.get(told["trade_status"], ""),
            )
        except KeyError as error:
            raise InvalidInput(f"the event cannot be read: {error}") from error

    def acknowledgement(self) -> tuple[str, str]:
        return "text/plain", "success"

    def _is_signed(self, told: dict[str, str]) -> bool:
        signature = told.pop("sign", "")
        try:
            return bool(signature) and bool(self.sdk.verify(told, signature))
        except (AliPayException, binascii.Error, ValueError):
            return False

    def _ask(self, call: str, **told: str) -> dict[str, Any]:
        """Ask Alipay; a refusal comes back as its code and words."""
        insist_on_being_outside()
        try:
            answer: dict[str, Any] = getattr(self.sdk, call)(**told)
        except AliPayValidationError as error:
            raise Unavailable("the payment provider's answer is not signed by it") from error
        except AliPayException as error:
            return _refusal(str(error))
        except (urllib.error.URLError, OSError, ValueError) as error:
            raise Unavailable("the payment provider does not answer") from error
        return answer


def yuan(amount: int) -> str:
    """Minor units as Alipay writes them."""
    return f"{amount // 100}.{amount % 100:02d}"


def minor(text: str) -> int:
    """Alipay's yuan in minor units. Refuses what is no amount, or finer than a fen."""
    try:
        fen = Decimal(text) * 100
        if fen != fen.to_integral_value() or not 0 <= fen < 10**15:
            raise InvalidInput(f"{text[:20]} is no amount")
    except InvalidOperation:
        raise InvalidInput(f"{text[:20]} is no amount") from None
    return int(fen)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _refusal(text: str) -> dict[str, Any]:
    """The library packs Alipay's answer into the words of its exception."""
    start = text.find("{")
    try:
        told = json.loads(text[start:]) if start >= 0 else {}
    except ValueError:
        told = {}
    inner = next((value for value in told.values() if isinstance(value, dict)), {})
    return {"code": str(inner.get("code", "")), "msg": inner.get("msg", text[:120]), **inner}
