import { expect, test } from 'vitest'
import { seeded } from '../seeded.ts'
import { scripted } from './scripted.ts'

test('the script of the specification runs as it stands', () => {
  const applied: unknown[] = []
  const text = `
function on_start()
  echo.network.emit("player_input", { axis = self.move, tick = echo.chronos() })
end
function on_player_input(evt)
  self:applyInput(evt.payload)
end
`
  const s = scripted([{ name: 'player.lua', text, each: ['Player', 'Move'], slot: 'Player.slot' }], {
    methods: { applyInput: (sim, e, payload) => void applied.push([sim.tick, e, payload]) },
  })
  s.tick({
    rules: sim => {
      for (const slot of [2, 1]) {
        const e = sim.spawn('Player', 'Move')
        sim.components.Player.slot[e] = slot
        sim.components.Move.x[e] = slot / 4
      }
    },
  })
  expect(s.emitted.map(({ kind, payload, slot }) => [kind, payload, slot])).toEqual([
    ['player_input', { axis: { x: 0.5, y: 0 }, tick: 1 }, 2],
    ['player_input', { axis: { x: 0.25, y: 0 }, tick: 1 }, 1],
  ])
  s.tick({ events: [{ slot: 1, kind: 'player_input', payload: { axis: { x: 1, y: 0 }, tick: 1 } }] })
  expect(applied).toEqual([[2, 1, { axis: { x: 1, y: 0 }, tick: 1 }]])
  expect(s.errors).toEqual([])
})

test('on_<kind> runs for the entities of the slot in the order of their index, and once without entities', () => {
  const s = scripted([
    {
      name: 'each.lua',
      text: `function on_hit(evt) echo.log(self.entity, evt.kind, evt.slot, evt.tick) end`,
      each: ['Player'],
      slot: 'Player.slot',
    },
    { name: 'once.lua', text: `function on_hit(evt) echo.log(tostring(self), evt.payload) end` },
    { name: 'all.lua', text: `function on_hit() echo.log(self.entity) end`, each: ['Player'] },
  ])
  s.tick({
    rules: sim => {
      for (const slot of [1, 0, 1]) sim.components.Player.slot[sim.spawn('Player')] = slot
    },
    events: [{ slot: 1, kind: 'hit', payload: 'hard' }],
  })
  expect(s.logs).toEqual([
    'each.lua: 0\thit\t1\t1',
    'each.lua: 2\thit\t1\t1',
    'once.lua: nil\thard',
    'all.lua: 0',
    'all.lua: 1',
    'all.lua: 2',
  ])
})

test('on_start comes once for each entity, before anything else, and again for who takes its index', () => {
  const s = scripted([
    {
      name: 'a.lua',
      each: ['Bot'],
      text: `function on_start() echo.log('start', self.entity) end function on_tick() echo.log('tick', self.entity) end`,
    },
  ])
  s.tick({ rules: sim => void sim.spawn('Bot') })
  s.tick()
  s.tick({
    rules: sim => {
      sim.destroy(0)
      sim.spawn('Bot')
    },
  })
  expect(s.logs.map(line => line.slice(7))).toEqual(['start\t0', 'tick\t0', 'tick\t0', 'start\t0', 'tick\t0'])
})

test('echo.on binds handlers by kind, for one entity when one runs; what it answers takes them off', () => {
  const s = scripted([
    {
      name: 'a.lua',
      each: ['Bot'],
      text: `
        echo.on('ping', function(evt) echo.log('all', self.entity) end)
        function on_start()
          if self.entity == 1 then
            local off
            off = echo.on('ping', function(evt) echo.log('one', self.entity, evt.payload) off() end)
          end
        end`,
    },
  ])
  const ping = { events: [{ slot: 0, kind: 'ping', payload: 5 }] }
  s.tick({ rules: sim => void [sim.spawn('Bot'), sim.spawn('Bot')], ...ping })
  s.tick(ping)
  expect(s.logs.map(line => line.slice(7))).toEqual(['all\t0', 'all\t1', 'one\t1\t5', 'all\t0', 'all\t1'])
})

