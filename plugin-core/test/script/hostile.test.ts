import { expect, test } from 'vitest'
import { ScriptStop } from '../../src/script/script-error.ts'
import { HOSTILE, hostileWorld } from './hostile.lua.ts'
import type { Scripted } from './scripted.ts'

test('there are enough of them', () => {
  expect(HOSTILE.length).toBeGreaterThanOrEqual(40)
  expect(new Set(HOSTILE.map(h => h.name)).size).toBe(HOSTILE.length)
})

test.each(HOSTILE)('$name', hostile => {
  const { ends, says, line } = hostile
  const make = (): Scripted => hostileWorld(hostile)
  const a = make()
  const b = make()
  a.tick()
  b.tick()
  const early = b.save()
  for (let i = 2; i <= 6; i++) a.tick()
  for (let i = 2; i <= 4; i++) b.tick()
  b.load(early)
  // Who joins late has an image, and no history.
  const c = make()
  c.load(early)
  for (const machine of [b, c]) for (let i = 2; i <= 6; i++) machine.tick()
  for (const machine of [b, c]) {
    expect(machine.vm.hash()).toBe(a.vm.hash())
    expect(digest(machine)).toBe(digest(a))
  }
  expect(a.logs.filter(log => log.startsWith('good.lua'))).toEqual(
    [1, 2, 3, 4, 5, 6].map(tick => `good.lua: TICK ${tick}|TICK ${tick}\t5\tfunction`),
  )
  const { errors } = a
  if (ends === 'any') return
  if (ends === 'harmless') expect(errors).toEqual([])
  else expect(errors).toHaveLength(1)
  expect(a.vm.isStopped('hostile.lua')).toBe(ends === 'instructions' || ends === 'memory')
  if (ends === 'instructions' || ends === 'memory') {
    expect(errors[0]).toBeInstanceOf(ScriptStop)
    expect((errors[0] as ScriptStop).reason).toBe(ends)
  }
  if (ends !== 'harmless') expect(errors[0].script).toBe('hostile.lua')
  if (says !== undefined) expect(errors[0].message).toMatch(says)
  if (line !== undefined) expect(errors[0].line).toBe(line)
})

function digest({ simulation }: Scripted): number {
  const world = new Uint8Array(simulation.sizeBytes)
  simulation.save(world)
  return simulation.checksum(world)
}
