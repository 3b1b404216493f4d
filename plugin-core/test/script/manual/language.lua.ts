// Snippets of the manual's section 3, the language, and of 2.5 and 2.6 what a program sees of it. Each name begins with its section.

export const LANGUAGE: Readonly<Record<string, string>> = {
  '2.1 types': String.raw`
show(type(nil), type(true), type(1), type(1.5), type('x'), type(print), type({}), type(coroutine.create(print)))
show(math.type(1), math.type(1.0), math.type('1'), 1 == 1.0, '1' == 1, 0 == -0, 0.0 == -0.0)
local t = {} t[1.0] = 'a' t[2^53] = 'b' show(t[1], t[2^53 | 0], next({ [3.0] = 1 }))
fails(function() t[nil] = 1 end) fails(function() t[0/0] = 1 end) show(t[nil], t[0/0])
local a, b = {}, {} show(a == b, a == a, { 1 } == { 1 })`,
  '2.5.4 weak tables': String.raw`
local keys, values, both = setmetatable({}, { __mode = 'k' }), setmetatable({}, { __mode = 'v' }), setmetatable({}, { __mode = 'kv' })
local kept = {}
keys[{}] = 1 keys[kept] = 2 values.a = {} values.b = kept values.c = 'string' values.d = 5 both[{}] = kept both[kept] = {} both.x = 1
collectgarbage() collectgarbage()
local n = 0 for _ in pairs(keys) do n = n + 1 end
show(n, keys[kept], values.a, values.b == kept, values.c, values.d, next(both), both[kept])
local ephemeron = setmetatable({}, { __mode = 'k' })
do local key = {} ephemeron[key] = { key } end
collectgarbage() show(next(ephemeron))`,
  '2.6 coroutines': String.raw`
local function foo(a) show('foo', a) return coroutine.yield(2 * a) end
local co = coroutine.create(function(a, b)
  show('co-body', a, b)
  local r = foo(a + 1)
  show('co-body', r)
  local r, s = coroutine.yield(a + b, a - b)
  show('co-body', r, s)
  return b, 'end'
end)
show('main', coroutine.resume(co, 1, 10))
show('main', coroutine.resume(co, 'r'))
show('main', coroutine.resume(co, 'x', 'y'))
show('main', coroutine.resume(co, 'x', 'y'))`,
  '3.1 names and comments': String.raw`
local _, a1, _x9, And = 1, 2, 3, 4 --[[ here ]] show(_, a1, _x9, And) --[==[ a long
one ]] ]=] ]==] show('after') ---[[ a short one
show('then') --[=====[ x ]=====] show('last') -- end`,
  '3.1 strings': String.raw`
show("a'b", 'a"b', '\a\b\f\n\r\t\v\\\"\'', '\65\066\x41\x7a', '\u{48}\u{20AC}\u{7FFFFFFF}', '\z
     joined', 'a\
b', '1\0002', '\1234')
show([[
first line is left out]], [==[a]]b]=]c]==], [[a\nb]], #[[

x]], '\z', '')`,
  '3.1 numerals': String.raw`
show(3, 345, 0xff, 0xBEBADA, 3.0, 3.1416, 314.16e-2, 0.31416E1, 34e1, 0x0.1E, 0xA23p-4, 0X1.921FB54442D18P+1, .5, 5., 0x.8p1, 0xA.)
show(9223372036854775807, 9223372036854775808, -9223372036854775808, 0xffffffffffffffff, 0x7fffffffffffffff, 0x1ffffffffffffffff)
show(1e308, 1e309, -1e309, 5e-324, 2e-324, 1e15, 123456789012345678, 0.1, 1/3, 100000000000000000000)`,
  '3.2 variables': String.raw`
x = 1 show(x, _G.x, _ENV.x, nope, _G.nope) local x = 2 show(x, _G.x) do local x = x + 1 show(x) end show(x)
local t = { a = { b = { 1, 2 } } } show(t.a.b[2], t['a']['b'][1], t.a.nope) x = nil _G.x = nil
fails(function() return t.nope.deeper end) fails(function() return nope.deeper end) fails(function() t.a.b[5].c = 1 end)
fails(function() local n = 5 return n.x.y end) fails(function() local s = true s.x = 1 end)`,
  '3.2 _ENV': String.raw`
do local _ENV = { show = show } y = 5 show(y, _ENV.y, nope) end show(y)
local function f(_ENV) return a + b end show(f { a = 1, b = 2 })
local function g() local _ENV <const> = { z = 3 } return z end show(g())
do local _ENV = { show = show, setmetatable = setmetatable } local _ENV = setmetatable({}, { __index = _ENV, __newindex = function(t, k, v) show('set', k, v) end }) q = 4 show(q) end
fails(function() local _ENV = nil return a end) fails(function() local _ENV = 5 a = 1 end)`,
  '3.3.1 blocks': String.raw`
do local a = 1 do local a = 2 show(a) end show(a); ; ; end show(a)
local a = 1; do a = 2 end show(a) do end do; end
local function f() do return 1, 2 end end show(f())`,
  '3.3.2 chunks': String.raw`
local function chunk(...) local a <const> = ... return a, select('#', ...) end show(chunk()) show(chunk(1, 2)) local function f() return end show(f()) show((f()))`,
  '3.3.3 assignment': String.raw`
local i, a = 3, {} i, a[i] = i + 1, 20 show(i, a[3], a[4])
local x, y, z = 1, 2 show(x, y, z) x, y = y, x show(x, y) x, y, z = 0, 1, 2, 3 show(x, y, z)
x, y, z = (function() return 1, 2, 3 end)() show(x, y, z) x, y, z = 0, (function() return 1, 2, 3 end)() show(x, y, z)
x, y, z = (function() return 1, 2, 3 end)(), 10 show(x, y, z) x, y = ((function() return 1, 2 end)()) show(x, y)
a = { 1, 2, 3 } a[1], a[2], a[3] = a[3], a[1], a[2] show(a)
local t = setmetatable({}, { __newindex = function(t, k, v) show(k, v) rawset(t, k, v) end }) t.a, t.b = 1, 2
local p = { n = { v = 1 } } p.n, p.n.v = { v = 5 }, 7 show(p.n.v)`,
  '3.3.4 while and repeat': String.raw`
local n = 0 while n < 3 do n = n + 1 end show(n) while nil do n = 100 end while false do n = 100 end show(n)
repeat local done = n > 5 n = n + 1 until done show(n) repeat n = 0 until 0 show(n)
while true do n = n + 1 if n == 2 then goto continue end if n > 4 then break end ::continue:: end show(n)
local fs = {} local i = 0 repeat local k = i fs[#fs + 1] = function() k = k + 10 return k end i = i + 1 until k == 2
show(fs[1](), fs[1](), fs[2](), fs[3]()) repeat break until error() show('out')`,
  '3.3.4 if': String.raw`
local function f(x) if x == 1 then return 'one' elseif x == 2 then return 'two' elseif x then return 'true' else return 'other' end end
show(f(1), f(2), f(0), f(''), f(nil), f(false), f(0/0)) if nil then show(1) end if false then else show('else') end if 0 then show('0 is true') end`,
  '3.3.4 goto': String.raw`
do local i = 1 ::top:: if i <= 3 then show(i) i = i + 1 goto top end end
for i = 1, 3 do for j = 1, 3 do if j == 2 then goto next end show(i, j) end ::next:: end
do goto done; local x = 5 ::done:: end
local fs = {} do local k = 0 ::again:: local x = k fs[#fs + 1] = function() return x end k = k + 1 if k < 3 then goto again end end show(fs[1](), fs[2](), fs[3]())
goto out do ::inner:: show('never') end ::out:: show('end') do ::same:: end do ::same:: end`,
  '3.3.5 the numeric for, integers': String.raw`
for i = 1, 3 do show(i) end for i = 3, 1, -1 do show(i) end for i = 1, 0 do show('never') end for i = 1, 2.9 do show(i) end for i = 3, 1.1, -1 do show(i) end
for i = math.maxinteger - 1, math.maxinteger do show(i) end for i = math.mininteger + 1, math.mininteger, -1 do show(i) end
for i = math.maxinteger - 2, math.maxinteger, 2 do show(i) end for i = 1, math.huge do if i > 2 then break end show(i) end for i = 1, -math.huge do show('never') end
for i = -1, -math.huge, -1 do if i < -2 then break end show(i) end for i = 1, 0/0 do show('never') end for i = math.mininteger, math.mininteger + 1 do show(i) end
for i = 1, 3 do local j = i i = i * 10 show(i, j) end for i = 1, 10, math.maxinteger do show(i) end for i = -1, -10, math.mininteger do show(i) end
fails(function() for i = 1, 10, 0 do end end) fails(function() for i = 'a', 10 do end end) fails(function() for i = 1, {} do end end) fails(function() for i = 1, 2, 'x' do end end)
for i = '1', 2 do show(i) end for i = 1, 2, '1' do show(i) end for i = 1, '2' do show(i) end`,
  '3.3.5 the numeric for, floats': String.raw`
for i = 1.0, 3 do show(i) end for i = 0, 1, 0.25 do show(i) end for i = 1, 0, -0.5 do show(i) end for i = 1, 2, 0.1 do if i > 1.25 then break end show(i) end
for i = 2^53, 2^53 + 2 do show(i) if i == 2^53 then break end end for i = 1.5, 1 do show('never') end for i = math.huge, math.huge do show(i) break end
for i = 0.0, 0/0 do show('never') end fails(function() for i = 1.0, 2, 0 do end end) for i = 3.0, 1.0, -1 do show(i) end for i = 1, 2.0, 1 do show(math.type(i)) end`,
  '3.3.5 the generic for': String.raw`
local function range(n, i) if i < n then return i + 1, i * i end end for i, sq in range, 3, 0 do show(i, sq) end
for k, v in next, { 10, 20 } do show(k, v) end for a, b, c, d in (function(_, x) if not x then return 1, 2, 3 end end) do show(a, b, c, d) end
local fs = {} for i in range, 3, 0 do fs[i] = function() i = i + 1 return i end end show(fs[1](), fs[1](), fs[2](), fs[3]())
for x in pairs {} do show('never') end fails(function() for x in 5 do end end) fails(function() for x in nil do end end)
local closer = setmetatable({}, { __close = function(_, e) show('closed', e) end })
for i in range, 3, 0, closer do if i == 2 then break end end for i in range, 1, 0, closer do end
show(pcall(function() for i in range, 3, 0, closer do error('out', 0) end end)) show((function() for i in range, 3, 0, closer do return i end end)())
local t = { 1, 2, 3, x = 1 } for k in pairs(t) do t[k] = nil end show(next(t)) for k, v in ipairs { 1, 2, nil, 4 } do show(k, v) end`,
  '3.3.6 calls as statements': String.raw`
local t = { n = 0 } function t:add(k) self.n = self.n + k return self end t:add(1):add(2) show(t.n); (t.add)(t, 3) show(t.n)
local f = show f 'one' f "two" f [[three]] f { 1 } t.add(t, 1).n = 0 show(t.n)`,
  '3.3.7 local declarations': String.raw`
local a <const> = 5 local b <const>, c = 1, 2 c = c + a show(a, b, c) local d, e show(d, e) local x = x show(x)
local N <const> = 10 local s <const>, n <const>, t <const>, f <const> = 'text', nil, true, 1.5 show(N * 2, s .. N, n, t, f, (function() return N end)())
local function fact(k) if k == 0 then return 1 end return k * fact(k - 1) end show(fact(20), fact(21)) local g = function() return g end show(g())`,
  '3.3.8 to-be-closed variables': String.raw`
local function closer(name) return setmetatable({}, { __close = function(self, e) show('close', name, e) end, __name = name }) end
do local a <close> = closer 'a' local b <close> = closer 'b' show('in') end
do local n <close> = nil local f <close> = false end
local function f() local a <close> = closer 'a' return show('result') end f()
local function g() local a <close> = closer 'a' return 1, 2, 3 end show(g())
show(pcall(function() local a <close> = closer 'a' local b <close> = setmetatable({}, { __close = function(_, e) show('b', e) error('of b', 0) end }) error('of body', 0) end))
for i = 1, 2 do local c <close> = closer('loop ' .. i) if i == 1 then goto continue end ::continue:: end while true do local c <close> = closer 'while' break end
fails(function() local x <close> = 5 end) fails(function() local x <close> = {} end)
local co = coroutine.wrap(function() local a <close> = closer 'in co' coroutine.yield(1) return 2 end) show(co()) show(co())
local mt = { __close = function() show('changed') end } do local x <close> = setmetatable({}, mt) end
show(pcall(function() local x <close> = setmetatable({}, mt) mt.__close = nil end))
local order = {} local function mark(n) return setmetatable({}, { __close = function() order[#order + 1] = n end }) end
local function h() local a <close> = mark(1) do local b <close> = mark(2) end local c <close> = mark(3) return (function() local d <close> = mark(4) return 'x' end)() end show(h(), order)
local co = coroutine.wrap(function() local a <close> = setmetatable({}, { __close = function() coroutine.yield('from close') end }) return 'r' end) show(co()) show(co())`,
  '3.4.1 arithmetic': String.raw`
show(7 + 3, 7 - 3, 7 * 3, 7 / 2, 7 // 2, 7 % 3, 2 ^ 10, -7, 7.0 + 3, 7 // 2.0, 7 % 2.5, 6 / 2)
show(-7 // 2, 7 // -2, -7 // -2, -7 % 3, 7 % -3, -7 % -3, -7.5 // 2, 7.5 // -2, -7.5 % 2, 7.5 % -2, -6 % 3, 6 % -3)
show(1 // 0.0, -1 // 0.0, 0.0 / 0, 1 / 0, -1 / 0, 5 % math.huge, -5 % math.huge, 5 % -math.huge, -5 % -math.huge, 5.5 // math.huge, -5.5 // math.huge)
show(math.maxinteger + 1, math.mininteger - 1, math.maxinteger * 2, -math.mininteger, math.mininteger // -1, math.mininteger % -1, math.maxinteger + 1.0)
show(2 ^ 0.5, 2 ^ -1, (-8) ^ (1 / 3), 0 ^ 0, 2 ^ 1024, 10 ^ 15, (-2) ^ 3, 4 ^ 0.5, 2^53 + 1, 1e308 * 10, -0.0, 0 * -1.0, 5 // 0.3, 1 % 0.1)
show(0.0 // 1, -0.0 // 1, 0.0 % -1, -0.0 % 1, 5 % 5.0, -5 % 5.0, 5.3 % math.mininteger, math.mininteger / -1, 3 % -math.huge, 2^63 // 1)
fails(function() return 1 // 0 end) fails(function() return 1 % 0 end) show(0 // 1, pcall(function() return 0 // 0 end))
fails(function() return {} + 1 end) fails(function() local t = {} return 1 - t.x end) fails(function() return 'a' * 2 end) fails(function() return -{} end) fails(function() return 2 ^ {} end)`,
  '3.4.2 bitwise': String.raw`
show(5 & 3, 5 | 3, 5 ~ 3, ~5, 1 << 4, 256 >> 4, -1 >> 60, -1 << 60, 1 << 63, 1 << 64, 1 >> 64, 1 << -1, 2 >> -1, -1 >> -64, 1 << 62 << 1, 1 << math.mininteger, 1 >> math.mininteger)
show(0xff & 0x0f0, ~0, ~math.maxinteger, 3.0 & 1, 2^53 | 0, 5 ~ 5.0, -1 & 0xffffffff, 5 & -0.0)
fails(function() return 1.5 & 1 end) fails(function() return 2^64 | 0 end) fails(function() return 'a' & 1 end) fails(function() return '7' & 3 end) fails(function() return ~'5' end) fails(function() return '1.5' | 1 end) fails(function() return {} & 1 end) fails(function() return ~1.5 end)
fails(function() return 1 << {} end) fails(function() return 1 & math.huge end) fails(function() return 1 | 0/0 end) fails(function() return 1 >> nil end) fails(function() local x = 1.5 return x ~ 1 end)`,
  '3.4.3 coercions': String.raw`
show('10' + 5, '10' * '2', '3.0' + 1, '0x10' + 0, ' 10 ' + 1, '1e1' + 0, '10' // 3, '10' % '3', '10' / 2, -'2', -'2.0', '2' ^ 2, '9223372036854775807' + 1, '9223372036854775808' + 0)
show(10 .. 20, 1.5 .. '', -0.0 .. '', 2^63 .. '', 1e15 .. '', 1e100 .. '', 3.0 .. '', 123456789.125 .. '', 0x7fffffffffffffff .. '', 1/0 .. '', -1/0 .. '')
show(tonumber('  0x1p4  '), tonumber('1 2'), tonumber('1e'), tonumber(''), tonumber(' '), tonumber('0x'), tonumber('1_000'), tonumber('inf'), tonumber('nan'), tonumber('5.'), tonumber('.5'), tonumber('.'), tonumber('- 1'), tonumber('--1'), tonumber('+1'))
show(math.tointeger('8'), math.tointeger(3.0), 10 == '10', '10' + 0 == 10, 0.1 + 0.2 == 0.3, 1e15, 2^31 | 0, '1\0' == '1')
fails(function() return '1\0' + 1 end) fails(function() return 'abc' + 1 end) fails(function() return {} .. 'x' end) fails(function() return nil .. 'x' end) fails(function() return 1 < '2' end) fails(function() return true .. '' end)
local t = {} t['10'] = 1 t[10] = 2 show(t['10'], t[10], t[10.0]) show(('5'):rep('2'), ('x'):rep(2.0), #('abc'):sub('2')) fails(string.rep, 'x', 1.5) fails(string.rep, 'x', '1.5') fails(string.rep, 'x', 'y')`,
  '3.4.4 comparison': String.raw`
show(1 < 2, 1 < 1.5, 1 <= 1.0, 2 > 1, 2 >= 3, 1 == 1.0, 1 ~= 1, 'a' < 'b', 'a' < 'B', 'Z' < 'a', '' < 'a', 'a' < 'aa', 'a\0b' < 'a\0c', 'a\0' > 'a', '10' < '9', 'ä' > 'z')
show(math.maxinteger < math.huge, math.mininteger > -math.huge, math.maxinteger + 0.0 == 2^63, math.maxinteger == 2^63, math.maxinteger < 2^63, math.maxinteger <= 2^63, math.mininteger == -2^63, math.mininteger <= -2^63, math.mininteger < -2^63)
show(2^53 == 2^53 + 1, (1 << 53) + 1 == 2^53 + 1, (1 << 53) + 1 > 2^53, 9007199254740993 < 9007199254740992.0, 9007199254740993 > 9007199254740992.0, 1 < 1.0000000000000002, -1 > -1.5, 1 >= 1.5)
local nan = 0/0 show(nan == nan, nan ~= nan, nan < nan, nan > 1, nan <= 1, 1 < nan, 1 >= nan, not (nan < 1), math.maxinteger < nan, math.maxinteger >= nan)
show(nil == false, 0 == false, '' == false, {} == {}, print == print, nil == nil, 'a' == 'a', ('a'):rep(100) == ('a'):rep(100))
fails(function() return 1 < 'x' end) fails(function() return {} < {} end) fails(function() return nil > 1 end) fails(function() return {} <= 1 end) fails(function() return print < print end) fails(function() return 'a' >= 1 end) fails(function() return true < false end)`,
  '3.4.5 logic': String.raw`
show(10 or 20, 10 or error(), nil or 'a', nil and 10, false and error(), false and nil, false or nil, 10 and 20, not nil, not 0, not not 1, not 'x')
local function f(...) show('called', ...) return ... end show(f(false) and f(1), f(nil) or f(2), f(1) and f(2) or f(3), f(1) or f(2) and f(3))
local x = nil local y = x == nil and 'none' or x show(y, (nil or false) == false, nil and nil, false == not true, 1 and nil or 3, not 1 == 2)`,
  '3.4.6 concatenation': String.raw`
show('a' .. 'b' .. 1 .. 2.0 .. 'c', 1 .. '', '' .. '', 'x' .. -1, ('a'):rep(50) .. ('b'):rep(50), 1 .. 2 .. 3, 'a' .. 'b' == 'ab', 'a\0' .. '\0b', 2 ^ 2 .. '', 1 // 1 .. '')
local s = '' for i = 1, 50 do s = s .. i % 10 end show(s, #s) local t = {} for i = 1, 20 do t[i] = i .. '|' .. i * 1.5 end show(t)`,
  '3.4.7 length': String.raw`
show(#'', #'abc', #'a\0b', #'ä', #{}, #{ 1, 2, 3 }, #{ n = 1 }, #{ [1] = 1, [2] = 2 }, #{ 1, 2, nil } < 3, #('x'):rep(1000)) local t = {} for i = 1, 100 do t[i] = i end show(#t) for i = 100, 51, -1 do t[i] = nil end show(#t) t[#t + 1] = 'last' show(#t, t[51])
fails(function() return #5 end) fails(function() return #nil end) fails(function() local x = true return #x end) show(#{ (function() return 1, 2, 3 end)() }, #{ (function() return 1, 2 end)(), 5 })`,
  '3.4.8 precedence': String.raw`
show(2 + 3 * 4, (2 + 3) * 4, -2 ^ 2, (-2) ^ 2, 2 ^ 3 ^ 2, 2 ^ -1, not 1 == 2, not (1 == 2), 1 .. 2 == '12', 'a' .. 1 + 2, 5 - 3 - 1, 24 / 4 / 2, -3 % 5, -(3 % 5), #'ab' + 1, -#'ab', - - 2, not not nil)
show(1 << 2 + 1, 1 | 2 & 3, 1 | 2 ~ 3, 6 & 3 << 1, 5 ~ 3 | 8, ~1 + 1, 1 + 1 << 1, 'a' < 'b' == true, 1 < 2 and 2 < 3 or error(), 1 or 2 and nil, 3 | 4 == 7, 2 * 3 % 4, 7 // 2 * 2, 2 ^ 2 * 3, 1 .. 2 .. 3 == 1 .. (2 .. 3), 5 > 3 == true, -1 ^ 0.5 ~= nil)`,
  '3.4.9 table constructors': String.raw`
local a = { 10, 20; 30, x = 1, ['y z'] = 2, [100] = 3, [1.5] = 4, [true] = 5, 40, } show(a) show({}, { 1 }, { 1, }, { a = 1; b = 2 }, { [1] = 'b', 'a' }, { nil, 2 }, { [1 + 1] = 'two' })
local function f() return 1, 2, 3 end show({ f() }, { f(), f() }, { f(), 0 }, { (f()) }, { x = f() }, { f(), x = 1, f() }, { [f()] = f() }) local function v(...) return { ... }, { n = select('#', ...), ... } end show(v(1, nil, 3)) show({ { { } } }, { f = function() end })
local big = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, f() } show(#big, big[56], big[58]) fails(function() return { [nil] = 1 } end) fails(function() return { [0/0] = 1 } end)`,
  '3.4.10 function calls': String.raw`
local t = { f = function(self, ...) return select('#', ...), self.k end, k = 'key' } show(t:f(1, nil, nil)) show(t.f(t)) show(t:f 'x') show(t:f {}) show((t.f(t, 1))) show(#'x', ('x'):upper(), ("%d"):format(5))
local function v(...) return ... end show(v()) show((v())) show(v(1, nil)) show(v(v(1, 2), v(3, 4))) show(v((v(1, 2)), (v(3, 4)))) local function tail(n) if n == 0 then return 'deep' end return tail(n - 1) end show(tail(100000))
fails(function() local x x() end) fails(function() t.nope() end) fails(function() t:nope() end) fails(function() nope() end) fails(function() ('x'):nope() end) fails(function() t.k() end) fails(function() (1)() end) fails(function() local a = { b = {} } a.b.c() end) fails(function() return -t.f end)`,
  '3.4.11 function definitions': String.raw`
local t = { a = { } } function t.f(x) return x end function t.a.g(x, y) return y, x end function t.a:m(x) return self == t.a, x end function glob(...) return ... end show(t.f(1), t.a.g(1, 2)) show(t.a:m(3)) show(glob(1, 2)) glob = nil
local function r(a, b) return a, b end show(r(3)) show(r(3, 4)) show(r(3, 4, 5)) show(r(r(1, 2), 10)) show(r(r(1, 2))) local function p(a, b, ...) return a, b, select('#', ...), ... end show(p(1)) show(p(1, 2)) show(p(1, 2, nil, nil)) show((function(...) local a, b = ... return b, a end)(1, 2, 3)) show((function(...) return (...) end)(1, 2))
local function f1() return f2 end local a = {} for i = 1, 3 do local y = 0 a[i] = function() y = y + 1 return y, i end end show(a[1]()) show(a[1]()) show(a[2]()) show((function() return function() return 'inner' end end)()())
local function counter() local n = 0 return function() n = n + 1 return n end, function() return n end end local inc, get = counter() inc() inc() show(get()) local inc2, get2 = counter() inc2() show(get(), get2()) local function va(...) local n = select('#', ...) local t = { ... } return function() return n, t[1] end end show(va('x', nil)())`,
  '3.4.12 lists, adjusted': String.raw`
local function f() return 1, 2, 3 end local function none() end show(f()) show(f(), 10) show(10, f()) show((f())) show(none()) show((none())) show(none(), none()) show(1, none()) local a, b, c, d = f() show(a, b, c, d) a, b = f(), 10 show(a, b) a, b, c = none(), 5 show(a, b, c) local t = { f(), f() } show(#t) local x = f() show(x) show({ none() }, { none(), 1 }, #{ none(), none() })
local function ret() return f() end show(ret()) local function ret1() return (f()) end show(ret1()) local function pass(...) return ..., 'end' end show(pass(1, 2)) local function vs(...) local a, b, c = 0, ... return a, b, c end show(vs(1, 2, 3)) if f() then show('yes') end for i = f(), 2 do show(i) end show(table.unpack({ 1, nil, 3 }, 1, 3)) show(#{ table.unpack({}, 1, 5) })`,
  '3.5 visibility': String.raw`
x = 10 do local x = x show(x) x = x + 1 do local x = x + 1 show(x) end show(x) end show(x) x = nil local a = {} local x = 20 for i = 1, 10 do local y = 0 a[i] = function() y = y + 1 return x + y end end show(a[1](), a[1](), a[2]()) x = 30 show(a[1]()) local function outer() local v = 1 local function inc() v = v + 1 end local function get() return v end return inc, get end local inc, get = outer() inc() show(get()) for i = 1, 2 do local i = i * 10 show(i) end local function shadow(a) local a = a or 'none' return a end show(shadow(), shadow(1)) local z <const> = 1 do local z = 2 show(z) end show(z)`,
}
