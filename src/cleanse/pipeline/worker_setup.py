"""What the template process loads before it forks workers, so that they share it."""

from cleanse.pipeline import run

__all__ = ["run"]
