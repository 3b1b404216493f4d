// Runs a script in a network of its own (netns.sh). Where that is not allowed a test is skipped, with the reason; in CI it fails
// for what can be installed, because .ci/run installs it.

import { execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'

const NETNS = join(import.meta.dirname, 'netns.sh')
/** A user's PATH may lack the places where `ip` and `nft` are. */
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` }

/** Skips the test unless scripts can run in a network that can be cut. */
export function needNetns(skip: (reason: string) => void): void {
  for (const [program, pack] of [
    ['unshare', 'util-linux'],
    ['ip', 'iproute2'],
    ['nft', 'nftables'],
  ]) {
    if (!has(program)) missing(skip, `no ${program} on the PATH; install it: sudo apt-get install ${pack}`)
  }
  try {
    execFileSync(NETNS, ['nft', 'add', 'table', 'inet', 'probe'], { stdio: 'pipe', env })
  } catch (error) {
    // Nothing that could be installed: the machine does not allow it.
    skip(`no network namespaces here: ${String((error as { stderr?: Buffer }).stderr ?? error).trim()}`)
    throw error
  }
}

export function firefoxPath(skip: (reason: string) => void): string {
  for (const name of ['firefox-esr', 'firefox']) {
    const path = process.env.FIREFOX ?? find(name)
    if (path !== null) return path
  }
  return missing(skip, 'no Firefox on the PATH; install one: sudo apt-get install firefox-esr')
}

function missing(skip: (reason: string) => void, reason: string): never {
  if (process.env.CI !== 'true') skip(reason)
  throw new Error(reason)
}

function has(program: string): boolean {
  return find(program) !== null
}

function find(program: string): string | null {
  try {
    return execFileSync('sh', ['-c', `command -v ${program}`], { env })
      .toString()
      .trim()
  } catch {
    return null
  }
}

/** Runs a script of this folder in there, to its end; answers the JSON of its last line. What it says on stderr is shown. */
export function runInNetns<T>(script: string, config: object, limitMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const file = join(import.meta.dirname, script)
    const args = [process.execPath, '--conditions=@lockstride/source', file, JSON.stringify(config)]
    const child = spawn(NETNS, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env,
      // A group of its own, so that it ends as a whole.
      detached: true,
    })
    const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), limitMs)
    let out = ''
    child.stdout.on('data', (data: Buffer) => (out += data.toString()))
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (code === 0) resolve(JSON.parse(out.trim().split('\n').at(-1)!) as T)
      else reject(new Error(`${script} ended with ${code ?? `${signal} after at most ${limitMs} ms`}\n${out}`))
    })
  })
}
