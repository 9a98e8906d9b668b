"""What must be true at any moment, as each app states it in its ``invariants.py``."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

PROMISES = (
    _("a rebuild of every profile from the log would give the same numbers, to the last digit"),
    _("nobody who does not consent to personalisation has a profile, once that was told"),
    _("no two running experiments on one subject take the same people"),
    _("who was shown an arm was shown one of that experiment, while it was running"),
    _(
        "a completed session of an agent has one paid purchase, made from its own cart; no other session has any"
    ),
    _(
        "the units of a line that others went out for, and what is left of its price for them, are those of its exchanges"
    ),
    _(
        "what an exchange cost more is in the books with its commission and the tax on it, and so is what of it went back"
    ),
    _(
        "the units of a line that are coming back are those of its open returns, and the ones that are back were accepted"
    ),
    _("every step of a return is legal, and the last one led where it stands"),
    _("a dispute stands where its last entry left it, and only a decided one is closed"),
    _("what a return or a dispute says it gave back is what its refund gave"),
    _(
        "what an inspection put back on the shelf moved into stock, and an exchange that was sent moved out of it"
    ),
    _("a bundle holds offers of its own merchant, none of them a bundle"),
    _("a bundle lies in no warehouse: only what it holds does"),
    _("a listing names the merchant and the product of its offer, and the category of its product"),
    _("every GTIN has 8, 12, 13 or 14 digits and the right last one"),
    _("the audit chain has no gap, and each line carries the hash of the one before"),
    _("the gateway has written one audit line for each decision"),
    _("what one platform owes another stands in both books with the same amount"),
    _("each settlement batch pays the balance of its items"),
    _("no released pair of products was bought by fewer people or at fewer members than the run promised"),
    _("no parcel is on two routes that are driven"),
    _("what a parcel carries has arrived when the parcel has"),
    _("a parcel stands where the last thing that happened to it left it"),
    _("every index and foreign key that a first load took down stands again"),
    _("every journal has at least two legs, and they sum to zero"),
    _("the books of every platform sum to zero in every currency"),
    _("every leg moves money, and has the platform and currency of its account and its journal"),
    _(
        "a purchase's items are the sum of its orders, an order's total the sum of its lines, and each of them adds up"
    ),
    _(
        "every paid purchase was captured in full, apart from what accounts paid, in its own currency; partner sales are settled between platforms"
    ),
    _(
        "the tax on top of a purchase is that of its lines and its delivery, or nought where prices contain it"
    ),
    _(
        "what a purchase was paid from gift cards, credit and points is what they spent on it; of a cancelled one it is back"
    ),
    _(
        "every purchase that was paid and is cancelled has been given back in full, and so has every cancelled part"
    ),
    _(
        "every line of a paid purchase has its units (of a bundle its components') allocated or dispatched, apart from those called off"
    ),
    _(
        "the units that a line says have left and arrived are those of its fulfilments; a shipped order has no more to send, an unpaid or cancelled one has sent none"
    ),
    _("no line sends more than was ordered, takes back more than arrived, or gives back more than was paid"),
    _(
        "what was given back of a line, an order and a purchase is the sum of its refunds, money and credit together,"
        " with no more discount and commission than they carried"
    ),
    _("every step an order took is legal, and the last one led where it stands"),
    _("orders and lines belong to the platform of their purchase"),
    _("every paid purchase has told the outbox, once"),
    _(
        "every captured payment has its journal, each journal's provider leg is the sum of its payments, and no capture is booked without a payment"
    ),
    _(
        "what was given back of a payment is the sum of its refunds and never more than was taken, nor that more than was held"
    ),
    _("every refund has its journal with the same amount, and none is booked without a refund"),
    _("the sandbox provider's book and ours say the same, both ways, apart from payments still under way"),
    _("no payment is still open or only held an hour after it was begun, unless it waits for a group"),
    _("every payout closes postings that sum to its amount, all of them its merchant's"),
    _("what is set apart for a merchant is the sum of the payouts that are under way"),
    _("a payout that was paid was carried out by exactly one attempt, and no other was"),
    _("two different people agreed to every payout that went on, and neither had proposed it"),
    _("the sandbox bank's book and ours say the same of every payout, apart from those under way there"),
    _(
        "how a payment is divided between its orders adds up to it, and no part gives back more than it took, but where accounts paid too: there money goes back first"
    ),
    _("every dispute is in the books as far as it has come"),
    _(
        "where commission was frozen by line, the lines of an order sum to the order's commission and the tax on it"
    ),
    _("no line gives back more commission or tax than was kept of it"),
    _(
        "what a payment, a refund, a credit and a lost dispute book as commission and tax on it is what its lines say"
    ),
    _("every correction in the books was proposed by one person and posted by another, for its amount"),
    _("every forecast is finite and not negative"),
    _("every received purchase order put its units on hand, once"),
    _("a coupon's counter is the number of its live redemptions and within its limit"),
    _("nobody used a coupon more often than one buyer may"),
    _("what a coupon has spent is the sum of its live redemptions and within its budget"),
    _("what a flash sale has sold is the sum of its live claims and within its stock"),
    _("nobody holds more of a flash sale than one buyer may, and each counter is the sum of the claims"),
    _(
        "a group buy's counter is the number of its members who have not left, never more than it needs, and it has"
        " formed only with the money of all of them"
    ),
    _(
        "a purchase that waits for a group is neither paid nor called off, and its place is held just when its money is"
    ),
    _(
        "every purchase of a group that has formed is paid or called off within the hour, and until then its money is held"
    ),
    _("an hour after a group has failed no purchase of it stands, and no money of it is held or kept"),
    _(
        "every gift card, credit and points account holds the sum of its movements, and never less than nothing"
    ),
    _("what a purchase paid from an account is given back, whole or in parts, no further than it was paid"),
    _("what the books owe on gift cards, credit and points is the worth of their movements"),
    _("every review is by the buyer of the line it speaks of"),
    _("a listing's stars are the sum of the reviews that can be seen"),
    _("a merchant's score on a platform is the sum of the reviews of it that can be seen"),
    _("what is helpful is the count of the votes on it"),
    _("no vote is by the author of what it is on"),
    _("an answer stands on the platform of its question"),
    _("nothing can be seen against which three reports are open"),
    _("a profile is shown only while its person allows it"),
    _("nobody is followed who shows no profile"),
    _("a list holds goods of its own platform only"),
    _("a merchant with clerks has an owner, unless the operator took the last one away"),
    _("who accepted an invitation was given its role"),
    _("what shapes recommendations is the latest decision about it"),
    _("what is on hand is the sum of everything that moved, and covers what is promised"),
    _("reserved and allocated units are exactly those of live reservations"),
    _("no unit is held for an unpaid purchase half an hour after its hold ran out"),
    _("every dispatched reservation took its units off the shelf, once"),
    _("every event older than five minutes has been delivered, or is parked with a reason"),
    _("no consumer has handled an event twice"),
    _("every claimed key has its answer, and only one: claim and effect commit together"),
    _("a message goes to an endpoint of its own platform, and a try is of its own message's platform"),
    _("a message counts as delivered only with a try that was answered by success"),
    _("a merchant's endpoint was told of no order of another merchant"),
    _("every tenant table has row-level security, and the application role cannot pass it"),
    _("the application role can neither change nor delete what is written once"),
    _("an event counts as delivered only when every consumer of its kind has handled it"),
    _("every audit line says what its hash was made of"),
    _("every call that was let pass was signed within a minute of our clock, came once, and had its leave"),
    _("no job is left for five minutes in the hands of a worker who gives no sign of life"),
    _("every refund made here has told the outbox, once, so that the provider is asked for it"),
    _("every row of a platform points only to rows that exist, and to none of another platform"),
    _("every webhook is kept once, and has its verdict five minutes after it came"),
    _("no call passed that came from a member, or went to one, after it was suspended or had left"),
    _("no table or column with words in it stands outside the register of personal data"),
    _(
        "nobody who holds a card, credit or points, or waits for a payout, owes us; disputes hold no less than nothing"
    ),
    _("of everybody who was forgotten, what the register says is deleted or written over is gone"),
    _("the periods of a merchant's payouts do not overlap"),
    _(
        "the units that a purchase says have left (of a bundle its components) are those that its dispatches took away"
    ),
    _(
        "what is paid is brought: a purchase has its parcel as soon as the outbox has told of it, at the latest after a day"
    ),
    _(
        "what was taken from cards, credit and points, and stands in no capture, is for purchases not booked yet"
    ),
)
