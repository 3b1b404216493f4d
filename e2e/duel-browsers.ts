// Two pages for a duel, in one browser or in two of different make, by the little that a duel's run asks of them.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launch } from 'puppeteer-core'
import { launchChromium } from '../packaging/chromium.ts'

export type BrowserName = 'chromium' | 'firefox'

export interface DuelPage {
  goto(url: string): Promise<unknown>
  evaluate<T>(source: string): Promise<T>
  close(): Promise<unknown>
}

export interface OpenBrowsers {
  readonly pages: DuelPage[]
  /** What the pages threw. */
  readonly errors: string[]
  /** One more page, of the first browser. */
  another(): Promise<DuelPage>
  close(): Promise<void>
}

/** Firefox keeps to itself: no updates, no studies, no lists of bad sites. */
const FIREFOX_PREFS = {
  'app.update.enabled': false,
  'app.normandy.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'toolkit.telemetry.server': '',
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'http://127.0.0.1:9/',
  'extensions.getAddons.cache.enabled': false,
  'extensions.update.enabled': false,
  'browser.region.network.url': '',
  'network.http.http3.enable': false,
  'network.trr.mode': 5,
  'media.gmp-manager.updateEnabled': false,
}

/** One page for each name; the same name twice: two pages of one browser. */
export async function openBrowsers(names: readonly BrowserName[], firefox?: string): Promise<OpenBrowsers> {
  const closing: (() => Promise<unknown>)[] = []
  const errors: string[] = []
  const openers = new Map<BrowserName, () => Promise<DuelPage>>()
  for (const name of new Set(names)) openers.set(name, name === 'chromium' ? await chromium() : await firefoxes())
  const pages: DuelPage[] = []
  for (const name of names) pages.push(await openers.get(name)!())
  return {
    pages,
    errors,
    another: openers.get(names[0])!,
    close: async () => {
      for (const close of closing) await close()
    },
  }

  async function chromium(): Promise<() => Promise<DuelPage>> {
    const browser = await launchChromium(reason => {
      throw new Error(reason)
    })
    closing.push(() => browser.close())
    return async () => {
      const page = await browser.newPage({ viewport: { width: 400, height: 300 } })
      page.on('pageerror', error => errors.push(`chromium: ${error.message}`))
      return page
    }
  }

  async function firefoxes(): Promise<() => Promise<DuelPage>> {
    const profile = mkdtempSync(join(tmpdir(), 'lockstride-firefox-'))
    const browser = await launch({
      browser: 'firefox',
      executablePath: firefox,
      headless: true,
      userDataDir: profile,
      extraPrefsFirefox: FIREFOX_PREFS,
    })
    closing.push(async () => {
      await browser.close()
      rmSync(profile, { recursive: true, force: true })
    })
    return async () => {
      const page = await browser.newPage()
      page.on('pageerror', error => errors.push(`firefox: ${String(error)}`))
      return page as unknown as DuelPage
    }
  }
}
