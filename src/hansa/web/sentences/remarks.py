"""What engines, payment providers and the lake's contracts say of themselves."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

REMARKS = (
    # reorder proposals
    _("no order: the %(position)s on hand and on order cover %(share)s of futures"),
    _("%(position)s on hand and on order against a target of %(target)s"),
    _("reserve %(units)s for uncertain demand"),
    _("%(units)s for uncertain delivery"),
    _("%(wanted)s rounded to %(order)s for packs of %(pack)s"),
    _("%(wanted)s rounded to %(order)s for packs of %(pack)s and a minimum of %(minimum)s"),
    _("%(wanted)s rounded to %(order)s for whole units"),
    _("%(wanted)s rounded to %(order)s for whole units and a minimum of %(minimum)s"),
    _("chance of selling out %(before)s without, %(after)s with the order"),
    # experiments
    _("arm %(arm)s has %(count)s units; nothing is said below %(least)s"),
    _(
        "sample-ratio mismatch: %(found)s units where %(wanted)s were planned (p %(chance)s);"
        " find what loses or doubles units before you believe any figure"
    ),
    _("arm %(arm)s has a denominator of 0: the ratio is nothing there"),
    _("every unit did the same: nothing tells the arms apart yet"),
    _("nobody's days are over yet"),
    _("ended by hand"),
    _("the arms did not get their shares of the people"),
    _("the guardrail was broken by %(variant)s"),
    # cells of a table of goods
    _("a spreadsheet would run this; put its value there, or an apostrophe in front of text"),
    _("a cell holds at most %(most)s letters"),
    _("%(cells)s cells where the heading has %(columns)s; put text with commas into quotes"),
    # payment methods of the sandbox
    _("Card"),
    _("Stripe's test card"),
    _("Test card that pays"),
    _("Test card that is declined"),
    _("Test card that pays, but the answer is lost"),
    _("Test card that asks you to confirm at the bank"),
    _("Test card whose message to the shop is lost"),
    _("Test card whose message to the shop comes five times"),
    _("Test card whose message to the shop comes late"),
    _("Test card whose message tells a wrong amount"),
    _("Test card whose message is signed by somebody else"),
    _("Test card whose holder disputes the payment"),
    # differences that the reconciliation closes
    _("the provider was asked, and the purchase went on"),
    _("the books agree by now"),
    # tables of the lake
    _("Lines of purchases as they were paid; money in minor units."),
    _("What people did: views, carts, purchases, ratings, follows, hides."),
    _("the receiver says that it is gone (410)"),
    _("nothing arrived for %(days)s days"),
    _("the account is closed"),
    _("the account has moved to another bank"),
    # parcels
    _("handed to the carrier"),
)
