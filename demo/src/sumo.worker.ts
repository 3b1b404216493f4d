import { serve } from '@lockstride/core/worker'
import { sumoScripts } from './sumo-scripts.ts'
import { sumo } from './sumo.ts'

const served = serve(sumo, { scripts: sumoScripts })

// Saving the rules or a script while a match runs swaps them on every machine at the same tick.
if (import.meta.hot) {
  let rules = sumo
  let scripts = sumoScripts
  const swap = (): void => served.replace(rules, { scripts })
  import.meta.hot.accept('./sumo.ts', changed => {
    if (!changed) return
    rules = (changed as unknown as typeof import('./sumo.ts')).sumo
    swap()
  })
  import.meta.hot.accept('./sumo-scripts.ts', changed => {
    if (!changed) return
    scripts = (changed as unknown as typeof import('./sumo-scripts.ts')).sumoScripts
    swap()
  })
}
