// Turns keys, gamepads and pointers into the values of `match.setInput`: one function a device, asked once a frame.

/** Input names and values as `match.setInput` takes them: buttons are booleans, axes are numbers. */
export type SampledInput<K extends string = string> = { readonly [N in K]?: boolean | number }

/**
 * Says what is held right now. Asked once a frame; what it returns is read at once, so it may be the same object each time.
 * `rest` forgets what is held: the window lost the focus, so no release will be seen. `dispose` lets go of the device.
 */
export interface Sampler<K extends string = string> {
  (): SampledInput<K>
  rest?(): void
  dispose?(): void
}

/** Several samplers as one. A button is held where any says so; of an axis the largest deflection counts. */
export function combineSamplers<K extends string>(...samplers: readonly Sampler<K>[]): Sampler<K> {
  const held: HeldInput = {}
  return Object.assign(
    () => {
      restInput(held)
      sampleInto(held, samplers)
      return held as SampledInput<K>
    },
    {
      rest: () => samplers.forEach(s => s.rest?.()),
      dispose: () => samplers.forEach(s => s.dispose?.()),
    },
  )
}

/** What several samplers say together. */
export type HeldInput = Record<string, boolean | number>

/** @internal Lets everything go. */
export function restInput(held: HeldInput): void {
  for (const name in held) held[name] = typeof held[name] === 'number' ? 0 : false
}

/** @internal Adds what these say now. */
export function sampleInto(held: HeldInput, samplers: Iterable<Sampler>): void {
  for (const sampler of samplers) {
    const sampled = sampler()
    for (const name in sampled) {
      const value = sampled[name]
      const before = held[name]
      if (typeof value === 'boolean') held[name] = value || before === true
      else if (value !== undefined && (typeof before !== 'number' || Math.abs(value) > Math.abs(before)))
        held[name] = value
    }
  }
}

/** For each button the keys that hold it: letters, digits, `'LEFT'`, `'SPACE'`…, or a `KeyboardEvent.code`. */
export type KeyBindings<K extends string> = { readonly [N in K]: readonly string[] }

const KEY_CODES: Readonly<Record<string, readonly string[]>> = {
  LEFT: ['ArrowLeft'],
  RIGHT: ['ArrowRight'],
  UP: ['ArrowUp'],
  DOWN: ['ArrowDown'],
  SPACE: ['Space'],
  ENTER: ['Enter', 'NumpadEnter'],
  ESC: ['Escape'],
  TAB: ['Tab'],
  SHIFT: ['ShiftLeft', 'ShiftRight'],
  CTRL: ['ControlLeft', 'ControlRight'],
  ALT: ['AltLeft', 'AltRight'],
}

/**
 * Keys by their place on the keyboard (`'W'` is where W is on a US layout), heard on the window. What is typed into
 * text fields is left alone; other bound keys do not scroll the page.
 */
export function keyboardSampler<K extends string>(bindings: KeyBindings<K>): Sampler<K> {
  const buttons = Object.keys(bindings) as K[]
  const codes = buttons.map(button => bindings[button].flatMap(keyCodes))
  const bound = new Set(codes.flat())
  const down = new Set<string>()
  const values = {} as Record<K, boolean>
  const pressed = (event: KeyboardEvent): void => {
    if (!bound.has(event.code) || event.ctrlKey || event.metaKey || isTyping()) return
    down.add(event.code)
    event.preventDefault()
  }
  const released = (event: KeyboardEvent): void => void down.delete(event.code)
  const rest = (): void => down.clear()
  const stop = listen(pressed, released, rest)
  return Object.assign(
    () => {
      for (let i = 0; i < buttons.length; i++) values[buttons[i]] = isAnyDown(codes[i], down)
      return values
    },
    {
      rest,
      dispose() {
        rest()
        stop()
      },
    },
  )
}

function isAnyDown(codes: readonly string[], down: ReadonlySet<string>): boolean {
  for (let i = 0; i < codes.length; i++) if (down.has(codes[i])) return true
  return false
}

function listen(down: (e: KeyboardEvent) => void, up: (e: KeyboardEvent) => void, rest: () => void): () => void {
  if (typeof window === 'undefined') return () => {}
  window.addEventListener('keydown', down)
  window.addEventListener('keyup', up)
  window.addEventListener('blur', rest)
  return () => {
    window.removeEventListener('keydown', down)
    window.removeEventListener('keyup', up)
    window.removeEventListener('blur', rest)
  }
}

/** `KeyboardEvent.code`s of a key's name: `'A'`, `'7'`, `'LEFT'`, or already a code. */
export function keyCodes(name: string): readonly string[] {
  if (/^[A-Za-z]$/.test(name)) return [`Key${name.toUpperCase()}`]
  if (/^\d$/.test(name)) return [`Digit${name}`, `Numpad${name}`]
  return KEY_CODES[name.toUpperCase()] ?? [name]
}

/** Whether keys go into a text field of the page just now. */
export function isTyping(): boolean {
  const element = typeof document === 'undefined' ? null : document.activeElement
  if (element === null) return false
  const { tagName } = element
  if (tagName === 'INPUT')
    return !/^(button|checkbox|color|radio|range|reset|submit)$/.test(element.getAttribute('type') ?? '')
  return tagName === 'TEXTAREA' || tagName === 'SELECT' || (element as HTMLElement).isContentEditable
}

