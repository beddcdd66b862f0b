"""Compares recordings with the model, and shrinks those that differ."""

import json
import os
import re
import subprocess
import tempfile

from . import files
from .recorder import Recorder, Unrest, listed


class Model:
    """`SimRunner conform`, asked about recordings."""

    def __init__(self, binary):
        self.binary = binary

    def differences(self, folder):
        """What the model does differently, by file name without `.json`."""
        run = subprocess.run(
            [self.binary, "conform", "--quiet", folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if run.returncode not in (0, 99):
            raise SystemExit(f"{self.binary} ended with {run.returncode}:\n{run.stdout[-2000:]}{run.stderr[-4000:]}")
        found = re.findall(r"^differs +(.*)\.json: (.*)$", run.stdout, re.MULTILINE)
        return {os.path.basename(path): difference for path, difference in found}

    def difference(self, recording):
        """What the model does differently from one recording; None: nothing."""
        with tempfile.TemporaryDirectory() as folder:
            files.write(recording, folder)
            return self.differences(folder).get(recording["name"])


def record(pool, scenario, steps):
    """The recording of a list of steps; None when the server did not come to rest."""
    try:
        return Recorder(pool.server(scenario["settings"]), scenario).record(listed(steps))
    except Unrest:
        return None


def heads(recording):
    """The steps that were asked for, without what came of them."""
    kept = []
    for step in recording["steps"]:
        if "op" in step:
            kept.append({"session": step["session"], "op": step["op"]})
        elif "connect" in step:
            kept.append({"connect": step["connect"]})
        elif "unblocked" not in step:
            kept.append(step)
    return kept


def settled_difference(pool, model, recording, attempts=24):
    """The difference if the model agrees with none of several recordings of the same steps, else None.

    Threads of the server that one commit lets go race with each other, so that some scenarios have several outcomes.
    """
    difference = model.difference(recording)
    for _ in range(attempts):
        if difference is None:
            return None
        again = record(pool, recording, heads(recording))
        if again is None:
            return None
        if json.dumps(again["steps"]) != json.dumps(recording["steps"]):
            other = model.difference(again)
            if other is None:
                return None
    return difference


def shrink(pool, model, recording):
    """A shorter recording that the model still disagrees with."""

    def still_differs(scenario, steps):
        candidate = record(pool, scenario, steps)
        if candidate is None or model.difference(candidate) is None:
            return None
        return candidate if settled_difference(pool, model, candidate, attempts=2) else None

    best = recording
    improved = True
    while improved:
        improved = False
        size = max(len(heads(best)) // 2, 1)
        while size >= 1:
            start = 0
            while start < len(heads(best)):
                steps = heads(best)
                found = still_differs(best, steps[:start] + steps[start + size:])
                if found and len(heads(found)) < len(steps):
                    best, improved = found, True
                else:
                    start += size
            size //= 2
        for smaller in _simpler(best):
            found = still_differs(smaller, heads(smaller))
            if found:
                best, improved = found, True
                break
    used = {step.get("session") or step.get("disconnect") for step in best["steps"]}
    lean = {**best, "sessions": [name for name in best["sessions"] if name in used]}
    return still_differs(lean, heads(lean)) or best


def _simpler(recording):
    """Scenarios with a row or a setting less."""
    tables = recording["tables"]
    for table, rows in tables.items():
        for index in range(len(rows)):
            yield {**recording, "tables": {**tables, table: rows[:index] + rows[index + 1:]}}
    if recording.get("stock_constraint"):
        yield {**recording, "stock_constraint": None}
    if recording.get("unique_user_product"):
        yield {**recording, "unique_user_product": False}
    if recording["settings"]["innodb_rollback_on_timeout"]:
        yield {**recording, "settings": {**recording["settings"], "innodb_rollback_on_timeout": False}}
