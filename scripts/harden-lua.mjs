// Makes the Lua that scripts run in: PUC Lua 5.4 as wasmoon compiled it to WebAssembly, rewritten so that it does the same on every
// machine and can be stopped, and our own functions beside it. Writes plugin-core/generated/lua-wasm.js, which git ignores and packages
// contain; what is there and still right stays. `npm install` calls it, so that sources run without a build; so do the tests and the
// build, for whoever has changed it since.
//
//   node scripts/harden-lua.mjs            writes the file
//   node scripts/harden-lua.mjs --print    shows what was changed, and the hashes

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { deflateRawSync } from 'node:zlib'

const CORE = join(dirname(dirname(fileURLToPath(import.meta.url))), 'plugin-core')
const OUT = join(CORE, 'generated/lua-wasm.js')
const BINDINGS = join(CORE, 'src/script/bindings.wat')

/** Of wasmoon 1.16.0's glue.wasm: another file is another Lua, and every address below may mean something else. */
const GLUE_SHA256 = '95f3f19ddb740125883bc41d5ec670cd0828e7b58c8bdad385323cbff497b55c'
/** Of what comes out. Whoever changes the rewriting, the bindings or wabt sees here that matches of before and after do not mix. */
const LUA_SHA256 = 'cf1ae88cf0d73b33b21c776dce04f8e8bc54accb4b5786c71bc9a231954d85c3'
const BINDINGS_SHA256 = '6ae50a316e7161d8131a8a4b598ef9895b898cd419cec6f3550b60bf24151757'

/** Numbers of luaV_execute and luaH_getshortstr, and how often the one calls the other. */
const INTERPRETER = 575
const GET_FIELD = 531
const FIELD_SITES = 4

const FEATURES = {
  exceptions: true,
  bulk_memory: true,
  mutable_globals: true,
  sign_extension: true,
  sat_float_to_int: true,
}

/** Fuel that an error costs, on its way through the engine. */
const JUMP_FUEL = 200
/** Bytes of a bulk copy that cost as much as one turn of a loop. */
const BYTES_PER_FUEL = 64
/** The emulated C stack may come this near to its end. */
const STACK_RESERVE = 16384

export async function hardenLua({ print = false } = {}) {
  const key = `// ${sha256(readFileSync(fileURLToPath(import.meta.url)))} ${sha256(readFileSync(BINDINGS))}\n`
  if (!print && existsSync(OUT) && readFileSync(OUT, 'utf8').startsWith(key)) return OUT
  const require = createRequire(join(CORE, 'package.json'))
  const glue = readFileSync(join(dirname(require.resolve('wasmoon/package.json')), 'dist/glue.wasm'))
  const expected = { glue: GLUE_SHA256, lua: LUA_SHA256, bindings: BINDINGS_SHA256 }
  const found = { glue: sha256(glue) }
  if (!print) same('glue', expected, found)

  const wabt = await require('wabt')()
  const source = wabt.readWasm(glue, { ...FEATURES, readDebugNames: false })
  const { text, counts } = harden(quicken(source.toText({ foldExprs: false, inlineExport: false })))
  source.destroy()
  const lua = assemble(wabt, 'lua.wat', text)
  const bindings = assemble(wabt, 'bindings.wat', readFileSync(BINDINGS, 'utf8'))
  found.lua = sha256(lua)
  found.bindings = sha256(bindings)
  if (print) console.log({ ...counts, luaBytes: lua.length, bindingsBytes: bindings.length, ...found })
  for (const name of ['lua', 'bindings']) if (!print) same(name, expected, found)

  const code =
    key +
    '// Made by scripts/harden-lua.mjs from wasmoon (MIT) with PUC Lua 5.4 (MIT), see NOTICE: raw deflate, base64.\n' +
    `export const lua =\n  '${packed(lua)}'\n` +
    `export const bindings =\n  '${packed(bindings)}'\n` +
    `export const sha256 = '${sha256(Buffer.concat([lua, bindings]))}'\n`
  mkdirSync(dirname(OUT), { recursive: true })
  // Several test runs may make it at once; each sees all of it or nothing.
  const temporary = `${OUT}.${process.pid}`
  writeFileSync(temporary, code)
  renameSync(temporary, OUT)
  return OUT
}

/** For vitest's globalSetup. */
export default async function setup() {
  await hardenLua()
}

function same(name, expected, found) {
  if (expected[name] !== found[name])
    throw new Error(
      `harden-lua: ${name} has sha256 ${found[name]}, expected ${expected[name]}. After a change on purpose, look at it with --print and write the new hash down here.`,
    )
}

