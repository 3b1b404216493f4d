import { expect, test } from 'vitest'
import { luaAnnotations } from '../../src/script/lua-annotations.ts'
import { bool, defineGame, f64, fixed, i16, ref, u8 } from '../../src/sim.ts'
import { stockLua } from './manual/stock-lua.ts'
import { scripted } from './scripted.ts'

const game = defineGame({
  name: "it's a game",
  version: 3,
  maxPlayers: 4,
  maxEntities: 16,
  input: { buttons: ['left', 'dash'], axes: { aim: 'i8' } },
  components: {
    Body: { x: f64, y: f64, angle: fixed },
    Player: { slot: u8, score: i16, isReady: bool },
    Bot: { target: ref, x: i16 },
  },
  on: { chat() {}, 'net/odd': () => {} },
  methods: { applyInput() {} },
  step() {},
})
const scripts = { 'bots/bot.lua': { text: '', each: ['Body', 'Bot'] }, 'once.lua': 'x = 1' }

test('fields, self, methods, inputs and kinds come from the declaration', () => {
  const text = luaAnnotations(game, { scripts, raises: ['boom'] })
  const lines = text.split('\n')
  for (const line of [
    '---@meta',
    "---@alias game.Component 'Body'|'Player'|'Bot'",
    "---@alias game.Button 'left'|'dash'",
    "---@alias game.Axis 'aim'",
    "---@alias game.Kind 'chat'|'net/odd'|string",
    "---@alias game.RaisedKind 'boom'|string",
    '---@class game.Body',
    '---@field angle number fixed',
    '---@field score integer i16',
    '---@field isReady boolean bool',
    '---@field target echo.Entity? ref',
    '---@field Body game.Body a view of the component',
    '---@field body game.Body a view of the component',
    '---@field applyInput fun(self: echo.Entity, ...: echo.Data): echo.Data',
    '---@field y? number nil without its component',
    '---@class self.bots_bot: echo.Entity what self is in bots/bot.lua',
    '---@type self.bots_bot',
    'on_chat = nil',
    'on_tick = nil',
  ])
    expect(lines).toContain(line)
  expect(text).not.toMatch(/on_net/)
  expect(text).not.toMatch(/self\.once/)
})

test('the text is Lua', async () => {
  const stock = await stockLua()
  expect(stock.run(luaAnnotations(game, { scripts }), 'game.d.lua')).toEqual([''])
})

test('a game without inputs, components or scripts has annotations, too', async () => {
  const bare = defineGame({
    name: 'bare',
    version: 1,
    maxPlayers: 1,
    maxEntities: 1,
    input: { buttons: [] },
    components: {},
    step() {},
  })
  const text = luaAnnotations(bare)
  expect(text).toContain('---@alias game.Button string')
  expect(text).toContain('---@type echo.Entity?')
  expect((await stockLua()).run(text, 'bare.d.lua')).toEqual([''])
})

test('everything that scripts have is in it, and nothing else', () => {
  const text = luaAnnotations(game)
  const told = [...text.matchAll(/^function (?:echo|(network))\.(\w+)\(/gm)].map(m => (m[1] ? `network.${m[2]}` : m[2]))
  const s = scripted(`
    local names = {}
    for name, value in pairs(echo) do if type(value) == 'function' then names[#names + 1] = name end end
    for name in pairs(echo.network) do names[#names + 1] = 'network.' .. name end
    echo.log(table.concat(names, ' '))`)
  expect(told.toSorted()).toEqual(s.logs[0].slice('test.lua: '.length).split(' ').toSorted())
})
