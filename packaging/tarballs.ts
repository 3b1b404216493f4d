// Builds the packages and packs them, as `npm publish` would.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Tarball {
  readonly name: string
  readonly path: string
  /** Files in it, from its root. */
  readonly files: readonly string[]
}

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

export function packAll(into: string): Tarball[] {
  run('node', ['scripts/build.mjs'])
  return ['plugin-core', 'plugin-phaser', 'plugin-babylon', 'server'].map(folder => {
    const [packed] = JSON.parse(
      run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', into], folder),
    ) as {
      name: string
      filename: string
      files: { path: string }[]
    }[]
    return { name: packed.name, path: join(into, packed.filename), files: packed.files.map(file => file.path) }
  })
}

/** The version that this workspace has installed. */
export function installedVersion(name: string): string {
  const manifest = readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

/** Runs a program to its end and returns its output; throws with it when the program fails. */
export function run(command: string, args: readonly string[], folder = '.'): string {
  try {
    return execFileSync(command, args, { cwd: join(ROOT, folder), encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`${command} ${args.join(' ')} failed\n${stdout ?? ''}${stderr ?? ''}`, { cause: error })
  }
}
