import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { PEER_STATE, nextDuelState, type DuelEvent, type DuelState } from '../../src/session/duel/duel-state.ts'
import { duel } from './duel-pair.ts'

const document = readFileSync(new URL('../../STATE-MACHINE.md', import.meta.url), 'utf8')
const text = document.split('\n## A duel')[1]
const rows = [...text.matchAll(/^\|(.+)\|$/gm)].map(([, row]) => row.split('|').map(cell => cell.trim()))
const [head, , ...states] = rows

test('the document lists every state and event of a duel', () => {
  expect(head).toEqual(['state', 'connect', 'hello', 'agree', 'start', 'stall', 'resume', 'close', 'fail'])
  expect(states.map(row => row[0]).sort()).toEqual(Object.keys(PEER_STATE).sort())
})

test.each(states)('every move from %s is as the document says, and no other is legal', (state, ...targets) => {
  targets.forEach((target, i) => {
    const next = nextDuelState(state as DuelState, head[i + 1] as DuelEvent)
    expect(`${state} --${head[i + 1]}--> ${next ?? ''}`).toBe(`${state} --${head[i + 1]}--> ${target}`)
  })
})

test('what the loop sees of a duel’s states is a connection’s', () => {
  const { pair, ann, bob } = duel()
  expect(ann.session.state).toBe('disconnected')
  ann.session.connected()
  expect(ann.session.state).toBe('handshake')
  bob.session.setReady(false)
  pair.open().run(20)
  expect(ann.session.state).toBe('syncing')
  bob.session.setReady(true)
  pair.run(20)
  expect(ann.session.state).toBe('running')
  bob.session.leave('left', 'enough')
  pair.run(20)
  expect([ann.session.state, bob.session.state]).toEqual(['error', 'disconnected'])
})
