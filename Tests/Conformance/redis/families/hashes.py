"""Hashes."""
from redis.families.draw import Draw


def field(d: Draw) -> str:
    return d.pick("f1", "f2", "f3", "")


def command(d: Draw) -> list[str]:
    key = d.key("h")
    match d.weighted({"HSET": 5, "HSETNX": 1, "HGET": 2, "HMGET": 1, "HGETALL": 2, "HLEN": 1, "HEXISTS": 1, "HDEL": 3,
                      "HINCRBY": 4}):
        case "HSET":
            pairs = [word for _ in range(d.random.randint(1, 3)) for word in (field(d), d.value())]
            return ["HSET", key, *(pairs[:-1] if d.chance(0.05) else pairs)]
        case "HSETNX":
            return ["HSETNX", key, field(d), d.value()]
        case "HINCRBY":
            return ["HINCRBY", key, field(d), d.integer()]
        case ("HMGET" | "HDEL") as name:
            return [name, key, *d.some(lambda: field(d))]
        case ("HGETALL" | "HLEN") as name:
            return [name, key]
        case name:
            return [name, key, field(d)]
