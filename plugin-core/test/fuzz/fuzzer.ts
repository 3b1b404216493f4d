// Feeds one target after another, mutants and structured garbage, and keeps what went wrong.

import * as fc from 'fast-check'
import type { ByteReader } from '../../src/bytes/byte-reader.ts'
import { seeded, type Seeded } from '../seeded.ts'
import { Corpus } from './corpus.ts'
import { CODECS, decoders } from './decoders.ts'
import { Life, SLOW_MS, cpuMs, kindOf, shortened, type Finding } from './life.ts'
import { machines } from './machines.ts'
import { MUTANT_BYTES, Mutator } from './mutator.ts'
import { StructuredPackets, payloadOf } from './structured.ts'
import type { Target } from './target.ts'

/** Inputs of one turn of a decoder, and at most of one life of a state machine. */
const DECODER_INPUTS = 2048
const MACHINE_INPUTS = 2048
/** Structured inputs of one life, and lives of one turn. */
const STRUCTURED_INPUTS = 128
const STRUCTURED_LIVES = 24
/** Structured payloads of one turn of a decoder: they are quick. */
const STRUCTURED_PAYLOADS = 512
/** One turn in so many is structured. */
const STRUCTURED_TURNS = 4
/** One turn in so many is done again with other bytes around its inputs. */
const CHECKED_TURNS = 16

export interface Worked {
  readonly target: Target
  readonly corpus: Corpus
  readonly life: Life
  readonly packets: StructuredPackets | null
}

export class Fuzzer {
  mutated = 0
  structured = 0
  readonly findings: Finding[] = []
  readonly works: readonly Worked[]
  readonly #random: Seeded
  readonly #mutator: Mutator
  readonly #known = new Set<string>()
  #turns = 0

  constructor(seed: number) {
    this.#random = seeded(seed)
    this.#mutator = new Mutator(this.#random)
    this.works = [...decoders(), ...machines()].map(target => ({
      target,
      corpus: new Corpus(target.seeds),
      life: new Life(target),
      packets: target.machine === undefined ? null : new StructuredPackets(target),
    }))
  }

  get packets(): number {
    return this.mutated + this.structured
  }

  get corpusSize(): number {
    return this.works.reduce((sum, { corpus }) => sum + corpus.items.length, 0)
  }

  /** One target, some hundred inputs. */
  turn(): void {
    const work = this.works[this.#turns % this.works.length]
    const round = Math.floor(this.#turns++ / this.works.length)
    if ((round + this.#turns) % STRUCTURED_TURNS === 0) this.structuredTurn(work)
    else this.mutatedTurn(work, work.packets === null ? DECODER_INPUTS : MACHINE_INPUTS)
    if ((round + this.#turns) % CHECKED_TURNS === 1) this.#checkLife(work)
  }

  /** Answers how many inputs it fed. */
  mutatedTurn(work: Worked, most: number): number {
    const { life } = work
    const start = cpuMs()
    let slow = false
    try {
      life.begin(this.#random.below(2 ** 31))
      while (life.count < most && !life.ended && !life.isFull) {
        const size = this.#mutant(work)
        const fedAt = work.packets === null ? 0 : cpuMs()
        life.feed(this.#mutator.bytes, size)
        if (work.packets !== null && cpuMs() - fedAt > SLOW_MS) slow = true
      }
    } catch {
      this.#found(work, life.inputs())
    }
    // Decoders are far quicker than a look at the clock: a turn of theirs takes a millisecond.
    if (slow || (work.packets === null && cpuMs() - start > SLOW_MS)) this.#checkLife(work)
    this.mutated += life.count
    return life.count
  }

  structuredTurn(work: Worked): void {
    const { packets, life, target } = work
    const seed = this.#random.below(2 ** 31)
    const parameters = { seed, numRuns: STRUCTURED_LIVES, endOnFailure: true }
    if (packets !== null) {
      const lives = fc.property(fc.gen(), fc.nat(), (draw, begins) => {
        life.begin(begins)
        while (life.count < STRUCTURED_INPUTS && !life.ended) {
          const bytes = packets.packet(draw)
          this.structured++
          life.feed(bytes, bytes.length)
        }
      })
      if (fc.check(lives, parameters).failed) this.#found(work, life.inputs())
      return
    }
    const codec = CODECS.get(target.name)
    if (codec === undefined) return
    const read = (r: ByteReader): boolean => {
      codec.read(r)
      return !r.failed
    }
    const payloads = fc.property(fc.gen(), draw => {
      const bytes = payloadOf(draw, read, EDGES)
      if (bytes === null) return
      this.structured++
      life.begin(0)
      life.feed(bytes, bytes.length)
    })
    if (fc.check(payloads, { ...parameters, numRuns: STRUCTURED_PAYLOADS }).failed) this.#found(work, life.inputs())
  }

  #mutant({ target, corpus }: Worked): number {
    const random = this.#random
    const parent = corpus.pick(random)
    // Sometimes nothing of what is there: from noise alone, too, nothing may break.
    if (random.chance(0.01)) {
      const size = random.below(64)
      for (let i = 0; i < size; i++) this.#mutator.bytes[i] = random.below(256)
      return size
    }
    // As it was, at another time.
    if (target.machine !== undefined && random.chance(0.05)) {
      this.#mutator.bytes.set(parent.subarray(0, MUTANT_BYTES))
      return Math.min(parent.length, MUTANT_BYTES)
    }
    const keep = random.chance(0.8) ? target.headerOf(parent) : 0
    source.items = corpus.items
    source.values = target.values
    return this.#mutator.mutate(parent, keep, source)
  }

  #checkLife(work: Worked): void {
    const { life } = work
    const inputs = life.inputs()
    if (life.check(life.seed, inputs) !== null) this.#found(work, inputs)
  }

  #found({ life }: Worked, inputs: Uint8Array[]): void {
    const finding = shortened(life, life.seed, inputs)
    const kind = `${finding.target}: ${kindOf(finding.problem)}`
    if (this.#known.has(kind)) return
    this.#known.add(kind)
    this.findings.push(finding)
  }
}

const EDGES: readonly number[] = []
/** Reused: one a mutant would be an object a mutant. */
const source: { items: readonly Uint8Array[]; values: readonly number[] } = { items: [], values: EDGES }
