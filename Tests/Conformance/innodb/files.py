"""Recordings as files, one step a line."""

import json
import os

ORDER = [
    "name", "about", "server", "settings", "mysql8", "unique_user_product", "stock_constraint", "tables", "sessions",
    "session_nodes", "steps", "final"]


def rows(values, indent):
    """A list with one element a line."""
    if not values:
        return "[]"
    inner = ",\n".join(" " * (indent + 2) + json.dumps(value) for value in values)
    return "[\n" + inner + "\n" + " " * indent + "]"


def text(recording):
    """The recording as the fixtures are written."""
    parts = []
    for key in ORDER:
        value = recording.get(key)
        if key not in recording or (key in ("unique_user_product", "stock_constraint") and not value):
            continue
        if key == "steps":
            body = rows(value, 2)
        elif key in ("tables", "final"):
            inner = [f'    "{table}": {rows(content, 4)}' for table, content in value.items()]
            body = "{\n" + ",\n".join(inner) + "\n  }"
        elif key == "settings":
            inner = [f"    {json.dumps(name)}: {json.dumps(content)}" for name, content in value.items()]
            body = "{\n" + ",\n".join(inner) + "\n  }"
        else:
            body = json.dumps(value)
        parts.append(f"  {json.dumps(key)}: {body}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def write(recording, folder):
    """Writes `name`.json; its path."""
    path = os.path.join(folder, recording["name"] + ".json")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text(recording))
    return path


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)
