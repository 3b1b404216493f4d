// The scripts of Sumo, as the worker serves them: their texts, and the entities that each runs for.

import bot from './scripts/bot.lua?raw'
import powerUp from './scripts/power-up.lua?raw'

export const sumoScripts = {
  'bot.lua': { text: bot, each: ['Bot', 'Body', 'Disc'], slot: 'Disc.slot', editable: true },
  'power-up.lua': { text: powerUp, editable: true },
} as const
