// The reference manual of Lua 5.4, sections 2.4, 3 and 6: each snippet says the same on the Lua that scripts run in and on an
// untouched one.

import { expect, test } from 'vitest'
import { scripted } from '../scripted.ts'
import { DIFFERENT } from './different.lua.ts'
import { HARNESS } from './harness.lua.ts'
import { LANGUAGE } from './language.lua.ts'
import { LIBRARY } from './library.lua.ts'
import { METAMETHODS } from './metamethods.lua.ts'
import { STRINGS } from './strings.lua.ts'
import { SYNTAX } from './syntax.lua.ts'
import { stockLua } from './stock-lua.ts'

const stock = await stockLua()
const SNIPPETS = { ...LANGUAGE, ...METAMETHODS, ...LIBRARY, ...STRINGS }

test.each(Object.entries(SNIPPETS))('%s', (_, code) => {
  const text = `${HARNESS}\n${code}`
  const lines = hardened(text)
  expect(lines.length).toBeGreaterThan(0)
  expect(lines).toEqual(stock.run(text, 'test.lua'))
})

test.each(SYNTAX.map(text => [text.replace(/\s+/g, ' ').slice(0, 60), text]))('does not compile: %s', (_, text) => {
  let message = ''
  try {
    stock.run(text, 'test.lua')
  } catch (error) {
    message = (error as Error).message
  }
  expect(message).not.toBe('')
  const [error] = scripted(text).errors
  const place = error.line > 0 ? `${error.script}:${error.line}: ` : ''
  expect(`${place}${error.message}`).toBe(message)
})

test.each(DIFFERENT)('differs on purpose: $why', ({ code, ours, stocks }) => {
  const text = `${HARNESS}\n${code}`
  const said = (run: () => string[]): string => {
    try {
      return run().join('\n')
    } catch (error) {
      return (error as Error).message
    }
  }
  expect(said(() => hardened(text))).toMatch(ours)
  expect(said(() => stock.run(text, 'test.lua'))).toMatch(stocks)
})

test('every function of the libraries has its snippet', () => {
  const [names] = hardened(`
    local all = {}
    for name, value in pairs(_G) do
      if type(value) == 'function' then all[#all + 1] = name
      elseif name ~= '_G' and name ~= 'echo' then
        for key in pairs(type(value) == 'table' and value or {}) do all[#all + 1] = name .. '.' .. key end
      end
    end
    table.sort(all)
    put(table.concat(all, ' '))`)
  const code = [...Object.values(SNIPPETS), ...DIFFERENT.map(({ code }) => code)].join('\n')
  const missing = names
    .split(' ')
    .filter(name => !new RegExp(`(?<![\\w.])${name.replace('.', String.raw`\.`)}(?!\\w)`).test(code))
  // That of scripts is not Lua's; lua-vm.test.ts has it.
  expect(missing).toEqual(['require'])
  expect(names.split(' ').length).toBeGreaterThan(80)
})

test('every keyword, operator and metamethod has its snippet', () => {
  const code = Object.values(SNIPPETS).join('\n')
  const keywords =
    'and break do else elseif end false for function goto if in local nil not or repeat return then true until while'
  const operators = '+ - * / % ^ # & ~ | << >> // == ~= <= >= < > = ( ) { } [ ] :: ; : , . .. ...'
  const events =
    'add sub mul div mod pow unm idiv band bor bxor bnot shl shr concat len eq lt le index newindex call close mode name tostring pairs metatable'
  const missing = [
    ...keywords.split(' ').filter(word => !new RegExp(`\\b${word}\\b`).test(code)),
    ...operators.split(' ').filter(operator => !code.includes(operator)),
    ...events.split(' ').filter(event => !code.includes(`__${event}`)),
  ]
  expect(missing).toEqual([])
})

/** The lines that a text put; throws its error. */
function hardened(text: string): string[] {
  // The text's own line numbers stay.
  const s = scripted(`put = echo.log ${text}`)
  if (s.errors.length > 0) throw new Error(`${s.errors[0].script}:${s.errors[0].line}: ${s.errors[0].message}`)
  return s.logs.map(line => line.slice('test.lua: '.length))
}
