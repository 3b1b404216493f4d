// What a player downloads: each door bundled and minified with what it imports, gzipped.

import { gzipSync } from 'node:zlib'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { absolute, type Row } from '../row.ts'

const core = join(import.meta.dirname, '..', '..', 'plugin-core', 'src')

export async function size(): Promise<Row[]> {
  const worker = join(core, 'worker.ts')
  return [
    absolute('size', 'page entry, gzipped', 'B', await gzipped(join(core, 'index.ts')), { atMost: 12_000 }),
    absolute('size', 'worker entry, gzipped', 'B', await gzipped(worker), { atMost: 40_000 }),
    // From the sources, where nothing of the maths library is shaken away yet: the most that a game may add.
    absolute('size', 'worker entry and all of the rules door', 'B', await gzipped(worker, join(core, 'sim.ts')), null),
  ]
}

// All of what the doors export, except what is loaded later (the overlay).
async function gzipped(door: string, second?: string): Promise<number> {
  const input = 'entry'
  const bundle = await rolldown({
    input,
    platform: 'browser',
    plugins: [
      {
        name: 'entry',
        resolveId: id => (id === input ? id : null),
        load: id =>
          id === input
            ? [door, ...(second === undefined ? [] : [second])]
                .map((d, i) => `export * as d${i} from ${JSON.stringify(d)}`)
                .join('\n')
            : null,
      },
    ],
  })
  const { output } = await bundle.generate({ format: 'es', minify: true })
  await bundle.close()
  const entry = output.find(chunk => chunk.type === 'chunk' && chunk.isEntry)
  if (entry?.type !== 'chunk') throw new Error(`${door} gave no bundle`)
  const chunks = new Map(output.filter(chunk => chunk.type === 'chunk').map(chunk => [chunk.fileName, chunk]))
  const needed = new Set([entry.fileName])
  // A set also visits what is added meanwhile.
  for (const name of needed) for (const next of chunks.get(name)?.imports ?? []) needed.add(next)
  let code = ''
  for (const name of needed) code += chunks.get(name)?.code ?? ''
  return gzipSync(code, { level: 9 }).length
}
