import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { RawPeer } from './player.ts'

const CLI = fileURLToPath(new URL('../src/cli.ts', import.meta.url))
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

function start(...args: string[]) {
  const child = spawn(process.execPath, ['--conditions=@lockstride/source', CLI, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let out = ''
  let err = ''
  child.stdout.on('data', data => (out += data))
  child.stderr.on('data', data => (err += data))
  const exit = new Promise<{ code: number | null; out: string; err: string }>(resolve =>
    child.on('close', code => resolve({ code, out, err })),
  )
  const port = async (): Promise<number> => {
    await expect.poll(() => out, { timeout: 10_000 }).toMatch(/ws:\/\/[^ ]+:\d+\//)
    return Number(/ws:\/\/[^ ]+:(\d+)\//.exec(out)![1])
  }
  return { child, exit, port }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })

describe('lockstride-relay', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    test(`ends cleanly on ${signal}: peers hear why, the port is free, exit code 0`, async () => {
      const { child, exit, port } = start('--port', '0', '--host', '127.0.0.1')
      const at = await port()
      const peer = new RawPeer(`ws://127.0.0.1:${at}/?room=x`)
      await peer.opened
      expect(await (await fetch(`http://127.0.0.1:${at}/health`)).json()).toMatchObject({ ok: true, peers: 1 })
      expect(await isFree(at)).toBe(false)
      child.kill(signal)
      expect(await peer.closed).toBe('1001 the relay is shutting down')
      const { code, err } = await exit
      expect({ code, err }).toEqual({ code: 0, err: '' })
      expect(await isFree(at)).toBe(true)
    })

  test('a ticket key that is none is refused with a sentence', async () => {
    const { exit } = start('--port', '0', '--ticket-key', 'secret')
    const { code, err } = await exit
    expect(code).toBe(1)
    expect(err).toMatch(
      /a ticket key: a key has 32 random bytes, or 64 digits of hex; `openssl rand -hex 32` makes one/,
    )
  })

  test('judges by the rights in a file, and says what is wrong with it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rights-'))
    try {
      const file = async (text: string): Promise<string> => {
        const path = join(folder, `${Math.random()}.json`)
        await writeFile(path, text)
        return path
      }
      const wrong = async (path: string): Promise<string> => {
        const { code, err } = await start('--port', '0', '--rights', path).exit
        expect(code).toBe(1)
        return err
      }
      const said = await Promise.all([
        wrong(join(folder, 'none.json')),
        wrong(await file('{')),
        wrong(await file('[]')),
        wrong(await file('{"garden":{"requires":{"chat":"chat:send"}}}')),
      ])
      expect(said[0]).toMatch(/--rights <file>.*it is no JSON file: ENOENT/)
      expect(said[1]).toMatch(/it is no JSON file: /)
      expect(said[2]).toMatch(/^lockstride-relay: createRelay: rights are by the game's name: /)
      expect(said[3]).toMatch(
        /^lockstride-relay: rights of 'garden': requires has a list of capabilities for each kind/,
      )
      const { port } = start('--port', '0', '--rights', await file('{"garden":{"requires":{"chat":["chat:send"]}}}'))
      expect(await port()).toBeGreaterThan(0)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('takes its options: path, origins, limits', async () => {
    const { port } = start(
      '--port',
      '0',
      '--host',
      '127.0.0.1',
      '--path',
      '/play',
      '--origin',
      'https://a.example',
      'https://b.example',
      '--max-rooms',
      '1',
    )
    const url = `ws://127.0.0.1:${await port()}`
    await expect(new RawPeer(url).opened).rejects.toThrow('404')
    await expect(new RawPeer(`${url}/play`, { origin: 'https://c.example' }).opened).rejects.toThrow('403')
    await new RawPeer(`${url}/play?room=one`, { origin: 'https://b.example' }).opened
    expect(await new RawPeer(`${url}/play?room=two`).closed).toContain('this relay is full: it has 1 rooms')
  })

  test('every bad option gets a sentence', async () => {
    const cases: [args: string[], sentence: string][] = [
      [['--port', 'x'], 'a port is a whole number from 0 to 65535.'],
      [['--port', '70000'], 'a port is a whole number from 0 to 65535.'],
      [['--path', 'relay'], 'a path begins with /.'],
      [['--origin', 'play.example'], '"play.example" is no origin: give one such as https://play.example.com'],
      [['--max-rooms', '0'], 'the number of rooms is a whole number from 1 to 100000.'],
      [['--nonsense'], "unknown option '--nonsense'"],
      [['extra'], 'too many arguments'],
    ]
    const results = await Promise.all(cases.map(([args]) => start(...args).exit))
    for (const [i, [, sentence]] of cases.entries()) {
      expect(results[i].err).toContain(sentence)
      expect(results[i].code).toBe(1)
    }
  })

  test('says which port is taken, and by what to choose another', async () => {
    const { port } = start('--port', '0', '--host', '127.0.0.1')
    const at = await port()
    const { code, err } = await start('--port', String(at), '--host', '127.0.0.1').exit
    expect(err).toBe(`lockstride-relay: port ${at} is taken: stop what listens there, or choose another with --port\n`)
    expect(code).toBe(1)
    expect((await start('--host', '203.0.113.1', '--port', '0').exit).err).toContain(
      'this machine has no address "203.0.113.1"',
    )
  })
})
