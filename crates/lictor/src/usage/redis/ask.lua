-- What is known of some records, with requests counted: one atomic step. Times are in microseconds, which a number of Lua's
-- holds exactly. Windows are those of window.rs.
--
-- KEYS: when the store began, then the records.
-- ARGV: the caller's now; 1 to go by the server's; how far the two may differ; ms until an idle record expires;
--       then the requests to count of each record.
-- Gives: now, then of each record: whether it was there, first use, last use, known since, countries, facts, windows.
local now = tonumber(ARGV[1])
if ARGV[2] == '1' then
  local time = redis.call('TIME')
  local server = time[1] * 1000000 + time[2]
  if math.abs(server - now) > tonumber(ARGV[3]) then
    return {'clock', math.abs(server - now)}
  end
  now = server
end
local function text(number) return string.format('%.0f', number) end
local ttl = tonumber(ARGV[4])
local began = tonumber(redis.call('GET', KEYS[1]) or '')
local counting = false
for i = 5, #ARGV do counting = counting or tonumber(ARGV[i]) > 0 end
if counting then
  if not began then redis.call('SET', KEYS[1], text(now)) end
end
-- Records that were idle for so long have expired.
local since = nil
if began and began < now - ttl * 1000 then since = now - ttl * 1000 end
local spans = {1000000, 60000000, 3600000000, 86400000000}
local answer = {now}
for i = 2, #KEYS do
  local key, requests = KEYS[i], tonumber(ARGV[i + 3])
  local there = redis.call('HMGET', key, 'first', 'last', 'since', 'countries', 'facts', 'windows')
  local first, last, known = tonumber(there[1] or ''), tonumber(there[2] or ''), tonumber(there[3] or '')
  local windows = {}
  for number in string.gmatch(there[6] or '', '%S+') do windows[#windows + 1] = tonumber(number) end
  local new = not (there[1] or there[3] or there[5] or there[6])
  if new then known = since end
  for w = 1, 4 do
    local at, bucket = 3 * w - 2, math.floor(now / spans[w])
    local mine, current, previous = windows[at] or 0, windows[at + 1] or 0, windows[at + 2] or 0
    if bucket < mine - 1 then mine = bucket end
    if bucket > mine then
      previous = bucket == mine + 1 and current or 0
      mine, current = bucket, 0
    end
    windows[at], windows[at + 1], windows[at + 2] = mine, current + requests, previous
  end
  if requests > 0 then
    local texts = {}
    for w = 1, 12 do texts[w] = text(windows[w]) end
    redis.call('HSET', key, 'windows', table.concat(texts, ' '))
    if new and known then redis.call('HSET', key, 'since', text(known)) end
    redis.call('PEXPIRE', key, ttl)
  end
  answer[#answer + 1] = {
    new and 0 or 1, first or false, last or false, known or false, there[4], there[5], unpack(windows)
  }
end
return answer
