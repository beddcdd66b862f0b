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


def rare(d: Draw) -> list[str]:
    """Sets beyond the commands that every design uses."""
    key = d.key("u")
    match d.weighted({"SMISMEMBER": 2, "SPOP": 2, "SRANDMEMBER": 1, "SMOVE": 3, "SINTER": 2, "SUNION": 2, "SDIFF": 2,
                      "SINTERCARD": 2, "SSCAN": 1, "SADD": 3}):
        case ("SMISMEMBER" | "SADD") as name:
            return [name, key, *d.some(lambda: member(d))]
        case ("SPOP" | "SRANDMEMBER") as name:
            # As many as there are: which ones is else a matter of chance.
            return [name, key, d.pick("10", "0", "x")]
        case "SMOVE":
            return ["SMOVE", key, d.key("u"), member(d)]
        case "SINTERCARD":
            return ["SINTERCARD", d.pick("1", "2", "2", "0", "x", "3"), key, d.key("u"),
                    *(["LIMIT", d.pick("0", "1", "-1")] if d.chance(0.3) else [])]
        case "SSCAN":
            return ["SSCAN", key, "0", *(["MATCH", "m*"] if d.chance(0.3) else [])]
        case name:
            return [name, *d.some(lambda: d.key("u"))]
