import { expect, test } from 'vitest'
import { checkedOrigins, originRefusal } from '../src/origins.ts'

test('without a list the page must come from the host that it asks', () => {
  expect(originRefusal('http://localhost:5173', 'localhost:5173', null)).toBe(null)
  expect(originRefusal('https://play.example', 'play.example', null)).toBe(null)
  expect(originRefusal('http://localhost:5174', 'localhost:5173', null)).toContain(
    'allow it with --origin http://localhost:5174',
  )
  expect(originRefusal('null', 'localhost:5173', null)).toContain('may not join')
  expect(originRefusal('http://x', undefined, null)).toContain('may not join')
  expect(originRefusal(undefined, 'localhost:5173', null)).toBe(null)
})

test('with a list it must be on it', () => {
  const list = checkedOrigins(['https://play.example/', 'HTTP://LocalHost:80'])
  expect(list).toEqual(['https://play.example', 'http://localhost'])
  expect(originRefusal('https://play.example', 'relay.example', list)).toBe(null)
  expect(originRefusal('https://play.example.evil.example', 'relay.example', list)).toContain(
    'allowed are https://play.example',
  )
  expect(originRefusal('http://anything', 'relay.example', checkedOrigins(['*']))).toBe(null)
})

test('a list of nonsense gets a sentence', () => {
  for (const bad of ['play.example', 'ws://play.example', 'https://play.example/game', ''])
    expect(() => checkedOrigins([bad])).toThrow('is no origin')
})
