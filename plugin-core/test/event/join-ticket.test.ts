import { expect, test } from 'vitest'
import { encodeTicket, readTicket, type TicketClaims } from '../../src/event/join-ticket.ts'
import { SignatureBook, publicKeyOf, signHash } from '../../src/event/signature.ts'
import { seeded } from '../seeded.ts'

const serverKey = new Uint8Array(32).fill(3)
const issuer = publicKeyOf(serverKey)
const sign = (message: Uint8Array): Uint8Array => signHash(message, serverKey)
const claims: TicketClaims = { sub: 'ann', aud: 'r1', caps: ['network:emit', 'chat:send'], exp: 2_000_000_000 }
const context = { issuer, room: 'r1', verifier: new SignatureBook() }

const text = (part: string): string => Buffer.from(part, 'base64url').toString()
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

test('a ticket is a JSON Web Token that says who, where, what and until when', () => {
  const ticket = encodeTicket(claims, sign)
  expect(readTicket(ticket, context)).toEqual({ ok: true, claims })
  expect(ticket.split('.').slice(0, 2).map(text)).toEqual(['{"alg":"EdDSA","typ":"JWT"}', JSON.stringify(claims)])
  // HELLO carries at most 512 bytes.
  expect(ticket.length).toBeLessThan(300)
  expect(() => encodeTicket({ ...claims, exp: 1.5 }, sign)).toThrow('a ticket: it has no end (exp: seconds since 1970)')
})

test("RFC 8037's example is verified", () => {
  // Appendix A.4: its payload is no claim of ours, so what is refused are the claims, not the signature.
  const ticket =
    'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg'
  const key = Buffer.from('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', 'base64url')
  const [header, body, signature] = ticket.split('.')
  const message = new TextEncoder().encode(`${header}.${body}`)
  expect(new SignatureBook().verify(message, Buffer.from(signature, 'base64url'), key)).toBe(true)
})

test('a ticket of another room, another server, or another algorithm opens nothing', () => {
  const ticket = encodeTicket(claims, sign)
  const [header, body, signature] = ticket.split('.')
  const refuse = (changed: string, reason: RegExp, other: Partial<typeof context> = {}): void =>
    expect(readTicket(changed, { ...context, ...other })).toMatchObject({
      code: 'ERR_CAPABILITY_DENIED',
      reason: expect.stringMatching(reason) as string,
    })
  refuse(ticket, /of the room 'r1'/, { room: 'r2' })
  refuse(ticket, /did not sign/, { issuer: publicKeyOf(new Uint8Array(32).fill(4)) })
  refuse(`${header}.${part({ ...claims, caps: ['network:authority'] })}.${signature}`, /did not sign/)
  for (const alg of ['none', 'HS256'])
    refuse(`${part({ alg, typ: 'JWT' })}.${body}.${alg === 'none' ? '' : signature}`, /no token signed with Ed25519/)
  // Another last digit of the same bytes: 64 bytes leave four of its bits unused.
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  refuse(ticket.slice(0, -1) + digits[digits.indexOf(ticket.at(-1)!) + 1], /no token signed with Ed25519/)
  for (const bad of ['', 'a.b', `${ticket}.x`, `${ticket}=`, `${header}.${body}.${signature.slice(2)}`, 'é.é.é'])
    refuse(bad, /no token signed with Ed25519/)
})

test('what the server signed and we cannot use is refused with its reason', () => {
  const signed = (value: unknown): string => {
    const message = `${encodeTicket(claims, sign).split('.')[0]}.${part(value)}`
    return `${message}.${Buffer.from(sign(new TextEncoder().encode(message))).toString('base64url')}`
  }
  for (const [value, reason] of [
    [null, /no JSON object/],
    [[1], /names nobody/],
    [{ ...claims, sub: '' }, /names nobody/],
    [{ ...claims, aud: 5 }, /names no room/],
    [{ ...claims, caps: 'all' }, /at most 8 capabilities/],
    [{ ...claims, exp: '1' }, /has no end/],
  ] as const)
    expect(readTicket(signed(value), context)).toMatchObject({ reason: expect.stringMatching(reason) as string })
})

test('garbage is no ticket, and never throws', () => {
  const random = seeded(8)
  const verifier = { verify: () => true }
  const ticket = encodeTicket(claims, sign)
  for (let i = 0; i < 2000; i++) {
    const characters = ticket.split('')
    for (let n = random.below(4); n >= 0; n--)
      characters[random.below(characters.length)] = String.fromCharCode(random.below(random.chance(0.9) ? 128 : 65536))
    const read = readTicket(characters.join(''), { issuer, room: 'r1', verifier })
    if (read.ok) expect(read.claims.aud).toBe('r1')
  }
})
