// Our part of what scripts see, in Lua, because what lives in Lua rolls back with it: timers, waiting coroutines, handlers,
// events of the next tick. It runs once, before any script; what it answers is for the vm.

export const PRELUDE = `
local host, guarded, names = ...

local next, type, error, tostring, rawset, rawget, select, setmetatable, floor, tointeger =
  next, type, error, tostring, rawset, rawget, select, setmetatable, math.floor, math.tointeger
local concat, sort = table.concat, table.sort
local create, resume, running, status, yield =
  guarded.create, guarded.resume, coroutine.running, coroutine.status, coroutine.yield
local traceback, emit = guarded.traceback, host.emit

-- Where Lua looks for the names of functions, for its messages.
_G.setmetatable = guarded.setmetatable
for _, name in next, { 'create', 'resume', 'wrap' } do coroutine[name] = guarded[name] end

local function copy(from)
  local to = {}
  for key, value in next, from do to[key] = value end
  return to
end

-- Methods of strings are everyone's: they come from a copy that nobody reaches.
local strings = getmetatable('')
strings.__index = copy(string)
strings.__metatable = false

-- What every script is given beside its own: self, which the bindings set.
local given = {}

local function whole(value, what, least)
  local n = tointeger(value)
  if n == nil or n < least then error(what .. ' must be a whole number from ' .. least .. ' on', 3) end
  return n
end
local function callable(f, what)
  if type(f) ~= 'function' then error(what .. ' must be a function, not ' .. type(f), 3) end
end
local function named(kind, what)
  if type(kind) ~= 'string' or kind == '' then error(what .. ': the kind must be a name', 3) end
end

-- Scripts: environment, handlers by kind, chunk, what require answers.
local scripts = {}

-- Timers. An entry: function, script, self, and whether it takes itself for an argument.
local due, timers, serial = {}, {}, 0
local waiting = setmetatable({}, { __mode = 'k' })

local function schedule(tick, entry)
  local list = due[tick]
  if list then list[#list + 1] = entry else due[tick] = { entry } end
end
local function entry(f)
  return { f, host.script(), host.self(), false }
end
local function timer(ticks, e)
  serial = serial + 1
  timers[serial] = e
  schedule(host.tick() + ticks, e)
  return serial
end

-- Events of the next tick: kind, event, slot, kind, event, slot…
local pending, count = {}, 0
local EVENTS, DEPTH = 256, 32

local function data(value, depth)
  local t = type(value)
  if t == 'nil' or t == 'boolean' or t == 'number' or t == 'string' then return value end
  if t == 'userdata' then
    local plain = host.plain(value)
    if plain then return plain end
    error('echo.emit: the payload holds an entity: send echo.ref(e), and take it back by echo.deref(reference)', depth + 3)
  end
  if t ~= 'table' then error('echo.emit: the payload holds a ' .. t .. ', which is no data', depth + 3) end
  if depth >= DEPTH then error('echo.emit: the payload is nested more than ' .. DEPTH .. ' deep, or contains itself', depth + 3) end
  local to = {}
  for key, item in next, value do
    if type(key) ~= 'string' and not tointeger(key) then
      error('echo.emit: the payload holds a table with a key that is neither a name nor a whole number', depth + 3)
    end
    to[key] = data(item, depth + 1)
  end
  return to
end

local echo = { network = {} }

function echo.on(kind, f)
  named(kind, 'echo.on')
  callable(f, 'echo.on: the handler')
  local on = scripts[host.script()].on
  local handler = { f, host.self() }
  local list = on[kind]
  if list then list[#list + 1] = handler else on[kind] = { handler } end
  return function() handler[1] = false end
end

function echo.emit(kind, payload)
  named(kind, 'echo.emit')
  if count >= EVENTS * 3 then error('echo.emit: more than ' .. EVENTS .. ' events at one tick', 2) end
  local slot, copied = host.slot(), data(payload, 0)
  host.check(copied)
  pending[count + 1] = kind
  pending[count + 2] = { kind = kind, payload = copied, slot = slot >= 0 and slot or nil }
  pending[count + 3] = slot
  count = count + 3
end

function echo.network.emit(kind, payload, options)
  named(kind, 'echo.network.emit')
  if options == nil then return emit(kind, payload) end
  local when = options.when
  if when ~= nil and when ~= 'confirmed' then error("echo.network.emit: when can be 'confirmed'", 2) end
  emit(kind, payload, when == 'confirmed')
end

function echo.raise(kind, payload, key)
  named(kind, 'echo.raise')
  host.raise(kind, payload, key)
end

function echo.log(...)
  local texts = { ... }
  for i = 1, select('#', ...) do texts[i] = tostring(texts[i]) end
  host.log(concat(texts, '\\t'))
end

echo.chronos = host.tick
echo.kairos = host.branch

function echo.random(m, n)
  local r = host.random()
  if m == nil then return r end
  if n == nil then m, n = 1, m end
  local low, high = tointeger(m), tointeger(n)
  if low == nil or high == nil or low > high or high - low < 0 or high - low > 4294967295 then
    error('echo.random(' .. tostring(m) .. ', ' .. tostring(n) .. '): two whole numbers, the smaller one first', 2)
  end
  return low + floor(r * (high - low + 1))
end

function echo.after(ticks, f)
  ticks = whole(ticks, 'echo.after: ticks', 1)
  callable(f, 'echo.after: what is called')
  local e, id = entry(f)
  e[1] = function() timers[id] = nil return f() end
  id = timer(ticks, e)
  return id
end

function echo.every(ticks, f)
  ticks = whole(ticks, 'echo.every: ticks', 1)
  callable(f, 'echo.every: what is called')
  local e = entry(f)
  e[1] = function()
    schedule(host.tick() + ticks, e)
    return f()
  end
  return timer(ticks, e)
end

function echo.cancel(id)
  local e = timers[id]
  if e == nil then return false end
  timers[id], e[1] = nil, false
  return true
end

local function go(co, ...)
  local ok, message = resume(co, ...)
  if not ok then error(traceback(co, message), 0) end
end

local function wake(e)
  local co = e[5]
  if waiting[co] ~= e[6] or status(co) ~= 'suspended' then return end
  go(co)
end

function echo.start(f, ...)
  callable(f, 'echo.start: what is started')
  local co = create(f)
  go(co, ...)
  return co
end

function echo.wait(ticks)
  local co, main = running()
  if main then error('echo.wait: only inside of a coroutine: echo.start(function() … end)', 2) end
  ticks = ticks == nil and 1 or whole(ticks, 'echo.wait: ticks', 1)
  serial = serial + 1
  local token = serial
  waiting[co] = token
  schedule(host.tick() + ticks, { wake, host.script(), host.self(), true, co, token })
  yield()
  waiting[co] = nil
end

function echo.spawn(first, ...)
  if type(first) ~= 'table' then return host.spawn(first, ...) end
  local components = {}
  for name in next, first do components[#components + 1] = name end
  sort(components)
  local e = host.spawn(table.unpack(components))
  if e == nil then return nil end
  for i = 1, #components do
    local fields = first[components[i]]
    if type(fields) == 'table' then
      local view = e[components[i]]
      for field, value in next, fields do view[field] = value end
    end
  end
  return e
end

function echo.query(...)
  return host.next, host.mask(...), nil
end

for _, name in next, { 'destroy', 'alive', 'has', 'add', 'remove', 'ref', 'deref', 'entity', 'held', 'pressed', 'released', 'axis',
  'present' } do echo[name] = host[name] end

-- The library of scripts: each gets its own tables, so that what it changes in them is its own.
local collect = collectgarbage
local options = { collect = false, count = false, step = false, isrunning = false, stop = true, restart = true, setpause = true, setstepmul = true, incremental = true, generational = true }
local base = {
  assert = assert, error = error, getmetatable = getmetatable, ipairs = ipairs, next = next, pairs = pairs, pcall = pcall,
  print = echo.log, rawequal = rawequal, rawget = rawget, rawlen = rawlen, rawset = rawset, select = select,
  setmetatable = guarded.setmetatable, tonumber = tonumber, tostring = tostring, type = type, xpcall = xpcall, _VERSION = _VERSION,
}
function base.collectgarbage(option, ...)
  local closed = options[option or 'collect']
  if closed == nil then error("bad argument #1 to 'collectgarbage' (invalid option '" .. tostring(option) .. "')", 2) end
  if closed then error('collectgarbage("' .. option .. '"): the collector is everyone\\'s, a script cannot change it', 2) end
  return collect(option, ...)
end
local warnings = {}
function base.warn(...)
  local texts = { ... }
  for i = 1, #texts do
    if type(texts[i]) ~= 'string' and type(texts[i]) ~= 'number' then
      error("bad argument #" .. i .. " to 'warn' (string expected, got " .. type(texts[i]) .. ")", 2)
    end
  end
  local text = concat(texts)
  if #texts == 1 and text:sub(1, 1) == '@' then warnings[host.script()] = text == '@on' or (text ~= '@off' and warnings[host.script()])
  elseif warnings[host.script()] then host.log('warning: ' .. text) end
end

local libraries = { coroutine = copy(coroutine), math = math, string = string, table = table, utf8 = utf8 }

-- What a script runs in. A name that it does not have is looked for in what it is given.
local function furnish(env)
  for name, value in next, base do env[name] = value end
  for name, library in next, libraries do env[name] = copy(library) end
  env.echo = copy(echo)
  env.echo.network = copy(echo.network)
  env._G = env
  env.require = function(name)
    local i = names[name]
    if i == nil then error('require: no script "' .. tostring(name) .. '"', 2) end
    local script = scripts[i]
    if script.state == 'running' then error('require: "' .. name .. '" needs itself', 2) end
    if script.state == nil then scripts.run(i) end
    if script.result == nil then return true end
    return script.result
  end
end

function scripts.run(i)
  local script = scripts[i]
  local chunk = script.chunk
  if chunk == nil or script.state ~= nil then return end
  script.state = 'running'
  script.result = chunk(script.name)
  script.state, script.chunk = 'done', nil
end

local function make(i, name)
  local env = {}
  setmetatable(env, {
    __index = given,
    __newindex = function(t, key, value)
      if key == 'self' then error('self is given to the script, it cannot be set', 2) end
      rawset(t, key, value)
    end,
    __metatable = false,
  })
  furnish(env)
  local on = {}
  scripts[i] = { env = env, on = on, name = name }
  return env, on
end

-- A new text for a script; its globals stay, its handlers are made anew.
local texts = {}
local function load(i, chunk, text)
  local script = scripts[i]
  if rawget(script.env, 'echo') == nil then furnish(script.env) end
  for kind in next, script.on do script.on[kind] = nil end
  script.chunk, script.state, script.result = chunk, nil, nil
  if text then texts[i] = text end
end

-- Nothing holds what a stopped script held.
local function drop(i)
  local script = scripts[i]
  for name in next, script.env do rawset(script.env, name, nil) end
  for kind in next, script.on do script.on[kind] = nil end
  script.chunk, script.result = nil, nil
end

-- For the rules: an event of the next tick.
local function queue(kind, payload, slot)
  if count >= EVENTS * 3 then error("lua: more than " .. EVENTS .. " local events at one tick", 0) end
  pending[count + 1], pending[count + 3] = kind, slot
  pending[count + 2] = { kind = kind, payload = payload, slot = slot >= 0 and slot or nil }
  count = count + 3
end

-- Texts on their way, one a player.
local parts = {}
local function part(slot, serial, i, n, bytes)
  local text = parts[slot]
  if i == 1 then
    text = { serial = serial, n = n }
    parts[slot] = text
  end
  if text == nil or text.serial ~= serial or text.n ~= n or #text ~= i - 1 then
    parts[slot] = nil
    return nil
  end
  text[i] = bytes
  if i < n then return nil end
  parts[slot] = nil
  return concat(text)
end

local function take_due(tick)
  local list = due[tick]
  due[tick] = nil
  return list
end

local function take_events(tick)
  local list, n = pending, count
  if n == 0 then return nil end
  pending, count = {}, 0
  for i = 2, n, 3 do list[i].tick = tick end
  return list, n
end

return given, make, load, drop, scripts.run, take_due, take_events, queue, texts, math.randomseed, part
`
