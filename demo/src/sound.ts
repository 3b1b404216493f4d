// Every sound is made on the spot by WebAudio: nothing to download. Silent until the first gesture, as browsers want.

/** A sound that was started, whatever tones it is made of. */
export interface Playing {
  /** Lets it go: what it was played for did not happen. */
  fade(): void
}

export interface Sound {
  muted: boolean
  hit(power: number): Playing
  dash(): Playing
  fall(): Playing
  splash(): void
  count(n: number): void
  go(): void
  win(own: boolean): Playing
  pop(): void
  /** A bowl is put down; it is eaten, and gives strength; it is taken away. */
  served(): Playing
  eaten(): Playing
  taken(): void
  /** Somebody wrote. */
  tick(): void
  dispose(): void
}

const MUTED_KEY = 'sumo.muted'
/** After so long a third of it is left. */
const FADE_SECONDS = 0.04
const SILENCE: Playing = { fade() {} }
const GESTURES = ['pointerdown', 'keydown', 'touchend'] as const

export function createSound(): Sound {
  let audio: AudioContext | null = null
  let master: GainNode | null = null
  /** Where tones go: to the sound that is being started, else straight out. */
  let into: GainNode | null = null
  let noise: AudioBuffer | null = null
  let muted = localStorage.getItem(MUTED_KEY) === '1'

  const wake = (): void => {
    audio ??= new AudioContext()
    if (!master) {
      const limiter = audio.createDynamicsCompressor()
      master = audio.createGain()
      master.gain.value = muted ? 0 : 0.7
      master.connect(limiter).connect(audio.destination)
      noise = whiteNoise(audio)
    }
    if (audio.state === 'suspended') void audio.resume()
  }
  for (const type of GESTURES) window.addEventListener(type, wake, { passive: true })

  /** A tone that slides from one pitch to another and dies away. */
  function tone(type: OscillatorType, from: number, to: number, seconds: number, volume: number, delay = 0): void {
    if (!audio || !master || audio.state !== 'running') return
    const start = audio.currentTime + delay
    const oscillator = audio.createOscillator()
    const gain = audio.createGain()
    oscillator.type = type
    oscillator.frequency.setValueAtTime(from, start)
    oscillator.frequency.exponentialRampToValueAtTime(to, start + seconds)
    gain.gain.setValueAtTime(0, start)
    gain.gain.linearRampToValueAtTime(volume, start + 0.006)
    gain.gain.exponentialRampToValueAtTime(0.0001, start + seconds)
    oscillator.connect(gain).connect(into ?? master)
    oscillator.start(start)
    oscillator.stop(start + seconds + 0.02)
  }

  /** Noise through a band that slides: wind, sand, water. */
  function breath(from: number, to: number, seconds: number, volume: number, q = 1, delay = 0): void {
    if (!audio || !master || !noise || audio.state !== 'running') return
    const start = audio.currentTime + delay
    const source = audio.createBufferSource()
    const filter = audio.createBiquadFilter()
    const gain = audio.createGain()
    source.buffer = noise
    filter.type = 'bandpass'
    filter.Q.value = q
    filter.frequency.setValueAtTime(from, start)
    filter.frequency.exponentialRampToValueAtTime(to, start + seconds)
    gain.gain.setValueAtTime(0, start)
    gain.gain.linearRampToValueAtTime(volume, start + 0.01)
    gain.gain.exponentialRampToValueAtTime(0.0001, start + seconds)
    source
      .connect(filter)
      .connect(gain)
      .connect(into ?? master)
    source.start(start, Math.random() * 0.5, seconds + 0.05)
  }

  /** Several tones that can be let go together. */
  function together(start: () => void): Playing {
    if (!audio || !master || audio.state !== 'running') return SILENCE
    const context = audio
    const gain = context.createGain()
    gain.connect(master)
    into = gain
    start()
    into = null
    return { fade: () => void gain.gain.setTargetAtTime(0, context.currentTime, FADE_SECONDS) }
  }

  return {
    get muted() {
      return muted
    },
    set muted(value) {
      muted = value
      localStorage.setItem(MUTED_KEY, value ? '1' : '0')
      if (master && audio) master.gain.setTargetAtTime(value ? 0 : 0.7, audio.currentTime, 0.02)
    },
    hit: power =>
      together(() => {
        tone('sine', 190 - 70 * power, 48, 0.16 + 0.14 * power, 0.35 + 0.55 * power)
        tone('triangle', 620, 210, 0.05, 0.12 + 0.2 * power)
        breath(1900, 500, 0.07 + 0.08 * power, 0.12 + 0.3 * power, 0.8)
      }),
    dash: () =>
      together(() => {
        breath(420, 2300, 0.22, 0.3, 1.4)
        tone('sine', 180, 340, 0.14, 0.1)
      }),
    fall: () =>
      together(() => {
        tone('triangle', 760, 110, 0.75, 0.22)
        tone('sine', 380, 60, 0.75, 0.16)
      }),
    splash() {
      breath(900, 260, 0.55, 0.5, 0.6)
      tone('sine', 210, 520, 0.12, 0.14, 0.05)
    },
    count() {
      tone('sine', 128, 62, 0.32, 0.8)
      breath(600, 200, 0.06, 0.25, 0.7)
    },
    go() {
      tone('sine', 170, 70, 0.5, 0.95)
      breath(1400, 300, 0.16, 0.35, 0.7)
      tone('square', 1180, 1160, 0.13, 0.06, 0.03)
    },
    win: own =>
      together(() => {
        const notes = own ? [392, 523.3, 587.3, 784] : [523.3, 440, 349.2]
        notes.forEach((pitch, index) => {
          tone('triangle', pitch, pitch, 0.32, 0.24, index * 0.12)
          tone('sine', pitch * 2, pitch * 2, 0.22, 0.07, index * 0.12)
        })
      }),
    pop() {
      tone('sine', 380, 820, 0.09, 0.2)
    },
    served: () =>
      together(() => {
        tone('sine', 1320, 1310, 0.5, 0.13)
        tone('sine', 1980, 1970, 0.4, 0.06, 0.05)
        breath(900, 400, 0.08, 0.2, 0.8)
      }),
    eaten: () =>
      together(() => {
        for (const [i, pitch] of [150, 200, 265].entries()) tone('triangle', pitch, pitch * 0.55, 0.11, 0.34, i * 0.1)
        for (const [i, pitch] of [392, 523.3, 659.3, 784].entries())
          tone('triangle', pitch, pitch, 0.24, 0.14, 0.3 + i * 0.06)
        tone('sawtooth', 70, 140, 0.5, 0.08, 0.3)
      }),
    taken() {
      breath(700, 2400, 0.2, 0.14, 1.2)
      tone('sine', 520, 260, 0.16, 0.08)
    },
    tick() {
      tone('sine', 880, 990, 0.06, 0.1)
    },
    dispose() {
      for (const type of GESTURES) window.removeEventListener(type, wake)
      void audio?.close()
      audio = null
      master = null
    },
  }
}

function whiteNoise(audio: AudioContext): AudioBuffer {
  const buffer = audio.createBuffer(1, audio.sampleRate * 1.2, audio.sampleRate)
  const samples = buffer.getChannelData(0)
  for (let i = 0; i < samples.length; i++) samples[i] = Math.random() * 2 - 1
  return buffer
}
