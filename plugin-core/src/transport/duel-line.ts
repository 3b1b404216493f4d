// The line of a duel: one transport made of two paths, over a relay and directly from browser to browser. It begins on the
// path that reaches the other side first, takes the direct one while that works in both directions, and goes back and forth
// without anybody's noticing: sessions on it repeat what is lost, and drop what comes twice.
//
// A path may fall silent without an end (a phone that changes its network), or in one direction only. So both lines say a few
// bytes on it ten times a second, with whether they hear the other: a path is used by who hears there, and is heard there.

import type { Clock } from './clock.ts'
import { DuelPath, type PathName } from './duel-path.ts'
import { NOBODY, PROBE_BYTES, isProbe, isSame, readProbe, writeProbe, type LineId, type Probe } from './duel-probe.ts'
import { HOST, type LeftCause, type Transport, type TransportEvents } from './transport.ts'

export type { LineId } from './duel-probe.ts'
export type { PathName } from './duel-path.ts'

export interface DuelLineOptions {
  clock: Clock
  /** Random, never zero: tells this side from the other one, and from strangers. */
  id: LineId
  /** Makes the path over a relay, again after it was lost. Null: there is no relay. */
  relayed: (() => Transport) | null
  /** A direct path may come though the relay does not answer. */
  direct: boolean
  /** Which path is in use, from the first on; also told before `joined`. */
  onPath?: (path: PathName) => void
  /** The other side is known: where both can meet in private. */
  onOther?: (other: LineId) => void
  /** The line is over, by whichever side: nothing may be added any more. */
  onOver?: () => void
}

export const BEAT_MS = 100
/** Beats between two probes on a direct path that carries packets; a quiet one has one each beat. */
const DIRECT_PROBE_BEATS = 5
/** Beats between two probes on the relayed path, whose end is told. */
const RELAYED_PROBE_BEATS = 10
/** A path that was left for its silence must have worked so long before it is used again: a flapping one would cost more than it gives. */
const TRUST_BEATS = 10
/** Who cannot reach the relay waits so long for a direct path. */
const DIRECT_MS = 30_000
/** Direct paths of which it is not known yet who is there: the other side, or somebody who tries. */
const MAX_CANDIDATES = 4
/** A lost relay is asked again at once, then more and more rarely. */
const AGAIN_MS = { first: 100, second: 500, most: 8000 }
/** The other side was not heard for so many beats, nor is it at the relay: it is gone. A phone that changes its network is back before. */
const LOST_BEATS = 30

export class DuelLine implements Transport {
  readonly #options: DuelLineOptions
  #state: 'new' | 'open' | 'closed' = 'new'
  #events: TransportEvents | null = null
  #relayed: DuelPath | null = null
  #direct: DuelPath | null = null
  /** Direct paths on which the other side was not heard yet: a stranger may be at their other end. */
  #candidates: DuelPath[] = []
  #directExpected: boolean
  /** The other side; null until it was heard. */
  #other: LineId | null = null
  /** The path in use; null until the line has joined. */
  #inUse: DuelPath | null = null
  #joined = false
  /** The path that was told last. */
  #told: PathName | null = null
  #byeHeard = false
  /** Why the line never came up, or the first thing that went wrong since the other side was within reach. */
  #reason: string | null = null
  #cause: LeftCause | undefined
  #beats = 0
  /** Beats since the other side was last within reach, by whichever path. */
  #lostBeats = 0
  #cancelBeat: (() => void) | null = null
  #cancelAgain: (() => void) | null = null
  #cancelWait: (() => void) | null = null
  #againMs = AGAIN_MS.first
  readonly #probeBytes = new Uint8Array(PROBE_BYTES)
  readonly #probeView = new DataView(this.#probeBytes.buffer)

  constructor(options: DuelLineOptions) {
    if (isSame(options.id, NOBODY)) throw new RangeError("a line's id is not zero")
    this.#options = options
    this.#directExpected = options.direct
  }

  /** The path in use; null before `joined` and after the end. */
  get path(): PathName | null {
    return this.#inUse?.name ?? null
  }

