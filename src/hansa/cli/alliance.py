"""`hansa alliance`: members and their leave, joint jobs, signed calls, settlement, the audit chain."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

import typer

from hansa.cli import runtime
from hansa.cli.lake import print_table
from hansa.cli.output import AsJson, show
from hansa.kernel.clock import system_clock
from hansa.kernel.errors import InvalidInput, NotFound
from hansa.kernel.ids import token

STEWARD = "steward at the command line"

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="The alliance of platforms: members, joint jobs, signed calls, settlement, audit.",
    epilog="Example: hansa alliance run co-purchase --engine spark --json",
)
audit_app = typer.Typer(
    no_args_is_help=True, help="The audit chain.", epilog="Example: hansa alliance audit verify"
)
app.add_typer(audit_app, name="audit")

Code = Annotated[str, typer.Argument(help="A platform's code, as `hansa alliance members` lists it.")]


@app.command()
def members(as_json: AsJson = False) -> None:
    """List the members with their keys and what they allow one another.

    Example: hansa alliance members
    """
    runtime.with_database()
    from hansa.alliance import selectors

    found = [
        {
            "member": member.platform.code,
            "status": member.status,
            "key": member.key_id,
            "endpoint": member.endpoint,
            "joined_at": member.joined_at.isoformat(),
        }
        for member in selectors.members()
    ]
    given = [
        {
            "grant": grant.pk,
            "giver": grant.giver.platform.code,
            "receiver": grant.receiver.platform.code,
            "scope": grant.scope,
            "purpose": grant.purpose,
            "fee_bp": grant.fee_bp,
            "until": grant.not_after.isoformat(),
            "revoked": grant.revoked_at is not None,
        }
        for grant in selectors.grants()
    ]
    if as_json:
        show({"members": found, "grants": given}, as_json=True)
        return
    for rows in (found, given):
        if rows:
            print_table(list(rows[0]), [list(row.values()) for row in rows])
            print()


@app.command()
def admit(
    code: Code,
    endpoint: Annotated[str, typer.Option(help="Where its gateway answers.")] = "http://127.0.0.1:8000",
    as_json: AsJson = False,
) -> None:
    """Admit a platform: makes its key and writes the audit line.

    Example: hansa alliance admit trave --endpoint http://127.0.0.1:8000
    """
    runtime.with_database()
    from hansa.alliance.governance import services

    member = services.admit_member(code=code, endpoint=endpoint, actor_name=STEWARD, now=system_clock())
    show({"member": code, "key": member.key_id, "status": member.status}, as_json=as_json)


@app.command()
def grant(
    giver: Code,
    receiver: Code,
    scope: Annotated[str, typer.Argument(help="stock.promise or order.forward.")],
    purpose: Annotated[str, typer.Option(help="What it may be used for.")] = "sell",
    days: Annotated[int, typer.Option(min=1, help="How long it holds.")] = 365,
    fee_bp: Annotated[
        int, typer.Option(min=0, max=10_000, help="Basis points of the goods the receiver keeps.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Give one member leave to use a capability of another.

    Example: hansa alliance grant alster trave order.forward --fee-bp 500
    """
    runtime.with_database()
    from hansa.alliance.governance import selectors, services

    now = system_clock()
    leave = services.Leave(
        giver=selectors.get_member(giver),
        receiver=selectors.get_member(receiver),
        scope=scope,
        purpose=purpose,
        not_before=now,
        not_after=now + timedelta(days=days),
        fee_bp=fee_bp,
    )
    given = services.grant(leave=leave, actor_name=STEWARD, now=now)
    show({"grant": given.pk, "until": given.not_after.isoformat()}, as_json=as_json)


@app.command()
def revoke(
    grant_id: Annotated[int, typer.Argument(help="The number that `members` lists.")], as_json: AsJson = False
) -> None:
    """End a leave at once.

    Example: hansa alliance revoke 3
    """
    runtime.with_database()
    from hansa.alliance.governance import services

    ended = services.revoke(grant_id=grant_id, actor_name=STEWARD, now=system_clock())
    show({"grant": ended.pk, "revoked_at": ended.revoked_at}, as_json=as_json)


@app.command()
def run(
    job: Annotated[str, typer.Argument(help="The joint job: co-purchase.")],
    engine: Annotated[str, typer.Option(help="duckdb in this process, or spark.")] = "duckdb",
    least_buyers: Annotated[int, typer.Option(min=2, help="Release pairs of at least so many people.")] = 10,
    least_members: Annotated[int, typer.Option(min=1, help="Bought at no fewer members.")] = 2,
    window_days: Annotated[int, typer.Option(min=1, help="How far back from the newest line.")] = 365,
    as_json: AsJson = False,
) -> None:
    """Run a joint job over all members' data and keep what may be released.

    Example: hansa alliance run co-purchase --engine spark --json
    """
    runtime.with_database()
    from hansa.alliance import runs

    chosen = runs.engine_named(engine)
    params = runs.usual_params(
        window_days=window_days, least_buyers=least_buyers, least_members=least_members
    )
    done = runs.run_job(job, engine=chosen, params=params, actor_name=STEWARD)
    show(
        {
            "run": done.pk,
            "job": done.job,
            "engine": done.engine,
            "rows": done.rows,
            "content_hash": done.content_hash,
            "inputs": done.inputs,
            "cpu_seconds": done.cpu_seconds,
            "seconds": round((done.finished_at - done.started_at).total_seconds(), 3),
        },
        as_json=as_json,
    )


