"""The causal chain of the ecosystem as data: what is measured, what is said to move what, and why. Pure.

Sentences are English and marked for translation; pages translate them. `selectors/` computes the figures,
`domain/evidence.py` judges the links, `docs/explanation/ecosystem-health.md` argues for the definitions.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


def gettext_noop(text: str) -> str:
    """Mark a sentence for the translators; makemessages knows the name, and the domain stays free of Django."""
    return text


class Unit(StrEnum):
    """What a node's value counts. Money is in minor units, shares are fractions of one."""

    SHARE = "share"
    MONEY = "money"
    COUNT = "count"
    STARS = "stars"


class Page(StrEnum):
    """Where the people work who can move a node."""

    SHOP = "shop"
    OVERVIEW = "overview"
    ORDERS = "orders"
    MERCHANTS = "merchants"
    MONEY = "money"
    TOURS = "tours"
    TOUR_FIGURES = "tour figures"
    ALLIANCE = "alliance"


@dataclass(frozen=True)
class Node:
    """One thing that is measured each week. ``n`` names the observations that stand behind a value."""

    key: str
    name: str
    definition: str
    formula: str
    n: str
    unit: Unit
    page: Page
    lever: str
    higher_is_better: bool = True
    for_alliance: str = ""  # how the alliance's own figure differs, where it is no plain sum or share
    is_sum: bool = False  # a week without rows means that nothing happened, not that nothing is known
    needs_alliance: bool = False  # cannot be computed from one platform's rows alone


@dataclass(frozen=True)
class Link:
    """The claim that one node moves another. ``shares_records``: both are computed from the same rows."""

    cause: str
    effect: str
    reason: str
    shares_records: bool = False


@dataclass(frozen=True)
class Chain:
    """A strand of the picture, from cause to effect."""

    key: str
    name: str
    nodes: tuple[str, ...]


