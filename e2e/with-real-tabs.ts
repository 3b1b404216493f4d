// A browser whose tabs are like those of people: one behind another is hidden, and workers can be reached. Playwright keeps
// all of its pages visible.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launch, type Browser } from 'puppeteer-core'
import { CHROMIUM_ARGS, chromiumPath } from '../packaging/chromium.ts'

export function withRealTabs(
  run: (browser: Browser) => Promise<void>,
): (context: { skip: (reason?: string) => void }) => Promise<void> {
  return async ({ skip }) => {
    const executablePath = chromiumPath(reason => skip(reason))
    const profile = mkdtempSync(join(tmpdir(), 'lockstride-tabs-'))
    const browser = await launch({
      executablePath,
      // The driver's own would keep timers of hidden tabs running.
      ignoreDefaultArgs: true,
      defaultViewport: null,
      args: [
        ...CHROMIUM_ARGS,
        '--headless',
        '--window-size=500,460',
        `--user-data-dir=${profile}`,
        '--remote-debugging-port=0',
        'about:blank',
      ],
    })
    try {
      await run(browser)
    } finally {
      await browser.close()
      rmSync(profile, { recursive: true, force: true })
    }
  }
}
