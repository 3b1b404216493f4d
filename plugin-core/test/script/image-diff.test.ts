// Two images that differ: what is named, and how.

import { expect, test } from 'vitest'
import { diffImages } from '../../src/script/image-diff.ts'
import { walkImage } from '../../src/script/image-walk.ts'
import type { Script } from '../../src/script/script-host.ts'
import { scripted, type Scripted } from './scripted.ts'

/** Runs a script twice, the second time told that it is the other machine, and names what differs after some ticks. */
function differing(text: string | readonly Script[], ticks = 3): string[] {
  const [a, b] = ['this', 'that'].map(side => {
    const s = scripted(text, { methods: { side: () => side, id: () => (side === 'this' ? 3 : 4) } })
    for (let i = 0; i < ticks; i++)
      s.tick({
        rules: sim => {
          if (sim.tick === 1) sim.spawn('Bot')
        },
      })
    expect(s.errors).toEqual([])
    return s
  })
  return compare(a, b)
}

function compare(a: Scripted, b: Scripted): string[] {
  const [x, y] = [a, b].map(s => a.vm.inspect(s.save().image, walkImage))
  return diffImages(x, y).map(d => `${d.script}: ${d.path}: ${d.a} against ${d.b}`)
}

const bot = (text: string): Script[] => [
  { name: 'other.lua', text: 'count = 7 function on_tick() count = count + 1 end' },
  { name: 'bot.lua', text, each: ['Bot'] },
]

test('a global, in a table of tables, an upvalue, and one of a function that an upvalue holds', () => {
  expect(differing(bot('count = 0 function on_tick() count = count + self:id() end'))).toEqual([
    'bot.lua: count: 9 against 12',
  ])
  expect(differing(bot(`list = { {}, { at = {} } } function on_tick() list[2].at['a b'] = self:id() end`))).toEqual([
    'bot.lua: list[2].at["a b"]: 3 against 4',
  ])
  expect(
    differing(bot('local n = 0 local function add(by) n = n + by end function on_tick() add(self:id()) end')),
  ).toEqual(['bot.lua: upvalue n of upvalue add of on_tick: 9 against 12'])
})

test('what a coroutine holds and where it waits, timers, handlers, vars', () => {
  expect(
    differing(
      bot(
        `function on_start() echo.start(function() local steps = self:id()\n for i = 1, 9 do echo.wait(1) end end) end`,
      ),
    ),
  ).toEqual(['bot.lua: local steps of timer 1 of tick 4: 3 against 4'])
  expect(
    differing(
      bot(
        `function on_start() echo.start(function() if self:side() == 'this' then\n echo.wait(9) else\n echo.wait(9) end end) end`,
      ),
    ),
  ).toEqual(['bot.lua: line of timer 1 of tick 10: bot.lua:2 against bot.lua:3'])
  expect(differing(bot('function on_start() local n = 0 echo.every(2, function() n = n + self:id() end) end'))).toEqual(
    ['bot.lua: upvalue n of timer 1 of tick 5: 3 against 4'],
  )
  expect(
    differing(bot(`function on_start() local n = self:id() echo.on('say', function() n = n + 1 end) end`)),
  ).toEqual(['bot.lua: upvalue n of echo.on.say[1][1]: 3 against 4'])
  expect(differing(bot(`function on_tick() self.vars.mood = self:side() end`))).toEqual([
    ': self.vars.mood of entity 0: "this" against "that"',
  ])
})

test('values of two kinds, ends of long texts, entities, what is there on one side alone', () => {
  expect(differing(bot('function on_tick() n = self:id() == 3 and 1 or 1.0 end'))).toEqual([
    'bot.lua: n: 1 against 1.0',
  ])
  expect(differing(bot('function on_tick() n = self:id() == 3 and 0.0 or -0.0 end'))).toEqual([
    'bot.lua: n: 0.0 against -0.0',
  ])
  expect(differing(bot(`function on_tick() s = ('x'):rep(100) .. self:side() end`))).toEqual([
    expect.stringMatching(
      /^bot\.lua: s: "x{60}" \(104 bytes, hash [0-9a-f]{8}\) against "x{60}" \(104 bytes, hash [0-9a-f]{8}\)$/,
    ),
  ])
  expect(differing(bot('function on_tick() who = self:id() == 3 and self or self.bot end'))).toEqual([
    'bot.lua: who: entity 0 against Bot of entity 0',
  ])
  expect(differing(bot(`function on_tick() if self:id() == 4 then more = { deep = { 1, 2 } } end end`))).toEqual([
    'bot.lua: more: nil against a table',
  ])
})

test('the order of pairs, math.random, a class, tables that hold themselves', () => {
  // The same at the end, but one table had been larger once.
  const order = `function on_start()
    t = {}
    if self:id() == 3 then for i = 1, 40 do t['n' .. i] = 1 end for i = 1, 40 do t['n' .. i] = nil end end
    for _, name in ipairs{ 'red', 'green', 'blue', 'white' } do t[name] = 1 end end`
  expect(differing(bot(order))).toEqual([
    expect.stringMatching(/^bot\.lua: order of pairs in t: (\w+, ){3}\w+ against (\w+, ){3}\w+$/),
  ])
  expect(differing(bot('function on_start() for i = 1, self:id() do math.random() end end'))).toEqual([
    expect.stringMatching(/^: what math\.random gives next: state [0-9a-f]{8} against state [0-9a-f]{8}$/),
  ])
  expect(
    differing(
      bot(
        `local Class = {} Class.__index = Class function on_start() o = setmetatable({}, Class) Class.n = self:id() end`,
      ),
    ),
  ).toEqual(['bot.lua: metatable.n of o: 3 against 4'])
  expect(differing(bot(`function on_start() ring = {} ring.next = { back = ring, [ring] = self:id() } end`))).toEqual([
    'bot.lua: ring.next[a table 1]: 3 against 4',
  ])
})

test('what no script can reach is not named, and equal images have no difference', () => {
  expect(differing(bot('count = 0 function on_tick() count = count + 1 end'))).toEqual([])
  expect(
    differing(bot(`function on_tick() local garbage = {} for i = 1, self:id() do garbage[i] = {} end end`)),
  ).toEqual([])
})

test('a script that is stopped on one side, and another text', () => {
  const [a, b] = [0, 1].map(() => scripted(bot('function on_tick() end')))
  b.vm.stop('other.lua')
  expect(compare(a, b)[0]).toBe('other.lua: is stopped: false against true')
  const [c, d] = [0, 1].map(() => scripted(bot('function on_tick() end')))
  d.vm.reload('other.lua', 'function on_tick() n = 1 end')
  expect(compare(c, d)).toContain('other.lua: its text: nil against "function on_tick() n = 1 end"')
})

test('of a memory that is full of differences some are named, and quickly', () => {
  const lines = differing(
    bot('function on_start() big = {} local id = self:id() for i = 1, 40000 do big[i] = id end end'),
  )
  expect(lines).toHaveLength(20)
  expect(lines[0]).toBe('bot.lua: big[1]: 3 against 4')
})

test('reading changes nothing', () => {
  const s = scripted(bot('count = 0 function on_tick() count = count + 1 end'))
  for (let i = 0; i < 5; i++) s.tick()
  const hash = s.vm.hash()
  s.vm.inspect(s.save().image, walkImage)
  expect(s.vm.hash()).toBe(hash)
  s.tick()
})