  open(events: TransportEvents): void {
    if (this.#state !== 'new') throw new Error('this transport was opened or closed before: a transport is opened once')
    this.#state = 'open'
    this.#events = events
    this.#cancelBeat = this.#options.clock.schedule(BEAT_MS, this.#beat)
    for (const path of [...this.#candidates]) this.#openPath(path)
    this.#openRelayed()
  }

  send(peer: number, bytes: Uint8Array): void {
    const inUse = this.#inUse
    if (peer !== HOST || inUse === null) return
    inUse.send(bytes)
    if (inUse.doubtful) this.#otherThan(inUse)?.send(bytes)
  }

  close(): void {
    if (this.#state === 'closed') return
    this.#events = null
    this.#say(this.#relayed, true)
    this.#say(this.#direct, true)
    this.#release()
  }

  /**
   * Takes what may be a direct path: once the other side is heard on it, it takes the place of the one before. It is this line's
   * from now on.
   */
  addDirect(transport: Transport): void {
    if (this.#state === 'closed') {
      transport.close()
      return
    }
    const path = new DuelPath('direct', transport)
    this.#candidates.push(path)
    if (this.#candidates.length > MAX_CANDIDATES) this.#drop(this.#candidates[0])
    if (this.#state === 'open') this.#openPath(path)
  }

  /** There is no direct path to come, for this reason. */
  noDirect(reason: string): void {
    this.#directExpected = false
    if (this.#options.relayed === null) this.#reason = reason
    this.#endIfOver()
  }

  // ---- paths

  #openRelayed(): void {
    const make = this.#options.relayed
    if (make === null) return
    this.#relayed = new DuelPath('relayed', make())
    this.#openPath(this.#relayed)
  }

  #openPath(path: DuelPath): void {
    path.transport.open({
      joined: () => {
        path.up = true
        this.#say(path)
      },
      message: (_peer, bytes) => {
        if (isProbe(bytes)) this.#onProbe(path, bytes)
        else if (path.known && !path.gone) {
          path.hear()
          if (this.#joined) this.#events?.message(HOST, bytes)
        }
      },
      left: (_peer, reason, cause) => this.#onGone(path, reason, cause),
    })
  }

  #onGone(path: DuelPath, reason: string, cause?: LeftCause): void {
    if (path.gone) return
    const wasUp = path.up
    path.end()
    if (this.#joined) this.#reason ??= reason
    else if (path.name === 'relayed' || this.#options.relayed === null) {
      this.#reason = reason
      this.#cause = cause
    }
    if (path === this.#direct) this.#direct = null
    else if (path.name === 'direct') this.#candidates = this.#candidates.filter(other => other !== path)
    else {
      this.#relayed = null
      // Not reached at all: a direct path may still come. Turned away, or left alone again: the reason is for people.
      if (!this.#joined && wasUp) this.#directExpected = false
      if (!this.#joined && !wasUp && this.#directExpected)
        this.#cancelWait = this.#options.clock.schedule(DIRECT_MS, () => this.noDirect(reason))
    }
    if (this.#inUse === path) this.#use(this.#direct ?? this.#relayed)
    this.#endIfOver()
    if (this.#state === 'open' && path.name === 'relayed' && this.#joined) this.#againLater()
  }

  #againLater(): void {
    this.#cancelAgain = this.#options.clock.schedule(this.#againMs, () => this.#openRelayed())
    this.#againMs = Math.min(Math.max(2 * this.#againMs, AGAIN_MS.second), AGAIN_MS.most)
  }

  #otherThan(path: DuelPath): DuelPath | null {
    return path === this.#direct ? this.#relayed : this.#direct
  }

  // ---- what the lines say to each other

  #onProbe(path: DuelPath, bytes: Uint8Array): void {
    const probe = readProbe(bytes)
    if (probe === null || path.gone || isSame(probe.from, this.#options.id)) return
    if (!this.#isOther(path, probe)) return
    const first = !path.known
    path.known = true
    if (first && path.name === 'direct') this.#accept(path)
    path.hear()
    path.heard = probe.hears
    if (probe.bye) {
      // The session's own goodbye may have been overtaken: it has until the next beat.
      this.#byeHeard = true
      this.#reason = 'the other player left'
      this.#cause = 'bye'
      return
    }
    // One that does not hear yet is answered at once: the line begins, or has come back.
    if (first || !probe.hears) this.#say(path)
    this.#choose()
  }

  #accept(path: DuelPath): void {
    const before = this.#direct
    this.#candidates = this.#candidates.filter(other => other !== path)
    this.#direct = path
    if (before === null) return
    if (this.#inUse === before) this.#use(this.#relayed ?? path)
    before.end()
    before.transport.close()
  }

  #drop(path: DuelPath): void {
    path.transport.close()
    this.#onGone(path, 'nobody was heard on a direct connection')
  }

  /** Whether it is the other side of this line that speaks, which the first one to say something becomes. */
  #isOther(path: DuelPath, { from, to }: Probe): boolean {
    const { id, onOther } = this.#options
    if (!isSame(to, NOBODY) && !isSame(to, id)) {
      this.#onTaken(path, from)
      return false
    }
    if (this.#other === null) {
      this.#other = from
      onOther?.(from)
    }
    if (isSame(from, this.#other)) return true
    // A stranger: it hears to whom this line speaks, and goes.
    this.#say(path)
    return false
  }

  /** Somebody who speaks to somebody else. */
  #onTaken(path: DuelPath, from: LineId): void {
    if (!this.#joined) {
      this.#directExpected = false
      if (this.#other !== null && isSame(from, this.#other)) this.#other = null
    }
    path.transport.close()
    this.#onGone(path, 'this duel has its two players already: choose another room', 'full')
  }

  #say(path: DuelPath | null, bye = false): void {
    if (path === null || !path.up) return
    writeProbe(this.#probeView, { from: this.#options.id, to: this.#other ?? NOBODY, hears: path.hears, bye })
    path.send(this.#probeBytes)
  }

  // ---- which path

  readonly #beat = (): void => {
    this.#cancelBeat = this.#options.clock.schedule(BEAT_MS, this.#beat)
    const beats = ++this.#beats
    if (this.#byeHeard) {
      this.#end(this.#reason)
      return
    }
    this.#relayed?.beat()
    this.#direct?.beat()
    this.#countLost()
    if (this.#direct?.owesProbe === true || beats % DIRECT_PROBE_BEATS === 0) this.#say(this.#direct)
    this.#direct?.endBeat()
    for (const path of [...this.#candidates]) {
      path.beat()
      this.#say(path)
      if (path.idle) this.#drop(path)
    }
    if (beats % RELAYED_PROBE_BEATS === 0) this.#say(this.#relayed)
    this.#choose()
    this.#endIfOver()
  }

  #countLost(): void {
    this.#lostBeats++
    if (this.#relayed?.reaches !== true && this.#direct?.reaches !== true) return
    this.#lostBeats = 0
    if (this.#joined) this.#reason = null
  }

  #choose(): void {
    const relayed = this.#relayed?.alive === true ? this.#relayed : null
    const direct = this.#direct?.alive === true ? this.#direct : null
    const inUse = this.#inUse
    if (!this.#joined) {
      const first = direct ?? relayed
      if (first === null) return
      this.#joined = true
      this.#use(first)
      this.#events?.joined(HOST)
      return
    }
    if (inUse === null) this.#use(direct ?? relayed)
    else if (inUse.name === 'direct') {
      if (direct === null && relayed !== null) {
        inUse.trustBeats = TRUST_BEATS
        this.#use(relayed)
      }
    } else if (direct !== null && direct.aliveBeats >= direct.trustBeats) this.#use(direct)
    if (relayed !== null) this.#againMs = AGAIN_MS.first
  }

  #use(path: DuelPath | null): void {
    this.#inUse = path
    if (path === null || path.name === this.#told || this.#byeHeard) return
    this.#told = path.name
    this.#options.onPath?.(path.name)
  }

  // ---- the end

  #endIfOver(): void {
    if (this.#state !== 'open') return
    if (this.#joined) {
      if (this.#byeHeard ? this.#relayed === null && this.#direct === null : this.#lostBeats >= LOST_BEATS)
        this.#end(this.#reason)
      return
    }
    const hopes = this.#directExpected || this.#candidates.length > 0
    if (this.#relayed === null && this.#direct === null && !hopes) this.#end(this.#reason)
  }

  #end(reason: string | null): void {
    const events = this.#events
    this.#events = null
    this.#release()
    events?.left(HOST, reason ?? 'the other player was not heard any more', this.#cause)
  }

  #release(): void {
    this.#state = 'closed'
    this.#cancelBeat?.()
    this.#cancelAgain?.()
    this.#cancelWait?.()
    for (const path of [this.#relayed, this.#direct, ...this.#candidates]) {
      path?.end()
      path?.transport.close()
    }
    this.#relayed = null
    this.#direct = null
    this.#candidates = []
    this.#inUse = null
    this.#options.onOver?.()
  }
}
