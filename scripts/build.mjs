// `npm run build`: what the four packages publish. TypeScript emits modules, types and maps file by file; one
// file is different: the maths library is CommonJS from many packages, so it is bundled into modules of its own, one for
// each function, and a game carries only the functions that it uses.

import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import { hardenLua } from './harden-lua.mjs'
import { PACKAGES, ROOT, bin, run } from './tools.mjs'

for (const { folder } of PACKAGES) {
  // What was emitted from a file that is gone would be published, too.
  rmSync(join(folder, 'dist'), { recursive: true, force: true })
  rmSync(join(folder, 'tsconfig.tsbuildinfo'), { force: true })
}
await hardenLua()
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
    plugins: [withoutFallbacks()],
  })
  const { output } = await bundle.write({
    dir: join(core, 'dist/math/libm'),
    entryFileNames: '[name].js',
    chunkFileNames: 'shared-[hash].js',
    // Hundreds of license headers, which minifiers would keep: NOTICE has their text.
    comments: { legal: false, jsdoc: false, annotation: true },
  })
  await bundle.close()
  const foreign = output
    .flatMap(chunk => (chunk.type === 'chunk' ? chunk.imports : []))
    .filter(id => !id.endsWith('.js'))
  if (foreign.length > 0) throw new Error(`libm: these were not inlined: ${foreign.join(', ')}`)

  copyFileSync(join(ROOT, 'node_modules/@stdlib/math-base-special-sin/LICENSE'), join(core, 'dist/math/libm/LICENSE'))

  const names = functions.map(([name]) => name)
  const note = '// Bundled from @stdlib (Apache-2.0, see NOTICE) by scripts/build.mjs.\n\n'
  const js = names.map(name => `export { default as ${name} } from './libm/${name}.js'\n`).join('')
  const arity = name => (['atan2', 'hypot', 'pow'].includes(name) ? '(x: number, y: number)' : '(x: number)')
  const types = names.map(name => `export declare const ${name}: ${arity(name)} => number\n`).join('')
  writeFileSync(join(core, 'dist/math/libm.js'), note + js)
  writeFileSync(join(core, 'dist/math/libm.d.ts'), note + types)
  for (const map of ['libm.js.map', 'libm.d.ts.map']) rmSync(join(core, 'dist/math', map), { force: true })
  await compareLibm(core, functions)
}

/**
 * What @stdlib does for engines that lack typed arrays, or keep their words the other way round: we run on neither (the
 * sim asserts little-endian words), and a function would carry ten times its own size of it.
 */
function withoutFallbacks() {
  const standIns = {
    '@stdlib/array-float64': 'module.exports = Float64Array',
    '@stdlib/array-uint8': 'module.exports = Uint8Array',
    '@stdlib/array-uint16': 'module.exports = Uint16Array',
    '@stdlib/array-uint32': 'module.exports = Uint32Array',
    '@stdlib/assert-is-little-endian': 'module.exports = true',
    '@stdlib/utils-define-nonenumerable-read-only-property':
      'module.exports = (holder, name, value) => void Object.defineProperty(holder, name, { value })',
  }
  return {
    name: 'without-fallbacks',
    resolveId: id => (id in standIns ? `\0${id}.cjs` : null),
    load(id) {
      const code = id.startsWith('\0') ? standIns[id.slice(1, -'.cjs'.length)] : undefined
      return code === undefined ? null : { code, moduleType: 'js' }
    },
  }
}

/** The bundled functions against the packages that they are made from, bit by bit. */
async function compareLibm(core, functions) {
  const require = createRequire(join(core, 'package.json'))
  const bundled = await import(pathToFileURL(join(core, 'dist/math/libm.js')).href)
  const bits = new BigUint64Array(2)
  const values = new Float64Array(bits.buffer)
  const results = new Float64Array(2)
  const resultBits = new BigUint64Array(results.buffer)
  let state = 1
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0)
  for (const [name, id] of functions) {
    const original = require(id)
    for (let i = 0; i < 20_000; i++) {
      // Any bits at all, and what games ask for.
      if (i % 2 === 0) for (const at of [0, 1]) bits[at] = (BigInt(next()) << 32n) | BigInt(next())
      else for (const at of [0, 1]) values[at] = (next() / 2 ** 32 - 0.5) * 10 ** (next() % 6)
      results[0] = bundled[name](values[0], values[1])
      results[1] = original(values[0], values[1])
      if (resultBits[0] !== resultBits[1] && !(Number.isNaN(results[0]) && Number.isNaN(results[1])))
        throw new Error(`libm: ${name}(${values.join(', ')}) is ${results[0]} bundled and ${results[1]} in ${id}`)
    }
  }
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