/**
 * The interpreter looks fields up by a call, which costs as much as the look-up, and engines put nothing into a function of its size: the
 * first node, which nearly always is the one, is looked at without. What is left is luaH_getshortstr's.
 */
function quicken(source) {
  const lines = source.split('\n')
  const start = lines.findIndex(line => line.startsWith(`  (func (;${INTERPRETER};)`))
  const end = lines.findIndex((line, i) => i > start && line.startsWith('  (func '))
  let sites = 0
  for (let i = start; i < end; i++) {
    if (lines[i].trim() !== `call ${GET_FIELD}`) continue
    sites++
    lines[i] = `    local.set $key local.tee $table i32.load offset=16 local.get $key i32.load offset=8
    i32.const 1 local.get $table i32.load8_u offset=7 i32.shl i32.const 1 i32.sub i32.and i32.const 24 i32.mul i32.add local.tee $node
    i32.load offset=16 local.get $key i32.eq local.get $node i32.load8_u offset=9 i32.const 68 i32.eq i32.and
    if (result i32) local.get $node else local.get $table local.get $key call ${GET_FIELD} end`
  }
  if (sites !== FIELD_SITES) throw new Error(`harden-lua: fields are looked up at ${sites} places, not ${FIELD_SITES}`)
  // New locals come after all others: their numbers stay as they are.
  lines[start + 1] += ' (local $table i32) (local $key i32) (local $node i32)'
  return lines.join('\n')
}

/**
 * The rewritten module as text, function by function:
 * - each turn of a loop costs one unit of fuel, each bulk copy some; at zero `spent` is called, which never returns;
 * - whatever makes a NaN is followed by making it the one canonical NaN: its bits differ between engines, and a NaN in a table is
 *   part of the state. Not at stores, because the compiler moves integers through floats, too;
 * - longjmp, by which Lua's errors and yields go, is WebAssembly's own exception, and not one that is thrown and caught in JavaScript;
 * - the deepest point of the emulated C stack is kept, because what lies on it must be forgotten between ticks.
 */
