local count = 0
local log = {}
local ents = {}
local byname = {}
local NENT = 200
for i = 1, NENT do
  local e = { id = i, name = "ent_" .. i, x = i * 1.5, y = i * -0.25, vx = math.sin(i) , vy = math.cos(i), hp = 100, tags = { "a", "b" } }
  ents[i] = e; byname[e.name] = e
end
local cut
local function cutscene()
  local t0 = echo.chronos()
  for step = 1, 1000000 do
    local msg = "step " .. step .. " at " .. (echo.chronos() - t0)
    log[#log + 1] = msg
    if #log > 20 then table.remove(log, 1) end
    for w = 1, 3 + step % 4 do coroutine.yield(w) end
  end
end
function on_start()
  cut = coroutine.create(cutscene)
  echo.network.emit("player_input", { axis = self.move, tick = echo.chronos() })
end
function on_player_input(evt)
  self:applyInput(evt.payload)
  count = count + 1
end
function on_frame(event)
  local evt = event.payload
  local ax, ay = evt.axis.x, evt.axis.y
  for i = 1, NENT do
    local e = ents[i]
    e.vx = e.vx * 0.98 + ax * 0.1 + math.sin(e.x) * 0.01
    e.vy = e.vy * 0.98 + ay * 0.1 + math.exp(-e.y * e.y * 1e-4) * 0.01
    e.x = e.x + e.vx; e.y = e.y + e.vy
    if e.hp > 0 and (i + evt.tick) % 37 == 0 then e.hp = e.hp - 1 end
  end
  -- pairs() over a string keyed table, order-dependent result
  local s, k = 0, 0
  for name, e in pairs(byname) do k = k + 1; s = (s * 31 + e.id * k) % 1000003; if k == 50 then break end end
  -- churn in the string keyed table: insert/remove
  local nm = "tmp_" .. evt.tick % 64
  if byname[nm] then byname[nm] = nil else byname[nm] = { id = evt.tick, tags = {} } end
  local ok, w = coroutine.resume(cut)
  if evt.tick % 10 == 0 then
    echo.network.emit("state", { axis = { x = ents[1].x, y = ents[1].y }, tick = evt.tick, s = s, msg = log[#log] or "", r = math.random(1, 1000000), n = count, mem = collectgarbage("count") })
  end
end
