"""Start the template process and talk to it, on the side of the pool. `worker.serve` is the other side."""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
from typing import NamedTuple

from cleanse.pipeline.worker import EXIT, FORK
from cleanse.pipeline.worker_setup import environment_of_workers

PRELOAD = ("cleanse.pipeline.worker_setup",)  # the template calls `prepare` of these modules before it forks workers
_CODE = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[2]);"
    " from cleanse.pipeline.worker import serve; serve(int(sys.argv[1]), sys.argv[3:])"
)


class TemplateReport(NamedTuple):
    """What the template says of a worker.

    Attributes:
        process: Process id of the worker.
        status: Its wait status; None: it was just forked.
    """

    process: int
    status: int | None


class TemplateProcess:
    """The process from which the workers of a pool are forked.

    Attributes:
        channel: Socket to the process. When it closes, the process ends and kills its workers.
    """

    def __init__(self) -> None:
        """Start the process."""
        self.channel, child_end = socket.socketpair()
        paths = json.dumps([path or os.getcwd() for path in sys.path])
        with child_end:
            self._process = subprocess.Popen(  # noqa: S603  ourselves
                [sys.executable, "-c", _CODE, str(child_end.fileno()), paths, *PRELOAD],
                pass_fds=[child_end.fileno()],
                env=environment_of_workers(os.environ),
                stdin=subprocess.DEVNULL,
            )

    def fork_worker(self, channel: int, board: int) -> None:
        """Ask for a worker. Raises OSError if the process is gone.

        Args:
            channel: File descriptor of the worker's end of its socket.
            board: File descriptor of the bytes in which it writes its deadline.
        """
        socket.send_fds(self.channel, [FORK], [channel, board])

    def has_report(self) -> bool:
        """Return whether there is a report to take, or the process is gone."""
        return bool(select.select([self.channel], [], [], 0)[0])

    def take_report(self, seconds: float | None = None) -> TemplateReport | None:
        """Return the next report; None if the process is gone, or silent.

        Args:
            seconds: How long to wait for it; None: without end.
        """
        data = b""
        self.channel.settimeout(seconds)
        with contextlib.suppress(OSError):
            data = self.channel.recv(EXIT.size, socket.MSG_WAITALL)
        self.channel.settimeout(None)
        if len(data) < EXIT.size:
            return None
        kind, process, status = EXIT.unpack(data)
        return TemplateReport(process, None if kind == FORK else status)

    def kill(self) -> None:
        """Kill the process."""
        self._process.kill()

    def end(self) -> int:
        """End the process, and with it all workers. Returns its exit code."""
        self.channel.close()
        return self._process.wait()
