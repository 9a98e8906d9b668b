"""WeChat Pay (微信支付) v3 through wechatpayv3: the buyer scans a code, a signed and sealed notice tells us.

WECHATPAY_MCHID, WECHATPAY_APPID, WECHATPAY_SERIAL, WECHATPAY_PRIVATE_KEY, WECHATPAY_APIV3_KEY, WECHATPAY_PUBLIC_KEY,
WECHATPAY_PUBLIC_KEY_ID and WECHATPAY_NOTIFY_URL set it up. Money is taken at once. Needs the extra ``wechat``.
"""

from __future__ import annotations

import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, NoReturn

import requests
from cryptography.exceptions import InvalidTag
from wechatpayv3 import WeChatPay, WeChatPayType

from hansa.commerce.payments.domain.signatures import TOLERANCE_S
from hansa.commerce.payments.gateways.at_once import TakesAtOnce
from hansa.commerce.payments.gateways.environment import keys_of
from hansa.commerce.payments.gateways.outside import insist_on_being_outside
from hansa.commerce.payments.gateways.port import (
    ActionNeeded,
    Answer,
    ForgedEvent,
    Order,
    Outcome,
    ProviderEvent,
    Topic,
)
from hansa.kernel.errors import InvalidInput, Refused, Unavailable

TIMEOUT_S = (5, 15)
_SCHEME = "WECHATPAY2-SHA256-RSA2048"
_OUTCOMES = {
    "SUCCESS": Outcome.DONE,
    "REFUND": Outcome.DONE,
    "CLOSED": Outcome.VOIDED,
    "REVOKED": Outcome.VOIDED,
}
_STATES = {"SUCCESS": "captured", "CLOSED": "voided", "REVOKED": "voided", "PAYERROR": "declined"}