test('local events come at the next tick, to every script and to the rules, as a copy', () => {
  const s = scripted(
    [
      {
        name: 'a.lua',
        each: ['Player'],
        slot: 'Player.slot',
        text: `
        function on_tick(evt)
          if evt.tick > 1 then return end
          local payload = { list = { 1, 2 }, at = self.move, deep = { ok = true } }
          echo.emit('boom', payload)
          payload.list[1] = 99
        end`,
      },
      {
        name: 'b.lua',
        text: `function on_boom(evt) echo.log(evt.payload.list[1], evt.payload.at.y, evt.payload.deep.ok, evt.slot, evt.tick) end`,
      },
    ],
    { hears: ['boom'] },
  )
  s.tick({
    rules: sim => {
      const e = sim.spawn('Player', 'Move')
      sim.components.Player.slot[e] = 3
      sim.components.Move.y[e] = 1.5
    },
  })
  expect(s.logs).toEqual([])
  s.tick()
  s.tick()
  expect(s.logs).toEqual(['b.lua: 1\t1.5\ttrue\t3\t2'])
  expect(s.heard).toEqual([['boom', { at: { x: 0, y: 1.5 }, deep: { ok: true }, list: [1, 2] }, 3]])
  s.vm.emit('boom', { list: [7], at: { y: 2 }, deep: {} })
  s.tick()
  expect(s.logs[1]).toBe('b.lua: 7\t2\tnil\tnil\t4')
})

test('what is emitted while a tick begins comes at the next one', () => {
  const s = scripted(`
    function on_start() echo.emit('a', 'start') echo.after(1, function() echo.emit('a', 'timer') end) end
    function on_a(evt) echo.log(evt.payload, evt.tick) if evt.tick < 4 then echo.emit('a', 'again') end end`)
  for (let i = 0; i < 5; i++) s.tick()
  expect(s.logs).toEqual(['start\t2', 'timer\t3', 'again\t3', 'again\t4', 'again\t4'].map(line => `test.lua: ${line}`))
})

test('network events keep when, and payloads keep their kinds of values', () => {
  const s = scripted(`function on_start()
    echo.network.emit('a', nil)
    echo.network.emit('b', 'text', { when = 'confirmed' })
    echo.network.emit('c', { 1, 2.5, 'x', false, { nested = { deep = 'yes' } } })
    echo.network.emit('d', '\\xff\\0')
    echo.network.emit('e', { ['__proto__'] = 1, ['ü'] = 'ö', empty = {} })
    echo.network.emit('f', 2^60)
  end`)
  s.tick()
  expect(s.errors).toEqual([])
  expect(s.emitted.map(({ kind, payload, when }) => [kind, payload, when])).toEqual([
    ['a', null, 'first'],
    ['b', 'text', 'confirmed'],
    ['c', [1, 2.5, 'x', false, { nested: { deep: 'yes' } }], 'first'],
    ['d', Uint8Array.of(255, 0), 'first'],
    [
      'e',
      Object.fromEntries([
        ['__proto__', 1],
        ['ü', 'ö'],
        ['empty', {}],
      ]),
      'first',
    ],
    ['f', 2 ** 60, 'first'],
  ])
})

test('payloads come in with whole numbers as integers, nil for null, and names in sorted order', () => {
  const s = scripted(`function on_data(evt)
    local p, keys = evt.payload, {}
    for k in pairs(p.map) do keys[#keys + 1] = k end
    echo.log(math.type(p.whole), math.type(p.part), math.type(p.zero), tostring(p.none), #p.list, p.bytes:byte(1, -1))
    echo.log(table.concat(keys, ' '), p.text, tostring(p.yes))
  end`)
  const orders = [
    { b: 1, a: 2, c: 3 },
    { c: 3, a: 2, b: 1 },
  ]
  for (const map of orders)
    s.tick({
      events: [
        {
          slot: 0,
          kind: 'data',
          payload: {
            whole: 3,
            part: 0.5,
            zero: -0,
            none: null,
            list: [1, null, 'x'],
            bytes: Uint8Array.of(1, 255),
            text: 'grüß',
            yes: true,
            map,
          },
        },
      ],
    })
  expect(s.errors).toEqual([])
  expect(s.logs[0]).toBe('test.lua: integer\tfloat\tfloat\tnil\t3\t1\t255')
  expect(s.logs[1]).toMatch(/grüß\ttrue$/)
  expect(s.logs[3]).toBe(s.logs[1])
})

