// Scripts that mean no good: they loop, grow, sink, and look for ways out. Each beside a good script, which must not notice.

import { scripted, type Scripted } from './scripted.ts'

export interface Hostile {
  name: string
  /** Runs at tick 2, in on_tick. */
  code?: string
  /** Runs when the script is loaded. */
  load?: string
  /** What ends it; `error`: an error of the handler's, the script goes on; `harmless`: it does nothing to anybody. */
  ends: 'instructions' | 'memory' | 'error' | 'harmless' | 'any'
  /** Of the error, or of what it logs. */
  says?: RegExp
  /** In the hostile text: 1 is on_tick's. */
  line?: number
}

export const HOSTILE: readonly Hostile[] = [
  // Loops.
  { name: 'an endless loop', code: 'while true do end', ends: 'instructions', line: 2 },
  { name: 'a numeric loop', code: 'for i = 1, math.huge do local x = i end', ends: 'instructions', line: 2 },
  { name: 'a loop of goto', code: '::again:: goto again', ends: 'instructions', line: 2 },
  {
    name: 'a loop in pcall',
    code: 'while true do pcall(function() while true do end end) end',
    ends: 'instructions',
    line: 2,
  },
  {
    name: 'errors that are caught, for ever',
    code: 'while true do pcall(error, "x") end',
    ends: 'instructions',
    line: 2,
  },
  {
    name: 'a loop in xpcall’s handler',
    code: 'xpcall(error, function() while true do end end)',
    ends: 'instructions',
    line: 2,
  },
  {
    name: 'a loop in a coroutine',
    code: 'coroutine.wrap(function()\nwhile true do end end)()',
    ends: 'instructions',
    line: 3,
  },
  {
    name: 'a coroutine that yields for ever',
    code: 'local co = coroutine.wrap(function() while true do coroutine.yield() end end) while true do co() end',
    ends: 'instructions',
    line: 2,
  },
  {
    name: 'coroutines in coroutines',
    code: 'local function nest() return coroutine.wrap(nest)() end nest()',
    ends: 'error',
    says: /C stack overflow/,
  },
  {
    name: 'coroutines without end',
    code: 'local t = {} while true do t[#t + 1] = coroutine.create(print) end',
    ends: 'memory',
    line: 2,
  },
  {
    name: 'a wait of nothing',
    code: 'echo.start(function() while true do echo.wait(0) end end)',
    ends: 'error',
    says: /whole number from 1/,
  },
  { name: 'timers without end', code: 'while true do echo.after(1, function() end) end', ends: 'memory' },
  {
    name: 'a timer that loops later',
    code: 'echo.after(1, function() while true do end end)',
    ends: 'instructions',
    line: 2,
  },
  { name: 'an iterator without end', code: 'for _ in function() return 1 end do end', ends: 'instructions', line: 2 },
  {
    name: 'a loop in __index',
    code: 'local t = setmetatable({}, { __index = function() while true do end end }) local x = t.x',
    ends: 'instructions',
    line: 2,
  },
  {
    name: 'a chain of __index',
    code: 'local t = {} setmetatable(t, { __index = t }) local x = t.x',
    ends: 'error',
    says: /loop/,
  },
  {
    name: 'a loop in __close',
    code: 'do local x <close> = setmetatable({}, { __close = function() while true do end end }) end',
    ends: 'instructions',
    line: 2,
  },
  {
    name: 'a loop in a comparison',
    code: 'local mt = { __lt = function() while true do end end } local a = setmetatable({}, mt) local b = a < a',
    ends: 'instructions',
    line: 2,
  },
  {
    name: 'a sort that never agrees',
    code: 'local t = {} for i = 1, 200 do t[i] = i end table.sort(t, function() while true do end end)',
    ends: 'instructions',
    line: 2,
  },
  {
    name: 'a sort with a wrong order',
    code: 'local t = {} for i = 1, 500 do t[i] = i % 7 end table.sort(t, function() return true end)',
    ends: 'error',
    says: /invalid order function/,
  },
  {
    name: 'a loop in __tostring of an error',
    code: 'error(setmetatable({}, { __tostring = function() while true do end end }))',
    ends: 'instructions',
    line: 2,
  },
  {
    name: 'a loop in __pairs',
    code: 'for k in pairs(setmetatable({}, { __pairs = function() while true do end end })) do end',
    ends: 'instructions',
  },
  { name: 'a loop while it is loaded', load: 'while true do end', ends: 'instructions', line: 1 },
  // Patterns.
  {
    name: 'a pattern that goes back',
    code: '(("a"):rep(40)):find(("a?"):rep(40) .. ("a"):rep(40) .. "b")',
    ends: 'instructions',
    line: 2,
  },
  {
    name: 'a pattern of many stars',
    code: '(("a"):rep(3000)):match(".-.-.-.-.-.-.-.-b")',
    ends: 'instructions',
    line: 2,
  },
  {
    name: 'a gsub over itself',
    code: 'local s = ("a"):rep(1000) while true do s = s:gsub("a", "aa") end',
    ends: 'memory',
  },
  {
    name: 'a replacement that loops',
    code: '("abc"):gsub("%w", function() while true do end end)',
    ends: 'instructions',
    line: 2,
  },
  {
    name: 'patterns in patterns',
    code: 'local function f(s) return (s:gsub(".", f)) end f("x")',
    ends: 'error',
    says: /stack overflow/,
  },
  {
    name: 'a pattern too complex',
    code: '(("x"):rep(300000)):match(("(.)"):rep(33))',
    ends: 'error',
    says: /too many captures/,
  },
  // Memory.
  { name: 'a string that doubles', code: 'local s = "x" while true do s = s .. s end', ends: 'memory', line: 2 },
  {
    name: 'a string that doubles, caught',
    code: 'while true do pcall(function() local s = "x" while true do s = s .. s end end) end',
    ends: 'memory',
    line: 2,
  },
  { name: 'a huge string.rep', code: 'local s = ("x"):rep(1e9)', ends: 'memory', line: 2 },
  {
    name: 'a string.rep past all numbers',
    code: 'local s = ("abc"):rep(math.maxinteger)',
    ends: 'error',
    says: /too large/,
  },
  { name: 'a huge format', code: 'string.format("%99999d", 1)', ends: 'error', says: /invalid conversion/ },
  { name: 'a table that grows', code: 'local t = {} for i = 1, math.huge do t[i] = i end', ends: 'memory' },
  { name: 'tables in tables', code: 'local t = {} while true do t = { t, t } end', ends: 'memory' },
  { name: 'globals without end', code: 'for i = 1, math.huge do _G["x" .. i] = i end', ends: 'memory' },
  {
    name: 'a concat of everything',
    code: 'local t = {} for i = 1, 300 do t[i] = ("x"):rep(20000) end table.concat(t)',
    ends: 'memory',
  },
  {
    name: 'a huge table.concat',
    code: 'table.concat(setmetatable({}, { __index = function() return "xxxxxxxxxxxxxxxx" end, __len = function() return 1e9 end }))',
    ends: 'memory',
  },
  {
    name: 'table.unpack of everything',
    code: 'local x = table.unpack({}, 1, 1e7)',
    ends: 'error',
    says: /too many results/,
  },
  {
    name: 'a huge table.move',
    code: 'table.move(setmetatable({}, { __index = function() return 1 end }), 1, 1e9, 2)',
    ends: 'instructions',
  },
  { name: 'string.pack of much', code: 'while true do string.pack("s4", ("x"):rep(100000)) end', ends: 'instructions' },
  {
    name: 'copies of a large string',
    code: 'local s = ("x"):rep(1000000) while true do local t = s .. "y" end',
    ends: 'instructions',
    line: 2,
  },
  {
    name: 'utf8.char of much',
    code: 'while true do utf8.char(table.unpack((function() local t = {} for i = 1, 200 do t[i] = 0x10FFFF end return t end)())) end',
    ends: 'instructions',
  },
  { name: 'garbage without end', code: 'while true do local t = { {}, {}, {} } end', ends: 'instructions', line: 2 },
  { name: 'collecting for ever', code: 'while true do collectgarbage() end', ends: 'instructions', line: 2 },
  {
    name: 'stopping the collector',
    code: 'collectgarbage("stop")',
    ends: 'error',
    says: /the collector is everyone's/,
  },
  // Depth.
  { name: 'endless recursion', code: 'local function f() return 1 + f() end f()', ends: 'memory', line: 2 },
  {
    name: 'endless recursion, caught',
    code: 'local function f() return pcall(f) end while true do f() end',
    ends: 'instructions',
  },
  { name: 'endless tail calls', code: 'local function f() return f() end f()', ends: 'instructions', line: 2 },
  {
    name: 'recursion through metamethods',
    code: 'local t t = setmetatable({}, { __add = function(a, b) return a + b end }) local x = t + t',
    ends: 'error',
    says: /C stack overflow/,
  },
  {
    name: 'recursion through tostring',
    code: 'local t t = setmetatable({}, { __tostring = function() return tostring(t) end }) tostring(t)',
    ends: 'error',
    says: /C stack overflow/,
  },
  {
    name: 'recursion in error handlers',
    code: 'local function h() error("again") end xpcall(error, h)',
    ends: 'harmless',
  },
  {
    name: 'many values',
    code: 'local function f(...) return ..., f(...) end f(table.unpack({}, 1, 200))',
    ends: 'memory',
    line: 2,
  },
  // Ways out.
  { name: 'io', code: 'io.open("/etc/passwd")', ends: 'error', says: /global 'io'/ },
  { name: 'os', code: 'os.execute("true")', ends: 'error', says: /global 'os'/ },
  { name: 'os.time', code: 'local t = os.time()', ends: 'error', says: /global 'os'/ },
  { name: 'debug', code: 'debug.getregistry()', ends: 'error', says: /global 'debug'/ },
  { name: 'load', code: 'load("while true do end")()', ends: 'error', says: /global 'load'/ },
  { name: 'dofile', code: 'dofile("/etc/passwd")', ends: 'error', says: /global 'dofile'/ },
  { name: 'loadfile', code: 'loadfile("/etc/passwd")', ends: 'error', says: /global 'loadfile'/ },
  { name: 'package', code: 'package.loadlib("x", "y")', ends: 'error', says: /global 'package'/ },
  { name: 'require of a library', code: 'require("io")', ends: 'error', says: /no script "io"/ },
  { name: 'bytecode', load: '\\27Lua', ends: 'error', says: /load a binary chunk/ },
  {
    name: 'a finalizer',
    code: 'setmetatable({}, { __gc = function() while true do end end })',
    ends: 'error',
    says: /__gc is closed/,
  },
  {
    name: 'a finalizer put in later',
    code: 'local mt = {} local t = setmetatable({}, mt) mt.__gc = function() while true do end end t = nil collectgarbage() collectgarbage()',
    ends: 'harmless',
  },
  {
    name: 'the metatable of strings',
    code: 'getmetatable("").__index = function() return "bent" end',
    ends: 'error',
    says: /index a boolean/,
  },
  {
    name: 'the library of strings',
    code: 'for k in pairs(string) do string[k] = function() return "bent" end end',
    ends: 'harmless',
  },
  {
    name: 'the metatable of globals',
    code: 'setmetatable(_G, { __index = function() return 1 end })',
    ends: 'error',
    says: /protected metatable/,
  },
  { name: 'self', code: 'self = 5', ends: 'error', says: /self is given/ },
  {
    name: 'functions of the host with nonsense',
    code: 'for _, f in pairs(echo) do if type(f) == "function" then pcall(f, f, f, f) pcall(f) pcall(f, -1, {}, 1e300) end end',
    ends: 'harmless',
  },
  { name: 'events without end', code: 'while true do pcall(echo.emit, "x", 1) end', ends: 'instructions' },
  {
    name: 'network events without end',
    code: 'while true do echo.network.emit("x", ("x"):rep(10000)) end',
    ends: 'instructions',
  },
  { name: 'logs without end', code: 'while true do echo.log("x") end', ends: 'instructions' },
  { name: 'entities without end', code: 'while echo.spawn("Body") do end', ends: 'harmless' },
  // What the others left open.
  {
    name: 'errors that are tables, without end',
    code: 'local t = {} while true do pcall(error, t) end',
    ends: 'instructions',
    line: 2,
  },
  {
    name: 'names that are not there, caught',
    code: 'while true do pcall(function() return echo.nope.nope end) end',
    ends: 'instructions',
  },
  {
    name: 'numbers told at length',
    code: 'while true do string.format("%.99f", 1e308) end',
    ends: 'instructions',
    line: 2,
  },
  {
    name: 'a sort by errors',
    code: 'local t = {} for i = 1, 100 do t[i] = 101 - i end while true do pcall(table.sort, t, error) end',
    ends: 'instructions',
    line: 2,
  },
  {
    name: 'a comparator that yields',
    code: 'local co = coroutine.wrap(function() table.sort({ 3, 2, 1 }, coroutine.yield) end) co()',
    ends: 'error',
    says: /attempt to yield across a C-call boundary/,
  },
  {
    name: 'a comparator that changes the table',
    code: 'local t = {} for i = 1, 100 do t[i] = i * 7 % 13 end table.sort(t, function(a, b) t[1] = nil t[50] = nil return (a or 0) < (b or 0) end)',
    ends: 'harmless',
  },
  {
    name: 'a table that changes under pairs',
    code: 'local t = { a = 1 } for k in pairs(t) do for i = 1, 50 do t[k .. i] = i end t[k] = nil end',
    ends: 'any',
  },
  {
    name: 'a key that is as long as memory',
    code: 'local t = {} while true do local k = ("k"):rep(500000) t[k] = k end',
    ends: 'instructions',
    line: 2,
  },
  {
    name: 'a length that lies',
    code: 'local t = setmetatable({}, { __len = function() return math.maxinteger end }) table.insert(t, 1)',
    ends: 'harmless',
  },
  {
    name: 'an unpack of a length that lies',
    code: 'table.unpack(setmetatable({}, { __len = function() return math.maxinteger end }))',
    ends: 'error',
    says: /too many results/,
  },
  {
    name: 'a move onto itself, backwards',
    code: 'table.move(setmetatable({}, { __len = function() return 1 end }), 1, math.maxinteger - 1, 1)',
    ends: 'instructions',
  },
  { name: 'a select of everything', code: 'local function f(...) return f(1, ...) end f()', ends: 'instructions' },
  {
    name: 'a string of itself',
    code: 'local s = "" for i = 1, 1e9 do s = s .. tostring(i):rep(100) end',
    ends: 'instructions',
    line: 2,
  },
  {
    name: 'utf8 of a long string',
    code: 'local s = ("ä"):rep(100000) while true do utf8.len(s) end',
    ends: 'instructions',
    line: 2,
  },
  {
    name: 'utf8.codes without end',
    code: 'while true do for _ in utf8.codes(("€"):rep(1000)) do end end',
    ends: 'instructions',
    line: 2,
  },
  {
    name: 'an unpack of a format without end',
    code: 'while true do pcall(string.unpack, ("i16"):rep(1000), ("\0"):rep(16000)) end',
    ends: 'instructions',
  },
  {
    name: 'a format of many zeros',
    code: 'while true do string.pack(("!16Xi16"):rep(500)) end',
    ends: 'instructions',
    line: 2,
  },
  {
    name: 'closing a coroutine that will not close',
    code: 'local co = coroutine.create(function() local x <close> = setmetatable({}, { __close = function() while true do end end }) coroutine.yield() end) coroutine.resume(co) coroutine.close(co)',
    ends: 'instructions',
    line: 2,
  },
  {
    name: 'errors in __close, without end',
    code: 'local function f() local x <close> = setmetatable({}, { __close = function() f() end }) end f()',
    ends: 'any',
  },
  {
    name: 'closing oneself',
    code: 'coroutine.close(coroutine.running())',
    ends: 'error',
    says: /cannot close a running coroutine/,
  },
  {
    name: 'resuming the main coroutine',
    code: 'local main = coroutine.running() coroutine.wrap(function() assert(coroutine.resume(main)) end)()',
    ends: 'error',
    says: /cannot resume non-suspended/,
  },
  {
    name: 'a wrap that calls itself',
    code: 'local f f = coroutine.wrap(function() return f() end) f()',
    ends: 'error',
    says: /cannot resume non-suspended/,
  },
  {
    name: 'a yield out of the handler',
    code: 'coroutine.yield()',
    ends: 'error',
    says: /attempt to yield from outside a coroutine/,
  },
  {
    name: 'a chain of __index as long as memory',
    code: 'local t = {} for i = 1, 1e6 do t = setmetatable({}, { __index = t }) end local x = t.x',
    ends: 'any',
  },
  {
    name: 'a chain of __index of 3000',
    code: 'local t = {} for i = 1, 3000 do t = setmetatable({}, { __index = t }) end local x = t.x',
    ends: 'error',
    says: /'__index' chain too long/,
  },
  {
    name: 'recursion through __index functions',
    code: 'local mt = {} mt.__index = function(t, k) return setmetatable({}, mt)[k] end local x = setmetatable({}, mt).x',
    ends: 'error',
    says: /C stack overflow/,
  },
  {
    name: 'recursion through __eq',
    code: 'local mt = {} mt.__eq = function(a, b) return setmetatable({}, mt) == b end local x = setmetatable({}, mt) == setmetatable({}, mt)',
    ends: 'error',
    says: /C stack overflow/,
  },
  {
    name: 'recursion through __concat',
    code: 'local mt = {} mt.__concat = function(a, b) return a .. b end local x = setmetatable({}, mt) .. "x"',
    ends: 'error',
    says: /C stack overflow/,
  },
  { name: 'recursion through pcall and error', code: 'local function f() pcall(f) error("x") end f()', ends: 'any' },
  {
    name: 'recursion through xpcall’s handler',
    code: 'local function h(m) xpcall(error, h, m) end h("x")',
    ends: 'any',
  },
  {
    name: 'recursion through gsub',
    code: 'local function f() return (("x"):gsub("x", f)) end f()',
    ends: 'error',
    says: /C stack overflow/,
  },
  {
    name: 'recursion through sort',
    code: 'local function f() table.sort({ 2, 1 }, f) end f()',
    ends: 'error',
    says: /C stack overflow/,
  },
  { name: 'recursion through require', code: 'require("hostile.lua")', ends: 'harmless' },
  {
    name: 'a payload that fits nowhere',
    code: 'echo.emit("boom", { 1, 2, x = 3 })',
    ends: 'error',
    says: /a list and a map at once/,
  },
  {
    name: 'a payload of tables without end',
    code: 'local t = {} for i = 1, 5000 do t[i] = {} end while true do pcall(echo.emit, "boom", t) end',
    ends: 'instructions',
  },
  {
    name: 'a payload with __pairs and __index',
    code: 'echo.emit("boom", setmetatable({}, { __index = error, __pairs = error, __len = error }))',
    ends: 'harmless',
  },
  {
    name: 'options that lie',
    code: 'echo.network.emit("boom", 1, setmetatable({}, { __index = function() error("bent", 0) end }))',
    ends: 'error',
    says: /^bent$/,
  },
  {
    name: 'memory filled to the brim',
    code: 'big = {} local ok = pcall(function() for n = 17, 3, -1 do for i = 1, 2000 do if collectgarbage("count") * 1024 + 2 ^ n > 4100000 then break end big[#big + 1] = ("x"):rep(2 ^ n - 40) .. #big end end end)',
    ends: 'any',
  },
  { name: 'memory filled until it is refused', code: 'big = {} while true do big[#big + 1] = {} end', ends: 'memory' },
  {
    name: 'memory filled in a coroutine',
    code: 'big = {} coroutine.wrap(function() while true do big[#big + 1] = {} end end)()',
    ends: 'memory',
  },
  {
    name: 'closures without end',
    code: 'big = {} while true do local i = #big big[i + 1] = function() return i end end',
    ends: 'memory',
  },
  { name: 'handlers without end', code: 'while true do echo.on("x", function() end) end', ends: 'memory' },
  {
    name: 'handlers that bind handlers',
    code: 'echo.on("tick", function() for i = 1, 20 do echo.on("tick", function() while true do end end) end end)',
    ends: 'instructions',
  },
  {
    name: 'events that make events',
    code: 'function on_x() for i = 1, 3 do echo.emit("x") end end on_x()',
    ends: 'any',
  },
  { name: 'a timer in the past', code: 'echo.after(-1, print)', ends: 'error', says: /whole number from 1/ },
  {
    name: 'a timer after the end of numbers',
    code: 'echo.after(math.maxinteger, function() error("never") end) echo.every(math.maxinteger, print)',
    ends: 'harmless',
  },
  { name: 'a timer with nonsense', code: 'echo.every("x", print)', ends: 'error', says: /whole number from 1/ },
  {
    name: 'references to nothing',
    code: 'for i = -5, 5 do echo.deref(i * 1e15) echo.entity(i * 1e15) echo.deref(i) end pcall(echo.deref, 0/0) pcall(echo.entity, 1/0)',
    ends: 'harmless',
  },
  {
    name: 'a query with another query’s state',
    code: 'local f, mask = echo.query("Body") for _, m in ipairs { mask, 0, -1, 1.5, 2^40 } do for i = 1, 10 do f(m, nil) end end pcall(f) pcall(f, {}, {}) pcall(f, "x", print)',
    ends: 'harmless',
  },
  {
    name: 'an entity that is destroyed under its feet',
    code: 'local e = echo.spawn("Body") e:destroy() e.x = 1',
    ends: 'error',
    says: /is gone/,
  },
  {
    name: 'entities that come and go',
    code: 'while true do local e = echo.spawn("Body") e:destroy() end',
    ends: 'instructions',
  },
  {
    name: 'methods of entities with nonsense',
    code: 'local e = echo.spawn("Body") for _, n in ipairs { "has", "add", "remove", "destroy", "alive" } do local f = e[n] pcall(f) pcall(f, 1) pcall(f, {}, {}) pcall(f, e, {}) pcall(f, e, "Nope") pcall(f, setmetatable({}, {}), 1) end',
    ends: 'harmless',
  },
  {
    name: 'the metatables of entities',
    code: 'local e = echo.spawn("Body") assert(getmetatable(e) == false and getmetatable(e.body) == false) pcall(setmetatable, e, {}) rawset(e, "x", 1)',
    ends: 'error',
    says: /table expected/,
  },
  {
    name: 'an entity as a key, a number, a string',
    code: 'local e = echo.spawn("Body") local t = { [e] = 1 } assert(t[e] == 1) local x = e + 1',
    ends: 'error',
    says: /arithmetic on a (entity|userdata) value/,
  },
  { name: 'randomness without end', code: 'echo.random(0, math.maxinteger)', ends: 'error', says: /two whole numbers/ },
  {
    name: 'random seeds',
    code: 'math.randomseed() math.randomseed(0, 0) math.random(math.mininteger, math.maxinteger)',
    ends: 'harmless',
  },
  {
    name: 'addresses',
    code: 'echo.log(tostring({}), tostring(print), ("%p"):format("x"), tostring(coroutine.running()))',
    ends: 'harmless',
  },
  {
    name: 'a string.dump of everything',
    code: 'for _, f in pairs(echo) do if type(f) == "function" then pcall(string.dump, f) end end',
    ends: 'harmless',
  },
  {
    name: 'globals turned inside out',
    code: 'local all = _G for k in pairs(all) do all[k] = nil end',
    ends: 'harmless',
  },
  { name: '_ENV turned away', code: 'local _ENV = {} x = 1 print(x)', ends: 'error', says: /global 'print'/ },
  {
    name: 'metamethods of a protected global',
    code: 'local mt = getmetatable(_G) assert(mt == false) rawset(_G, "self", 5)',
    ends: 'harmless',
  },
  {
    name: 'an error in __name',
    code: 'local t = setmetatable({}, { __name = {} }) local x = t + 1',
    ends: 'error',
    says: /arithmetic on a table value/,
  },
  { name: 'an error whose text is as long as memory', code: 'error(("x"):rep(3000000))', ends: 'any' },
  { name: 'an error with a nul and no utf8', code: 'error("\0\xff\xfe", 0)', ends: 'error' },
  { name: 'a name as long as a payload', code: 'echo.network.emit(("k"):rep(60000), 1)', ends: 'any' },
  {
    name: 'a text that nests too deep',
    load: `x = ${'{'.repeat(5000)}${'}'.repeat(5000)}`,
    ends: 'error',
    says: /overflow/,
  },
  {
    name: 'a text of too many constants',
    load: `x = { ${Array.from({ length: 60_000 }, (_, i) => `'${i}${'y'.repeat(40)}'`).join(',')} }`,
    ends: 'any',
  },
]

export const GOOD = `
local t = {}
function on_tick(evt)
  t[#t % 50 + 1] = ('tick %d'):format(evt.tick):upper():rep(2, '|')
  for e in echo.query('Body') do e:destroy() end
  echo.log(t[#t], #tostring(getmetatable('')), type(setmetatable))
end`

/** A machine with both scripts. */
export function hostileWorld({ code, load, ends }: Hostile): Scripted {
  const text = load ?? `function on_tick(evt) if evt.tick ~= 2 then return end\n${code}\nend`
  return scripted(
    [
      { name: 'hostile.lua', text: text.replace('\\27', '\u001b') },
      { name: 'good.lua', text: GOOD },
    ],
    // Where memory is what ends it, instructions shall not.
    { fuelPerTick: ends === 'memory' ? 50_000_000 : 400_000, fuelPerLoad: 1_000_000 },
  )
}
