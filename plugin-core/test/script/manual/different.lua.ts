// Where our libraries are not Lua's, and why. Everything else is the same, and tested so.

export interface Difference {
  why: string
  code: string
  ours: RegExp
  stocks: RegExp
}

const closed = (name: string, why: string): Difference => ({
  why: `${name} is closed: ${why}`,
  code: `put(type(${name}))`,
  ours: /^nil$/,
  stocks: /^(function|table)$/,
})

export const DIFFERENT: readonly Difference[] = [
  closed('io', 'scripts open no files'),
  closed('os', 'wall time and the machine differ'),
  closed('debug', 'it reaches into everything'),
  closed('load', 'texts come with the match, and every machine has the same'),
  closed('loadfile', 'scripts open no files'),
  closed('dofile', 'scripts open no files'),
  closed('package', 'require knows the scripts of the match, nothing else'),
  {
    why: 'print and warn go to the log of the match, with the name of the script',
    code: 'print("a", 1, nil) warn("@on") warn("b", "c") put(type(print))',
    ours: /^a\t1\tnil\nwarning: bc\nfunction$/,
    stocks: /^function$/,
  },
  {
    why: 'math.random begins with the match’s seed',
    code: 'put(math.random(1000000) .. "")',
    ours: /^\d+$/,
    stocks: /^\d+$/,
  },
  {
    why: 'math.randomseed() without a seed has no clock to ask: each machine gets the same',
    code: 'math.randomseed() local a = math.random(0) math.randomseed() put(tostring(a == math.random(0)))',
    ours: /^true$/,
    stocks: /^(true|false)$/,
  },
  {
    why: 'a NaN has one sign and one pattern of bits: engines differ in it, and it is state',
    code: 'local nan = 0/0 put(("%s %d"):format(nan, string.unpack("<I8", string.pack("<d", nan)) >> 48))',
    ours: /^nan 32760$/,
    stocks: /^-?nan \d+$/,
  },
  {
    why: 'a finalizer would run in the middle of something else',
    code: 'fails(setmetatable, {}, { __gc = function() end })',
    ours: /__gc is closed/,
    stocks: /it did not fail/,
  },
  {
    why: 'the collector is everyone’s: a script may run it and ask it, no more',
    code: 'for _, option in ipairs { "stop", "restart", "incremental", "generational", "setpause", "setstepmul" } do put(tostring(pcall(collectgarbage, option))) end',
    ours: /^(false\n){5}false$/,
    stocks: /^(true\n){5}true$/,
  },
  {
    why: 'globals are the script’s own, and guarded, so that self stays what it is',
    code: 'fails(setmetatable, _G, {}) fails(function() self = 1 end) put(tostring(getmetatable(_G)))',
    ours: /protected metatable.*\n.*self is given.*\nfalse/,
    stocks: /it did not fail/,
  },
  {
    why: 'methods of strings are everyone’s: a script that changes string changes its own',
    code: 'function string.twice(s) return s .. s end put(tostring(pcall(function() return ("a"):twice() end)))',
    ours: /^false$/,
    stocks: /^true$/,
  },
  {
    why: 'the metatable of strings is closed for the same reason',
    code: 'put(tostring(getmetatable("")))',
    ours: /^false$/,
    stocks: /^table/,
  },
  {
    why: 'addresses are the same on every machine: they come from an image that all have',
    code: 'put(tostring({}))',
    ours: /^table: 0x[0-9a-f]+$/,
    stocks: /^table: 0x[0-9a-f]+$/,
  },
]
