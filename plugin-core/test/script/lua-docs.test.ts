// The scripts of docs/lua.md run, and log what it says that they do (`--> …`).

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { scripted } from './scripted.ts'

const guide = readFileSync(new URL('../../../docs/lua.md', import.meta.url), 'utf8')
const blocks = [...guide.matchAll(/^```lua\n([\s\S]*?)^```$/gm)].map(([, code]) => code)

test('there are examples', () => {
  expect(blocks.length).toBeGreaterThanOrEqual(3)
})

test.each(blocks)('example %#', code => {
  const each = code.includes('self.') ? ['Body', 'Bot', 'Move'] : []
  const s = scripted([{ name: 'doc.lua', text: code, each }])
  s.tick({ rules: sim => void (each.length > 0 && sim.spawn(...each)) })
  for (let i = 0; i < 5; i++) s.tick({ events: [{ slot: 0, kind: 'hello', payload: { axis: { x: i } } }] })
  expect(s.errors).toEqual([])
  const said = [...code.matchAll(/--> (.*)$/gm)].map(([, line]) => line)
  if (said.length > 0) expect(s.logs).toEqual(said.map(line => `doc.lua: ${line}`))
})