@dataclass(frozen=True)
class WeChatProvider(TakesAtOnce):
    """One merchant at WeChat Pay, known to it by a public key of its own (not by platform certificates)."""

    name: ClassVar[str] = "WeChat Pay"

    sdk: WeChatPay
    mchid: str
    public_key_id: str

    @classmethod
    def from_environment(cls) -> WeChatProvider:
        """Read the keys; refuses with Refused when one is missing."""
        return cls.with_keys(
            **keys_of(
                cls.name,
                mchid="WECHATPAY_MCHID",
                appid="WECHATPAY_APPID",
                serial="WECHATPAY_SERIAL",
                private_key="WECHATPAY_PRIVATE_KEY",
                apiv3_key="WECHATPAY_APIV3_KEY",
                public_key="WECHATPAY_PUBLIC_KEY",
                public_key_id="WECHATPAY_PUBLIC_KEY_ID",
                notify_url="WECHATPAY_NOTIFY_URL",
            )
        )

    @classmethod
    def with_keys(
        cls,
        *,
        mchid: str,
        appid: str,
        serial: str,
        private_key: str,
        apiv3_key: str,
        public_key: str,
        public_key_id: str,
        notify_url: str,
    ) -> WeChatProvider:
        """Build it from PEM texts: our private key, and WeChat Pay's public one with its name."""
        sdk = WeChatPay(
            wechatpay_type=WeChatPayType.NATIVE,
            mchid=mchid,
            private_key=private_key,
            cert_serial_no=serial,
            appid=appid,
            apiv3_key=apiv3_key,
            notify_url=notify_url,
            timeout=TIMEOUT_S,
            public_key=public_key,
            public_key_id=public_key_id,
        )
        return cls(sdk, mchid, public_key_id)

    def methods(self) -> dict[str, str]:
        return {"wechat": "WeChat Pay"}

    def ask_to_pay(self, order: Order) -> NoReturn:
        told = self._ask(
            "pay",
            description=order.reference,
            out_trade_no=order.reference,
            amount={"total": order.amount, "currency": "CNY"},
            attach=order.payee,
        )
        if "code_url" not in told:
            raise Refused(f"the payment provider refused: {told.get('message', '')}")
        raise ActionNeeded(
            "please pay with WeChat", details={"redirect_url": told["code_url"], "is_code": True}
        )

    def void(self, *, key: str, provider_ref: str) -> Answer:
        told = self._ask("close", out_trade_no=key.removeprefix("charge-"))
        return self.find(key=key) if told else Answer(Outcome.VOIDED, currency="CNY")

    def refund(self, *, key: str, provider_ref: str, amount: int, currency: str) -> Answer:
        self.insist_on_yuan(currency)
        bought = self._ask("query", transaction_id=provider_ref)
        total = (bought.get("amount") or {}).get("total", amount)
        told = self._ask(
            "refund",
            out_refund_no=key.removeprefix("refund-"),
            transaction_id=provider_ref,
            amount={"refund": amount, "total": total, "currency": "CNY"},
        )
        return _refunded(told)

    def find(self, *, key: str) -> Answer:
        if key.startswith("refund-"):
            return _refunded(self._ask("query_refund", out_refund_no=key.removeprefix("refund-")))
        told = self._ask("query", out_trade_no=key.removeprefix("charge-"))
        outcome = _OUTCOMES.get(str(told.get("trade_state", "")), Outcome.UNKNOWN)
        if outcome is Outcome.UNKNOWN:
            return Answer(outcome)
        amount = told.get("amount") or {}
        return Answer(
            outcome,
            str(told.get("transaction_id", "")),
            int(amount.get("total", 0)),
            amount.get("currency", "CNY"),
        )

    def read_webhook(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> ProviderEvent:
        told = self._opened(headers, body, now)
        try:
            thing = told["resource"]
            if thing["mchid"] != self.mchid:
                raise ForgedEvent("the event is not believed: it is for another merchant")
            is_refund = "out_refund_no" in thing
            amount = thing["amount"]
            return ProviderEvent(
                event_id=str(told["id"]),
                topic=Topic.REFUND if is_refund else Topic.PAYMENT,
                name=str(told["event_type"]),
                payee=str(thing.get("attach", "")),
                reference=str(thing["out_refund_no" if is_refund else "out_trade_no"]),
                provider_ref=str(thing["refund_id" if is_refund else "transaction_id"]),
                amount=int(amount["refund" if is_refund else "total"]),
                currency=str(amount.get("currency", "CNY")),
                state=_STATES.get(str(thing.get("trade_state", "")), ""),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInput(f"the event cannot be read: {error}") from error

    def acknowledgement(self) -> tuple[str, str]:
        return "application/json", '{"code": "SUCCESS", "message": ""}'

    def _opened(self, headers: Mapping[str, str], body: bytes, now: datetime) -> dict[str, Any]:
        """Check who sealed a notice and when, and open it.

        The library would fetch certificates for a key that it does not know, and knows no time: both are
        checked before it is asked.
        """
        told = {name.lower(): value for name, value in headers.items()}
        stamp = told.get("wechatpay-timestamp", "")
        if (
            told.get("wechatpay-serial") != self.public_key_id
            or told.get("wechatpay-signature-type") != _SCHEME
        ):
            raise ForgedEvent("the event is not believed: it is signed by another key")
        if not (stamp.isascii() and stamp.isdecimal() and len(stamp) < 12):
            raise ForgedEvent("the event is not believed: its time is no time")
        if abs(now.timestamp() - int(stamp)) > TOLERANCE_S:
            raise ForgedEvent("the event is not believed: it is too old, or not yet due")
        names = ("signature", "timestamp", "nonce", "serial", "signature-type")
        try:
            opened = self.sdk.callback(
                {f"wechatpay-{name}": told.get(f"wechatpay-{name}", "") for name in names}, body
            )
        except (InvalidTag, binascii.Error, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ForgedEvent("the event is not believed: it cannot be opened") from error
        if not opened:
            raise ForgedEvent("the event is not believed: its signature is wrong")
        return dict(opened)

    def _ask(self, call: str, **told: Any) -> dict[str, Any]:
        insist_on_being_outside()
        try:
            status, text = getattr(self.sdk, call)(**told)
        except requests.RequestException as error:
            raise Unavailable("the payment provider does not answer") from error
        if status == 429 or status >= 500:
            raise Unavailable("the payment provider does not answer")
        return dict(json.loads(text)) if text else {}


def _refunded(told: Mapping[str, Any]) -> Answer:
    outcome = {"SUCCESS": Outcome.DONE, "PROCESSING": Outcome.DONE, "CLOSED": Outcome.DECLINED}.get(
        str(told.get("status", "")), Outcome.UNKNOWN
    )
    if outcome is Outcome.UNKNOWN:
        return Answer(
            Outcome.DECLINED if told.get("code") not in {None, "RESOURCE_NOT_EXISTS"} else outcome,
            reason=str(told.get("message", "")),
        )
    amount = told.get("amount") or {}
    return Answer(outcome, str(told.get("refund_id", "")), int(amount.get("refund", 0)), "CNY")
