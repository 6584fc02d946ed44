-- Transactions on worlds, and looks at them, carried out as one.
--
-- KEYS[1] is what the name of every key begins with. The keys of a world are made of its name, which the script learns
-- from its arguments and its index, so it does not run on a cluster; all that is kept belongs to one node anyway.
--
--   P about      who may work here: the format, the version and the digests of those that began
--   P index      the worlds but the default one, a sorted set by the second of their last use
--   P w:NAME     a world, a hash: its stamp (v), when its keys were last given longer (x), requests (n), last number (j)
--                and bytes of bodies (b) of the journal, last use (u); and the fields of its state, which begin with "="
--   P l:NAME     its last changes, a list of packed entries; P j:NAME its journal, a list of packed exchanges
--   P done:ID    the last batch of a client, and which of its transactions were applied
--   P refusals   the refused requests by id, a hash; P order their ids, the oldest first
--
-- A stamp is "NUMBER:TAG". The number grows by one with each change; the tag is that of the change alone, so that a
-- world which was lost and begun again is never taken for the one it was.

local P = KEYS[1]
local DEFAULT = 'default'
local cursor = 0
local function take()
  cursor = cursor + 1
  return ARGV[cursor]
end
local function number()
  return tonumber(take())
end

local about, client, batch = take(), take(), take()
local idle, limit = number(), number()
local journal_length, journal_bytes = number(), number()
local log_length, log_bytes, refusals_length = number(), number(), number()

local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000

local found = redis.call('GET', P .. 'about')
if not found then
  redis.call('SET', P .. 'about', about)
elseif found ~= about then
  return {'about', found}
end

