import { serve } from '@lockstride/core/worker'
import { sumo } from './sumo.ts'

serve(sumo)
