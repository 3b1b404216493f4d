// The scripts beside one simulation: what happens to them within a tick, and what people hear of it.

import { RulesError } from '../sim/rules-error.ts'
import {
  SCRIPT_EDIT,
  type ScriptDifference,
  type ScriptImage,
  type ScriptNews,
  type ScriptedSim,
  type SimScripts,
} from '../sim/sim-scripts.ts'
import type { GameScripts } from './game-scripts.ts'
import { LuaVm } from './lua-vm.ts'
import { NewsLog } from './news-log.ts'
import { ScriptStop, type ScriptError } from './script-error.ts'
import type { Script, ScriptData, ScriptMethod } from './script-host.ts'
import { readPart } from './text-parts.ts'

const NOBODY = -1

interface Queued {
  readonly kind: string
  readonly payload: ScriptData
  readonly slot: number
}

export class MatchScripts implements SimScripts {
  readonly set: GameScripts
  readonly #sim: ScriptedSim
  readonly #vm: LuaVm
  readonly #log = new NewsLog()
  /** Those whose text is another one than that of the scripts before. */
  readonly #changed: readonly Script[]
  /** Scripts that used up a budget in this tick, which runs again without them. */
  readonly #stops: string[] = []
  /** Scripts for which this tick brings a text that used up a budget: it runs again without those texts. */
  readonly #spent: string[] = []
  /** Came from another machine, and was not walked yet. */
  #given: ScriptImage | null = null
  /** Whose new text is loaded now. */
  #editing = ''
  #editor = NOBODY
  /** Lua runs, or will before what is emitted now may come. */
  #holds = false
  /** What the rules emitted meanwhile. */
  readonly #queued: Queued[] = []

