"""Detectors and extractors that misbehave on some texts, for tests of what one bad document may cost."""

import os
import signal
import time
from pathlib import Path


def _act(text: str) -> None:
    if "SEGV" in text:
        os.kill(os.getpid(), signal.SIGSEGV)
    if "KILL" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    if "ABORT" in text:
        os.abort()
    if "HANG" in text:
        time.sleep(3600)
    if "HOG" in text:
        _ = [bytes(1 << 20) for _ in range(1 << 14)]  # 16 GB
    if "ONCE" in text:  # dies the first time, as by the hand of a person or of the kernel
        mark = Path(os.environ["POISON_MARK"])
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)


def detect(text):
    """Tell French, unless the text says to misbehave."""
    _act(text)
    return "fr", 1.0


def extract(html, tree, url):
    """Keep everything, unless the page says to misbehave."""
    _act(html)
