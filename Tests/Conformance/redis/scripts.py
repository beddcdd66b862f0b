"""The scripts that the model knows by their text (Sources/SimNodes/Redis/RedisScript+Standard.swift)."""
import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Script:
    text: str
    keys: int
    arguments: int

    @property
    def digest(self) -> str:
        return hashlib.sha1(self.text.encode()).hexdigest()

    def matches(self, words: list[str]) -> bool:
        """Whether EVAL or EVALSHA names this script."""
        return len(words) > 1 and words[1].lower() in (self.text.lower(), self.digest)


UNLOCK = Script(
    "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end", 1, 1)
RENEW = Script(
    "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) else return 0 end",
    1, 2)
GUARDED_DECREMENT = Script("""\
local stock = tonumber(redis.call('get', KEYS[1]) or '0')
local qty = tonumber(ARGV[1])
if stock < qty then
  return 0
end
redis.call('decrby', KEYS[1], qty)
return 1""", 1, 1)
SECKILL = Script("""\
local voucherId = ARGV[1]
local userId = ARGV[2]
local orderId = ARGV[3]
local stockKey = 'seckill:stock:' .. voucherId
local orderKey = 'seckill:order:' .. voucherId
if (tonumber(redis.call('get', stockKey)) <= 0) then
  return 1
end
if (redis.call('sismember', orderKey, userId) == 1) then
  return 2
end
redis.call('incrby', stockKey, -1)
redis.call('sadd', orderKey, userId)
redis.call('xadd', 'stream.orders', '*', 'userId', userId, 'voucherId', voucherId, 'id', orderId)
return 0""", 0, 3)
REENTRANT_LOCK = Script("""\
if (redis.call('exists', KEYS[1]) == 0) or (redis.call('hexists', KEYS[1], ARGV[2]) == 1) then
  redis.call('hincrby', KEYS[1], ARGV[2], 1)
  redis.call('pexpire', KEYS[1], ARGV[1])
  return nil
end
return redis.call('pttl', KEYS[1])""", 1, 2)
REENTRANT_UNLOCK = Script("""\
if (redis.call('hexists', KEYS[1], ARGV[3]) == 0) then
  return nil
end
local counter = redis.call('hincrby', KEYS[1], ARGV[3], -1)
if (counter > 0) then
  redis.call('pexpire', KEYS[1], ARGV[2])
  return 0
else
  redis.call('del', KEYS[1])
  redis.call('publish', KEYS[2], ARGV[1])
  return 1
end""", 2, 3)
SET_THEN_INCREMENT = Script(
    "redis.call('set', KEYS[1], ARGV[1]) redis.call('incrby', KEYS[2], 1) redis.call('set', KEYS[3], ARGV[1]) "
    "return 'done'", 3, 1)
ALL = [UNLOCK, RENEW, GUARDED_DECREMENT, SECKILL, REENTRANT_LOCK, REENTRANT_UNLOCK, SET_THEN_INCREMENT]
