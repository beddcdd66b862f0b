"""The comparison as a table, and the measured topology as a file."""

import json
from dataclasses import dataclass

from .measure import Figures

# Of the measured value; below the saturation and above it.
AIMS_BELOW = {"throughput": 0.05, "mean": 0.15, "p95": 0.15}
AIMS_ABOVE = {"throughput": 0.10}


@dataclass
class Pair:
    """One load, measured and simulated."""

    share: float
    rate: float
    real: Figures
    model: Figures

    def deviation(self, name):
        return getattr(self.model, name) / getattr(self.real, name) - 1

    @property
    def meets_aims(self):
        aims = AIMS_BELOW if self.share < 1 else AIMS_ABOVE
        return all(abs(self.deviation(name)) <= aim for name, aim in aims.items())

    def cells(self):
        def times(name):
            real, model = getattr(self.real, name), getattr(self.model, name)
            return f"{real * 1e3:.2f} / {model * 1e3:.2f} ms | {self.deviation(name):+.1%}"

        def shares(outcome):
            real, model = self.real.share(outcome), self.model.share(outcome)
            return "–" if real == model == 0 else f"{real:.2%} / {model:.2%}"

        return [
            f"{self.share:.0%}", f"{self.rate:.0f}/s",
            f"{self.real.throughput:.1f} / {self.model.throughput:.1f} /s | {self.deviation('throughput'):+.1%}",
            times("mean"), times("p95"), shares("rejected"), shares("lockNotAcquired")]

    def line(self):
        return " | ".join(self.cells())


HEADINGS = [
    "load", "offered", "successes", "dev.", "mean", "dev.", "p95", "dev.", "pool timed out", "lock not acquired"]


def table(pairs, calibration):
    """Markdown; each cell shows what was measured and what the model says."""
    lines = [
        f"With one user a request takes {calibration.latency() * 1e3:.2f} ms and has its connection for "
        f"{calibration.hold() * 1e3:.2f} ms of them; all connections are busy at {calibration.capacity():.0f} "
        "requests/s, which is a load of 100 %.",
        "",
        "| " + " | ".join(HEADINGS) + " |", "|" + "---:|" * len(HEADINGS)]
    lines += ["| " + pair.line() + " |" for pair in pairs]
    busiest = max(pair.real.own_cpu for pair in pairs)
    foreign = max(pair.real.foreign_cpu for pair in pairs)
    lines += [
        "", f"The measured system used up to {busiest:.0%} of the machine's CPU, other programs up to {foreign:.0%}."]
    return "\n".join(lines)


def topology_text(value, indent=""):
    """JSON with one line for what fits into one, so that distributions stay short."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, (dict, list)) or len(indent) + len(line) <= 110:
        return line + ("\n" if indent == "" else "")
    inner = indent + "  "
    if isinstance(value, dict):
        parts = [f"{inner}{json.dumps(key)}: {topology_text(item, inner)}" for key, item in value.items()]
        text = "{\n" + ",\n".join(parts) + "\n" + indent + "}"
    elif all(isinstance(item, str) for item in value):
        text = "[" + wrapped([json.dumps(item) for item in value], inner) + "]"
    else:
        parts = [inner + topology_text(item, inner) for item in value]
        text = "[\n" + ",\n".join(parts) + "\n" + indent + "]"
    return text + ("\n" if indent == "" else "")


def wrapped(words, indent):
    lines, line = [], ""
    for word in words:
        if line and len(indent) + len(line) + len(word) + 2 > 112:
            lines.append(line)
            line = ""
        line += (" " if line else "") + word + ","
    lines.append(line)
    return ("\n" + indent).join(lines).rstrip(",")
