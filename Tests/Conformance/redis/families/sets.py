"""Sets."""
from redis.families.draw import Draw


def member(d: Draw) -> str:
    return d.pick("m1", "m2", "m3", "1", "2", "")


def command(d: Draw) -> list[str]:
    key = d.key("u")
    match d.weighted({"SADD": 5, "SREM": 3, "SISMEMBER": 2, "SCARD": 2, "SMEMBERS": 2}):
        case ("SADD" | "SREM") as name:
            return [name, key, *d.some(lambda: member(d))]
        case "SISMEMBER":
            return ["SISMEMBER", key, member(d)]
        case name:
            return [name, key]
