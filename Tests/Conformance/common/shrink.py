"""Makes a failing list of steps as short as possible."""
from typing import Callable


def shrink(steps: list, fails: Callable[[list], bool], budget: int = 400) -> list:
    """The shortest list found that still fails; `fails` is asked at most `budget` times.

    Takes out ever smaller pieces, the last ones first, since what follows the failure is useless.
    """
    size = max(1, len(steps) // 2)
    while True:
        removed = False
        start = len(steps) - size
        while start > -size and budget > 0:
            place = max(0, start)
            candidate = steps[:place] + steps[start + size:]
            if len(candidate) < len(steps) and candidate:
                budget -= 1
                if fails(candidate):
                    steps = candidate
                    removed = True
            start -= size
        if size == 1 and not removed or budget <= 0:
            return steps
        if not removed or size > len(steps) // 2:
            size = max(1, size // 2)
