import { serve } from '@lockstride/core/worker'
import { sumo } from './sumo.ts'

const served = serve(sumo)

// Saving the rules while a match runs swaps them on every machine at the same tick.
if (import.meta.hot) {
  import.meta.hot.accept('./sumo.ts', changed => {
    if (changed) served.replace((changed as unknown as typeof import('./sumo.ts')).sumo)
  })
}
