"""How far the work is, on a terminal."""

import math
import time
from types import TracebackType
from typing import Self, TextIO


class ProgressBar:
    """Shows on a terminal how far a step is, once it has taken two seconds."""

    DELAY = 2.0
    INTERVAL = 0.1
    WIDTH = 40

    def __init__(self, label: str, stream: TextIO) -> None:
        """Start the clock."""
        self._label = label
        self._stream = stream
        self._start = time.monotonic()
        self._next = self._start + self.DELAY if stream.isatty() else math.inf
        self._shown = False

    def __call__(self, done: int, total: int) -> None:
        """Draw the bar if it is time to."""
        now = time.monotonic()
        if now < self._next or not total:
            return
        self._next = now + self.INTERVAL
        self._shown = True
        bar = "#" * (self.WIDTH * done // total)
        left = f" {_span((now - self._start) * (total - done) / done)} left" if done else ""
        percent = 100 * done // total
        self._stream.write(f"\r{self._label} [{bar:<{self.WIDTH}}] {percent:3}%{left}\x1b[K")
        self._stream.flush()

    def clear(self) -> None:
        """Remove the bar from the terminal, until it is drawn again."""
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._shown = False

    def __enter__(self) -> Self:
        """Return the bar."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Remove the bar from the terminal."""
        self.clear()


def _span(seconds: float) -> str:
    """Return how long something takes, in seconds or in hours and minutes."""
    minutes = round(seconds / 60)
    return f"{seconds:.0f} s" if seconds < 100 else f"{minutes // 60}:{minutes % 60:02} h"
