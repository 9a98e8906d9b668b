"""Banks behind one port; `bank` finds the one that this installation pays merchants through."""

from __future__ import annotations

from hansa.commerce.payouts.gateways.port import Bank
from hansa.commerce.payouts.gateways.sandbox import SandboxBank

_SANDBOX = SandboxBank()


def bank() -> Bank:
    """The bank that payouts go through: so far the sandbox, which moves no money."""
    return _SANDBOX
