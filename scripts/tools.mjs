// What the scripts share: where things are, and how a program is run.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

/** The packages that are published, in the order in which they need each other. */
export const PACKAGES = ['plugin-core', 'plugin-phaser', 'plugin-babylon', 'server'].map(name => {
  const folder = join(ROOT, name)
  return { name, folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) }
})

/** A program that npm installed here. */
export const bin = name => join(ROOT, 'node_modules/.bin', name)

/** Runs a program to its end, its output shown. Throws when it fails. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', ...options })
  if (error) throw error
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed (${status ?? 'killed'})`)
}
