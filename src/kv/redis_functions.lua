-- What operations mean, in Redis: the same as semantics.cc, once more, since there the state is here.
--
-- Each function checks everything before it writes anything, and Redis runs one at a time. RedisStore puts the
-- library's head before this text: its name (LIBRARY), and the limits of kv/limits.h.
--
-- KEYS of a namespace, all in one slot:
--   1  hash: "version", and "bytes" as quotas count
--   2  hash: key -> "VERSION EXPIRY VALUE", or with metadata "VERSION EXPIRY+SIZE METADATAVALUE", whose size is
--      that of the metadata; the expiry in milliseconds since 1970, 0 for none
--   3  sorted set of all keys, with one score: the order of their bytes
--   4  sorted set of the keys that expire, by their expiry
--   5  for arithmetic, gone after it
-- ARGV: 1 now, in milliseconds since 1970; 2 the namespace's quota; then the function's own.
-- Replies: "ok", the namespace's version, its bytes, the next expiry or 0, and then the function's own; or the
-- name of a failure (kv/failure.h) in place of "ok", and nothing behind the third.

local META, DATA, NAMES, EXPIRIES, SCRATCH = 1, 2, 3, 4, 5
local CHUNK = 100

-- Lua's numbers are doubles, exact to 2^53: enough for versions, times and bytes.
local function digits(number)
  return string.format('%.0f', number)
end

local function split(raw)
  if not raw then return nil end
  local version, expiry, metadata, start = string.match(raw, '^(%d+) (%d+)%+?(%d*) ()')
  return {
    raw = raw, version = tonumber(version), expiry = tonumber(expiry), size = #raw - start + 1,
    start = start, value_at = start + (tonumber(metadata) or 0),
  }
end

local function metadata_of(record)
  return string.sub(record.raw, record.start, record.value_at - 1)
end

local function cost(key, size)
  return #key + size + OVERHEAD
end

-- One call of a function.
local function begin(keys, args)
  local meta = redis.call('HMGET', keys[META], 'version', 'bytes')
  return {
    keys = keys, now = tonumber(args[1]), quota = tonumber(args[2]),
    version = tonumber(meta[1] or 0), bytes = tonumber(meta[2] or 0), effects = {},
  }
end

local function fails(state, failure)
  return {failure, state.version, state.bytes}
end

local function reply(state, ...)
  local first = redis.call('ZRANGE', state.keys[EXPIRIES], 0, 0, 'WITHSCORES')
  return {'ok', state.version, state.bytes, digits(first[2] or 0), ...}
end

local function is_alive(state, record)
  return record and (record.expiry == 0 or record.expiry > state.now)
end

-- What the key has and is not expired, and what it has in any case.
local function see(state, key)
  local stored = split(redis.call('HGET', state.keys[DATA], key))
  if is_alive(state, stored) then return stored, stored end
  return nil, stored
end

local function version_of(record)
  return record and record.version or 0
end

-- `value` false: the key is removed.
local function effect(state, key, stored, value, expiry, metadata)
  local effects = state.effects
  effects[#effects + 1] = {
    key = key, stored = stored, value = value, expiry = tonumber(expiry or 0), metadata = metadata or '',
  }
end

local function remove(keys, key, stored)
  redis.call('HDEL', keys[DATA], key)
  redis.call('ZREM', keys[NAMES], key)
  if stored.expiry > 0 then redis.call('ZREM', keys[EXPIRIES], key) end
end