test('what is no data is refused where it is sent', () => {
  const cases: [string, RegExp][] = [
    ['echo.emit("a", print)', /^echo\.emit: the payload holds a function/],
    ['echo.emit("a", self)', /holds an entity: send echo\.ref/],
    ['local t = {} t.t = t echo.emit("a", t)', /nested more than 32/],
    ['echo.emit("a", { [{}] = 1 })', /a key that is neither/],
    ['echo.emit("", 1)', /the kind must be a name/],
    ['echo.emit("a", { 1, 2, x = 3 })', /^echo\.emit: the payload holds a table that is a list and a map at once/],
    ['echo.emit("a", { [2] = 1 })', /neither a name nor in a list from 1/],
    ['echo.emit("a", ("x"):rep(70000))', /is too large/],
    ['for i = 1, 257 do echo.emit("a", i) end', /more than 256 events/],
    ['echo.network.emit("a", print)', /^the payload holds a function/],
    ['echo.network.emit("a", { x = self })', /holds an entity/],
    ['local t = {} t.t = t echo.network.emit("a", t)', /nested more than 32/],
    ['echo.network.emit("a", { 1, 2, x = 3 })', /a list and a map at once/],
    ['echo.network.emit("a", { 1, nil, 3 })', /a list with a hole at 2/],
    ['echo.network.emit("a", { [1.5] = 3 })', /a key that is neither/],
    ['echo.network.emit("a", ("x"):rep(70000))', /is too large/],
    ['echo.network.emit("a", 1, { when = "later" })', /when can be/],
    ['echo.network.emit(7)', /the kind must be a name/],
    ['echo.raise("a", 1, {})', /the key must be a name or a number/],
  ]
  const s = scripted(
    cases.map(([code], i) => ({ name: `c${i}.lua`, each: ['Bot'], text: `function on_start()\n${code}\nend` })),
  )
  s.tick({ rules: sim => void sim.spawn('Bot') })
  expect(s.errors.map(error => [error.script, error.line])).toEqual(cases.map((_, i) => [`c${i}.lua`, 2]))
  cases.forEach(([code, message], i) => expect(s.errors[i].message, code).toMatch(message))
  expect(s.emitted).toEqual([])
})

test('timers and waits are in ticks, keep their self, and end with their entity', () => {
  const s = scripted([
    {
      name: 'a.lua',
      each: ['Bot'],
      text: `
        function on_start()
          echo.after(2, function() echo.log('after', self.entity, echo.chronos()) end)
          local n = 0
          local id
          id = echo.every(2, function() n = n + 1 echo.log('every', self.entity, echo.chronos()) if n == 2 then echo.cancel(id) end end)
          echo.start(function(word)
            for i = 1, 3 do echo.log(word, self.entity, echo.chronos()) echo.wait(i) end
            echo.log('done', self.entity, echo.chronos())
          end, 'step')
          local off = echo.after(1, function() echo.log('never') end)
          echo.log(echo.cancel(off), echo.cancel(off))
        end`,
    },
  ])
  s.tick({ rules: sim => void [sim.spawn('Bot'), sim.spawn('Bot')] })
  s.tick({ rules: sim => sim.destroy(1) })
  for (let i = 0; i < 10; i++) s.tick()
  expect(s.errors).toEqual([])
  expect(s.logs.map(line => line.slice(7))).toEqual([
    ...['step\t0\t1', 'true\tfalse', 'step\t1\t1', 'true\tfalse'],
    'step\t0\t2',
    'after\t0\t3',
    'every\t0\t3',
    'step\t0\t4',
    'every\t0\t5',
    'done\t0\t7',
  ])
})

