"""Payment providers behind one port; `provider` finds the one a payment names."""

from __future__ import annotations

from hansa.commerce.payments.gateways.port import PaymentProvider
from hansa.commerce.payments.gateways.sandbox import SandboxProvider
from hansa.kernel.errors import NotFound

_PROVIDERS: dict[str, PaymentProvider] = {"sandbox": SandboxProvider()}


def provider(name: str) -> PaymentProvider:
    """The provider of this name."""
    try:
        return _PROVIDERS[name]
    except KeyError:
        raise NotFound(f"there is no payment provider {name!r}; there are: {', '.join(_PROVIDERS)}") from None
