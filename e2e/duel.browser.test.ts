// Duels in real browsers, over a real data channel: found by the relay, played directly, cut without a word, played on over the
// relay, and directly again.

import { beforeAll, expect, test } from 'vitest'
import { buildApps } from './built.ts'
import type { Glance, ScenarioConfig, ScenarioResult } from './duel-scenario.ts'
import { firefoxPath, needNetns, runInNetns } from './netns.ts'

const LIMIT_MS = 110_000
/** 30 s with LOCKSTRIDE_LONG=1; a sample otherwise. */
const playMs = (sampleMs: number): number => (process.env.LOCKSTRIDE_LONG === undefined ? sampleMs : 30_000)
const PLAY_MS = playMs(8000)
let dist: string
beforeAll(async () => {
  dist = await buildApps()
})

function duel(config: Omit<ScenarioConfig, 'dist'>): Promise<ScenarioResult> {
  return runInNetns<ScenarioResult>('duel-scenario.ts', { dist, ...config } satisfies ScenarioConfig, LIMIT_MS)
}

/** Confirmed ticks a second, in the slower of both. */
function hz(from: readonly Glance[], to: readonly Glance[]): number {
  return Math.min(
    ...from.map(({ confirmedTick, atMs }, i) => ((to[i].confirmedTick - confirmedTick) * 1000) / (to[i].atMs - atMs)),
  )
}

function report(result: ScenarioResult): void {
  const { begun, played, cut, shared, health } = result
  const pauses = (glances: readonly Glance[]): string =>
    glances.map(g => `${g.longestPauseMs.toFixed(0)} ms`).join(', ')
  console.log(
    `direct: ${hz(begun, played).toFixed(1)} Hz, longest pauses ${pauses(played)}, rollbacks ${played.map(g => g.rollbacks).join(', ')}, ` +
      `${played.map((g, i) => ((g.bytesSent - begun[i].bytesSent) / (g.atMs - begun[i].atMs)).toFixed(2)).join(', ')} KB/s up`,
  )
  if (cut !== null) console.log(`cut: ${hz(played, cut).toFixed(1)} Hz, longest pauses ${pauses(cut)}`)
  console.log(`checksums compared: ${shared}; the relay: ${JSON.stringify(health)}`)
}

function expectPlayed({ begun, played, shared, different, errors, third }: ScenarioResult, path = 'direct'): void {
  expect(different).toEqual([])
  expect(shared).toBeGreaterThan(5)
  expect(played.map(glance => glance.path)).toEqual([path, path])
  // From one path to the other once, or directly at once.
  for (const { paths } of played) expect([path, `relayed,${path}`]).toContain(paths.join())
  expect(hz(begun, played)).toBeGreaterThan(57)
  expect(third).toContain('this duel has its two players already')
  expect(errors).toEqual([])
}

function expectCutAndMended({ played, cut, mended }: ScenarioResult): void {
  expect(cut!.map(({ path }) => path)).toEqual(['relayed', 'relayed'])
  for (const glance of cut!) expect(glance.longestPauseMs).toBeLessThan(1500)
  expect(hz(played, cut!)).toBeGreaterThan(50)
  expect(mended!.map(({ path }) => path)).toEqual(['direct', 'direct'])
  expect(hz(cut!, mended!)).toBeGreaterThan(50)
}

function expectGone({ end, openConnections, health }: ScenarioResult): void {
  expect(end).toMatch(/left|gone/)
  expect(new Set(openConnections)).toEqual(new Set([0]))
  expect(health).toMatchObject({ rooms: 0, pipes: 0, pipePeers: 0, faults: 0 })
}

const GIVEN = { channel: [['RTCDataChannel'], ['RTCDataChannel']], port: [['MessagePort'], ['MessagePort']] }
const given = ({ played }: ScenarioResult): string[][] => played.map(glance => glance.given)

test('two pages of one Chromium play over WebRTC; cut, the match goes on over the relay; mended, directly', async ({
  skip,
}) => {
  needNetns(skip)
  const result = await duel({ browsers: ['chromium', 'chromium'], playMs: PLAY_MS, cutMs: 6000 })
  report(result)
  expectPlayed(result)
  expect(given(result)).toEqual(GIVEN.channel)
  expectCutAndMended(result)
  expect(result.again).toEqual(['direct', 'direct'])
  expectGone(result)
})

test(`so do a Chromium and a Firefox, for ${PLAY_MS / 1000} s`, async ({ skip }) => {
  needNetns(skip)
  const firefox = firefoxPath(skip)
  const result = await duel({ browsers: ['chromium', 'firefox'], firefox, playMs: PLAY_MS, cutMs: 6000 })
  report(result)
  expectPlayed(result)
  expect(given(result)).toEqual(GIVEN.channel)
  expectCutAndMended(result)
  expect(result.again).toEqual(['direct', 'direct'])
  expectGone(result)
})

test('where a browser cannot move the channel, the page passes its bytes on; a page that is closed has left', async ({
  skip,
}) => {
  needNetns(skip)
  const result = await duel({ browsers: ['chromium', 'chromium'], playMs: playMs(5000), bridged: true, goes: 'closes' })
  report(result)
  expectPlayed(result)
  expect(given(result)).toEqual(GIVEN.port)
  expect(result.endMs).toBeLessThan(15_000)
  expectGone(result)
})

test('where no direct path is to be had, the duel is played over the relay', async ({ skip }) => {
  needNetns(skip)
  const result = await duel({ browsers: ['chromium', 'chromium'], playMs: PLAY_MS, blocked: true })
  report(result)
  expectPlayed(result, 'relayed')
  expect(given(result)).toEqual([[], []])
  expectGone(result)
})

test('without a relay, browsers that find each other in a public network play directly', async ({ skip }) => {
  needNetns(skip)
  const result = await duel({ browsers: ['chromium', 'chromium'], playMs: playMs(5000), nostr: true, goes: 'closes' })
  report(result)
  expectPlayed(result)
  expect(result.endMs).toBeLessThan(15_000)
  expectGone(result)
})