-- Does all effects under one new version. The name of a failure: none was done.
local function apply(state)
  if #state.effects == 0 then return nil end
  local growth = 0
  for _, one in ipairs(state.effects) do
    if one.value then growth = growth + cost(one.key, #one.value + #one.metadata) end
    if one.stored then growth = growth - cost(one.key, one.stored.size) end
  end
  if growth > 0 and state.bytes + growth > state.quota then return 'namespace-quota' end
  local keys = state.keys
  state.version = state.version + 1
  state.bytes = state.bytes + growth
  redis.call('HSET', keys[META], 'version', digits(state.version), 'bytes', digits(state.bytes))
  for _, one in ipairs(state.effects) do
    if not one.value then
      remove(keys, one.key, one.stored)
    else
      local size = one.metadata ~= '' and '+' .. #one.metadata or ''
      redis.call('HSET', keys[DATA], one.key,
        digits(state.version) .. ' ' .. digits(one.expiry) .. size .. ' ' .. one.metadata .. one.value)
      if not one.stored then redis.call('ZADD', keys[NAMES], 0, one.key) end
      if one.expiry > 0 then
        redis.call('ZADD', keys[EXPIRIES], digits(one.expiry), one.key)
      elseif one.stored and one.stored.expiry > 0 then
        redis.call('ZREM', keys[EXPIRIES], one.key)
      end
    end
  end
  return nil
end

local function written(state)
  local is_written = #state.effects > 0
  local failure = apply(state)
  if failure then return fails(state, failure) end
  return reply(state, is_written and state.version or 0)
end

-- ---- reading ----

local function get(keys, args)
  local state = begin(keys, args)
  local found, bytes = {}, 0
  for i = 3, #args do
    local record = see(state, args[i])
    bytes = bytes + (record and record.size or 0)
    if bytes > MAX_REPLY and #args > 3 then return fails(state, 'reply-too-large') end
    found[#found + 1] = record and record.raw or false
  end
  local answer = reply(state)
  for i, one in ipairs(found) do answer[4 + i] = one end
  return answer
end

-- Calls visit(key, record) for what is between two bounds and alive, in order, until it says false.
local function walk(state, first, last, visit)
  while true do
    local names = redis.call('ZRANGE', state.keys[NAMES], first, last, 'BYLEX', 'LIMIT', 0, CHUNK)
    if #names == 0 then return end
    local raws = redis.call('HMGET', state.keys[DATA], unpack(names))
    for i, name in ipairs(names) do
      local record = split(raws[i])
      if is_alive(state, record) and not visit(name, record) then return end
    end
    if #names < CHUNK then return end
    first = '(' .. names[#names]
  end
end

-- What a page has of a record besides its key.
local contents = {
  keys = function(record) return digits(record.version), 0 end,
  records = function(record) return record.raw, record.size end,
  metadata = function(record) return string.sub(record.raw, 1, record.value_at - 1), record.value_at - record.start end,
}

-- 3 the first bound, 4 the last, 5 how many keys, 6 "keys", "records" or "metadata"
local function list(keys, args)
  local state = begin(keys, args)
  local limit, content = tonumber(args[5]), contents[args[6]]
  local answer = reply(state)
  answer[5] = ''
  local count, bytes, last = 0, 0, ''
  walk(state, args[3], args[4], function(name, record)
    local part, size = content(record)
    local more = #name + size
    if count > 0 and (count == limit or bytes + more > MAX_PAGE) then
      answer[5] = last
      return false
    end
    count, bytes, last = count + 1, bytes + more, name
    answer[#answer + 1] = name
    answer[#answer + 1] = part
    return true
  end)
  return answer
end

local function map(keys, args)
  local state = begin(keys, args)
  local answer = reply(state)
  local count, bytes, fits = 0, 0, true
  walk(state, '-', '+', function(name, record)
    count, bytes = count + 1, bytes + #name + record.size
    fits = bytes <= MAX_REPLY and count <= MAX_MAP_KEYS
    answer[#answer + 1] = name
    answer[#answer + 1] = record.raw
    return fits
  end)
  if not fits then return fails(state, 'reply-too-large') end
  return answer
end

-- ---- writing ----

-- 3 key, 4 value, 5 expiry, 6 "", "absent" or "present", 7 metadata
local function put(keys, args)
  local state = begin(keys, args)
  local record, stored = see(state, args[3])
  if (args[6] == 'absent' and record) or (args[6] == 'present' and not record) then return fails(state, 'conflict') end
  effect(state, args[3], stored, args[4], args[5], args[7])
  return written(state)
end

-- 3 key
local function delete(keys, args)
  local state = begin(keys, args)
  local record, stored = see(state, args[3])
  if record then effect(state, args[3], stored, false) end
  return written(state)
end

-- Exactly the text that C++ makes of a 64-bit number.
local function is_number(text)
  local sign, magnitude = string.match(text, '^(-?)(%d+)$')
  if not magnitude or #magnitude > 19 then return false end
  if string.sub(magnitude, 1, 1) == '0' then return text == '0' end
  if #magnitude < 19 then return true end
  return magnitude <= (sign == '' and '9223372036854775807' or '9223372036854775808')
end

-- Nil: it is beyond 64 bits.
local function sum(keys, text, by)
  if #text <= 15 and #by <= 15 then return digits(tonumber(text) + tonumber(by)) end
  redis.call('SET', keys[SCRATCH], text)
  local done = redis.pcall('INCRBY', keys[SCRATCH], by)
  local value = redis.call('GET', keys[SCRATCH])
  redis.call('DEL', keys[SCRATCH])
  if type(done) == 'table' then return nil end
  return value
end

-- 3 key, 4 by, 5 expiry of a key that this makes
local function increment(keys, args)
  local state = begin(keys, args)
  local record, stored = see(state, args[3])
  local number, expiry, metadata = '0', args[5], ''
  if record then
    number, expiry, metadata = string.sub(record.raw, record.value_at), record.expiry, metadata_of(record)
    if not is_number(number) then return fails(state, 'not-a-number') end
  end
  local value = sum(keys, number, args[4])
  if not value then return fails(state, 'overflow') end
  effect(state, args[3], stored, value, expiry, metadata)
  local failure = apply(state)
  if failure then return fails(state, failure) end
  return reply(state, value)
end

-- 3 key, 4 version, 5 value, 6 expiry; without 5 and 6: deletes
local function swap(keys, args)
  local state = begin(keys, args)
  local record, stored = see(state, args[3])
  if version_of(record) ~= tonumber(args[4]) then return fails(state, 'conflict') end
  if args[5] then
    effect(state, args[3], stored, args[5], args[6])
  elseif record then
    effect(state, args[3], stored, false)
  end
  return written(state)
end

-- 3 version of the namespace or "", 4 checks, 5 puts, 6 deletes; then so many times key and version, then so
-- many times key, expiry, value and metadata, then keys
local function transact(keys, args)
  local state = begin(keys, args)
  if args[3] ~= '' and tonumber(args[3]) ~= state.version then return fails(state, 'conflict') end
  local at = 7
  for _ = 1, tonumber(args[4]) do
    local record = see(state, args[at])
    if version_of(record) ~= tonumber(args[at + 1]) then return fails(state, 'conflict') end
    at = at + 2
  end
  -- The last word on each key: one may be put twice, or put and deleted.
  local order, last = {}, {}
  local function say(key, word)
    if not last[key] then order[#order + 1] = key end
    last[key] = word
  end
  for _ = 1, tonumber(args[5]) do
    say(args[at], {expiry = args[at + 1], value = args[at + 2], metadata = args[at + 3]})
    at = at + 4
  end
  for _ = 1, tonumber(args[6]) do
    say(args[at], {value = false})
    at = at + 1
  end
  for _, key in ipairs(order) do
    local record, stored = see(state, key)
    local word = last[key]
    if word.value or record then effect(state, key, stored, word.value, word.expiry, word.metadata) end
  end
  return written(state)
end

-- 3 how many: removes what has expired. No new version: nobody could see it any more.
local function sweep(keys, args)
  local state = begin(keys, args)
  local gone = redis.call('ZRANGE', keys[EXPIRIES], '-inf', digits(state.now), 'BYSCORE', 'LIMIT', 0, tonumber(args[3]))
  for _, key in ipairs(gone) do
    local stored = split(redis.call('HGET', keys[DATA], key))
    if stored then
      remove(keys, key, stored)
      state.bytes = state.bytes - cost(key, stored.size)
    end
  end
  if #gone > 0 then redis.call('HSET', keys[META], 'bytes', digits(state.bytes)) end
  return reply(state)
end

local function check()
  return LIBRARY
end

local function register(name, callback, ...)
  redis.register_function{function_name = LIBRARY .. '_' .. name, callback = callback, flags = {...}}
end

register('get', get, 'no-writes')
register('list', list, 'no-writes')
register('map', map, 'no-writes')
register('put', put)
register('increment', increment)
register('swap', swap)
register('transact', transact)
-- Deleting is always possible.
register('delete', delete, 'allow-oom')
register('swap_away', swap, 'allow-oom')
register('transact_away', transact, 'allow-oom')
register('sweep', sweep, 'allow-oom')
-- Not without writes, so that a replica refuses it.
register('check', check, 'allow-oom')