local done_key = P .. 'done:' .. client
local done = redis.call('GET', done_key)
if done and string.sub(done, 1, #batch + 1) == batch .. ' ' then
  -- The answer to this batch was lost. What became of it is known; what stood in its way then is not.
  return {'again', clock[1], clock[2], string.sub(done, #batch + 2)}
end

local function world(name) return P .. 'w:' .. name end
local function log(name) return P .. 'l:' .. name end
local function journal(name) return P .. 'j:' .. name end

local function pack(text)
  return struct.pack('>I4', #text) .. text
end

local function drop(name)
  redis.call('DEL', world(name), log(name), journal(name))
  redis.call('ZREM', P .. 'index', name)
end

local function stamp_of(name)
  return redis.call('HGET', world(name), 'v') or ''
end

local function number_of(stamp)
  return tonumber(string.match(stamp, '^(%d+):')) or 0
end

-- The changes that lead from a stamp to the present, nil where they are no longer all there.
local function changes_since(name, stamp, present)
  local behind = number_of(present) - number_of(stamp)
  if stamp == '' or behind <= 0 then return nil end
  local entries = redis.call('LRANGE', log(name), -behind, -1)
  if #entries ~= behind then return nil end
  local length = struct.unpack('>I4', entries[1])
  if string.sub(entries[1], 5, 4 + length) ~= stamp then return nil end
  return entries
end

local function state_of(name)
  local all = redis.call('HGETALL', world(name))
  local fields = {}
  for i = 1, #all, 2 do
    if string.sub(all[i], 1, 1) == '=' then
      fields[#fields + 1] = all[i]
      fields[#fields + 1] = all[i + 1]
    end
  end
  return fields
end

-- How a world is, for one who knows it as it was at `stamp`.
local function report(name, stamp)
  local present = stamp_of(name)
  if present == '' then return {name, 'gone'} end
  local entries = changes_since(name, stamp, present)
  if entries then return {name, 'changes', present, entries} end
  return {name, 'whole', present, state_of(name)}
end

local function make_room()
  while redis.call('ZCARD', P .. 'index') > math.max(1, limit - 1) do
    drop(redis.call('ZPOPMIN', P .. 'index')[1])
  end
end

-- Keys that were made anew live for ever unless they are given a time.
local made_key = {}

local function keep_alive(name)
  if idle <= 0 or name == DEFAULT then return end
  local refreshed = tonumber(redis.call('HGET', world(name), 'x') or '0')
  if now - refreshed < idle / 64 and not made_key[name] then return end
  made_key[name] = nil
  -- A little longer than asked for, as this is not done with each request.
  local seconds = math.ceil(idle * 65 / 64)
  redis.call('HSET', world(name), 'x', string.format('%.3f', now))
  redis.call('EXPIRE', world(name), seconds)
  redis.call('EXPIRE', log(name), seconds)
  redis.call('EXPIRE', journal(name), seconds)
end

local function note_change(name, before, after, changes)
  local parts = {pack(before), pack(after)}
  for i = 1, #changes, 2 do
    local old = redis.call('HGET', world(name), changes[i]) or ''
    parts[#parts + 1] = pack(changes[i]) .. pack(changes[i + 1]) .. pack(old)
  end
  if redis.call('RPUSH', log(name), table.concat(parts)) == 1 then made_key[name] = true end
  local held = redis.call('HINCRBY', world(name), 'lb', #redis.call('LINDEX', log(name), -1))
  while held > log_bytes or redis.call('LLEN', log(name)) > log_length do
    local oldest = redis.call('LPOP', log(name))
    if not oldest then break end
    held = redis.call('HINCRBY', world(name), 'lb', -#oldest)
  end
end

local function change(name, before, after, changes)
  note_change(name, before, after, changes)
  for i = 1, #changes, 2 do
    if changes[i + 1] == '' then
      redis.call('HDEL', world(name), changes[i])
    else
      redis.call('HSET', world(name), changes[i], changes[i + 1])
    end
  end
  redis.call('HSET', world(name), 'v', after)
end

local function bodies(entry)
  local body, body_out, answer, answer_out = struct.unpack('>I4I4I4I4', entry)
  return body + answer, body, body_out, answer, answer_out
end

-- Of the newest exchanges the bodies, half of what a world keeps; of the others their sizes.
local function leave_bodies_out(name)
  local held = 0
  for i = redis.call('LLEN', journal(name)) - 1, 0, -1 do
    local entry = redis.call('LINDEX', journal(name), i)
    local size, body, body_out, answer, answer_out = bodies(entry)
    if held + size <= journal_bytes / 2 then
      held = held + size
    else
      local sizes = struct.pack('>I4I4I4I4', 0, body + body_out, 0, answer + answer_out)
      redis.call('LSET', journal(name), i, sizes .. string.sub(entry, 17 + size))
    end
  end
  redis.call('HSET', world(name), 'b', held)
end

local function note(name, entries)
  local held = 0
  for _, entry in ipairs(entries) do
    held = held + bodies(entry)
    if redis.call('RPUSH', journal(name), entry) == 1 then made_key[name] = true end
  end
  redis.call('HINCRBY', world(name), 'j', #entries)
  while redis.call('LLEN', journal(name)) > journal_length do
    held = held - bodies(redis.call('LPOP', journal(name)))
  end
  if redis.call('HINCRBY', world(name), 'b', held) > journal_bytes then leave_bodies_out(name) end
end

local function read_world()
  local w = {name = take(), stamp = take(), mode = take(), after = take(), used = take() == '1'}
  w.requests, w.cleared = number(), take() == '1'
  w.changes, w.entries = {}, {}
  for i = 1, number() do w.changes[i] = take() end
  for i = 1, number() do w.entries[i] = take() end
  return w
end

local function apply(w)
  local name = w.name
  if w.mode == 'delete' then
    drop(name)
    return
  end
  -- What a world of this name left behind when its time was over.
  if w.mode == 'change' and w.stamp == '' then drop(name) end
  if w.mode == 'change' then change(name, w.stamp, w.after, w.changes) end
  if w.cleared then
    redis.call('DEL', journal(name))
    redis.call('HSET', world(name), 'b', 0)
  end
  if w.requests > 0 then redis.call('HINCRBY', world(name), 'n', w.requests) end
  if #w.entries > 0 then note(name, w.entries) end
  if w.used then
    redis.call('HSET', world(name), 'u', string.format('%.3f', now))
    if name ~= DEFAULT then
      redis.call('ZADD', P .. 'index', string.format('%.3f', now), name)
      if w.stamp == '' then make_room() end
    end
  end
  if w.used or w.mode == 'change' or w.requests > 0 or #w.entries > 0 then
    keep_alive(name)
  end
end

local reported = {}
local function transact()
  local worlds, refusals, fits = {}, {}, true
  for i = 1, number() do
    worlds[i] = read_world()
    if stamp_of(worlds[i].name) ~= worlds[i].stamp then fits = false end
  end
  for i = 1, number() do refusals[i] = {take(), take()} end
  if not fits then
    local reports = {}
    for _, w in ipairs(worlds) do
      if stamp_of(w.name) ~= w.stamp and not reported[w.name] then
        reported[w.name] = true
        reports[#reports + 1] = report(w.name, w.stamp)
      end
    end
    return reports
  end
  for _, w in ipairs(worlds) do apply(w) end
  for _, refusal in ipairs(refusals) do
    redis.call('HSET', P .. 'refusals', refusal[1], refusal[2])
    redis.call('RPUSH', P .. 'order', refusal[1])
    if redis.call('LLEN', P .. 'order') > refusals_length then
      redis.call('HDEL', P .. 'refusals', redis.call('LPOP', P .. 'order'))
    end
  end
  return nil
end

local looks = {}

function looks.world()
  return report(take(), '')
end

-- How many requests there were, and the second of the last use.
function looks.activity()
  local found = redis.call('HMGET', world(take()), 'n', 'u')
  return {found[1] or '0', found[2] or '0'}
end

-- The number of the last exchange, how many are kept, and those after the last one known.
function looks.journal()
  local name, known = take(), number()
  local last = tonumber(redis.call('HGET', world(name), 'j') or '0')
  local length = redis.call('LLEN', journal(name))
  local entries = {}
  if last ~= known and length > 0 then
    local news = length
    if last > known then news = math.min(length, last - known) end
    entries = redis.call('LRANGE', journal(name), -news, -1)
  end
  return {last, length, entries}
end

function looks.names()
  local names = {}
  for _, name in ipairs(redis.call('ZRANGE', P .. 'index', 0, -1)) do
    if redis.call('EXISTS', world(name)) == 1 then
      names[#names + 1] = name
    else
      redis.call('ZREM', P .. 'index', name)
    end
  end
  return names
end

function looks.refusal()
  return redis.call('HGET', P .. 'refusals', take())
end

-- A world as it is, and the changes that led there since a stamp, each with what stood there before.
function looks.past()
  local name, stamp = take(), take()
  local present = stamp_of(name)
  if present == stamp then return {'there', state_of(name), {}} end
  local entries = changes_since(name, stamp, present)
  if not entries then return {'lost'} end
  return {'there', state_of(name), entries}
end

local results, applied = {}, {}
for i = 1, number() do
  local reports = transact()
  if reports then
    results[i] = reports
    applied[i] = '0'
  else
    results[i] = 1
    applied[i] = '1'
  end
end
local seen = {}
for i = 1, number() do
  seen[i] = looks[take()]()
end
if #results > 0 then
  redis.call('SET', done_key, batch .. ' ' .. table.concat(applied), 'EX', 600)
end
return {'done', clock[1], clock[2], results, seen}
