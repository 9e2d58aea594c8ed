"""Hold what the pool knows of one of its worker processes, and the call that the worker does."""

from __future__ import annotations

import contextlib
import os
import signal
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import mmap
    import socket


@dataclass(slots=True)
class Call:
    """A call, and what has become of it so far.

    Attributes:
        function: The function.
        arguments: Its arguments.
        future: Receives the result.
        deaths: Number of workers that died while they did it.
    """

    function: Any
    arguments: list[Any]
    future: Future[Any] = field(default_factory=Future)
    deaths: int = 0


@dataclass(slots=True, eq=False)
class WorkerHandle:
    """A worker process, as the pool sees it.

    Attributes:
        channel: Socket to the worker.
        board: Shared bytes in which the worker writes its deadline, see `watchdog`.
        process: Its process id; 0 until the template has reported it.
        call: The call that it does; None: it is idle.
        calls: Number of calls that it was given.
        late: Whether it was killed because a document took too long.
    """

    channel: socket.socket
    board: mmap.mmap
    process: int = 0
    call: Call | None = None
    calls: int = 0
    late: bool = False

    def kill(self) -> None:
        """Kill the process, if it still runs."""
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process, signal.SIGKILL)

    def close(self) -> None:
        """Close what connects the process with the pool, which ends the process if it still runs."""
        self.channel.close()
        self.board.close()
