// A browser for the tests of one file: what one of them opened is closed before the next. Without Chromium a test is skipped, with
// the command that helps; in CI it fails.

import type { Browser } from 'playwright-core'
import { afterAll } from 'vitest'
import { launchChromium } from '../packaging/chromium.ts'

let browser: Browser | null = null
afterAll(() => browser?.close())

export function withChromium(
  run: (browser: Browser) => Promise<void>,
): (context: { skip: (reason?: string) => void }) => Promise<void> {
  return async ({ skip }) => {
    // One that crashed is no reason for the next test to fail.
    if (browser?.isConnected() !== true) browser = await launchChromium(reason => skip(reason))
    // Not at the end of each: a test that ran out of time would close what the next one opened.
    for (const context of browser.contexts()) await context.close()
    await run(browser)
  }
}
