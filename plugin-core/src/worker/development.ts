// What a match does for its developer, in development builds alone: it shows what the rules threw, and says what the types would
// have said, where somebody writes JavaScript or casts: inputs that the game does not have, a world that no machine copies every tick.
// And that the worker hangs, which nothing in the worker can say.

import type { Match } from './match.ts'
import { attachOverlay } from './overlay.ts'

/** Saved every tick, and copied to the page: more takes most of a tick's time. */
const HEAVY_WORLD_BYTES = 2 ** 24
/** No tick and no hand-over of a state takes so long. */
const HANG_SECONDS = 5

/** `ask` resolves when the worker answers. Returns its stop. */
export function help(match: Match, ask: () => Promise<unknown>): () => void {
  checkInputs(match)
  checkWorld(match)
  const stops = [attachOverlay(match), checkWorker(ask)]
  return () => {
    for (const stop of stops) stop()
  }
}

// It counts its own turns, and not the time: a page that was suspended has had none, and neither may its worker.
function checkWorker(ask: () => Promise<unknown>): () => void {
  let asking = false
  let turns = 0
  const timer = setInterval(() => {
    if (!asking) {
      asking = true
      turns = 0
      ask().then(
        () => (asking = false),
        () => {},
      )
    } else if (++turns === HANG_SECONDS)
      console.error(
        `The worker has not answered for ${HANG_SECONDS} s. Either a debugger holds it, or its rules are in a loop that does not end: ` +
          'pause it in the browser’s tools to see which. The other players go on without this one.',
      )
  }, 1000)
  return () => clearInterval(timer)
}

/** Each name once: inputs are set every frame. */
function checkInputs(match: Match): void {
  const told = new Set<string>()
  const setInput = match.setInput.bind(match)
  match.setInput = values => {
    // Asked each time: rules that are replaced may declare others.
    const { buttons, axes } = match.schema.input
    const known = [...buttons, ...axes.map(axis => axis.name)]
    for (const name in values) {
      if (known.includes(name) || told.has(name)) continue
      told.add(name)
      console.error(`setInput: the game has no input "${name}"; it declares ${known.join(', ') || 'none'}`)
    }
    setInput(values)
  }
}

function checkWorld(match: Match): void {
  const { sizeBytes, rawBytes, maxEntities } = match.schema.layout
  if (sizeBytes <= HEAVY_WORLD_BYTES) return
  console.warn(
    `The world of "${match.schema.name}" has ${Math.round(sizeBytes / 2 ** 20)} MB (maxEntities: ${maxEntities}, rawBytes: ${rawBytes}), and all of ` +
      'it is copied several times every tick: that will be slow. Declare no more entities than there may be at once, and smaller types of fields.',
  )
}
