-- The bot of Sumo. It stays away from the edge, goes for the nearest
-- wrestler, and dashes when that would land.
--
-- This runs on every machine of the match, for each entity that has Bot,
-- Body and Disc; `self` is that entity. What you read and write here are
-- the columns of the world itself, so a rollback takes all of it back and
-- runs it again. When somebody applies another text, all machines take it
-- at the same tick: `local` names start anew then, globals stay.

-- Try other numbers. Ticks: 60 are a second. A wrestler is 1.8 wide.
local REACTION = 9   -- ticks from one thought to the next
local EFFORT = 0.85  -- 1 runs as fast as a player can
local WOBBLE = 1     -- how crooked it runs; 0 is straight
local MARGIN = 1.6   -- it keeps this far from the edge
local REACH = 4.2    -- it dashes at who is closer than this
local DASHES = 0.28  -- how often it takes a chance to dash
local MANNERS = 6    -- for each point that it leads, so many ticks slower
local HUNGER = 0.7   -- fetches stew that is nearer than this share of
                     -- the way to a rival; 0 lets it stand

local STANDING = 0   -- Disc.state of who is neither falling nor out

local function length(x, y)
  return math.max(0.001, math.sqrt(x * x + y * y))
end

local function platform_radius()
  for arena in echo.query('Arena') do return arena.Arena.radius end
  return 0
end

-- The nearest one who stands, and how far away.
local function nearest_rival(me)
  local found, best = nil, math.huge
  for other in echo.query('Body', 'Disc') do
    if other ~= self and other.Disc.state == STANDING then
      local far = length(other.Body.x - me.x, other.Body.y - me.y)
      if far < best then found, best = other, far end
    end
  end
  return found, best
end

-- A bowl of stew that is closer than this, or nil.
local function stew_within(me, far)
  for bowl in echo.query('Body', 'Stew') do
    local body = bowl.Body
    if length(body.x - me.x, body.y - me.y) < far then return body end
  end
end

-- Comes after each step of the rules. They move a bot along Bot.aimX and
-- Bot.aimY (at most 1 long together), and dash when Bot.dash is true.
function on_tick()
  local bot, me, disc = self.Bot, self.Body, self.Disc
  if disc.state ~= STANDING then return end
  if bot.wait > 0 then
    bot.wait = bot.wait - 1
    return
  end
  -- Where friction would stop it, if it let go now.
  local radius = platform_radius()
  local rest = length(me.x + me.vx * 20, me.y + me.vy * 20)
  local other, far = nearest_rival(me)
  local rival = other and other.Body
  local lead = other and disc.score - other.Disc.score or 0
  bot.wait = REACTION + MANNERS * math.max(0, math.min(lead, 5))
  if rival == nil or rest > math.max(0.5, radius - MARGIN) then
    -- Too far out, or alone: back to the middle.
    local away = length(me.x, me.y)
    bot.aimX, bot.aimY = -me.x / away, -me.y / away
    return
  end

  -- Where the goal will be in a moment, and not quite straight there:
  -- the bot is there to be beaten.
  local stew = stew_within(me, far * HUNGER)
  local goal = stew or rival
  local dx = goal.x + goal.vx * 10 - me.x
  local dy = goal.y + goal.vy * 10 - me.y
  local distance = length(dx, dy)
  local x, y = dx / distance, dy / distance
  local wobble = (echo.random() - 0.5) * WOBBLE
  bot.aimX = (x - y * wobble) * EFFORT
  bot.aimY = (y + x * wobble) * EFFORT
  if stew then return end

  -- A dash slides on for two units behind the other. Rarely it dares to,
  -- although that is over the edge.
  local slide = distance + 2
  local stays_on = length(me.x + x * slide, me.y + y * slide) < radius
  local dares = stays_on or echo.random() < 0.1
  local facing = math.cos(me.angle) * x + math.sin(me.angle) * y
  local lands = disc.cooldown == 0 and distance < REACH and facing > 0.85
  bot.dash = lands and dares and echo.random() < DASHES
end