NODES: tuple[Node, ...] = (
    Node(
        key="recommendation",
        name=gettext_noop("Recommendation"),
        definition=gettext_noop(
            "How often people click on goods that the shop chose to show them, on the home page and beside"
            " other goods, rather than goods they asked for by searching or browsing."
        ),
        formula=gettext_noop("clicks ÷ impressions, at every placement but search, category and store pages"),
        n=gettext_noop("impressions"),
        unit=Unit.SHARE,
        page=Page.OVERVIEW,
        lever=gettext_noop("Fit the recommender again and compare it with the bestsellers."),
    ),
    Node(
        key="satisfaction",
        name=gettext_noop("Satisfaction"),
        definition=gettext_noop("How content people say they are with the goods they received."),
        formula=gettext_noop("mean stars of the reviews written in the week"),
        n=gettext_noop("reviews"),
        unit=Unit.STARS,
        page=Page.MERCHANTS,
        lever=gettext_noop("Read the worst reviews and talk to the merchants behind them."),
    ),
    Node(
        key="experience",
        name=gettext_noop("Experience"),
        definition=gettext_noop(
            "The chance that a good is there to be bought and then arrives when it was promised."
        ),
        formula=gettext_noop(
            "share of parcels on time × share of listed goods on hand in the centre at the week's end"
        ),
        n=gettext_noop("parcels delivered"),
        unit=Unit.SHARE,
        page=Page.MERCHANTS,
        lever=gettext_noop("Accept reorder proposals before goods run out."),
    ),
    Node(
        key="stickiness",
        name=gettext_noop("Stickiness"),
        definition=gettext_noop(
            "How many of the buyers of one week come back and buy in the very next week."
        ),
        formula=gettext_noop("buyers of both weeks ÷ buyers of the week before"),
        n=gettext_noop("buyers of the week before"),
        unit=Unit.SHARE,
        page=Page.SHOP,
        lever=gettext_noop("See what the shop offers to somebody who was here last week."),
    ),
    Node(
        key="loyalty",
        name=gettext_noop("Loyalty"),
        definition=gettext_noop("How many buyers buy again within four weeks."),
        formula=gettext_noop(
            "of the buyers of four weeks ago, the share who bought again in the four weeks since"
        ),
        n=gettext_noop("buyers of four weeks ago"),
        unit=Unit.SHARE,
        page=Page.ORDERS,
        lever=gettext_noop("Look at who has stopped buying and at what they last rated."),
    ),
    Node(
        key="platform_revenue",
        name=gettext_noop("Platform revenue"),
        definition=gettext_noop(
            "What the platform itself earns: commissions and delivery fees, less what it gave back."
        ),
        formula=gettext_noop(
            "credits less debits on the accounts for commission and delivery, by the day of posting"
        ),
        n=gettext_noop("journals"),
        unit=Unit.MONEY,
        page=Page.MONEY,
        lever=gettext_noop("Check commissions, delivery fees and the books."),
        is_sum=True,
    ),
    Node(
        key="merchant_empowerment",
        name=gettext_noop("Merchant empowerment"),
        definition=gettext_noop("How many merchants work with the tools that the platform gives them."),
        formula=gettext_noop(
            "of the merchants with an open store, the share with a promotion of their own running, a forecast"
            " made or goods ordered in the week"
        ),
        n=gettext_noop("open stores"),
        unit=Unit.SHARE,
        page=Page.MERCHANTS,
        lever=gettext_noop("Start a promotion, ask for a forecast, order what it advises."),
    ),
    Node(
        key="merchant_income",
        name=gettext_noop("Merchant income"),
        definition=gettext_noop(
            "What the merchants earned: sales less commission, less what was given back."
        ),
        formula=gettext_noop(
            "credits less debits on the accounts of what is owed to merchants, payouts left out"
        ),
        n=gettext_noop("merchants"),
        unit=Unit.MONEY,
        page=Page.MERCHANTS,
        lever=gettext_noop("See what sells and why."),
        is_sum=True,
    ),
    Node(
        key="competitiveness",
        name=gettext_noop("Platform competitiveness"),
        definition=gettext_noop(
            "The breadth of choice that shoppers really use: how many merchants sold something."
        ),
        formula=gettext_noop("number of different merchants with a paid order in the week"),
        n=gettext_noop("purchases"),
        unit=Unit.COUNT,
        page=Page.MERCHANTS,
        lever=gettext_noop("Win merchants for what shoppers look for and do not find."),
        is_sum=True,
    ),
    Node(
        key="market_share",
        name=gettext_noop("Market share"),
        definition=gettext_noop("The platform's part of all that the alliance sells."),
        formula=gettext_noop("sales of the platform ÷ sales of all platforms of the alliance"),
        n=gettext_noop("purchases in the alliance"),
        unit=Unit.SHARE,
        page=Page.ALLIANCE,
        lever=gettext_noop("Compare the members and what they share."),
        for_alliance=gettext_noop(
            "The shares of all members add up to one, so for the alliance as a whole this is the part of its sales"
            " that its largest member does not make: the more, the more balanced the alliance."
        ),
        needs_alliance=True,
    ),
    Node(
        key="logistics",
        name=gettext_noop("Logistics"),
        definition=gettext_noop("How much cost the planner saves on the tours that were really released."),
        formula=gettext_noop(
            "1 − cost of the released tours ÷ cost of the savings heuristic for the same parcels"
        ),
        n=gettext_noop("released plans"),
        unit=Unit.SHARE,
        page=Page.TOURS,
        lever=gettext_noop("Plan and release the tours of the day."),
    ),
    Node(
        key="logistics_cost",
        name=gettext_noop("Cost of a parcel"),
        definition=gettext_noop("What it costs to drive one parcel to its door."),
        formula=gettext_noop(
            "kilometres of the released tours × cost of each vehicle's kilometre ÷ parcels handed over"
        ),
        n=gettext_noop("parcels handed over"),
        unit=Unit.MONEY,
        page=Page.TOUR_FIGURES,
        lever=gettext_noop("Fill the vehicles better and drop tours that carry little."),
        higher_is_better=False,
    ),
    Node(
        key="delivery_efficiency",
        name=gettext_noop("Delivery efficiency"),
        definition=gettext_noop("How many parcels arrive no later than they were promised."),
        formula=gettext_noop("parcels delivered by the end of their window ÷ parcels delivered"),
        n=gettext_noop("parcels delivered"),
        unit=Unit.SHARE,
        page=Page.TOUR_FIGURES,
        lever=gettext_noop("Look at the late parcels and their tours."),
    ),
    Node(
        key="brand_promotion",
        name=gettext_noop("Brand promotion"),
        definition=gettext_noop("How many shoppers a running campaign is meant for."),
        formula=gettext_noop("number of different recipients of the campaigns that ran in the week"),
        n=gettext_noop("campaigns"),
        unit=Unit.COUNT,
        page=Page.MERCHANTS,
        lever=gettext_noop("Bring a promotion to those who may want it."),
        is_sum=True,
    ),
    Node(
        key="exposure",
        name=gettext_noop("Exposure"),
        definition=gettext_noop("How often goods were shown to somebody."),
        formula=gettext_noop("number of impressions"),
        n=gettext_noop("visitors"),
        unit=Unit.COUNT,
        page=Page.SHOP,
        lever=gettext_noop("See what the shop's first pages show."),
        is_sum=True,
    ),
    Node(
        key="click_rate",
        name=gettext_noop("Click rate"),
        definition=gettext_noop("How often somebody who was shown a good wanted to see more of it."),
        formula=gettext_noop("clicks ÷ impressions, at every placement"),
        n=gettext_noop("impressions"),
        unit=Unit.SHARE,
        page=Page.MERCHANTS,
        lever=gettext_noop("Give goods clearer titles and sharper prices."),
    ),
    Node(
        key="traffic_support",
        name=gettext_noop("Traffic support"),
        definition=gettext_noop(
            "How much attention goes to merchants who are not among the largest already."
        ),
        formula=gettext_noop(
            "share of impressions given to merchants outside the best-selling tenth of the week"
        ),
        n=gettext_noop("impressions"),
        unit=Unit.SHARE,
        page=Page.OVERVIEW,
        lever=gettext_noop("Leave room for small merchants on shelves and in campaigns."),
    ),
    Node(
        key="visits",
        name=gettext_noop("Visits"),
        definition=gettext_noop("How often somebody came and looked at a good."),
        formula=gettext_noop("number of different visitors with a product view, counted once a day"),
        n=gettext_noop("visitors"),
        unit=Unit.COUNT,
        page=Page.SHOP,
        lever=gettext_noop("Walk through the shop as a visitor does."),
        is_sum=True,
    ),
    Node(
        key="sales",
        name=gettext_noop("Sales"),
        definition=gettext_noop("What shoppers paid for goods."),
        formula=gettext_noop(
            "goods totals of the orders placed in the week that are paid, shipped or delivered"
        ),
        n=gettext_noop("purchases"),
        unit=Unit.MONEY,
        page=Page.ORDERS,
        lever=gettext_noop("See orders as they come in."),
        is_sum=True,
    ),
    Node(
        key="marketing_tools",
        name=gettext_noop("Marketing tools"),
        definition=gettext_noop("How much promotions and coupons took off the list prices."),
        formula=gettext_noop("discounts ÷ list value of what was bought"),
        n=gettext_noop("purchases"),
        unit=Unit.SHARE,
        page=Page.MERCHANTS,
        lever=gettext_noop("Start or end a promotion."),
    ),
    Node(
        key="conversion",
        name=gettext_noop("Conversion"),
        definition=gettext_noop("How many visits end with a purchase on the same day."),
        formula=gettext_noop("visits of people who bought that day ÷ visits"),
        n=gettext_noop("visits"),
        unit=Unit.SHARE,
        page=Page.MERCHANTS,
        lever=gettext_noop("Find in the funnel the step where most people leave."),
    ),
    Node(
        key="repurchase",
        name=gettext_noop("Repurchase"),
        definition=gettext_noop("How often people return to the same merchant."),
        formula=gettext_noop(
            "of all pairs of buyer and merchant in the week, the share that had dealt in the four weeks before"
        ),
        n=gettext_noop("pairs of buyer and merchant"),
        unit=Unit.SHARE,
        page=Page.MERCHANTS,
        lever=gettext_noop("Invite back those who bought once."),
    ),
    Node(
        key="goodwill",
        name=gettext_noop("Goodwill"),
        definition=gettext_noop("How many people began to follow a merchant who keeps a store here."),
        formula=gettext_noop("number of follows that began in the week and still stand"),
        n=gettext_noop("people"),
        unit=Unit.COUNT,
        page=Page.MERCHANTS,
        lever=gettext_noop("Tell the story of the house and keep its promises."),
        is_sum=True,
    ),
    Node(
        key="product_quality",
        name=gettext_noop("Product quality"),
        definition=gettext_noop("How many reviews call a good at least good."),
        formula=gettext_noop("reviews of four or five stars ÷ reviews written in the week"),
        n=gettext_noop("reviews"),
        unit=Unit.SHARE,
        page=Page.MERCHANTS,
        lever=gettext_noop("Mend or drop the goods that are rated worst."),
    ),
)

