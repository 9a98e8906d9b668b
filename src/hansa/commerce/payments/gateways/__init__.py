"""Payment providers behind one port; `provider` finds the one a payment names.

A provider is built when it is first asked for, from its environment variables; its library is loaded then.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache

from hansa.commerce.payments.gateways.at_once import TakesAtOnce
from hansa.commerce.payments.gateways.port import FullProvider, HoldingProvider, PaymentProvider
from hansa.commerce.payments.gateways.sandbox import SandboxProvider
from hansa.kernel.errors import NotFound, Refused

_IN_PROCESS = SandboxProvider()


def _sandbox_service() -> FullProvider:
    from hansa.commerce.payments.gateways.sandbox_service import SandboxService

    return SandboxService.from_environment()


def _stripe() -> FullProvider:
    from hansa.commerce.payments.gateways.stripe import StripeProvider

    return StripeProvider.from_environment()


def _alipay() -> FullProvider:
    from hansa.commerce.payments.gateways.alipay import AlipayProvider

    return AlipayProvider.from_environment()


def _wechat() -> FullProvider:
    from hansa.commerce.payments.gateways.wechat import WeChatProvider

    return WeChatProvider.from_environment()


# name -> how it is built, and the variable whose presence says that it is set up
_FULL: dict[str, tuple[Callable[[], FullProvider], str]] = {
    "sandbox-service": (_sandbox_service, "HANSA_SANDBOX_URL"),
    "stripe": (_stripe, "STRIPE_API_KEY"),
    "alipay": (_alipay, "ALIPAY_APP_ID"),
    "wechat": (_wechat, "WECHATPAY_MCHID"),
}


def provider(name: str) -> PaymentProvider:
    """The provider of this name."""
    return _IN_PROCESS if name == "sandbox" else full_provider(name)


def holder(name: str) -> HoldingProvider:
    """The provider of this name, to hold money at and to let go of it."""
    return _IN_PROCESS if name == "sandbox" else full_provider(name)


def can_hold(name: str) -> bool:
    """Say whether the provider of this name holds money before it takes it; some take it at once."""
    return not isinstance(provider(name), TakesAtOnce)


def full_provider(name: str) -> FullProvider:
    """The provider of this name, if it can tell by webhook and show its book."""
    if name == "sandbox":
        raise Refused("the sandbox inside our own process sends no events and shows no book")
    if name not in _FULL:
        raise NotFound(f"there is no payment provider {name!r}; there are: {', '.join(['sandbox', *_FULL])}")
    return _built(name)


def usual() -> str:
    """The name of the provider that new purchases are paid at: HANSA_PAYMENT_PROVIDER, else the sandbox."""
    return os.environ.get("HANSA_PAYMENT_PROVIDER", "") or "sandbox"


def set_up() -> list[str]:
    """The full providers that this installation has settings for."""
    return [name for name, (_, variable) in _FULL.items() if os.environ.get(variable)]


def forget() -> None:
    """Build every provider anew when it is next asked for; for tests that change the environment."""
    _built.cache_clear()


@lru_cache(maxsize=8)
def _built(name: str) -> FullProvider:
    return _FULL[name][0]()
