// What every snippet of the manual's test can use, in Lua, so that both Luas say what they found in the same words: `show(…)` tells
// values with their types, `fails(f, …)` tells the error that a call must end in, `tried(f, …)` either. `put`
// takes a line.

export const HARNESS = String.raw`
local function quoted(s)
  return '"' .. s:gsub('[^\32-\126]', function(c) return ('\\%d'):format(c:byte()) end) .. '"'
end
local function told(v, deep)
  local kind = math.type(v)
  if kind == 'float' then return v ~= v and 'a NaN' or ('%.17g float'):format(v) end
  if kind == 'integer' then return ('%d'):format(v) end
  if type(v) == 'string' then return quoted(v) end
  if type(v) == 'table' and deep < 4 then
    local parts, count = {}, 0
    for i, item in ipairs(v) do parts[i] = told(item, deep + 1) count = i end
    local named = {}
    for key, item in next, v do
      if not (math.type(key) == 'integer' and key >= 1 and key <= count) then
        named[#named + 1] = '[' .. told(key, deep + 1) .. '] = ' .. told(item, deep + 1)
      end
    end
    table.sort(named)
    return '{' .. table.concat(parts, ', ') .. (#named > 0 and '; ' or '') .. table.concat(named, ', ') .. '}'
  end
  if v == nil or type(v) == 'boolean' then return tostring(v) end
  return 'a ' .. type(v)
end
local function show(...)
  local parts = { ... }
  for i = 1, select('#', ...) do parts[i] = told(parts[i], 0) end
  put(select('#', ...) .. ': ' .. table.concat(parts, ', '))
end
local function tried(f, ...)
  local ok, message = pcall(f, ...)
  put(tostring(ok) .. ' ' .. told(message, 0):gsub('0x%x+', 'address'))
end
local function fails(f, ...)
  local ok, message = pcall(f, ...)
  if ok then error('it did not fail', 2) end
  put('error ' .. told(message, 0):gsub('0x%x+', 'address'))
end
`