  constructor(set: GameScripts, sim: ScriptedSim, changed: readonly Script[]) {
    this.set = set
    this.#sim = sim
    this.#changed = changed
    const { schema, methods } = sim.game
    const { facade } = sim
    this.#vm = new LuaVm(
      set.modules,
      {
        layout: schema.layout,
        world: sim.bytes,
        sim: facade,
        get branch() {
          return facade.kairos
        },
        buttons: schema.input.buttons,
        axes: schema.input.axes.map(axis => axis.name),
        // Looked for when they are called: rules may have been replaced.
        methods: Object.fromEntries(
          Object.keys(methods).map(name => [
            name,
            ((each, e, ...args) => sim.game.methods[name](each, e, ...args)) as ScriptMethod,
          ]),
        ),
        emit: (kind, payload, slot, when) => facade.say(kind, payload, slot, when),
        hears: kind => Object.hasOwn(sim.game.on, kind),
        hear: (kind, payload, slot) => {
          try {
            sim.handle(kind, payload, slot)
          } catch (error) {
            // On its way through Lua it stays what it is: theirs.
            throw new RulesError(facade.tick, error)
          }
        },
        log: (script, text) => this.#tell('log', { script, line: 0, message: text, traceback: '' }),
        error: error => this.#tell('error', error),
      },
      // Each round brings a seed.
      { ...set.limits, scripts: set.scripts, seed: 0 },
    )
  }

  get maxBytes(): number {
    return this.#vm.maxBytes
  }

  get news(): ScriptNews[] {
    return this.#log.news
  }

  set trace(told: ((script: string, hash: number) => void) | null) {
    this.#vm.trace = told === null ? null : script => told(script, this.#vm.hash())
  }

  settle(confirmedTick: number): void {
    this.#log.settle(confirmedTick)
  }

  save(into: ScriptImage): void {
    const { sizeBytes } = this.#vm
    // Room to grow: after some ticks nothing is allocated any more.
    if (into.bytes.length < sizeBytes) into.bytes = new Uint8Array((sizeBytes + (sizeBytes >> 2) + 0xffff) & ~0xffff)
    into.sizeBytes = this.#vm.save(into.bytes)
  }

  load(from: ScriptImage): void {
    if (from === this.#given) this.#vm.adopt(from.bytes)
    else this.#vm.load(from.bytes)
    this.#given = null
  }

  hash(image: ScriptImage): number {
    return this.#vm.hashOf(image.bytes)
  }

  whole(world: Uint8Array, image: ScriptImage): Uint8Array {
    const whole = new Uint8Array(world.length + image.sizeBytes)
    whole.set(world)
    whole.set(image.bytes.subarray(0, image.sizeBytes), world.length)
    return whole
  }

  image(bytes: Uint8Array): ScriptImage | null {
    // A copy begins at a multiple of eight, as the hash needs it.
    const copy = bytes.slice()
    try {
      this.#given = this.#vm.imageBytes(copy) === copy.length ? { bytes: copy, sizeBytes: copy.length } : null
    } catch {
      this.#given = null
    }
    return this.#given
  }

  async differences(a: ScriptImage, b: ScriptImage): Promise<readonly ScriptDifference[]> {
    // Where they lie, others may lie in a moment.
    const copies = [a, b].map(({ bytes, sizeBytes }) => bytes.slice(0, sizeBytes))
    const [{ walkImage }, { diffImages }] = await Promise.all([import('./image-walk.ts'), import('./image-diff.ts')])
    const [x, y] = copies.map(image => this.#vm.inspect(image, walkImage))
    return diffImages(x, y)
  }

  textOf(name: string): string {
    const script = this.set.scripts.find(one => one.name === name)
    if (script === undefined) throw new Error(`there is no script ${name}`)
    return this.#vm.newTextOf(name) ?? script.text
  }

  reset(): void {
    this.#vm.reset()
    this.#log.clear()
  }

  open(tick: number): void {
    this.#stops.length = 0
    this.#spent.length = 0
    this.#queued.length = 0
    this.#holds = true
    this.#log.begin(tick)
  }

  restart(seed: number): void {
    this.#vm.restart(seed, this.#stops)
    for (const name of this.#stops) this.#vm.stop(name)
  }

  swap(): void {
    for (const { name, text } of this.#changed) {
      if (this.#stops.includes(name)) continue
      const error = this.#vm.reload(name, text)
      this.#log.forget(name)
      this.#tell('replaced', { script: name, line: 0, message: 'another text runs', traceback: '' })
      if (error !== null) this.#tell('error', error)
    }
  }

  begin(): void {
    this.#holds = true
    try {
      this.#vm.begin()
    } finally {
      this.#holds = false
    }
    this.#emitQueued()
  }

  deliver(slot: number, kind: string, payload: unknown): void {
    if (kind === SCRIPT_EDIT) {
      this.#takePart(slot, payload)
      return
    }
    // A player does not say when a tick is.
    if (kind === 'tick' || kind === 'start') return
    this.#holds = true
    try {
      this.#vm.deliver(slot, kind, payload as ScriptData)
    } finally {
      this.#holds = false
    }
    this.#emitQueued()
  }

  step(): void {
    this.#holds = true
    try {
      this.#vm.step()
    } finally {
      this.#holds = false
    }
    this.#emitQueued()
  }

  emit(kind: string, payload: unknown, slot: number): void {
    if (this.#holds) this.#queued.push({ kind, payload: payload as ScriptData, slot })
    else this.#vm.emit(kind, payload as ScriptData, slot)
  }

  stopped(error: unknown): boolean {
    if (!(error instanceof ScriptStop)) return false
    const editing = this.#editing
    this.#editing = ''
    this.#queued.length = 0
    const list = editing === '' ? this.#stops : this.#spent
    const name = editing === '' ? error.script : editing
    // It ran although it was stopped: then no run of this tick would end.
    if (list.includes(name) || !this.set.scripts.some(script => script.name === name)) return false
    list.push(name)
    if (editing === '') this.#tell('stopped', error)
    else this.#tell('refused', error, this.#editor)
    return true
  }

  again(): void {
    this.#holds = true
    this.#log.again()
    for (const name of this.#stops) this.#vm.stop(name)
  }

  #emitQueued(): void {
    for (let i = 0; i < this.#queued.length; i++) {
      const { kind, payload, slot } = this.#queued[i]
      this.#vm.emit(kind, payload, slot)
    }
    this.#queued.length = 0
  }

  /** A part of a player's text. A stranger's changes nothing, everywhere. */
  #takePart(slot: number, payload: unknown): void {
    const found = readPart(payload)
    if (found === null || !this.set.editable.has(found.name) || this.#spent.includes(found.name)) return
    const { name, serial, part, parts, bytes } = found
    this.#editing = name
    this.#editor = slot
    const text = this.#vm.collect(slot, serial, part, parts, bytes)
    // It runs at once, while others play: a player's text gets no more than a tick's budget.
    const error = text === null ? null : this.#vm.reload(name, text, 'tick')
    this.#editing = ''
    if (text === null) return
    // What does not compile has not run, and so has no traceback.
    if (error !== null && error.traceback === '') {
      this.#tell('refused', error, slot)
      return
    }
    this.#log.forget(name)
    this.#tell('replaced', { script: name, line: 0, message: 'another text runs', traceback: '' }, slot)
    if (error !== null) this.#tell('error', error, slot)
  }

  #tell(what: ScriptNews['what'], about: Omit<ScriptError, 'tick'>, slot = NOBODY): void {
    const { script, line, message, traceback } = about
    const { tick } = this.#sim.facade
    const isFine = what === 'log' || what === 'replaced'
    const place = line > 0 ? `${script}:${line}` : script
    const text =
      what === 'log' ? `[${script}] ${message}` : `${place}: ${message} (tick ${tick})${traceback && `\n${traceback}`}`
    this.#log.tell({ what, script, line, tick, message, traceback, slot, level: isFine ? 'log' : 'error', text })
  }
}