test('a coroutine keeps its self, whoever resumes it', () => {
  const s = scripted([
    {
      name: 'a.lua',
      each: ['Bot'],
      text: `
        local cos, wraps = {}, {}
        function on_start()
          cos[#cos + 1] = coroutine.create(function()
            local inner = coroutine.wrap(function() while true do echo.log('inner', self.entity) coroutine.yield() end end)
            while true do echo.log('co', self.entity) inner() coroutine.yield() end
          end)
          wraps[#wraps + 1] = coroutine.wrap(function() while true do echo.log('wrap', self.entity) coroutine.yield() end end)
        end
        function on_go()
          if self.entity ~= 0 then return end
          for i = 1, 2 do assert(coroutine.resume(cos[i])) wraps[i]() echo.log('me', self.entity) end
        end`,
    },
  ])
  s.tick({ rules: sim => void [sim.spawn('Bot'), sim.spawn('Bot')], events: [] })
  s.tick({ events: [{ slot: 0, kind: 'go', payload: null }] })
  expect(s.errors).toEqual([])
  expect(s.logs.map(line => line.slice(7))).toEqual([
    'co\t0',
    'inner\t0',
    'wrap\t0',
    'me\t0',
    'co\t1',
    'inner\t1',
    'wrap\t1',
    'me\t0',
  ])
})

test('a wait that somebody else ended is not ended twice', () => {
  const s = scripted(`
    function on_start()
      local co = coroutine.create(function() echo.wait(2) echo.log('woken', echo.chronos()) coroutine.yield() echo.log('too far') end)
      assert(coroutine.resume(co))
      assert(coroutine.resume(co))
    end`)
  for (let i = 0; i < 5; i++) s.tick()
  expect(s.logs).toEqual(['test.lua: woken\t1'])
  expect(s.errors).toEqual([])
})

test('an error names script, line and tick, and has a traceback; the script goes on', () => {
  const s = scripted([
    {
      name: 'bot.lua',
      text: `local function inner(t)
  return t.x.y
end
function on_tick(evt)
  if evt.tick == 1 then inner({}) end
  if evt.tick == 2 then error({ code = 5 }) end
  if evt.tick == 3 then error('plain', 0) end
  if evt.tick == 4 then echo.start(function() error('in a coroutine') end) end
  if evt.tick == 5 then error(setmetatable({}, { __tostring = function() return 'told' end })) end
  echo.log('end', evt.tick)
end`,
    },
  ])
  for (let i = 0; i < 6; i++) s.tick()
  expect(s.errors.map(({ script, line, tick, message }) => [script, line, tick, message])).toEqual([
    ['bot.lua', 2, 1, "attempt to index a nil value (field 'x')"],
    ['bot.lua', 6, 2, expect.stringMatching(/^table: 0x/)],
    ['bot.lua', 7, 3, 'plain'],
    ['bot.lua', 8, 4, 'in a coroutine'],
    ['bot.lua', 5 + 4, 5, 'told'],
  ])
  expect(s.errors[0].traceback).toMatch(
    /stack traceback:\n\s+bot\.lua:2: in (local|upvalue|function) .*inner.*\n\s+bot\.lua:5: in/,
  )
  expect(s.logs).toEqual(['bot.lua: end\t6'])
})

test('a text that does not compile is told with its line, and the others run', () => {
  const s = scripted([
    { name: 'bad.lua', text: 'local x = \nfunction on_tick( end' },
    { name: 'good.lua', text: `function on_start() echo.log('here') end` },
  ])
  s.tick()
  expect(s.errors).toMatchObject([{ script: 'bad.lua', line: 2, tick: 0 }])
  expect(s.logs).toEqual(['good.lua: here'])
})

