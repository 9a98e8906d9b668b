"""Whether a port can be listened on, and if not, who holds it and what to do."""

from __future__ import annotations

import errno
import socket

import psutil

from hansa.kernel.errors import InvalidInput, Unavailable


def port_is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now.

    Refuses with InvalidInput a host that is not this machine's, with Unavailable a port that needs root.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OverflowError as error:
            raise InvalidInput(f"--port {port}: ports go from 1 to 65535") from error
        except socket.gaierror as error:
            raise InvalidInput(f"--host {host}: no such address: {error.strerror}") from error
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            if error.errno == errno.EACCES:
                raise Unavailable(
                    f"Port {port} is for root only; choose one above 1023: --port 8000"
                ) from error
            raise InvalidInput(f"--host {host}: {error.strerror}") from error
    return True


def require_free_port(host: str, port: int) -> None:
    """Refuse with Unavailable when somebody listens there already, naming them and a port that is free."""
    if port_is_free(host, port):
        return
    free = next(
        (other for other in range(port + 1, min(port + 100, 65536)) if port_is_free(host, other)), None
    )
    way_out = f"choose another: --port {free}" if free else "choose another with --port"
    raise Unavailable(f"Port {port} on {host} is held by {_holder(port)}. End it, or {way_out}")


def _holder(port: int) -> str:
    try:
        for connection in psutil.net_connections(kind="tcp"):
            listens = (
                connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port
            )
            if listens and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    except (psutil.AccessDenied, psutil.NoSuchProcess):
        return "another program"  # macOS tells only root; or it has just ended
    return "another program"
