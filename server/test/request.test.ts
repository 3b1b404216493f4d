import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { pathOf, queryOf, senderOf } from '../src/request.ts'

const request = (url: string | undefined, address = '1.2.3.4', forwarded?: string): IncomingMessage =>
  ({ url, socket: { remoteAddress: address }, headers: { 'x-forwarded-for': forwarded } }) as never

test('path and query are read from whatever a stranger writes', () => {
  for (const [url, path, room] of [
    ['/relay?room=a%20b&room=c', '/relay', 'a b'],
    ['//', '//', null],
    ['http://[bad?room=x', 'http://[bad', 'x'],
    ['*', '*', null],
    ['/?room=%', '/', '%'],
    [undefined, '/', null],
  ] as const) {
    expect(pathOf(request(url))).toBe(path)
    expect(queryOf(request(url)).get('room')).toBe(room)
  }
})

test('who has a network of IPv6 is one sender, whichever of its addresses it takes', () => {
  const of = (address: string): string => senderOf(request('/', address), false)
  const same = ['2001:db8:1:2::1', '2001:db8:1:2:ffff:1:2:3', '2001:db8:1:2::ffff', '2001:db8:1:2::1%eth0']
  expect(new Set(same.map(of))).toEqual(new Set(['2001:db8:1:2::/64']))
  const apart = ['2001:db8:1:3::1', '2001:db8::1', '::1', '::ffff:1.2.3.4', '::ffff:1.2.3.5', '1.2.3.4', '']
  expect(new Set(apart.map(of)).size).toBe(apart.length)
})

test('behind a proxy of one’s own, by what that has seen', () => {
  const hearsay = request('/', '10.0.0.1', '6.6.6.6, 2001:db8:1:2::7')
  expect(senderOf(hearsay, true)).toBe('2001:db8:1:2::/64')
  expect(senderOf(hearsay, false)).toBe('10.0.0.1')
  expect(senderOf(request('/', '10.0.0.1'), true)).toBe('10.0.0.1')
})