@app.command()
def call(
    sender: Code,
    receiver: Code,
    offers: Annotated[list[str], typer.Argument(help="Offers and units, such as 12:3.")],
    purpose: Annotated[str, typer.Option(help="What the answer is used for.")] = "sell",
    as_json: AsJson = False,
) -> None:
    """Ask another member, by a signed call over HTTP, how many of these offers it can deliver.

    Needs the receiver's gateway to be up (`hansa web`) and a grant for stock.promise.
    Example: hansa alliance call trave alster 12:3 40:1
    """
    runtime.with_database()
    from hansa.alliance.gateway import services
    from hansa.alliance.governance import selectors

    answer = services.call_member(
        sender=selectors.get_member(sender),
        receiver=selectors.get_member(receiver),
        scope="stock.promise",
        purpose=purpose,
        body={"lines": [_line(offer) for offer in offers]},
        now=system_clock(),
    )
    show(answer, as_json=as_json)


@app.command()
def sell(
    seller: Code,
    fulfiller: Code,
    offers: Annotated[list[str], typer.Argument(help="Offers and units, such as 12:3.")],
    buyer: Annotated[int, typer.Option(help="The buyer's user id; the goods go to their first address.")],
    key: Annotated[str, typer.Option(help="Idempotency key; the same key sells once.")] = "",
    as_json: AsJson = False,
) -> None:
    """Sell another member's goods: two signed calls, an order there, a debt in both books.

    Needs the fulfiller's gateway to be up (`hansa web`), a worker for the books, and grants for both.
    Example: hansa alliance sell trave alster 12:3 --buyer 7
    """
    runtime.with_database()
    from hansa.alliance.gateway.selling import sell_across
    from hansa.alliance.governance import selectors
    from hansa.commerce.accounts import selectors as accounts
    from hansa.commerce.orders.services import Destination

    address = accounts.addresses_of(buyer).first()
    if address is None:
        raise NotFound(f"user {buyer} has told no address")
    answer = sell_across(
        seller=selectors.get_member(seller),
        fulfiller=selectors.get_member(fulfiller),
        wanted={line["offer_id"]: line["quantity"] for line in map(_line, offers)},
        destination=Destination(
            recipient=address.recipient,
            street=address.street,
            city=address.city,
            postal_code=address.postal_code,
            country=address.country,
            latitude=address.latitude,
            longitude=address.longitude,
        ),
        key=key or token(),
        now=system_clock(),
    )
    show(answer.model_dump(), as_json=as_json)


@app.command()
def settle(
    reconcile: Annotated[bool, typer.Option(help="Compare both sides' books of each batch.")] = True,
    as_json: AsJson = False,
) -> None:
    """Net what is open between members into payments, post them, and compare the books; exit 1 if they differ.

    Example: hansa alliance settle --json
    """
    runtime.with_database()
    from hansa.alliance import selectors
    from hansa.alliance.settlement import services
    from hansa.foundation import tenancy

    closed = []
    for one, two, currency in selectors.open_pairs():
        with tenancy.as_alliance():
            batch = services.close_batch(
                between=(one, two), currency=currency, actor_name=STEWARD, now=system_clock()
            )
            differences = services.reconcile(batch) if reconcile else []
        closed.append(
            {
                "batch": batch.pk,
                "debtor": batch.debtor.code,
                "creditor": batch.creditor.code,
                "amount": batch.amount,
                "currency": batch.currency,
                "differences": [asdict(each) for each in differences],
            }
        )
    if as_json or not closed:
        show({"batches": closed}, as_json=as_json)
    else:
        print_table(list(closed[0]), [list(row.values()) for row in closed])
    raise typer.Exit(1 if any(row["differences"] for row in closed) else 0)


@audit_app.command()
def verify(as_json: AsJson = False) -> None:
    """Check every line of the audit chain; exit 1 and the first broken line if it does not hold.

    Example: hansa alliance audit verify
    """
    runtime.with_database()
    from hansa.alliance import selectors

    broken = selectors.first_broken_audit_line()
    lines = selectors.audit_tail(1)
    show(
        {
            "holds": broken is None,
            "first_broken": broken,
            "lines": lines[0].sequence if lines else 0,
            "head": lines[0].hash if lines else "",
        },
        as_json=as_json,
    )
    raise typer.Exit(0 if broken is None else 1)


@audit_app.command()
def tail(
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many lines.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Print the newest lines of the audit chain.

    Example: hansa alliance audit tail --limit 5
    """
    runtime.with_database()
    from hansa.alliance import selectors

    lines = [
        {
            "line": each.sequence,
            "at": each.at.isoformat(),
            "actor": each.actor,
            "act": each.act,
            "body": each.body,
        }
        for each in selectors.audit_tail(limit)
    ]
    if as_json:
        show({"lines": lines}, as_json=True)
        return
    print_table(["line", "at", "actor", "act", "body"], [list(line.values()) for line in lines])


def _line(text: str) -> dict[str, int]:
    offer, _, quantity = text.partition(":")
    try:
        return {"offer_id": int(offer), "quantity": int(quantity or 1)}
    except ValueError:
        raise InvalidInput(f"{text!r} is no offer with units; write 12:3 for three of offer 12") from None