test('a new text runs from where it came; globals stay, a bad one changes nothing', () => {
  const s = scripted([
    {
      name: 'a.lua',
      text: `n = 0 echo.on('x', function() echo.log('old') end) function on_tick() n = n + 1 echo.log('a', n) end`,
    },
  ])
  s.tick()
  expect(s.vm.reload('a.lua', 'function on_tick( end')).toMatchObject({ script: 'a.lua', line: 1 })
  s.tick()
  const before = s.save()
  expect(s.vm.reload('a.lua', `function on_tick() n = n + 1 echo.log('b', n) end`)).toBeNull()
  s.tick({ events: [{ slot: 0, kind: 'x', payload: null }] })
  s.load(before)
  s.tick({ events: [{ slot: 0, kind: 'x', payload: null }] })
  expect(s.logs.map(line => line.slice(7))).toEqual(['a\t1', 'a\t2', 'b\t3', 'old', 'a\t3'])
})

test('a round begins with the first image, and with the texts that came since', () => {
  const s = scripted([
    { name: 'a.lua', text: `n = 0 function on_tick() n = n + 1 echo.log('a', n, math.random(1000)) end` },
  ])
  s.vm.restart()
  const start = s.vm.hash()
  s.tick()
  const first = s.logs[0]
  s.tick()
  s.vm.restart()
  expect(s.vm.hash()).toBe(start)
  s.tick()
  expect(s.logs[2]).toBe(first)
  s.vm.reload('a.lua', `m = 10 function on_tick() m = m + 1 echo.log('b', m, n) end`)
  s.tick()
  s.vm.restart()
  s.tick()
  expect(s.logs.slice(3).map(line => line.slice(7))).toEqual(['b\t11\t1', 'b\t11\t0'])
})

test('scripts require each other, once', () => {
  const s = scripted([
    {
      name: 'a.lua',
      text: `local lib = require('lib.lua') function on_start() echo.log(lib.twice(4), require('lib.lua') == lib, lib.count) end`,
    },
    {
      name: 'lib.lua',
      text: `local M = { count = 0 } M.count = M.count + 1 function M.twice(x) return x * 2 end return M`,
    },
    { name: 'loop.lua', text: `require('loop.lua')` },
    { name: 'none.lua', text: `require('os')` },
  ])
  s.tick()
  expect(s.logs).toEqual(['a.lua: 8\ttrue\t1'])
  expect(s.errors.map(e => e.message)).toEqual(['require: "loop.lua" needs itself', 'require: no script "os"'])
})

test("a script's globals and libraries are its own", () => {
  const s = scripted([
    {
      name: 'a.lua',
      text: `shared = 1 string.rep = nil math.abs = function() return 'bent' end echo.log = nil table.insert = nil`,
    },
    {
      name: 'b.lua',
      text: `function on_start() echo.log(tostring(shared), ('x'):rep(3), string.rep('y', 2), math.abs(-1), table.insert ~= nil) end`,
    },
  ])
  s.tick()
  expect(s.logs).toEqual(['b.lua: nil\txxx\tyy\t1\ttrue'])
})

test('random numbers are the world’s, and math.random begins with the match’s seed', () => {
  const text = `function on_tick() echo.log(echo.random(), echo.random(6), echo.random(5, 9), math.random(100)) end`
  const [a, b, c] = [7, 7, 8].map(seed => scripted(text, { seed }))
  for (const s of [a, b, c]) for (let i = 0; i < 3; i++) s.tick()
  expect(a.logs).toEqual(b.logs)
  expect(a.logs).not.toEqual(c.logs)
  expect(new Set(a.logs).size).toBe(3)
})

