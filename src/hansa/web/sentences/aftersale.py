"""Why goods are sent back, what is wanted for them, and what disputes are about, in words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

REASONS = {
    "changed_mind": _("I changed my mind"),
    "damaged": _("It is damaged"),
    "wrong_item": _("It is not what I ordered"),
    "not_as_described": _("It is not as described"),
    "other": _("Something else"),
}
WISHES = {"money": _("my money back"), "credit": _("store credit"), "exchange": _("another one")}
KINDS = {
    "not_received": _("It did not arrive"),
    "damaged": _("It is damaged"),
    "not_as_described": _("It is not as described"),
    "return_refused": _("A return was turned down"),
    "at_the_bank": _("Taken to the buyer's bank"),
    "other": _("Something else"),
}
AT_THE_BANK = {  # why a payment is disputed, as providers name it
    "bank_cannot_process": _("the bank could not carry the payment out"),
    "check_returned": _("the cheque came back"),
    "credit_not_processed": _("what was to be given back did not arrive"),
    "customer_initiated": _("the buyer asked the bank for it"),
    "debit_not_authorized": _("the buyer did not agree to the debit"),
    "duplicate": _("the same was paid twice"),
    "fraudulent": _("the buyer says that somebody else paid with their card"),
    "general": _("no reason was given"),
    "incorrect_account_details": _("the account was not right"),
    "insufficient_funds": _("the account held too little"),
    "noncompliant": _("a rule of the card's house was broken"),
    "product_not_received": _("it did not arrive"),
    "product_unacceptable": _("it is damaged or not as described"),
    "subscription_canceled": _("it was cancelled before"),
    "unrecognized": _("the buyer does not know the payment"),
}
SIDES = {
    "buyer": _("the buyer"),
    "merchant": _("the merchant"),
    "platform": _("the platform"),
    "bank": _("the bank"),
    "clock": _("the clock"),
}
