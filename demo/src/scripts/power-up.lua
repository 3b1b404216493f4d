-- Chanko stew: every so often a bowl of it stands on the platform. Who
-- touches it first is heavy for some seconds, and throws the others about.
-- What heavy means is in the rules (Disc.weight, Disc.boost); where, when
-- and how long is decided here.
--
-- This script belongs to no entity: it runs once, and has no `self`.

-- Try other numbers. A wrestler is 1.8 wide, and weighs 1.
local SECOND = 60       -- ticks
local FIRST = 3         -- seconds of play before the first bowl
local PAUSE = { 4, 8 }  -- seconds from one to the next: least, most
local STAYS = 9         -- seconds until it is taken away again
local WEIGHT = 2.4      -- of who ate
local LASTS = 7         -- seconds that it helps
local TOUCH = 1.35      -- as close as this it is eaten
local ROOM = 2.6        -- no bowl appears closer to a wrestler

local PLAY = 1          -- Arena.phase between countdown and result
local STANDING = 0      -- Disc.state of who is neither falling nor out

local function distance(body, x, y)
  return math.sqrt((body.x - x) ^ 2 + (body.y - y) ^ 2)
end

-- Who stands within `reach` of a place, or nil.
local function who(x, y, reach)
  for one in echo.query('Body', 'Disc') do
    local stands = one.Disc.state == STANDING
    if stands and distance(one.Body, x, y) < reach then return one end
  end
end

-- Somewhere on what is left of the platform. echo.random is the match's
-- own: it gives the same numbers on every machine. What is raised is for
-- the scenes, which draw it and play a sound.
local function serve(radius)
  for _ = 1, 8 do
    local turn = echo.random() * 2 * math.pi
    local far = math.sqrt(echo.random()) * (radius - 1.5)
    local x, y = math.cos(turn) * far, math.sin(turn) * far
    if not who(x, y, ROOM) then
      echo.spawn({
        Body = { x = x, y = y },
        Stew = { ticks = STAYS * SECOND },
      })
      echo.raise('stewServed', { x = x, y = y }, 'served')
      return
    end
  end
end

local function eat(one, x, y)
  local disc = one.Disc
  disc.weight = WEIGHT
  disc.boost = LASTS * SECOND
  echo.raise('stewEaten', { x = x, y = y, slot = disc.slot }, disc.slot)
end

local function look_after(bowl, radius)
  local x, y = bowl.Body.x, bowl.Body.y
  local guest = who(x, y, TOUCH)
  if guest then
    eat(guest, x, y)
    bowl:destroy()
    return
  end
  local stew = bowl.Stew
  stew.ticks = stew.ticks - 1
  if stew.ticks <= 0 or distance(bowl.Body, 0, 0) > radius then
    echo.raise('stewGone', { x = x, y = y }, bowl.entity)
    bowl:destroy()
  end
end

-- Not local: it outlives a change of this text, until the round is over.
wait = wait or FIRST * SECOND

-- Comes after each step of the rules.
function on_tick()
  for one in echo.query('Arena') do
    local arena = one.Arena
    if arena.phase ~= PLAY then return end
    for bowl in echo.query('Body', 'Stew') do
      look_after(bowl, arena.radius)
    end
    wait = wait - 1
    if wait > 0 or arena.radius < 3 then return end
    wait = echo.random(PAUSE[1] * SECOND, PAUSE[2] * SECOND)
    serve(arena.radius)
  end
end
