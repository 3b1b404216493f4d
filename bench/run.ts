// npm run bench [-- --json] [-- --only area,area]: what the product costs, against the physical limit and against peers,
// in one run. With --json one array of rows on standard output and nothing else. Each area has a process of its own: what one of them
// taught the engine, and left in its heap, would be measured in the next.

import { execFile } from 'node:child_process'
import { parseArgs, promisify } from 'node:util'
import { binder } from './areas/binder.ts'
import { bandwidth } from './areas/bandwidth.ts'
import { duel } from './areas/duel.ts'
import { events } from './areas/events.ts'
import { rbn1 } from './areas/rbn1.ts'
import { join } from './areas/join.ts'
import { lua } from './areas/lua.ts'
import { rollback } from './areas/rollback.ts'
import { size } from './areas/size.ts'
import { snapshot } from './areas/snapshot.ts'
import { view } from './areas/view.ts'
import type { Row } from './row.ts'

const areas: Record<string, () => Promise<Row[]>> = {
  rollback,
  snapshot,
  binder,
  view,
  bandwidth,
  duel,
  events,
  rbn1,
  size,
  join,
  lua,
}
const { values } = parseArgs({ options: { json: { type: 'boolean', default: false }, only: { type: 'string' } } })
const chosen = values.only?.split(',') ?? Object.keys(areas)
for (const name of chosen)
  if (!(name in areas)) {
    console.error(`bench: no area "${name}"; there are ${Object.keys(areas).join(', ')}`)
    process.exit(2)
  }

const rows: Row[] = []
for (const name of chosen) {
  if (!values.json) console.log(`# ${name}`)
  const measured = chosen.length === 1 ? await areas[name]() : await apart(name)
  rows.push(...measured)
  if (!values.json) for (const row of measured) console.log(line(row))
}
if (values.json) console.log(JSON.stringify(rows, null, 1))
process.exitCode = rows.every(row => row.ok) ? 0 : 1

async function apart(area: string): Promise<Row[]> {
  const args = [...process.execArgv, import.meta.filename, '--only', area, '--json']
  // A row that misses its limit makes it end with 1, and is a row like any other.
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 24 }).catch(
    (error: Error & { stdout?: string }) => {
      if (!error.stdout?.startsWith('[')) throw error
      return { stdout: error.stdout }
    },
  )
  return JSON.parse(stdout) as Row[]
}

function line(row: Row): string {
  const number = (v: number | null): string => (v === null ? '' : Math.abs(v) >= 100 ? v.toFixed(0) : v.toPrecision(4))
  return [
    row.ok ? 'ok  ' : 'MISS',
    row.name.padEnd(58),
    number(row.value).padStart(10),
    row.unit.padEnd(6),
    (row.reference === null ? '' : `of ${number(row.reference)}`).padEnd(14),
    (row.ratio === null ? '' : `× ${row.ratio.toFixed(3)}`).padEnd(12),
    row.limit === null ? '' : `limit ${row.limit}`,
  ].join(' ')
}
