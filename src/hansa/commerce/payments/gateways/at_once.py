"""What providers share that take money at once, in yuan, on a page of their own: Alipay and WeChat Pay.

Each leaves to itself how the buyer is asked to pay, what became of it, refunds and its signed notices.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, NoReturn

from hansa.commerce.payments.gateways.outside import payee_of
from hansa.commerce.payments.gateways.port import Answer, BookLine, EvidenceFile, Order
from hansa.kernel.errors import Refused

YUAN = "CNY"


class TakesAtOnce(ABC):
    """A provider that can hold no money, shows no book and argues disputes on its own pages."""

    name: ClassVar[str]

    @abstractmethod
    def ask_to_pay(self, order: Order) -> NoReturn:
        """Open the purchase at the provider; always raises ActionNeeded with where the buyer goes."""

    def charge(self, *, key: str, amount: int, currency: str, method_token: str) -> Answer:
        reference = key.removeprefix("charge-")
        order = Order(key, reference, payee_of(reference), amount, currency, method_token)
        return self.take(order, at_once=True)

    def take(self, order: Order, *, at_once: bool) -> NoReturn:
        """Send the buyer to the provider; always raises ActionNeeded."""
        if not at_once:
            self._refuse_to_hold()
        self.insist_on_yuan(order.currency)
        self.ask_to_pay(order)

    def capture(self, *, key: str, provider_ref: str, amount: int, currency: str) -> Answer:
        self._refuse_to_hold()

    def book(self, *, since: datetime, until: datetime) -> list[BookLine] | None:
        return None

    def send_evidence(
        self, *, key: str, dispute_ref: str, text: str, files: Sequence[EvidenceFile]
    ) -> Answer:
        raise Refused(f"disputes at {self.name} are answered on its own merchant pages")

    def find_dispute(self, *, dispute_ref: str) -> str:
        return ""

    def insist_on_yuan(self, currency: str) -> None:
        if currency != YUAN:
            raise Refused(f"{self.name} takes {YUAN}, not {currency}")

    def _refuse_to_hold(self) -> NoReturn:
        raise Refused(f"{self.name} takes money at once; it cannot be held")
