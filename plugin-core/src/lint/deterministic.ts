// Reads rules as text. The guard stops what is called by its own name while rules run; it cannot see an operator, a function that was taken
// when the module was loaded, what a promise does later, or a variable of the module, which no rollback brings back.

import { CRYPTO, DATE, GLOBALS, INTL, MATH, NUMBERS, PERFORMANCE, TEXTS } from '../sim/forbidden.ts'

type Advice = Readonly<Record<string, string>>

// Without prototypes: nobody forbids `constructor`.
const NAMES: Advice = own(GLOBALS)
const METHODS: Advice = own({ ...TEXTS, ...NUMBERS })
/** Members, by what they are taken from. */
const MEMBERS = own<Advice>({
  Math: own(MATH),
  Date: own(DATE),
  Intl: own(INTL),
  performance: own(PERFORMANCE),
  crypto: own(CRYPTO),
  Temporal: own({ Now: DATE.now }),
  globalThis: NAMES,
  self: NAMES,
})

/** As much of a syntax tree as is looked at (ESTree). */
export interface Node {
  readonly type: string
  readonly operator?: string
  readonly kind?: string
  readonly async?: boolean
  readonly computed?: boolean
  readonly name?: string
  readonly value?: unknown
  readonly object?: Node
  readonly property?: Node
  readonly callee?: Node
  readonly init?: Node | null
  readonly id?: Node
  readonly key?: Node
  readonly properties?: readonly Node[]
  readonly declaration?: Node | null
  readonly body?: readonly Node[]
}

export interface RuleContext {
  report(problem: { node: Node; message: string }): void
}

export const deterministic = {
  meta: {
    type: 'problem',
    docs: { description: 'rules give the same state on every machine, and again after a rollback' },
    schema: [],
  },

  create(context: RuleContext): Record<string, (node: Node) => void> {
    const tell = (node: Node, message: string): void => context.report({ node, message })
    const differs = (node: Node, name: string, instead: string): void =>
      tell(node, `${name} differs between machines: use ${instead}`)
    const isAsync = (node: Node): void => {
      if (node.async === true) tell(node, 'rules run within their tick: what comes after an await no rollback reaches')
    }
    const power = (node: Node): void => {
      if (node.operator === '**' || node.operator === '**=') differs(node, node.operator, MATH.pow)
    }
    const taken = (from: string, { type, properties }: Node, init: Node): void => {
      if (type !== 'ObjectPattern')
        tell(init, `take from ${from} by name what is meant: under another name nobody sees what rules use`)
      for (const property of properties ?? []) {
        const member = nameIf(property.key)
        const instead = MEMBERS[from][member]
        if (instead !== undefined) differs(property, `${from}.${member}`, instead)
      }
    }
    const called = ({ callee }: Node): void => {
      const name = nameIf(callee)
      if (name in NAMES) differs(callee!, name, NAMES[name])
    }
    return {
      BinaryExpression: power,
      AssignmentExpression: power,
      CallExpression: called,
      NewExpression: called,

      MemberExpression(node) {
        const from = nameIf(node.object)
        const member = memberOf(node)
        const instead = MEMBERS[from]?.[member]
        if (instead !== undefined) differs(node, `${from}.${member}`, instead)
        else if (member in METHODS) differs(node, member, METHODS[member])
      },

      // Taken when the module is loaded, it is called under a name that the guard does not know.
      VariableDeclarator({ id, init }) {
        const from = nameIf(init)
        if (from in NAMES) differs(init!, from, NAMES[from])
        else if (from in MEMBERS) taken(from, id!, init!)
      },

      Program({ body }) {
        for (const statement of body ?? []) {
          const declared = statement.declaration ?? statement
          if (declared.kind === 'let' || declared.kind === 'var')
            tell(
              declared,
              'a variable of the module does not roll back: what rules remember belongs into a component, or into sim.raw',
            )
        }
      },

      FunctionDeclaration: isAsync,
      FunctionExpression: isAsync,
      ArrowFunctionExpression: isAsync,
    }
  },
}

function nameIf(node: Node | null | undefined): string {
  return node?.type === 'Identifier' ? node.name! : ''
}

function memberOf({ property, computed }: Node): string {
  return computed === true ? String(property?.value) : nameIf(property)
}

function own<T>(table: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.assign(Object.create(null) as Record<string, T>, table)
}
