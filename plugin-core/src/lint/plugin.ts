// What a linter loads, by the shape that ESLint gave to plugins and Oxlint reads as well. Typed here, so that nobody has to install either.

import { deterministic } from './deterministic.ts'

export default { meta: { name: 'lockstride' }, rules: { deterministic } }