/** The page has no focus: what its devices say is not meant for it. */
function isAway(): boolean {
  return typeof document !== 'undefined' && !document.hasFocus()
}

/** A gamepad's button by its index, or a stick past its middle: `'axis0-'` is the left stick to the left. */
export type GamepadButton = number | `axis${number}${'+' | '-'}`

export interface GamepadBindings<B extends string, A extends string> {
  /** For each button of the game the gamepad's: in the standard mapping 0 is A or cross, 12-15 are up, down, left, right. */
  readonly buttons?: { readonly [N in B]: readonly GamepadButton[] }
  /** For each axis of the game the gamepad's: 0 and 1 are the left stick. */
  readonly axes?: { readonly [N in A]: number }
  /** The value of an axis at full deflection. Default 127, all of an `i8`. */
  readonly max?: number
  /** Deflections below this are rest. Default 0.15. */
  readonly deadZone?: number
  /** Which gamepad. Default: the first that is connected. */
  readonly pad?: number
}

/** Where a stick counts as a held button. */
const STICK_HELD = 0.5

/** A gamepad, asked each frame. At rest while the page has no focus: two windows share one gamepad. */
export function gamepadSampler<B extends string = never, A extends string = never>(
  bindings: GamepadBindings<B, A>,
): Sampler<B | A> {
  const { max = 127, deadZone = 0.15 } = bindings
  const values: Record<string, boolean | number> = {}
  const buttons: Readonly<Record<string, readonly GamepadButton[]>> = bindings.buttons ?? {}
  const axes: Readonly<Record<string, number>> = bindings.axes ?? {}
  return () => {
    const pad = connectedPad(bindings.pad)
    for (const name in buttons) values[name] = pad !== null && isAnyHeld(pad, buttons[name])
    for (const name in axes) values[name] = pad === null ? 0 : Math.round(deflection(pad, axes[name], deadZone) * max)
    return values as SampledInput<B | A>
  }
}

function connectedPad(index: number | undefined): Gamepad | null {
  if (typeof navigator === 'undefined' || typeof navigator.getGamepads !== 'function') return null
  if (isAway()) return null
  const pads = navigator.getGamepads()
  if (index !== undefined) return pads[index] ?? null
  for (const pad of pads) if (pad?.connected) return pad
  return null
}

function isAnyHeld(pad: Gamepad, buttons: readonly GamepadButton[]): boolean {
  for (let i = 0; i < buttons.length; i++) if (isHeld(pad, buttons[i])) return true
  return false
}

function isHeld(pad: Gamepad, button: GamepadButton): boolean {
  if (typeof button === 'number') return pad.buttons[button]?.pressed ?? false
  const value = pad.axes[Number.parseInt(button.slice('axis'.length), 10)] ?? 0
  return button.endsWith('-') ? value < -STICK_HELD : value > STICK_HELD
}

/** Beyond the dead zone it grows from 0, so that slow is possible. */
function deflection(pad: Gamepad, axis: number, deadZone: number): number {
  const value = pad.axes[axis] ?? 0
  const beyond = Math.abs(value) - deadZone
  return beyond <= 0 ? 0 : Math.sign(value) * Math.min(1, beyond / (1 - deadZone))
}

export interface PointerBindings<A extends string, B extends string = never> {
  /** Axes of the game that get the pointer's direction. */
  readonly x: A
  readonly y: A
  /** A button of the game that is held while the pointer is down. */
  readonly button?: B
  /** The distance from the origin at which an axis is at its end, in the engine's units. Default 100. */
  readonly radius?: number
  /** The value of an axis at its end. Default 127. */
  readonly max?: number
  /** Axes rest while the pointer is up. Default: they follow the pointer. */
  readonly whileDown?: boolean
  /** `y` grows towards the top of the screen. Default: towards the bottom. */
  readonly invertY?: boolean
}

/** Where an engine's pointer is. */
export interface PointerSource {
  /** From the origin to the pointer; null while there is no pointer. */
  read(): { readonly x: number; readonly y: number; readonly isDown: boolean } | null
  dispose?(): void
}

/** @internal The adapters' `pointerAxes` supply the source. */
export function pointerSampler<A extends string, B extends string>(
  source: PointerSource,
  bindings: PointerBindings<A, B>,
): Sampler<A | B> {
  const { x, y, button, radius = 100, max = 127, whileDown = false, invertY = false } = bindings
  const values: Record<string, boolean | number> = {}
  let resting = false
  const sample = (): SampledInput<A | B> => {
    const pointer = isAway() ? null : source.read()
    if (resting && pointer?.isDown === false) resting = false
    const isDown = pointer !== null && pointer.isDown && !resting
    const follows = pointer !== null && !resting && (isDown || !whileDown)
    const dx = follows ? pointer.x / radius : 0
    const dy = follows ? (invertY ? -pointer.y : pointer.y) / radius : 0
    const length = Math.max(1, Math.sqrt(dx * dx + dy * dy))
    values[x] = Math.round((dx / length) * max)
    values[y] = Math.round((dy / length) * max)
    if (button !== undefined) values[button] = isDown
    return values as SampledInput<A | B>
  }
  return Object.assign(sample, {
    rest: () => void (resting = true),
    dispose: () => source.dispose?.(),
  })
}
