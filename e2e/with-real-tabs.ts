// Tabs that are like those of people: one behind another is hidden, and workers can be reached. Playwright keeps all of its pages
// visible. One browser serves the tests of a file, each of them in a context of its own.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launch, type Browser, type BrowserContext } from 'puppeteer-core'
import { afterAll } from 'vitest'
import { CHROMIUM_ARGS, chromiumPath } from '../packaging/chromium.ts'

interface Opened {
  browser: Browser
  close(): Promise<void>
}

let opened: Opened | null = null
afterAll(() => opened?.close())

export function withRealTabs(
  run: (tabs: BrowserContext) => Promise<void>,
): (context: { skip: (reason?: string) => void }) => Promise<void> {
  return async ({ skip }) => {
    const executablePath = chromiumPath(reason => skip(reason))
    // One that crashed is no reason for the next test to fail.
    if (opened?.browser.connected !== true) opened = await open(executablePath)
    const { browser } = opened
    const tabs = await browser.createBrowserContext()
    try {
      await run(tabs)
    } finally {
      if (browser.connected) await tabs.close()
    }
  }
}

async function open(executablePath: string): Promise<Opened> {
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
  return {
    browser,
    async close() {
      await browser.close()
      rmSync(profile, { recursive: true, force: true })
    },
  }
}
