import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { nextState, type PeerEvent, type PeerState } from '../../src/session/peer-state.ts'

// The first table; the other one is a duel's (`duel-state.test.ts`).
const [text] = readFileSync(new URL('../../STATE-MACHINE.md', import.meta.url), 'utf8').split('\n## ')
const rows = [...text.matchAll(/^\|(.+)\|$/gm)].map(([, row]) => row.split('|').map(cell => cell.trim()))
const [head, , ...states] = rows

test('the document lists five states and five events', () => {
  expect(head).toEqual(['state', 'connect', 'welcome', 'start', 'close', 'fail'])
  expect(states.map(row => row[0])).toEqual(['disconnected', 'handshake', 'syncing', 'running', 'error'])
})

test.each(states)('every move from %s is as the document says, and no other is legal', (state, ...targets) => {
  targets.forEach((target, i) => {
    const next = nextState(state as PeerState, head[i + 1] as PeerEvent)
    expect(`${state} --${head[i + 1]}--> ${next ?? ''}`).toBe(`${state} --${head[i + 1]}--> ${target}`)
  })
})
