"""`hansa payments`: the sandbox provider as a program of its own, and reconciliation with a provider's book."""

from __future__ import annotations

import os
import runpy
import sys
import urllib.error
import urllib.request
from datetime import timedelta
from typing import Annotated

import typer

from hansa.cli import runtime
from hansa.cli.output import show
from hansa.foundation import postgres
from hansa.foundation.processes import Program, port_is_free, require_free_port
from hansa.foundation.state import state_dir
from hansa.kernel import ids

app = typer.Typer(add_completion=False, help="The sandbox provider, and reconciliation with providers.")
SERVER = "hansa.commerce.payments.sandbox_provider.server"
HOST = "127.0.0.1"


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(help="Port of loopback to listen on.")] = 8790,
    webhooks: Annotated[str, typer.Option(help="Where webhooks go; empty: nowhere.")] = "",
    moods: Annotated[str, typer.Option(help='Misbehaviour as JSON, such as {"seed": 7, "lose": 0.3}.')] = "",
) -> None:
    """Run the sandbox provider: it keeps its own book and sends signed webhooks, well or badly.

    The keys come from HANSA_SANDBOX_KEY and HANSA_SANDBOX_WEBHOOK_SECRET.
    Example: hansa payments sandbox --webhooks http://127.0.0.1:8000/webhooks/payments/sandbox-service/
    """
    require_free_port(HOST, port)
    os.environ["DATABASE_URL"] = str(postgres.ensure_running(state_dir()))
    os.environ |= {"HANSA_SANDBOX_PORT": str(port), "HANSA_SANDBOX_WEBHOOK_URL": webhooks}
    os.environ["HANSA_SANDBOX_MOODS"] = moods or os.environ.get("HANSA_SANDBOX_MOODS", "")
    runpy.run_module(SERVER, run_name="__main__")


@app.command()
def reconcile(
    days: Annotated[int, typer.Option(min=1, max=90, help="How far back.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Lay every provider's book beside ours and list what differs; exit 1 when anything is open.

    Example: hansa payments reconcile --days 7
    """
    runtime.with_database()
    from hansa.commerce.payments import gateways, reconciliation, selectors
    from hansa.foundation import tenancy
    from hansa.kernel.clock import system_clock

    now = system_clock()
    names = gateways.set_up()
    made = reconciliation.reconcile_all(since=now - timedelta(days=days), until=now, now=now, names=names)
    with tenancy.as_alliance():
        open_ones = selectors.open_differences_everywhere()
    show({"providers": names, "comparisons": made, "open_differences": open_ones}, as_json=as_json)
    if open_ones:
        sys.exit(1)


def sandbox_beside(web_port: int) -> Program:
    """The sandbox provider as a program of the demo; tells this process, and those it starts, where it is.

    Purchases are paid there unless HANSA_PAYMENT_PROVIDER names another.
    """
    port = next(each for each in range(web_port + 790, 65_536) if port_is_free(HOST, each))
    url = f"http://{HOST}:{port}"
    os.environ.setdefault("HANSA_PAYMENT_PROVIDER", "sandbox-service")
    os.environ |= {
        "HANSA_SANDBOX_URL": url,
        "HANSA_SANDBOX_KEY": ids.token(),
        "HANSA_SANDBOX_WEBHOOK_SECRET": ids.token(),
    }
    told = {
        "HANSA_SANDBOX_PORT": str(port),
        "HANSA_SANDBOX_WEBHOOK_URL": f"http://{HOST}:{web_port}/webhooks/payments/sandbox-service/",
    }
    return Program(
        "sandbox", [sys.executable, "-m", SERVER], told, ready=lambda: _answers(f"{url}/v1/health")
    )


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
