-- Notes that requests were allowed: one atomic step.
--
-- KEYS: the records.
-- ARGV: the first and the last of the requests, in microseconds; ms until an idle record expires; how many countries are
--       kept; then the countries.
local first, last, ttl, most = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
for _, key in ipairs(KEYS) do
  local there = redis.call('HMGET', key, 'first', 'last', 'countries')
  local known = tonumber(there[1] or '')
  if not known or first < known then redis.call('HSET', key, 'first', ARGV[1]) end
  known = tonumber(there[2] or '')
  if not known or last > known then redis.call('HSET', key, 'last', ARGV[2]) end
  local countries = there[3] and cjson.decode(there[3]) or {}
  local seen, before = {}, #countries
  for _, country in ipairs(countries) do seen[country] = true end
  for i = 5, #ARGV do
    if #countries < most and not seen[ARGV[i]] then
      countries[#countries + 1] = ARGV[i]
      seen[ARGV[i]] = true
    end
  end
  if #countries > before then redis.call('HSET', key, 'countries', cjson.encode(countries)) end
  redis.call('PEXPIRE', key, ttl)
end
return 1
