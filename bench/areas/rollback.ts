// Forced 8-tick rollbacks every tick: ours, the peers and the floor in one process, interleaved (`bench/peers`).

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { absolute, compared, type Row } from '../row.ts'

const AREA = 'rollback'
const here = import.meta.dirname
const peers = join(here, '..', 'peers')
const RUNS = ['sim-only', 'floor-soa', 'telegraph-soa', 'rollback-netcode', 'lockstride', 'lockstride-unguarded']

interface PeerRow {
  id: string
  ok: boolean | null
  ms_p50: number
  ms_p99: number
  vs_sim: number
  alloc_B: number
  err: string | null
}

export async function rollback(): Promise<Row[]> {
  install()
  const folder = mkdtempSync(join(tmpdir(), 'lockstride-bench-'))
  try {
    const out = join(folder, 'rows.json')
    const run = spawnSync(
      process.execPath,
      [
        '--expose-gc',
        '--conditions=@lockstride/source',
        join(peers, 'run.mjs'),
        ...['--extra', join(here, '..', 'peers-adapter.mjs'), '--only', RUNS.join(','), '--json', out],
        ...['--ticks', '600', '--reps', '7'],
      ],
      // The child that counts allocations inherits the condition by this variable.
      { encoding: 'utf8', maxBuffer: 1e8, env: { ...process.env, NODE_OPTIONS: '--conditions=@lockstride/source' } },
    )
    if (run.status !== 0 || !existsSync(out)) throw new Error(`the peers bench failed:\n${run.stderr}\n${run.stdout}`)
    const { rows } = JSON.parse(readFileSync(out, 'utf8')) as { rows: PeerRow[] }
    return report(new Map(rows.map(row => [row.id, row])))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function report(rows: Map<string, PeerRow>): Row[] {
  const get = (id: string): PeerRow => {
    const row = rows.get(id)
    if (row === undefined || row.err !== null || row.ok === false)
      throw new Error(`${id}: ${row?.err ?? 'wrong state after the run'}`)
    return row
  }
  const ours = get('lockstride')
  const sim = get('sim-only')
  const against = (id: string, name: string): Row =>
    compared(AREA, `p50 against ${name}`, 'ms', ours.ms_p50, get(id).ms_p50, { atMost: 1 })
  return [
    {
      ...compared(AREA, '8-tick rollback every tick, 1,000 entities, p50', 'ms', ours.ms_p50, sim.ms_p50, {
        atMost: 1.1,
      }),
      ...pairwise(ours),
    },
    compared(AREA, 'its p99 against its p50', 'ms', ours.ms_p99, ours.ms_p50, { atMost: 1.5 }),
    absolute(AREA, 'bytes allocated a tick', 'B', ours.alloc_B, { atMost: 64 }),
    against('telegraph-soa', '@tboyt/telegraph, tuned'),
    against('rollback-netcode', 'rollback-netcode, tuned'),
    compared(AREA, 'the hand-written floor, p50', 'ms', get('floor-soa').ms_p50, sim.ms_p50, null),
    compared(
      AREA,
      'with the guard against without it, p50',
      'ms',
      ours.ms_p50,
      get('lockstride-unguarded').ms_p50,
      null,
    ),
  ]
}

// The ratio is the median of the ratios within each repetition: noise of the machine hits both alike.
function pairwise(row: PeerRow): Pick<Row, 'ratio' | 'ok'> {
  return { ratio: row.vs_sim, ok: row.vs_sim <= 1.1 }
}

function install(): void {
  const run = (command: string, args: string[]): void => {
    const done = spawnSync(command, args, { cwd: peers, encoding: 'utf8', shell: process.platform === 'win32' })
    if (done.status !== 0) throw new Error(`bench/peers: ${command} ${args.join(' ')} failed:\n${done.stderr}`)
  }
  if (!existsSync(join(peers, 'node_modules'))) run('npm', ['ci', '--ignore-scripts'])
  if (existsSync(join(peers, 'build', 'telegraph.mjs'))) return
  run(process.execPath, ['node_modules/esbuild/install.js'])
  run(process.execPath, ['build.mjs'])
}
