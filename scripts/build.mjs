// `npm run build`: what the four packages publish. TypeScript emits modules, types and maps file by file; one
// file is different: the maths library is CommonJS from many packages, so it is bundled into modules of its own, one for
// each function, and a game carries only the functions that it uses.

import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { PACKAGES, ROOT, bin, run } from './tools.mjs'

for (const { folder } of PACKAGES) {
  // What was emitted from a file that is gone would be published, too.
  rmSync(join(folder, 'dist'), { recursive: true, force: true })
  rmSync(join(folder, 'tsconfig.tsbuildinfo'), { force: true })
}
run(bin('tsc'), ['-b', ...PACKAGES.map(p => p.folder)])
await bundleLibm(join(ROOT, 'plugin-core'))
for (const { folder, manifest } of PACKAGES) {
  for (const file of ['LICENSE', 'NOTICE']) copyFileSync(join(ROOT, file), join(folder, file))
  checkDoors(folder, manifest)
}
console.log(`built ${PACKAGES.map(p => p.manifest.name).join(', ')}`)

/** Writes dist/math/libm.js anew: `export { default as sin } from './libm/sin.js'`, and so on, with nothing to import from outside. */
async function bundleLibm(core) {
  const source = readFileSync(join(core, 'src/math/libm.ts'), 'utf8')
  const functions = [...source.matchAll(/^export \{ default as (\w+) \} from '([^']+)'$/gm)].map(m => [m[1], m[2]])
  const exported = source.match(/^export/gm)?.length ?? 0
  if (functions.length === 0 || functions.length !== exported)
    throw new Error(`plugin-core/src/math/libm.ts: ${exported} exports, ${functions.length} of them understood`)

  const bundle = await rolldown({
    cwd: core,
    platform: 'browser',
    input: Object.fromEntries(functions),
    // Every package of it is a function and some tables.
    treeshake: { moduleSideEffects: false },
  })
  const { output } = await bundle.write({
    dir: join(core, 'dist/math/libm'),
    entryFileNames: '[name].js',
    chunkFileNames: 'shared-[hash].js',
    comments: { legal: false },
  })
  await bundle.close()
  const foreign = output.flatMap(chunk => (chunk.type === 'chunk' ? chunk.imports : [])).filter(id => !/\.js$/.test(id))
  if (foreign.length > 0) throw new Error(`libm: these were not inlined: ${foreign.join(', ')}`)

  const names = functions.map(([name]) => name)
  const note = '// Bundled from @stdlib (Apache-2.0, see NOTICE) by scripts/build.mjs.\n\n'
  const js = names.map(name => `export { default as ${name} } from './libm/${name}.js'\n`).join('')
  const arity = name => (['atan2', 'hypot', 'pow'].includes(name) ? '(x: number, y: number)' : '(x: number)')
  const types = names.map(name => `export declare const ${name}: ${arity(name)} => number\n`).join('')
  writeFileSync(join(core, 'dist/math/libm.js'), note + js)
  writeFileSync(join(core, 'dist/math/libm.d.ts'), note + types)
  for (const map of ['libm.js.map', 'libm.d.ts.map']) rmSync(join(core, 'dist/math', map), { force: true })
}

/** A door that the manifest names and nobody built. */
function checkDoors(folder, manifest) {
  const targets = [
    ...Object.values(manifest.exports).flatMap(door => Object.values(door)),
    ...Object.values(manifest.bin ?? {}),
  ]
  const missing = targets.filter(target => !existsSync(join(folder, target)))
  if (missing.length > 0)
    throw new Error(`${manifest.name}: package.json names ${missing.join(', ')}, which does not exist`)
}
