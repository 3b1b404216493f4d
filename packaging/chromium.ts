// The system's Chromium. Where there is none a test is skipped with the command that helps; where CI=true it fails.

import { execFileSync } from 'node:child_process'
import { chromium, type Browser } from 'playwright-core'

const INSTALL = 'no Chromium on the PATH; install one: sudo apt-get install chromium'

export async function launchChromium(skip: (reason: string) => void): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? find()
  if (executablePath === null) {
    if (process.env.CI === 'true') throw new Error(INSTALL)
    skip(INSTALL)
  }
  return chromium.launch({
    executablePath: executablePath!,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
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
