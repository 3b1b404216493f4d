// A browser for one test, closed at its end. Without Chromium the test is skipped, with the command that helps; in CI it fails.

import type { Browser } from 'playwright-core'
import { launchChromium } from '../packaging/chromium.ts'

export function withChromium(
  run: (browser: Browser) => Promise<void>,
): (context: { skip: (reason?: string) => void }) => Promise<void> {
  return async ({ skip }) => {
    const browser = await launchChromium(reason => skip(reason))
    try {
      await run(browser)
    } finally {
      await browser.close()
    }
  }
}
