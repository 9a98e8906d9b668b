"""Running our own programs together: start in order, restart what crashes, leave nothing behind.

    Program(name, argv, environ={}, cwd=None, ready=None, ready_within_seconds=60, grace_seconds=10)
    Supervisor(programs, log_dir=..., tell=print)
        .start()   in the given order, each ready before the next; Unavailable (with its log's end) if not
        .run()     until SIGINT or SIGTERM: restart crashed programs with back-off; then .stop()
        .stop()    in reverse order, SIGTERM, then SIGKILL after the grace; also a context manager
    port_is_free(host, port) -> bool
    require_free_port(host, port) -> None        Unavailable: who holds it and `--port N`

Each program writes to `log_dir/NAME.log`. When the supervisor is killed by -9, a watch ends them all.
"""

from hansa.foundation.processes.ports import port_is_free, require_free_port
from hansa.foundation.processes.supervisor import Program, Supervisor

__all__ = ["Program", "Supervisor", "port_is_free", "require_free_port"]