LINKS: tuple[Link, ...] = (
    Link(
        "recommendation",
        "satisfaction",
        gettext_noop("Those who are shown what suits them buy what they will like."),
    ),
    Link(
        "satisfaction",
        "experience",
        gettext_noop("What people praise or complain of is what gets mended next."),
    ),
    Link(
        "experience",
        "stickiness",
        gettext_noop("Who finds the good and gets it in time comes back next week."),
    ),
    Link(
        "stickiness",
        "loyalty",
        gettext_noop("Coming back each week becomes a habit."),
        shares_records=True,
    ),
    Link(
        "loyalty",
        "platform_revenue",
        gettext_noop("Loyal buyers buy more often, and each purchase pays commission."),
    ),
    Link(
        "platform_revenue",
        "merchant_empowerment",
        gettext_noop("What the platform earns pays for the tools it gives to merchants."),
    ),
    Link(
        "merchant_empowerment",
        "merchant_income",
        gettext_noop("Merchants who plan and promote with good tools sell more."),
    ),
    Link(
        "merchant_income",
        "competitiveness",
        gettext_noop("Where merchants earn well, more of them sell."),
    ),
    Link(
        "competitiveness",
        "market_share",
        gettext_noop("Shoppers go where the choice is."),
        shares_records=True,
    ),
    Link(
        "market_share",
        "recommendation",
        gettext_noop("More shoppers leave more behaviour to learn from: the loop closes."),
    ),
    Link(
        "logistics", "logistics_cost", gettext_noop("Shorter tours cost less a parcel."), shares_records=True
    ),
    Link("logistics", "delivery_efficiency", gettext_noop("Well planned tours keep their windows.")),
    Link(
        "delivery_efficiency",
        "experience",
        gettext_noop("A parcel in time is half of a good experience."),
        shares_records=True,
    ),
    Link("brand_promotion", "exposure", gettext_noop("Campaigns bring people who are then shown goods.")),
    Link(
        "exposure",
        "click_rate",
        gettext_noop("Being seen is the condition of being clicked; being shown too much wears it out."),
        shares_records=True,
    ),
    Link("click_rate", "visits", gettext_noop("Each click opens a product page.")),
    Link(
        "traffic_support",
        "visits",
        gettext_noop("Attention for more merchants gives more people a reason to look."),
    ),
    Link("visits", "sales", gettext_noop("Who does not come cannot buy.")),
    Link(
        "sales",
        "merchant_income",
        gettext_noop("Sales less commission is the merchants' income."),
        shares_records=True,
    ),
    Link("sales", "platform_revenue", gettext_noop("Commission is a share of sales."), shares_records=True),
    Link("marketing_tools", "conversion", gettext_noop("A reduced price turns a look into a purchase.")),
    Link("conversion", "repurchase", gettext_noop("Who bought once knows the way back.")),
    Link(
        "repurchase",
        "loyalty",
        gettext_noop("Who returns to a merchant returns to the platform."),
        shares_records=True,
    ),
    Link("goodwill", "product_quality", gettext_noop("Houses that are followed have a name to lose.")),
    Link(
        "product_quality",
        "satisfaction",
        gettext_noop("Good goods make content people."),
        shares_records=True,
    ),
)

