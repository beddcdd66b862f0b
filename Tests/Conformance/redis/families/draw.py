"""Random choices that all families share."""
import random


class Draw:
    """The choices of one scenario: few keys, values that are almost numbers, times that fit its sleeps."""

    KEYS = ["a", "b", "c", "d"]
    NUMBERS = ["0", "1", "2", "5", "-1", "-3", "10", "100", "9223372036854775807", "-9223372036854775808",
               "9223372036854775806"]
    NOT_NUMBERS = ["abc", "", "1.5", "007", "+1", " 1", "1 ", "9223372036854775808", "-0", "1e3", "a b"]
    # Sleeps are multiples of this, and deadlines lie half way between two of them (milliseconds).
    GRID = 400

    def __init__(self, seed: int, deadlines: bool, number_of_keys: int = 3):
        self.random = random.Random(seed)
        # Whether deadlines may come near; else all are far away.
        self.deadlines = deadlines
        self.keys = self.KEYS[:number_of_keys]
        self.ids: list[str] = []
        self.times_made = 0

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def pick(self, *options):
        return self.random.choice(options)

    def among(self, options: list):
        return self.random.choice(options)

    def weighted(self, options: dict):
        return self.random.choices(list(options), list(options.values()))[0]

    def some(self, make, least: int = 1, most: int = 3) -> list:
        return [make() for _ in range(self.random.randint(least, most))]

    def key(self, favourite: str = "") -> str:
        """Mostly the family's own key, so that commands find their type; at times another's."""
        if favourite and self.chance(0.6):
            return favourite
        return self.random.choice(self.keys + [favourite] if favourite else self.keys)

    def number(self) -> str:
        return self.random.choice(self.NUMBERS)

    def small(self, least: int = -1, most: int = 4) -> str:
        return str(self.random.randint(least, most))

    def value(self) -> str:
        return self.among(self.NUMBERS if self.chance(0.5) else self.NOT_NUMBERS)

    def integer(self) -> str:
        """An integer, now and then what is none."""
        return self.number() if self.chance(0.9) else self.among(self.NOT_NUMBERS)

    def milliseconds(self) -> str:
        """A time to live."""
        if self.chance(0.06):
            return self.pick("0", "-1", "abc", "9223372036854775807", "")
        if self.deadlines and self.chance(0.7):
            return str(self.random.randint(0, 2) * self.GRID + self.GRID // 2)
        return self.pick("100000", "600000", "1000000")

    def seconds(self) -> str:
        if self.chance(0.06):
            return self.pick("0", "-5", "abc", "9223372036854775807", "9223372036854775", "")
        if self.deadlines and self.chance(0.5):
            return self.pick("1", "3")
        return self.pick("100", "1000", "5000")

    def another_time(self, unit: int) -> str:
        """A time far away that no other command of the scenario gives, to be compared with what others gave."""
        self.times_made += 1
        return str((self.pick(50_000, 300_000, 3_000_000) + 5_000 * self.times_made) // unit)

    def block(self) -> str:
        """How long a blocking command waits, in milliseconds."""
        if self.chance(0.04):
            return self.pick("-1", "abc")
        return self.milliseconds_to_wait()

    def milliseconds_to_wait(self) -> str:
        if self.deadlines and self.chance(0.7):
            return str(self.random.randint(0, 2) * self.GRID + self.GRID // 2)
        return self.pick("0", "60000")

    def case(self, word: str) -> str:
        """The word in another case, at times."""
        return word.lower() if self.chance(0.08) else word.capitalize() if self.chance(0.02) else word
