"""Traffic settings of one world: slow answers, errors and a rate limit, the same for the same seed."""

from __future__ import annotations

import math
import random
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most so many requests in any span of so many seconds."""

    requests: int
    per_seconds: float


@dataclass(frozen=True, slots=True)
class Traffic:
    """
    What is done to a world's requests on purpose.

    Latency and jitter are in milliseconds, `error_rate` is a share from 0 to 1; `seed` decides which requests fail and
    how long each waits.
    """

    latency: int = 0
    jitter: int = 0
    error_rate: float = 0.0
    rate_limit: RateLimit | None = None
    seed: int = 0


NO_SHAPING = Traffic()
"""Nothing is held up, nothing fails."""


class TrafficShaper:
    """What the traffic settings mean for one request after the other."""

    __slots__ = ("_delays", "_failures", "_times", "traffic")

    def __init__(self, traffic: Traffic) -> None:
        self.traffic = traffic
        # Two rows of chances: which requests fail does not depend on whether answers are held back, or for how long.
        self._failures, self._delays = random.Random(traffic.seed), random.Random(f"delays {traffic.seed}")
        self._times: deque[float] = deque()

    def delay(self) -> float:
        """How many seconds the next answer is held back."""
        traffic = self.traffic
        return (traffic.latency + (self._delays.uniform(0, traffic.jitter) if traffic.jitter else 0)) / 1000

    def fails(self) -> bool:
        """Whether the next request meets an error of the server."""
        return self.traffic.error_rate > 0 and self._failures.random() < self.traffic.error_rate

    def wait(self, now: float) -> int:
        """
        The whole seconds after which a request at `now` would pass the rate limit; 0 when it passes at once.

        `now` is in seconds of a clock that never goes back. A request that passes is counted.
        """
        limit = self.traffic.rate_limit
        if limit is None:
            return 0
        times = self._times
        while times and times[0] <= now - limit.per_seconds:
            times.popleft()
        if len(times) >= limit.requests:
            return max(1, math.ceil(times[0] + limit.per_seconds - now))
        times.append(now)
        return 0