function harden(source) {
  const lines = source.split('\n')
  const signatures = [...source.matchAll(/^ {2}\(type \(;\d+;\) \(func(.*)\)\)$/gm)].map(m => m[1])
  const typeOf = new Map([...source.matchAll(/^ {2}\(func \(;(\d+);\) \(type (\d+)\)/gm)].map(m => [+m[1], +m[2]]))
  const exported = name => {
    const found = new RegExp(`\\(export "${name}" \\(func (\\d+)\\)\\)`).exec(source)
    if (found === null) throw new Error(`harden-lua: ${name} is not exported`)
    return +found[1]
  }
  // Lua's own functions come first, then libc's. Inside of libc a NaN's bits touch nothing but the result.
  const libc = exported('__errno_location')
  const pushNumber = exported('lua_pushnumber')
  const jumps = new Map([
    [imported('invoke_vii'), '$invoke'],
    [imported('_emscripten_throw_longjmp'), '$jump'],
  ])
  function imported(name) {
    const found = new RegExp(`\\(import "env" "${name}" \\(func \\(;(\\d+);\\)`).exec(source)
    if (found === null) throw new Error(`harden-lua: ${name} is not imported`)
    return +found[1]
  }
  const givesFloat = id => /\(result f64\)/.test(signatures[typeOf.get(id)] ?? '')
  const plain = signatures.findIndex(s => s === '')
  const pair = signatures.findIndex(s => s === ' (param i32 i32)')
  const counts = { jumps: 0, loops: 0, bulk: 0, floats: 0, frames: 0 }

  const out = []
  let fn = -1
  let header = -1
  let needs = { f64: false, f32: false }
  const closeFunction = () => {
    if (header < 0) return
    const locals = (needs.f64 ? ' (local $canon f64)' : '') + (needs.f32 ? ' (local $canon32 f32)' : '')
    if (locals !== '') out[header] += locals
    needs = { f64: false, f32: false }
    header = -1
  }
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]
    const start = /^ {2}\(func \(;(\d+);\)/.exec(line)
    if (start !== null || !line.startsWith('    ')) closeFunction()
    if (start !== null) fn = +start[1]
    const [, code, close] = /^(.*?)(\)*)$/.exec(line)
    const op = code.trim()
    if (start !== null) {
      out.push(line)
      header = out.length - 1
      if (fn === pushNumber) pushCanonicalArgument()
      continue
    }
    if (op.startsWith('(local ')) {
      out.push(line)
      // New locals come after all others: their numbers stay as they are.
      header = out.length - 1
      continue
    }
    if (op.startsWith('loop')) {
      out.push(line)
      out.push('global.get $fuel i32.const 1 i32.sub global.set $fuel')
      out.push('global.get $fuel i32.const 0 i32.lt_s if call $spent end')
      counts.loops++
    } else if (op === 'memory.copy' || op === 'memory.fill') {
      out.push(`call $${op.replace('.', '_')}${close}`)
      counts.bulk++
    } else if (jumps.has(called(op))) {
      out.push(`call ${jumps.get(called(op))}${close}`)
      counts.jumps++
    } else if (op === 'global.set 0') {
      const frame = /local\.tee (\d+)$/.exec(lines[i - 1])
      out.push(code)
      if (frame !== null) {
        out.push(`local.get ${frame[1]} global.get $low i32.lt_u if local.get ${frame[1]} call $deeper end`)
        counts.frames++
      }
      if (close) out.push(close)
    } else if (fn < libc && makesNaN(op)) {
      out.push(`${code} ${canonical(op === 'f32.demote_f64' ? 'f32' : 'f64')}${close}`)
      counts.floats++
    } else out.push(line)
  }
  closeFunction()

  function called(op) {
    const call = /^call (\d+)$/.exec(op)
    return call === null ? -1 : +call[1]
  }
  function makesNaN(op) {
    const id = called(op)
    if (id >= 0) return id >= libc && givesFloat(id)
    return /^(f64\.(add|sub|mul|div|sqrt|floor|ceil|trunc|nearest|min|max|promote_f32)|f32\.demote_f64)$/.test(op)
  }
  function canonical(type) {
    needs[type] = true
    const local = type === 'f64' ? '$canon' : '$canon32'
    return `local.tee ${local} ${type}.const nan local.get ${local} local.get ${local} ${type}.eq select`
  }
  // What JavaScript hands over may be any NaN.
  function pushCanonicalArgument() {
    const at = lines.findIndex((l, n) => n > 0 && l.startsWith(`  (func (;${pushNumber};)`))
    if (/^ {4}\(local /.test(lines[at + 1])) {
      out.push(lines[at + 1])
      header = out.length - 1
      lines[at + 1] = '    nop'
    }
    out.push(`local.get 1 ${canonical('f64')} local.set 1`)
  }

  const text = out.join('\n')
  const end = text.lastIndexOf(')')
  return {
    counts,
    text: `${text.slice(0, end)}
 (tag $longjmp)
 (func $invoke (param $fn i32) (param $a i32) (param $b i32) (local $stack i32)
  global.get 0 local.set $stack
  try
   local.get $a local.get $b local.get $fn call_indirect (type ${pair})
  catch $longjmp
   local.get $stack global.set 0
   i32.const 1 i32.const 0 call ${exported('setThrew')}
  end)
 (func $jump
  global.get $fuel i32.const ${JUMP_FUEL} i32.sub global.set $fuel
  throw $longjmp)
 (func $spent global.get $spent_slot call_indirect (type ${plain}))
 (func $deeper (param $sp i32)
  local.get $sp global.set $low
  local.get $sp global.get 2 i32.const ${STACK_RESERVE} i32.add i32.lt_u if call $spent end)
 (func $charge (param $bytes i32)
  global.get $fuel local.get $bytes i32.const ${Math.log2(BYTES_PER_FUEL)} i32.shr_u i32.sub global.set $fuel
  global.get $fuel i32.const 0 i32.lt_s if call $spent end)
 (func $memory_copy (param i32 i32 i32) local.get 2 call $charge local.get 0 local.get 1 local.get 2 memory.copy)
 (func $memory_fill (param i32 i32 i32) local.get 2 call $charge local.get 0 local.get 1 local.get 2 memory.fill)
 (global $fuel (mut i32) (i32.const 0x7fffffff))
 (global $low (mut i32) (i32.const -1))
 (global $spent_slot (mut i32) (i32.const 0))
 (export "fuel" (global $fuel))
 (export "low" (global $low))
 (export "spent_slot" (global $spent_slot))
 (export "charge" (func $charge)))`,
  }
}

function assemble(wabt, name, text) {
  const module = wabt.parseWat(name, text, FEATURES)
  try {
    module.resolveNames()
    module.validate(FEATURES)
    return Buffer.from(module.toBinary({ log: false, write_debug_names: false }).buffer)
  } finally {
    module.destroy()
  }
}

function packed(bytes) {
  return deflateRawSync(bytes, { level: 9 }).toString('base64')
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const print = process.argv.includes('--print')
  console.log(await hardenLua({ print }))
}