CHAINS: tuple[Chain, ...] = (
    Chain(
        "shoppers",
        gettext_noop("What keeps shoppers"),
        ("recommendation", "satisfaction", "experience", "stickiness", "loyalty", "platform_revenue"),
    ),
    Chain(
        "merchants",
        gettext_noop("What makes merchants strong"),
        ("merchant_empowerment", "merchant_income", "competitiveness", "market_share"),
    ),
    Chain(
        "logistics",
        gettext_noop("What brings the goods"),
        ("logistics", "logistics_cost", "delivery_efficiency"),
    ),
    Chain("brand", gettext_noop("What makes goods seen"), ("brand_promotion", "exposure", "click_rate")),
    Chain("traffic", gettext_noop("What brings people in"), ("traffic_support", "visits", "sales")),
    Chain("marketing", gettext_noop("What makes them buy"), ("marketing_tools", "conversion", "repurchase")),
    Chain("goodwill", gettext_noop("What makes a good name"), ("goodwill", "product_quality")),
)

# The virtuous circle: each moves the next, the last the first.
LOOP: tuple[str, ...] = (*CHAINS[0].nodes, *CHAINS[1].nodes)

BY_KEY: dict[str, Node] = {node.key: node for node in NODES}


def is_on_loop(link: Link) -> bool:
    """Say whether a link is one step of the virtuous circle."""
    if link.cause not in LOOP:
        return False
    return LOOP[(LOOP.index(link.cause) + 1) % len(LOOP)] == link.effect


def expected_sign(link: Link) -> int:
    """Say whether cause and effect should rise together (1) or one fall as the other rises (-1)."""
    return 1 if BY_KEY[link.cause].higher_is_better == BY_KEY[link.effect].higher_is_better else -1
