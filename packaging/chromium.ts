// The system's Chromium. Where there is none a test is skipped with the command that helps; where CI=true it fails.

import { execFileSync } from 'node:child_process'
import { chromium, type Browser } from 'playwright-core'

const INSTALL = 'no Chromium on the PATH; install one: sudo apt-get install chromium'

/** For all browser tests: no traffic of its own, no GPU, and no sandbox, which containers forbid. */
export const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export function launchChromium(skip: (reason: string) => void): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(skip), args: CHROMIUM_ARGS })
}

export function chromiumPath(skip: (reason: string) => void): string {
  const path = process.env.CHROMIUM ?? find()
  if (path !== null) return path
  if (process.env.CI !== 'true') skip(INSTALL)
  throw new Error(INSTALL)
}

function find(): string | null {
  try {
    return execFileSync('sh', ['-c', 'command -v chromium || command -v chromium-browser || command -v google-chrome'])
      .toString()
      .trim()
  } catch {
    return null
  }
}
