// Forced 8-tick rollbacks every tick: ours, the peers and the floor in one process, interleaved (`bench/peers`).

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { absolute, compared, median, type Row } from '../row.ts'

const AREA = 'rollback'
const here = import.meta.dirname
const peers = join(here, '..', 'peers')
const RUNS = ['sim-only', 'floor-soa', 'telegraph-soa', 'rollback-netcode', 'lockstride', 'lockstride-unguarded']
/** Runs for the p99 until the bare sim's own is steady; the steadiest counts: where that one stutters, it is the machine. */
const TAIL = ['sim-only', 'lockstride']
const TAIL_RUNS = 8
const STEADY = 1.2
/** Child processes that count allocations; the middle one counts, because V8 may compile something in any of them. */
const ALLOCATION_RUNS = 5

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
  const all = measure(RUNS, 7, {})
  let tail = all
  for (let i = 0; i < TAIL_RUNS && unrest(tail) > STEADY; i++) {
    const again = measure(TAIL, 5, {})
    if (unrest(again) < unrest(tail)) tail = again
  }
  const allocated = [of(all, 'lockstride').alloc_B]
  while (allocated.length < ALLOCATION_RUNS) allocated.push(allocations('sim-only,lockstride'))
  const cold = measure(['sim-only', 'lockstride'], 5, { LOCKSTRIDE_COLD: '1' })
  return report(all, tail, median(allocated), cold)
}

function report(
  rows: readonly PeerRow[],
  tail: readonly PeerRow[],
  allocated: number,
  cold: readonly PeerRow[],
): Row[] {
  const ours = of(rows, 'lockstride')
  const sim = of(rows, 'sim-only')
  const first = of(cold, 'lockstride')
  const against = (id: string, name: string): Row =>
    compared(AREA, `p50 against ${name}`, 'ms', ours.ms_p50, of(rows, id).ms_p50, { atMost: 1 })
  return [
    paired('8-tick rollback every tick, 1,000 entities, p50', ours, sim, { atMost: 1.1 }),
    tailed('its p99 against its p50', of(tail, 'lockstride'), { atMost: 1.5 }),
    absolute(AREA, 'bytes allocated a tick', 'B', allocated, { atMost: 64 }),
    against('telegraph-soa', '@tboyt/telegraph, tuned'),
    against('rollback-netcode', 'rollback-netcode, tuned'),
    tailed("the bare sim's own p99 against its p50, beside it", of(tail, 'sim-only'), null),
    paired('the hand-written floor, p50', of(rows, 'floor-soa'), sim, null),
    compared(AREA, 'guard on against off, p50', 'ms', ours.ms_p50, of(rows, 'lockstride-unguarded').ms_p50, null),
    paired('a cold process, p50', first, of(cold, 'sim-only'), null),
    absolute(AREA, 'a cold process, bytes allocated a tick', 'B', first.alloc_B, null),
  ]
}

// The ratio is the median of the ratios within each repetition: noise of the machine hits both alike.
function paired(name: string, row: PeerRow, sim: PeerRow, limit: { atMost: number } | null): Row {
  const ratio = row.vs_sim
  const ok = limit === null || ratio <= limit.atMost
  return { ...compared(AREA, name, 'ms', row.ms_p50, sim.ms_p50, limit), ratio, ok }
}

function tailed(name: string, row: PeerRow, limit: { atMost: number } | null): Row {
  return compared(AREA, name, 'ms', row.ms_p99, row.ms_p50, limit)
}

function of(rows: readonly PeerRow[], id: string): PeerRow {
  const row = rows.find(r => r.id === id)
  if (row === undefined || row.err !== null || row.ok === false)
    throw new Error(`${id}: ${row?.err ?? 'wrong state after the run'}`)
  return row
}

function unrest(rows: readonly PeerRow[]): number {
  const sim = of(rows, 'sim-only')
  return sim.ms_p99 / sim.ms_p50
}

function measure(ids: readonly string[], reps: number, env: Record<string, string>): PeerRow[] {
  const folder = mkdtempSync(join(tmpdir(), 'lockstride-bench-'))
  try {
    const out = join(folder, 'rows.json')
    harness(['--only', ids.join(','), '--json', out, '--ticks', '600', '--reps', String(reps)], [], env)
    return (JSON.parse(readFileSync(out, 'utf8')) as { rows: PeerRow[] }).rows
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** As the harness's own child process counts, which it starts once a run. */
function allocations(ids: string): number {
  const out = harness(
    ['--mode', 'alloc', '--ticks', '200', '--only', ids],
    ['--max-semi-space-size=1024', '--max-old-space-size=6144'],
    {},
  )
  const line = out.split('\n').find(l => l.startsWith('ALLOC'))
  if (line === undefined) throw new Error(`the peers bench counted nothing:\n${out}`)
  return (JSON.parse(line.slice('ALLOC'.length)) as { lockstride: number }).lockstride
}

function harness(args: readonly string[], flags: readonly string[], env: Record<string, string>): string {
  const condition = '--conditions=@lockstride/source'
  const run = spawnSync(
    process.execPath,
    [
      ...['--expose-gc', condition, ...flags, join(peers, 'run.mjs')],
      ...['--extra', join(here, '..', 'peers-adapter.mjs'), ...args],
    ],
    // The child that counts allocations inherits the condition by this variable.
    { encoding: 'utf8', maxBuffer: 1e8, env: { ...process.env, NODE_OPTIONS: condition, ...env } },
  )
  if (run.status !== 0) throw new Error(`the peers bench failed:\n${run.stderr}\n${run.stdout}`)
  return run.stdout
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
