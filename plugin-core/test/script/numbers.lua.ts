// What engines might do differently with numbers: each float of some thousand computed, told and read back, as one sum.

export const NUMBERS_SCRIPT = String.raw`
local sum, count = 0, 0
local function add(text)
  for i = 1, #text do sum = (sum * 31 + text:byte(i)) & 0xffffffffffff end
  count = count + 1
end
local x = 12345
local function bits() x = x * 6364136223846793005 + 1442695040888963407 return x end

-- Any bits at all, and what games ask for; NaNs and infinities among them.
local function number(i)
  if i % 3 == 0 then return (string.unpack('<d', string.pack('<i8', bits()))) end
  if i % 3 == 1 then return (bits() >> 11) / 2^53 * 200 - 100 end
  return ((bits() >> 11) / 2^53 - 0.5) * 10.0 ^ ((bits() >> 40) % 12)
end
local functions = { 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'exp', 'log', 'sqrt', 'floor', 'ceil', 'abs', 'deg', 'rad', 'modf' }

local function round(from, to)
  for i = from, to do
    local a, b = number(i), number(i + 1)
    for n = 1, #functions do add(string.pack('<d', (math[functions[n]](a)))) end
    add(string.pack('<ddddd', a + b, a - b, a * b, a / b, a ^ b))
    add(string.pack('<dd', math.atan(a, b), math.fmod(a, b)))
    if b ~= 0 then add(string.pack('<dd', a // b, a % b)) end
    add(string.pack('<ff', a, b))
    add(('%s %.17g %.3f %a %e'):format(a, a, a % 1000, a, b))
    add(string.pack('<d', tonumber(('%.17g'):format(a)) or 0))
    add(string.pack('<d', tonumber(('%.7g'):format(b)) or 0))
    add(tostring(math.random()) .. math.random(1, 1 << 40))
  end
end

local at = 1
function on_tick(evt)
  round(at, at + 99)
  at = at + 100
  echo.log(evt.tick, ('%x'):format(sum), count)
end
`
