// Deterministic maths, and a game that uses them, in the engines of two browsers: they give the bits that Node gives. A Phaser page in Chrome
// and a Babylon page in Firefox are one match.

import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { expect, test } from 'vitest'
import { arenaSums, mathSums } from '../plugin-core/test/math/engine-sums.ts'
import { openBrowsers } from './duel-browsers.ts'
import { firefoxPath } from './netns.ts'
import { chromiumPath } from '../packaging/chromium.ts'

const TICKS = 1000

async function script(): Promise<string> {
  const bundle = await rolldown({
    input: fileURLToPath(new URL('../plugin-core/test/math/engine-sums.ts', import.meta.url)),
    platform: 'browser',
    // A plain script has none.
    transform: { define: { 'import.meta.url': '"sums.js"' } },
  })
  const { output } = await bundle.generate({ format: 'iife', name: 'sums' })
  await bundle.close()
  return output[0].code
}

for (const name of ['chromium', 'firefox'] as const)
  test(`${name} computes what Node computes, to the last bit`, async ({ skip }) => {
    if (name === 'chromium') chromiumPath(skip)
    const browser = await openBrowsers([name], name === 'firefox' ? firefoxPath(skip) : undefined)
    try {
      const [page] = browser.pages
      await page.goto('about:blank')
      const code = await script()
      const there = await page.evaluate<{ maths: Record<string, number>; arena: number[] }>(
        `(() => { ${code}; return { maths: sums.mathSums(), arena: sums.arenaSums(${TICKS}) } })()`,
      )
      expect(there.maths).toEqual(mathSums())
      expect(there.arena).toEqual(arenaSums(TICKS))
      expect(new Set(there.arena).size).toBe(TICKS / 100)
      expect(browser.errors).toEqual([])
    } finally {
      await browser.close()
    }
  })