test('the image says what it is, and refuses what it is not', () => {
  const s = scripted('local t = {} function on_grow() for i = 1, 3000 do t[i] = { i } end end')
  s.tick()
  const small = s.save()
  const hash = s.vm.hash()
  expect(s.vm.hashOf(small.image)).toBe(hash)
  s.tick({ events: [{ slot: 0, kind: 'grow', payload: null }] })
  expect(s.vm.sizeBytes).toBeGreaterThan(small.image.length)
  const large = s.save()
  const longer = new Uint8Array(large.image.length + 1000)
  longer.set(small.image)
  expect(s.vm.imageBytes(longer)).toBe(small.image.length)
  s.vm.load(longer)
  expect(s.vm.sizeBytes).toBe(small.image.length)
  expect(s.vm.hash()).toBe(hash)
  for (const bad of [new Uint8Array(10), new Uint8Array(200_000), large.image.subarray(0, large.image.length - 4)])
    expect(() => s.vm.load(bad)).toThrow(/no image/)
  expect(s.vm.hash()).toBe(hash)
})

test('the identity is of everything that both machines must have', () => {
  const text = 'x = 1'
  const a = scripted(text).vm.identity
  expect(scripted(text).vm.identity).toBe(a)
  expect(scripted('x = 2').vm.identity).not.toBe(a)
  expect(scripted(text, { fuelPerTick: 5000 }).vm.identity).not.toBe(a)
  expect(scripted(text, { methods: { f: () => {} } }).vm.identity).not.toBe(a)
})

test('bad declarations are told in a sentence', () => {
  expect(() => scripted([{ name: 'a:b', text: '' }])).toThrow(/no name for a script/)
  expect(() =>
    scripted([
      { name: 'a', text: '' },
      { name: 'a', text: '' },
    ]),
  ).toThrow(/two scripts are called a/)
  expect(() => scripted([{ name: 'a', text: '', each: ['Nope'] }])).toThrow(/no component "Nope"/)
  expect(() => scripted([{ name: 'a', text: '', each: ['Bot'], slot: 'Bot.nope' }])).toThrow(/is no field/)
  expect(() => scripted([{ name: 'a', text: '', slot: 'Bot.hp' }])).toThrow(/without entities/)
})

test('a payload is the table that Lua itself makes of these names: as found, as walked, as filled further', () => {
  const random = seeded(5)
  const words = Array.from({ length: 60 }, (_, i) => `${'qhzkbt'[i % 6]}${i}${'xy'.repeat(i % 4)}`)
  const sets = Array.from({ length: 400 }, (_, i) => {
    const count = i % 14
    return [...new Set(Array.from({ length: count }, () => words[random.below(words.length)]))].sort()
  })
  // Names in their order, as a payload's are set; metatables see __index, too.
  const made = sets.map(names => `function() return {${names.map((name, i) => `${name}=${i}`).join(',')}} end`)
  const s = scripted(`
local made = {${made.join(',\n')}}
local function walk(t)
  local names = {}
  for name, value in pairs(t) do names[#names + 1] = name .. "=" .. tostring(value) end
  return table.concat(names, " ")
end
function on_given(evt)
  local t, own = evt.payload.t, made[evt.payload.set]()
  local before, ours = walk(t), walk(own)
  t.${words[0]}, own.${words[0]}, t.later, own.later, t.${words[7]}, own.${words[7]} = 1, 1, 2, 2, nil, nil
  if before ~= ours or walk(t) ~= walk(own) then echo.log(evt.payload.set, before, ours, walk(t), walk(own)) end
  for name, value in pairs(own) do if t[name] ~= value then echo.log(name) end end
end
function on_meta(evt) echo.log(setmetatable({}, evt.payload).anything, next(evt.payload.empty)) end
`)
  for (const [i, names] of sets.entries()) {
    const t = Object.fromEntries(names.map((name, value) => [name, value]))
    s.tick({ events: [{ slot: 0, kind: 'given', payload: { set: i + 1, t } }] })
  }
  expect(s.logs).toEqual([])
  expect(s.errors).toEqual([])
  s.tick({ events: [{ slot: 0, kind: 'meta', payload: { __index: { anything: 'found' }, empty: { none: null } } }] })
  expect(s.logs).toEqual(['test.lua: found\tnil'])
})
