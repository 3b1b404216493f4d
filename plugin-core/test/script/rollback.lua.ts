// A script that does what is hard to roll back: upvalues, coroutines, strings, pairs over names, random numbers, garbage, timers,
// errors, entities that come and go.

export const ROLLBACK_SCRIPT = `
local count, log, byname, sums = 0, {}, {}, {}
for i = 1, 60 do byname['name_' .. i] = { id = i, tags = { 'a', 'b' } } end

local function counter()
  local n = 0
  return function(d) n = n + d return n end, function() return n end
end
local add, total = counter()

local function cutscene()
  local t0 = echo.chronos()
  for step = 1, math.huge do
    log[#log + 1] = string.format('step %d at %d, %5.3f', step, echo.chronos() - t0, math.sin(step))
    if #log > 20 then table.remove(log, 1) end
    echo.wait(1 + step % 5)
  end
end

local gen = coroutine.wrap(function()
  local a, b = 0, 1
  while true do coroutine.yield(a) a, b = b, (a + b) % 1000003 end
end)

function on_start()
  echo.start(cutscene)
  echo.every(7, function() add(math.random(1, 6)) end)
  for i = 1, 8 do
    local e = echo.spawn { Body = { x = i, y = -i, vx = math.cos(i) }, Bot = { hp = 10 + i } }
    e.vars.born = 'at ' .. echo.chronos()
  end
end

function on_move(evt)
  add(evt.payload.dx)
  for e in echo.query('Body') do e.x = e.x + evt.payload.dx * 0.1 end
  echo.emit('moved', { by = evt.slot, list = { 1, 2, evt.payload.dx } })
end

function on_moved(evt)
  sums[#sums + 1] = evt.payload.by * 10 + #evt.payload.list + evt.tick
  if #sums > 30 then sums = {} end
  if evt.tick % 4 == 0 then error({ code = evt.tick }) end
end

function on_tick(evt)
  local s, k = 0, 0
  for name, e in pairs(byname) do
    k = k + 1
    s = (s * 31 + e.id * k + #name) % 1000003
    if k == 40 then break end
  end
  local name = 'tmp_' .. evt.tick % 64
  if byname[name] then byname[name] = nil else byname[name] = { id = evt.tick } end
  local text = {}
  for word in ('the quick brown fox jumps'):gmatch('%a+') do text[#text + 1] = word:upper():reverse() end
  count = (count + #table.concat(text, ',') + gen() + s) % 2147483647
  local ok = pcall(function() if evt.tick % 3 == 0 then error('no') end end)
  for e in echo.query('Bot', 'Body') do
    e.vx = e.vx * 0.97 + echo.random() * 0.1 - 0.05
    e.x, e.y = e.x + e.vx, math.exp(-e.x * e.x) + math.log(2 + math.abs(e.y))
    if echo.random(40) == 1 then
      e:destroy()
      local other = echo.spawn { Body = { x = count % 10 }, Bot = { hp = evt.tick % 100 } }
      if other then other.target = echo.entity(0) end
    end
  end
  if evt.tick % 10 == 0 then
    echo.network.emit('state', { s = s, n = count, total = total(), msg = log[#log] or '', r = math.random(1, 1000000), ok = ok })
  end
end
`
