;; What stands between Lua and the host, where a crossing into JavaScript for each step would cost too much: the
;; allocator with its cap, fields of entities, host calls, coroutines that keep their self. It lives in Lua's own memory and
;; has none of its own: all that it must remember is in the control block (`ctl`), which is part of the image.
;;
;; The control block, in bytes:
;;   0  used: bytes that Lua holds          4  cap: most bytes that it may hold
;;   8  block, 12 size: of the allocation that failed last, until one succeeds
;;  16  self: reference of the running entity; 0: none
;;  20  limit: the cap while scripts run          24  limit of our own work: nobody's script is blamed for what it needs
;;  28  collect: bytes from which garbage is looked for when a tick begins
;; 160  free: the first free block of 16, 32 … 256 bytes          224  chunk: what is left of the last one, 228 its end
;;
;; Beside it there is the scratch, which is no state: a value on its way between a column and Lua, and from 16 on a payload.
(module
  (import "lua" "memory" (memory 0))
  (import "lua" "__indirect_function_table" (table 0 funcref))
  (import "lua" "fuel" (global $fuel (mut i32)))
  (import "lua" "low" (global $low (mut i32)))
  (import "lua" "charge" (func $charge (param i32)))
  (import "lua" "malloc" (func $malloc (param i32) (result i32)))
  (import "lua" "realloc" (func $realloc (param i32 i32) (result i32)))
  (import "lua" "free" (func $free (param i32)))
  (import "lua" "lua_type" (func $type (param i32 i32) (result i32)))
  (import "lua" "lua_settop" (func $settop (param i32 i32)))
  (import "lua" "lua_rotate" (func $rotate (param i32 i32 i32)))
  (import "lua" "lua_pushvalue" (func $pushvalue (param i32 i32)))
  (import "lua" "lua_pushcclosure" (func $pushcclosure (param i32 i32 i32)))
  (import "lua" "lua_tointegerx" (func $tointegerx (param i32 i32 i32) (result i64)))
  (import "lua" "lua_tonumberx" (func $tonumberx (param i32 i32 i32) (result f64)))
  (import "lua" "lua_toboolean" (func $toboolean (param i32 i32) (result i32)))
  (import "lua" "lua_tolstring" (func $tolstring (param i32 i32 i32) (result i32)))
  (import "lua" "lua_touserdata" (func $touserdata (param i32 i32) (result i32)))
  (import "lua" "lua_tothread" (func $tothread (param i32 i32) (result i32)))
  (import "lua" "lua_rawget" (func $rawget (param i32 i32) (result i32)))
  (import "lua" "lua_rawgeti" (func $rawgeti (param i32 i32 i64) (result i32)))
  (import "lua" "lua_rawset" (func $rawset (param i32 i32)))
  (import "lua" "lua_rawlen" (func $rawlen (param i32 i32) (result i64)))
  (import "lua" "lua_next" (func $next (param i32 i32) (result i32)))
  (import "lua" "lua_checkstack" (func $checkstack (param i32 i32) (result i32)))
  (import "lua" "lua_gettop" (func $gettop (param i32) (result i32)))
  (import "lua" "lua_createtable" (func $createtable (param i32 i32 i32)))
  (import "lua" "lua_pushlstring" (func $pushlstring (param i32 i32 i32) (result i32)))
  (import "lua" "lua_rawseti" (func $rawseti (param i32 i32 i64)))
  (import "lua" "lua_newuserdatauv" (func $newuserdatauv (param i32 i32 i32) (result i32)))
  (import "lua" "lua_setmetatable" (func $setmetatable (param i32 i32) (result i32)))
  (import "lua" "lua_getiuservalue" (func $getiuservalue (param i32 i32 i32) (result i32)))
  (import "lua" "lua_setiuservalue" (func $setiuservalue (param i32 i32 i32) (result i32)))
  (import "lua" "lua_pcallk" (func $pcallk (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "lua" "lua_status" (func $status (param i32) (result i32)))
  (import "lua" "lua_resetthread" (func $resetthread (param i32 i32) (result i32)))
  (import "lua" "lua_xmove" (func $xmove (param i32 i32 i32)))
  (import "lua" "lua_concat" (func $concat (param i32 i32)))
  (import "lua" "lua_error" (func $error (param i32) (result i32)))
  (import "lua" "luaL_where" (func $where (param i32 i32)))
  (import "lua" "luaL_tolstring" (func $describe (param i32 i32 i32) (result i32)))
  (import "lua" "luaL_traceback" (func $traceback (param i32 i32 i32 i32)))
  ;; A field's value, by the scratch, so that no number is boxed; 0: it is there, 1: its component is not. Throws Lua's errors.
  (import "host" "get" (func $get (param i32 i32 i32) (result i32)))
  (import "host" "set" (func $set (param i32 i32 i32)))
  ;; The code of the field that an entity has under a name of several components; -1: none.
  (import "host" "shared" (func $shared (param i32 i32 i32) (result i32)))
  ;; What is no plain field: answers the number of results.
  (import "host" "index" (func $other (param i32 i32) (result i32)))
  (import "host" "newindex" (func $set_other (param i32 i32) (result i32)))
  (import "host" "call" (func $call (param i32 i32) (result i32)))
  ;; Pushes a table of the userdata at an index.
  (import "host" "plain" (func $plain (param i32 i32)))
  ;; These throw. What is wrong with a payload: see lua-data.ts.
  (import "host" "refuse" (func $refuse_payload (param i32 i32 i32)))
  (import "host" "finalizer" (func $finalizer (param i32)))
  (import "host" "memory_out" (func $memory_out))
  ;; The first refusal: notes the line, in case that it becomes an error.
  (import "host" "memory_low" (func $memory_low))
  ;; Fuel or C stack ended; answers once, to let the hook find the line, then it throws.
  (import "host" "spent" (func $spent))
  (import "host" "hook" (func $hook (param i32)))

  (type $cfunction (func (param i32) (result i32)))

  ;; The same after every boot; they are no state.
  (global $ctl (export "ctl") (mut i32) (i32.const 0))
  (global $scratch (export "scratch") (mut i32) (i32.const 0))
  (global $scratch_end (export "scratch_end") (mut i32) (i32.const 0))
  (global $resume (export "resume") (mut i32) (i32.const 0))
  (global $wrapped (export "wrapped") (mut i32) (i32.const 0))
  ;; Addresses of the known strings, 4 bytes each (lua-names.ts). The registry holds the strings, so that they stay.
  (global $names (export "names") (mut i32) (i32.const 0))
  ;; The coroutine that runs, or the main one: for the place at which a budget ended.
  (global $running (export "running") (mut i32) (i32.const 0))

  ;; Pseudo-indices, and our keys in the registry.
  (global $REGISTRY i32 (i32.const -1001000))
  (global $UPVALUE i32 (i32.const -1001001))
  (global $UPVALUE_2 i32 (i32.const -1001002))
  (global $ENTITIES i64 (i64.const 16))
  (global $ENTITY_META i64 (i64.const 17))
  (global $GIVEN i64 (i64.const 18))
  (global $SELF_KEY i64 (i64.const 19))
  (global $COMPONENT_METAS i64 (i64.const 32))
  (global $NAMES i64 (i64.const 64))

  ;; lua_Alloc. Without room Lua first collects garbage and asks once more; then the script is stopped, because an error could be caught,
  ;; and what fits depends on everyone.
  (func $alloc (export "alloc") (param $ud i32) (param $block i32) (param $old i32) (param $new i32) (result i32)
    (local $used i32) (local $result i32)
    (if (i32.eqz (local.get $block)) (then (local.set $old (i32.const 0))))
    (local.set $used (i32.sub (i32.load (local.get $ud)) (local.get $old)))
    (if (i32.eqz (local.get $new))
      (then
        (call $give (local.get $ud) (local.get $block) (local.get $old))
        (i32.store (local.get $ud) (local.get $used))
        (return (i32.const 0))))
    (if (i32.and (i32.gt_u (local.get $new) (local.get $old))
          (i32.or (i32.gt_u (local.get $new) (i32.load offset=4 (local.get $ud)))
            (i32.gt_u (i32.add (local.get $used) (local.get $new)) (i32.load offset=4 (local.get $ud)))))
      (then (call $refuse (local.get $ud) (local.get $block) (local.get $new)) (return (i32.const 0))))
    (local.set $result (call $move (local.get $ud) (local.get $block) (local.get $old) (local.get $new)))
    (if (i32.eqz (local.get $result))
      (then (call $refuse (local.get $ud) (local.get $block) (local.get $new)) (return (i32.const 0))))
    (i32.store (local.get $ud) (i32.add (local.get $used) (local.get $new)))
    (if (i32.gt_u (local.get $new) (local.get $old)) (then (i32.store offset=12 (local.get $ud) (i32.const 0))))
    (local.get $result))

  ;; Tables, names and closures are small, and come and go all the time: their blocks wait in lists, one for each 16 bytes of size.
  (func $take (param $ud i32) (param $size i32) (result i32)
    (local $list i32) (local $block i32)
    (if (i32.gt_u (local.get $size) (i32.const 256)) (then (return (call $malloc (local.get $size)))))
    (local.set $size (i32.and (i32.add (local.get $size) (i32.const 15)) (i32.const -16)))
    (local.set $list (i32.add (local.get $ud) (i32.add (i32.const 156) (i32.shr_u (local.get $size) (i32.const 2)))))
    (local.set $block (i32.load (local.get $list)))
    (if (local.get $block)
      (then
        (i32.store (local.get $list) (i32.load (local.get $block)))
        (return (local.get $block))))
    (local.set $block (i32.load offset=224 (local.get $ud)))
    (if (i32.gt_u (local.get $size) (i32.sub (i32.load offset=228 (local.get $ud)) (local.get $block)))
      (then
        ;; What is left of the old one is lost: less than 256 bytes.
        (local.set $block (call $malloc (i32.const 4096)))
        (if (i32.eqz (local.get $block)) (then (return (i32.const 0))))
        (i32.store offset=228 (local.get $ud) (i32.add (local.get $block) (i32.const 4096)))))
    (i32.store offset=224 (local.get $ud) (i32.add (local.get $block) (local.get $size)))
    (local.get $block))

  (func $give (param $ud i32) (param $block i32) (param $size i32)
    (local $list i32)
    (if (i32.eqz (local.get $block)) (then (return)))
    (if (i32.gt_u (local.get $size) (i32.const 256)) (then (call $free (local.get $block)) (return)))
    (local.set $list (i32.add (local.get $ud) (i32.add (i32.const 156)
      (i32.shr_u (i32.and (i32.add (local.get $size) (i32.const 15)) (i32.const -16)) (i32.const 2)))))
    (i32.store (local.get $block) (i32.load (local.get $list)))
    (i32.store (local.get $list) (local.get $block)))

  (func $move (param $ud i32) (param $block i32) (param $old i32) (param $new i32) (result i32)
    (local $result i32)
    (if (i32.eqz (local.get $block)) (then (return (call $take (local.get $ud) (local.get $new)))))
    (if (i32.and (i32.gt_u (local.get $old) (i32.const 256)) (i32.gt_u (local.get $new) (i32.const 256)))
      (then (return (call $realloc (local.get $block) (local.get $new)))))
    ;; Of one list.
    (if (i32.and (i32.and (i32.le_u (local.get $old) (i32.const 256)) (i32.le_u (local.get $new) (i32.const 256)))
          (i32.eq (i32.shr_u (i32.add (local.get $old) (i32.const 15)) (i32.const 4))
            (i32.shr_u (i32.add (local.get $new) (i32.const 15)) (i32.const 4))))
      (then (return (local.get $block))))
    (local.set $result (call $take (local.get $ud) (local.get $new)))
    (if (i32.eqz (local.get $result)) (then (return (i32.const 0))))
    (memory.copy (local.get $result) (local.get $block)
      (select (local.get $old) (local.get $new) (i32.lt_u (local.get $old) (local.get $new))))
    (call $give (local.get $ud) (local.get $block) (local.get $old))
    (local.get $result))

  (func $refuse (param $ud i32) (param $block i32) (param $size i32)
    (if (i32.and (i32.eq (i32.load offset=8 (local.get $ud)) (local.get $block))
          (i32.eq (i32.load offset=12 (local.get $ud)) (local.get $size)))
      (then (call $memory_out)))
    (call $memory_low)
    (i32.store offset=8 (local.get $ud) (local.get $block))
    (i32.store offset=12 (local.get $ud) (local.get $size)))

  ;; Pushes the entity of a reference: one and the same userdata for as long as its index is not given to another.
  ;; Its bytes are the reference; its user values are a table of the script's own and views of its components.
  (func $entity (export "entity") (param $L i32) (param $ref i32)
    (local $at i64) (local $ud i32)
    (if (i32.eqz (local.get $ref)) (then (call $tag (local.get $L) (i32.const 0)) (return)))
    (local.set $at (i64.extend_i32_u (i32.add (i32.and (local.get $ref) (i32.const 0xfffff)) (i32.const 1))))
    (drop (call $rawgeti (local.get $L) (global.get $REGISTRY) (global.get $ENTITIES)))
    (if (i32.eq (call $rawgeti (local.get $L) (i32.const -1) (local.get $at)) (i32.const 7))
      (then (if (i32.eq (i32.load (call $touserdata (local.get $L) (i32.const -1))) (local.get $ref))
        (then
          (call $rotate (local.get $L) (i32.const -2) (i32.const 1))
          (call $settop (local.get $L) (i32.const -2))
          (return)))))
    (call $settop (local.get $L) (i32.const -2))
    ;; 1 and one for each of at most 31 components.
    (local.set $ud (call $newuserdatauv (local.get $L) (i32.const 8) (i32.const 32)))
    (i32.store (local.get $ud) (local.get $ref))
    (i32.store offset=4 (local.get $ud) (i32.const 0))
    (drop (call $rawgeti (local.get $L) (global.get $REGISTRY) (global.get $ENTITY_META)))
    (drop (call $setmetatable (local.get $L) (i32.const -2)))
    (call $pushvalue (local.get $L) (i32.const -1))
    (call $rawseti (local.get $L) (i32.const -3) (local.get $at))
    (call $rotate (local.get $L) (i32.const -2) (i32.const 1))
    (call $settop (local.get $L) (i32.const -2)))

  ;; Pushes the view of a component of the entity at index 1.
  (func $component (param $L i32) (param $ref i32) (param $number i32)
    (local $ud i32)
    (if (i32.eq (call $getiuservalue (local.get $L) (i32.const 1) (i32.add (local.get $number) (i32.const 2))) (i32.const 7))
      (then (return)))
    (call $settop (local.get $L) (i32.const -2))
    (local.set $ud (call $newuserdatauv (local.get $L) (i32.const 8) (i32.const 0)))
    (i32.store (local.get $ud) (local.get $ref))
    (i32.store offset=4 (local.get $ud) (i32.add (local.get $number) (i32.const 1)))
    (drop (call $rawgeti (local.get $L) (global.get $REGISTRY)
      (i64.add (global.get $COMPONENT_METAS) (i64.extend_i32_u (local.get $number)))))
    (drop (call $setmetatable (local.get $L) (i32.const -2)))
    (call $pushvalue (local.get $L) (i32.const -1))
    (drop (call $setiuservalue (local.get $L) (i32.const 1) (i32.add (local.get $number) (i32.const 2)))))

  ;; __index of entities and of their components. The upvalue tells what a name is: a number is a field (its column × 8 + its kind),
  ;; or for kind 7 a component, for kind 6 a name that several have; a function is a method; the host knows the rest.
  (func (export "index") (type $cfunction) (param $L i32) (result i32)
    (local $ref i32) (local $code i32) (local $kind i32) (local $type i32) (local $value f64)
    (global.set $fuel (i32.sub (global.get $fuel) (i32.const 8)))
    (local.set $ref (i32.load (call $touserdata (local.get $L) (i32.const 1))))
    (call $pushvalue (local.get $L) (i32.const 2))
    (local.set $type (call $rawget (local.get $L) (global.get $UPVALUE)))
    (if (i32.eq (local.get $type) (i32.const 6)) (then (return (i32.const 1))))
    (if (i32.ne (local.get $type) (i32.const 3)) (then (return (call $other (local.get $L) (local.get $ref)))))
    (local.set $code (i32.wrap_i64 (call $tointegerx (local.get $L) (i32.const -1) (i32.const 0))))
    (if (i32.eq (i32.and (local.get $code) (i32.const 7)) (i32.const 6))
      (then
        (local.set $code (call $shared (local.get $L) (local.get $ref) (i32.shr_u (local.get $code) (i32.const 3))))
        (if (i32.lt_s (local.get $code) (i32.const 0))
          (then
            (call $tag (local.get $L) (i32.const 0))
            (return (i32.const 1))))))
    (local.set $kind (i32.and (local.get $code) (i32.const 7)))
    (if (i32.eq (local.get $kind) (i32.const 7))
      (then
        (call $component (local.get $L) (local.get $ref) (i32.shr_u (local.get $code) (i32.const 3)))
        (return (i32.const 1))))
    (if (call $get (local.get $L) (local.get $ref) (local.get $code))
      (then
        (call $tag (local.get $L) (i32.const 0))
        (return (i32.const 1))))
    (local.set $value (f64.load (global.get $scratch)))
    (block $done
      (block $ref_kind (block $bool (block $integer (block $float
        (br_table $float $integer $bool $ref_kind $float (local.get $kind)))
        (call $float (local.get $L) (local.get $value)) (br $done))
        (call $integer (local.get $L) (i64.trunc_sat_f64_s (local.get $value))) (br $done))
        (call $tag (local.get $L) (select (i32.const 17) (i32.const 1) (f64.ne (local.get $value) (f64.const 0)))) (br $done))
      (call $entity (local.get $L) (i32.trunc_sat_f64_u (local.get $value))))
    (i32.const 1))

  ;; __newindex: numbers into number columns, and booleans into boolean ones; the host takes or refuses the rest.
  (func (export "newindex") (type $cfunction) (param $L i32) (result i32)
    (local $ref i32) (local $code i32) (local $kind i32) (local $given i32)
    (global.set $fuel (i32.sub (global.get $fuel) (i32.const 8)))
    (local.set $ref (i32.load (call $touserdata (local.get $L) (i32.const 1))))
    (call $pushvalue (local.get $L) (i32.const 2))
    (if (i32.eq (call $rawget (local.get $L) (global.get $UPVALUE)) (i32.const 3))
      (then
        (local.set $code (i32.wrap_i64 (call $tointegerx (local.get $L) (i32.const -1) (i32.const 0))))
        (if (i32.eq (i32.and (local.get $code) (i32.const 7)) (i32.const 6))
          (then
            (local.set $code (call $shared (local.get $L) (local.get $ref) (i32.shr_u (local.get $code) (i32.const 3))))
            (if (i32.lt_s (local.get $code) (i32.const 0)) (then (return (call $set_other (local.get $L) (local.get $ref)))))))
        (local.set $kind (i32.and (local.get $code) (i32.const 7)))
        (local.set $given (call $type (local.get $L) (i32.const 3)))
        (if (i32.and (i32.le_u (local.get $kind) (i32.const 1)) (i32.eq (local.get $given) (i32.const 3)))
          (then
            (f64.store (global.get $scratch) (call $tonumberx (local.get $L) (i32.const 3) (i32.const 0)))
            (call $set (local.get $L) (local.get $ref) (local.get $code))
            (return (i32.const 0))))
        (if (i32.and (i32.eq (local.get $kind) (i32.const 2)) (i32.eq (local.get $given) (i32.const 1)))
          (then
            (f64.store (global.get $scratch) (f64.convert_i32_u (call $toboolean (local.get $L) (i32.const 3))))
            (call $set (local.get $L) (local.get $ref) (local.get $code))
            (return (i32.const 0))))))
    (call $set_other (local.get $L) (local.get $ref)))

  ;; All host functions are this one; the upvalue says which. A call costs fuel, because the host's work does not.
  (func (export "call") (type $cfunction) (param $L i32) (result i32)
    (call $charge (i32.const 2048))
    (call $call (local.get $L) (i32.wrap_i64 (call $tointegerx (local.get $L) (global.get $UPVALUE) (i32.const 0)))))

  ;; setmetatable without finalizers: a finalizer would run in the middle of whatever allocates next, another script or the host.
  ;; Upvalues: the original function's place in the table, and "__gc".
  (func (export "setmetatable") (type $cfunction) (param $L i32) (result i32)
    (if (i32.eq (call $type (local.get $L) (i32.const 2)) (i32.const 5))
      (then
        (call $pushvalue (local.get $L) (global.get $UPVALUE_2))
        (if (i32.gt_s (call $rawget (local.get $L) (i32.const 2)) (i32.const 0)) (then (call $finalizer (local.get $L))))
        (call $settop (local.get $L) (i32.const -2))))
    (call_indirect (type $cfunction) (local.get $L)
      (i32.wrap_i64 (call $tointegerx (local.get $L) (global.get $UPVALUE) (i32.const 0)))))

  ;; Makes an entity the running one: `self` in what scripts are given.
  (func $become (param $L i32) (param $ref i32)
    (if (i32.eq (i32.load offset=16 (global.get $ctl)) (local.get $ref)) (then (return)))
    (drop (call $rawgeti (local.get $L) (global.get $REGISTRY) (global.get $GIVEN)))
    (drop (call $rawgeti (local.get $L) (global.get $REGISTRY) (global.get $SELF_KEY)))
    (call $entity (local.get $L) (local.get $ref))
    (call $rawset (local.get $L) (i32.const -3))
    (call $settop (local.get $L) (i32.const -2))
    (i32.store offset=16 (global.get $ctl) (local.get $ref)))

  ;; coroutine.create: a coroutine keeps the self that made it, in the four bytes that Lua leaves before each thread.
  (func $cocreate (export "cocreate") (type $cfunction) (param $L i32) (result i32)
    (local $count i32)
    (local.set $count (call_indirect (type $cfunction) (local.get $L)
      (i32.wrap_i64 (call $tointegerx (local.get $L) (global.get $UPVALUE) (i32.const 0)))))
    (i32.store (i32.sub (call $tothread (local.get $L) (i32.const -1)) (i32.const 4)) (i32.load offset=16 (global.get $ctl)))
    (local.get $count))

  ;; coroutine.resume: it runs as its own self. Lua's function answers every error, so that what follows it always runs; a stop restores
  ;; the memory.
  (func $coresume (export "coresume") (type $cfunction) (param $L i32) (result i32)
    (local $co i32) (local $self i32) (local $count i32) (local $was i32)
    (local.set $co (call $tothread (local.get $L) (i32.const 1)))
    (if (i32.eqz (local.get $co))
      (then (return (call_indirect (type $cfunction) (local.get $L) (global.get $resume)))))
    (local.set $self (i32.load offset=16 (global.get $ctl)))
    (call $become (local.get $L) (i32.load (i32.sub (local.get $co) (i32.const 4))))
    (local.set $was (global.get $running))
    (global.set $running (local.get $co))
    (local.set $count (call_indirect (type $cfunction) (local.get $L) (global.get $resume)))
    (global.set $running (local.get $was))
    (call $become (local.get $L) (local.get $self))
    (local.get $count))

  ;; coroutine.wrap and what it answers, after luaB_cowrap and luaB_auxwrap.
  (func (export "cowrap") (type $cfunction) (param $L i32) (result i32)
    (drop (call $cocreate (local.get $L)))
    (call $pushcclosure (local.get $L) (global.get $wrapped) (i32.const 1))
    (i32.const 1))

  (func (export "wrapped_call") (type $cfunction) (param $L i32) (result i32)
    (local $co i32) (local $count i32) (local $status i32)
    (local.set $co (call $tothread (local.get $L) (global.get $UPVALUE)))
    (call $pushvalue (local.get $L) (global.get $UPVALUE))
    (call $rotate (local.get $L) (i32.const 1) (i32.const 1))
    (local.set $count (call $coresume (local.get $L)))
    (if (call $toboolean (local.get $L) (i32.sub (i32.const 0) (local.get $count)))
      (then (return (i32.sub (local.get $count) (i32.const 1)))))
    (local.set $status (call $status (local.get $co)))
    (if (i32.gt_u (local.get $status) (i32.const 1))
      (then
        (local.set $status (call $resetthread (local.get $co) (local.get $L)))
        (call $xmove (local.get $co) (local.get $L) (i32.const 1))))
    (if (i32.eq (call $type (local.get $L) (i32.const -1)) (i32.const 4))
      (then
        (call $where (local.get $L) (i32.const 1))
        (call $rotate (local.get $L) (i32.const -2) (i32.const 1))
        (call $concat (local.get $L) (i32.const 2))))
    (call $error (local.get $L)))

  ;; A handler, protected: `fn` and `argument` are stack indices (0: no argument), `handler` that of the message handler. It has fuel of its
  ;; own, and what is left of that is in the scratch.
  (func (export "handle") (param $L i32) (param $fn i32) (param $argument i32) (param $ref i32) (param $handler i32) (param $fuel i32)
    (result i32) (local $status i32) (local $own i32)
    (global.set $running (local.get $L))
    (call $become (local.get $L) (local.get $ref))
    (call $pushvalue (local.get $L) (local.get $fn))
    (if (local.get $argument) (then (call $pushvalue (local.get $L) (local.get $argument))))
    (local.set $own (global.get $fuel))
    (global.set $fuel (local.get $fuel))
    (i32.store offset=4 (global.get $ctl) (i32.load offset=20 (global.get $ctl)))
    (local.set $status (call $pcallk (local.get $L) (i32.ne (local.get $argument) (i32.const 0)) (i32.const 0) (local.get $handler)
      (i32.const 0) (i32.const 0)))
    (i32.store offset=4 (global.get $ctl) (i32.load offset=24 (global.get $ctl)))
    (i32.store (global.get $scratch) (global.get $fuel))
    (global.set $fuel (local.get $own))
    (local.get $status))

  ;; Sets another amount of fuel; answers what was left.
  (func (export "refuel") (param $fuel i32) (result i32)
    (global.get $fuel)
    (global.set $fuel (local.get $fuel)))

  ;; The message handler: the message and where it came from.
  (func (export "message") (type $cfunction) (param $L i32) (result i32)
    (call $traceback (local.get $L) (local.get $L) (call $describe (local.get $L) (i32.const 1) (i32.const 0)) (i32.const 1))
    (i32.const 1))

  ;; traceback(coroutine, message): of one that ended in an error.
  (func (export "cotraceback") (type $cfunction) (param $L i32) (result i32)
    (call $traceback (local.get $L) (call $tothread (local.get $L) (i32.const 1))
      (call $describe (local.get $L) (i32.const 2) (i32.const 0)) (i32.const 0))
    (i32.const 1))

  ;; What follows writes Lua's own structures, because a call for each value costs more than the rest of an event. In PUC Lua 5.4 a value
  ;; has 16 bytes: its own eight, and its tag at 8. A lua_State has its top at 12, the global state at 16, with its debt of memory at 12, and the
  ;; running call at 20, whose stack begins at 0.
  ;; A table has its mark at 5, flags at 6, the power of its size at 7, its nodes at 16 and the end of the free ones at 20. A node has a
  ;; value, its key's tag at 9, how far its chain's next is at 12, and its key at 16. A string has its hash at 8.

  ;; Pushes a float; there is one NaN.
  (func $float (param $L i32) (param $value f64)
    (local $top i32)
    (local.set $top (i32.load offset=12 (local.get $L)))
    (f64.store (local.get $top)
      (select (local.get $value) (f64.const nan) (f64.eq (local.get $value) (local.get $value))))
    (i32.store8 offset=8 (local.get $top) (i32.const 19))
    (i32.store offset=12 (local.get $L) (i32.add (local.get $top) (i32.const 16))))

  (func $integer (param $L i32) (param $value i64)
    (local $top i32)
    (local.set $top (i32.load offset=12 (local.get $L)))
    (i64.store (local.get $top) (local.get $value))
    (i32.store8 offset=8 (local.get $top) (i32.const 3))
    (i32.store offset=12 (local.get $L) (i32.add (local.get $top) (i32.const 16))))

  ;; A number of JavaScript's: whole ones become Lua's integers, as in every payload; minus zero does not.
  (func $number (export "number") (param $L i32) (param $value f64)
    (if (i32.and (f64.eq (f64.nearest (local.get $value)) (local.get $value))
          (i32.and (f64.le (f64.abs (local.get $value)) (f64.const 0x1p53))
            (i64.ne (i64.reinterpret_f64 (local.get $value)) (i64.const 0x8000000000000000))))
      (then (call $integer (local.get $L) (i64.trunc_f64_s (local.get $value))))
      (else (call $float (local.get $L) (local.get $value)))))

  ;; Pushes nil, false or true, by its tag.
  (func $tag (param $L i32) (param $tag i32)
    (local $top i32)
    (local.set $top (i32.load offset=12 (local.get $L)))
    (i32.store8 offset=8 (local.get $top) (local.get $tag))
    (i32.store offset=12 (local.get $L) (i32.add (local.get $top) (i32.const 16))))

  ;; Pushes a new table with room for so many names, after lua_createtable.
  (func $table (param $L i32) (param $names i32)
    (local $power i32) (local $bytes i32) (local $node i32) (local $end i32) (local $table i32) (local $global i32)
    (call $createtable (local.get $L) (i32.const 0) (i32.const 0))
    (if (i32.eqz (local.get $names)) (then (return)))
    (local.set $power (i32.sub (i32.const 32) (i32.clz (i32.sub (local.get $names) (i32.const 1)))))
    (local.set $bytes (i32.shl (i32.const 24) (local.get $power)))
    (local.set $node (call $alloc (global.get $ctl) (i32.const 0) (i32.const 0) (local.get $bytes)))
    ;; Lua collects garbage first.
    (if (i32.eqz (local.get $node))
      (then
        (call $settop (local.get $L) (i32.const -2))
        (call $createtable (local.get $L) (i32.const 0) (local.get $names))
        (return)))
    (local.set $global (i32.load offset=16 (local.get $L)))
    (i32.store offset=12 (local.get $global) (i32.add (i32.load offset=12 (local.get $global)) (local.get $bytes)))
    (local.set $table (i32.load (i32.sub (i32.load offset=12 (local.get $L)) (i32.const 16))))
    (local.set $end (i32.add (local.get $node) (local.get $bytes)))
    (i32.store8 offset=7 (local.get $table) (local.get $power))
    (i32.store offset=16 (local.get $table) (local.get $node))
    (i32.store offset=20 (local.get $table) (local.get $end))
    (loop $each
      (i32.store16 offset=8 (local.get $node) (i32.const 16))
      (i32.store offset=12 (local.get $node) (i32.const 0))
      (br_if $each (i32.lt_u (local.tee $node (i32.add (local.get $node) (i32.const 24))) (local.get $end)))))

  ;; The node in which a known string is looked for first.
  (func $place (param $table i32) (param $name i32) (result i32)
    (i32.add (i32.load offset=16 (local.get $table))
      (i32.mul (i32.const 24) (i32.and (i32.load offset=8 (local.get $name))
        (i32.sub (i32.shl (i32.const 1) (i32.load8_u offset=7 (local.get $table))) (i32.const 1))))))

  ;; Pops a value and puts it under a known string into the table below it, which has room for it and has nothing under that string, after
  ;; luaH_newkey. Where the collector has been at the table, and for nil, it is left to Lua.
  (func $put (param $L i32) (param $number i32)
    (local $value i32) (local $table i32) (local $name i32) (local $node i32) (local $free i32) (local $other i32)
    (local.set $value (i32.sub (i32.load offset=12 (local.get $L)) (i32.const 16)))
    (local.set $table (i32.load (i32.sub (local.get $value) (i32.const 16))))
    (local.set $name (i32.load (i32.add (global.get $names) (i32.shl (local.get $number) (i32.const 2)))))
    (local.set $node (call $place (local.get $table) (local.get $name)))
    (block $theirs
      (br_if $theirs (i32.eqz (i32.and (i32.load8_u offset=8 (local.get $value)) (i32.const 15))))
      (br_if $theirs (i32.and (i32.load8_u offset=5 (local.get $table)) (i32.const 32)))
      (if (i32.load8_u offset=9 (local.get $node))
        (then
          ;; All other keys are known or short strings, too; where they are not, Lua does it.
          (br_if $theirs (i32.ne (i32.load8_u offset=9 (local.get $node)) (i32.const 68)))
          (local.set $free (i32.load offset=20 (local.get $table)))
          (loop $taken
            (br_if $theirs (i32.le_u (local.get $free) (i32.load offset=16 (local.get $table))))
            (local.set $free (i32.sub (local.get $free) (i32.const 24)))
            (br_if $taken (i32.load8_u offset=9 (local.get $free))))
          (i32.store offset=20 (local.get $table) (local.get $free))
          (local.set $other (call $place (local.get $table) (i32.load offset=16 (local.get $node))))
          (if (i32.eq (local.get $other) (local.get $node))
            (then
              ;; It is in its own place: the new one joins its chain.
              (if (i32.load offset=12 (local.get $node))
                (then (i32.store offset=12 (local.get $free)
                  (i32.div_s (i32.sub (i32.add (local.get $node) (i32.mul (i32.const 24) (i32.load offset=12 (local.get $node))))
                    (local.get $free)) (i32.const 24)))))
              (i32.store offset=12 (local.get $node)
                (i32.div_s (i32.sub (local.get $free) (local.get $node)) (i32.const 24)))
              (local.set $node (local.get $free)))
            (else
              ;; It is there by another chain: it moves.
              (block $found (loop $chain
                (br_if $found (i32.eq (local.get $node) (i32.add (local.get $other)
                  (i32.mul (i32.const 24) (i32.load offset=12 (local.get $other))))))
                (br_if $theirs (i32.eqz (i32.load offset=12 (local.get $other))))
                (call $charge (i32.const 64))
                (local.set $other (i32.add (local.get $other) (i32.mul (i32.const 24) (i32.load offset=12 (local.get $other)))))
                (br $chain)))
              (i32.store offset=12 (local.get $other)
                (i32.div_s (i32.sub (local.get $free) (local.get $other)) (i32.const 24)))
              (i64.store (local.get $free) (i64.load (local.get $node)))
              (i64.store offset=8 (local.get $free) (i64.load offset=8 (local.get $node)))
              (i32.store offset=16 (local.get $free) (i32.load offset=16 (local.get $node)))
              (if (i32.load offset=12 (local.get $node))
                (then
                  (i32.store offset=12 (local.get $free) (i32.add (i32.load offset=12 (local.get $free))
                    (i32.div_s (i32.sub (local.get $node) (local.get $free)) (i32.const 24))))
                  (i32.store offset=12 (local.get $node) (i32.const 0))))))))
      (i64.store (local.get $node) (i64.load (local.get $value)))
      (i32.store8 offset=8 (local.get $node) (i32.load8_u offset=8 (local.get $value)))
      (i32.store8 offset=9 (local.get $node) (i32.const 68))
      (i32.store offset=16 (local.get $node) (local.get $name))
      ;; It may be the name of a metamethod.
      (i32.store8 offset=6 (local.get $table) (i32.and (i32.load8_u offset=6 (local.get $table)) (i32.const 128)))
      (i32.store offset=12 (local.get $L) (local.get $value))
      (return))
    (call $name (local.get $L) (local.get $number))
    (call $rotate (local.get $L) (i32.const -2) (i32.const 1))
    (call $rawset (local.get $L) (i32.const -3)))

  ;; Pushes what a script has for an event, as on_<kind> in its environment and as its list of handlers: 1 and 2 say what there is. The
  ;; stack holds "on_<kind>" at `names` and the kind after it.
  (func (export "handlers") (param $L i32) (param $env i32) (param $on i32) (param $names i32) (result i32)
    (i32.or (i32.eq (call $under (local.get $L) (local.get $env) (local.get $names)) (i32.const 6))
      (i32.shl (i32.eq (call $under (local.get $L) (local.get $on) (i32.add (local.get $names) (i32.const 1))) (i32.const 5))
        (i32.const 1))))

  ;; Pushes what the table at an index has under the string at an index, without metamethods; answers its type.
  (func $under (param $L i32) (param $table i32) (param $index i32) (result i32)
    (local $stack i32) (local $top i32) (local $name i32) (local $node i32) (local $tag i32)
    (local.set $stack (i32.load (i32.load offset=20 (local.get $L))))
    (local.set $name (i32.add (local.get $stack) (i32.shl (local.get $index) (i32.const 4))))
    (if (i32.ne (i32.load8_u offset=8 (local.get $name)) (i32.const 68))
      (then
        (call $pushvalue (local.get $L) (local.get $index))
        (return (call $rawget (local.get $L) (local.get $table)))))
    (local.set $name (i32.load (local.get $name)))
    (local.set $node (call $place
      (i32.load (i32.add (local.get $stack) (i32.shl (local.get $table) (i32.const 4)))) (local.get $name)))
    (block $none
      (block $found (loop $chain
        (br_if $found (i32.and (i32.eq (i32.load offset=16 (local.get $node)) (local.get $name))
          (i32.eq (i32.load8_u offset=9 (local.get $node)) (i32.const 68))))
        (br_if $none (i32.eqz (i32.load offset=12 (local.get $node))))
        ;; In a damaged memory it is a ring.
        (call $charge (i32.const 64))
        (local.set $node (i32.add (local.get $node) (i32.mul (i32.const 24) (i32.load offset=12 (local.get $node)))))
        (br $chain)))
      (local.set $tag (i32.load8_u offset=8 (local.get $node)))
      (br_if $none (i32.eqz (i32.and (local.get $tag) (i32.const 15))))
      (local.set $top (i32.load offset=12 (local.get $L)))
      (i64.store (local.get $top) (i64.load (local.get $node)))
      (i32.store8 offset=8 (local.get $top) (local.get $tag))
      (i32.store offset=12 (local.get $L) (i32.add (local.get $top) (i32.const 16)))
      (return (i32.and (local.get $tag) (i32.const 15))))
    (call $tag (local.get $L) (i32.const 0))
    (i32.const 0))

  ;; Payloads cross as a row of tokens in the scratch: a byte says what follows. 0 nil, 1 false, 2 true, 3 a number (8 bytes), 4 a string
  ;; (its length in 4 bytes, its bytes), 5 a table (4 bytes: length of its list, 4 bytes: how many names; the list's values;
  ;; for each name its length, its bytes, its value), 6 a known string (its number in 2 bytes; lua-names.ts). As a name it is its number
  ;; with the topmost bit of the length set. Tokens 6 come in, they do not go out.

  ;; Pushes a known string.
  (func $name (export "name") (param $L i32) (param $number i32)
    (local $top i32)
    (local.set $top (i32.load offset=12 (local.get $L)))
    (i32.store (local.get $top) (i32.load (i32.add (global.get $names) (i32.shl (local.get $number) (i32.const 2)))))
    (i32.store8 offset=8 (local.get $top) (i32.const 68))
    (i32.store offset=12 (local.get $L) (i32.add (local.get $top) (i32.const 16))))

  ;; Pushes what an event is dispatched by: two known strings, and nil for what handlers get. Answers the index of the first.
  (func (export "kind") (param $L i32) (param $handler i32) (param $kind i32) (result i32)
    (call $name (local.get $L) (local.get $handler))
    (call $name (local.get $L) (local.get $kind))
    (call $tag (local.get $L) (i32.const 0))
    (i32.sub (call $gettop (local.get $L)) (i32.const 2)))

  ;; Makes the string on top a known one, and pops it.
  (func (export "know") (param $L i32) (param $number i32)
    (i32.store (i32.add (global.get $names) (i32.shl (local.get $number) (i32.const 2)))
      (i32.load (i32.sub (i32.load offset=12 (local.get $L)) (i32.const 16))))
    (call $rawseti (local.get $L) (global.get $REGISTRY)
      (i64.add (global.get $NAMES) (i64.extend_i32_u (local.get $number)))))

  ;; Pushes what the tokens at `at` say; answers where they end.
  (func $build (export "build") (param $L i32) (param $at i32) (result i32)
    (local $token i32) (local $list i32) (local $names i32) (local $i i32) (local $length i32)
    (local.set $token (i32.load8_u (local.get $at)))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (block $table (block $known (block $string (block $number (block $true (block $false (block $nil
      (br_table $nil $false $true $number $string $table $known (local.get $token)))
      (call $tag (local.get $L) (i32.const 0)) (return (local.get $at)))
      (call $tag (local.get $L) (i32.const 1)) (return (local.get $at)))
      (call $tag (local.get $L) (i32.const 17)) (return (local.get $at)))
      (call $number (local.get $L) (f64.load align=1 (local.get $at)))
      (return (i32.add (local.get $at) (i32.const 8))))
      (local.set $length (i32.load align=1 (local.get $at)))
      (drop (call $pushlstring (local.get $L) (i32.add (local.get $at) (i32.const 4)) (local.get $length)))
      (return (i32.add (i32.add (local.get $at) (i32.const 4)) (local.get $length))))
      (call $name (local.get $L) (i32.load16_u align=1 (local.get $at)))
      (return (i32.add (local.get $at) (i32.const 2))))
    (local.set $list (i32.load align=1 (local.get $at)))
    (local.set $names (i32.load offset=4 align=1 (local.get $at)))
    (local.set $at (i32.add (local.get $at) (i32.const 8)))
    (drop (call $checkstack (local.get $L) (i32.const 6)))
    (if (local.get $list)
      (then (call $createtable (local.get $L) (local.get $list) (local.get $names)))
      (else (call $table (local.get $L) (local.get $names))))
    (block $listed (loop $each
      (br_if $listed (i32.ge_u (local.get $i) (local.get $list)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (local.set $at (call $build (local.get $L) (local.get $at)))
      (call $rawseti (local.get $L) (i32.const -2) (i64.extend_i32_u (local.get $i)))
      (br $each)))
    (block $named (loop $each
      (br_if $named (i32.eqz (local.get $names)))
      (local.set $names (i32.sub (local.get $names) (i32.const 1)))
      (local.set $length (i32.load align=1 (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (if (i32.lt_s (local.get $length) (i32.const 0))
        (then
          (local.set $at (call $build (local.get $L) (local.get $at)))
          (call $put (local.get $L) (i32.and (local.get $length) (i32.const 0xffff))))
        (else
          (drop (call $pushlstring (local.get $L) (local.get $at) (local.get $length)))
          (local.set $at (call $build (local.get $L) (i32.add (local.get $at) (local.get $length))))
          (call $rawset (local.get $L) (i32.const -3))))
      (br $each)))
    (local.get $at))

  ;; Writes the tokens of the value at a positive index; answers where they end. What was walked costs fuel.
  (func (export "flatten") (param $L i32) (param $index i32) (result i32)
    (local $end i32)
    (local.set $end (call $flat (local.get $L) (local.get $index) (i32.add (global.get $scratch) (i32.const 16)) (i32.const 0)))
    (call $charge (i32.shl (i32.sub (local.get $end) (global.get $scratch)) (i32.const 4)))
    (local.get $end))

  (func $room (param $L i32) (param $at i32) (param $bytes i32)
    (if (i32.gt_u (local.get $bytes) (i32.sub (global.get $scratch_end) (local.get $at)))
      (then (call $refuse_payload (local.get $L) (i32.const 1) (i32.const 0)))))

  (func $flat_string (param $L i32) (param $index i32) (param $at i32) (result i32)
    (local $from i32) (local $length i32)
    (call $room (local.get $L) (local.get $at) (i32.const 16))
    ;; Its length is written where it belongs.
    (local.set $from (call $tolstring (local.get $L) (local.get $index) (global.get $scratch)))
    (local.set $length (i32.load (global.get $scratch)))
    (call $room (local.get $L) (local.get $at) (i32.add (local.get $length) (i32.const 16)))
    (i32.store align=1 (local.get $at) (local.get $length))
    (memory.copy (i32.add (local.get $at) (i32.const 4)) (local.get $from) (local.get $length))
    (i32.add (i32.add (local.get $at) (i32.const 4)) (local.get $length)))

  (func $flat (param $L i32) (param $index i32) (param $at i32) (param $depth i32) (result i32)
    (local $type i32) (local $top i32) (local $list i32) (local $i i32) (local $names i32) (local $start i32)
    (call $room (local.get $L) (local.get $at) (i32.const 16))
    (local.set $type (call $type (local.get $L) (local.get $index)))
    (if (i32.eq (local.get $type) (i32.const 3))
      (then
        (i32.store8 (local.get $at) (i32.const 3))
        (f64.store offset=1 align=1 (local.get $at) (call $tonumberx (local.get $L) (local.get $index) (i32.const 0)))
        (return (i32.add (local.get $at) (i32.const 9)))))
    (if (i32.eq (local.get $type) (i32.const 4))
      (then
        (i32.store8 (local.get $at) (i32.const 4))
        (return (call $flat_string (local.get $L) (local.get $index) (i32.add (local.get $at) (i32.const 1))))))
    (if (i32.eqz (local.get $type))
      (then (i32.store8 (local.get $at) (i32.const 0)) (return (i32.add (local.get $at) (i32.const 1)))))
    (if (i32.eq (local.get $type) (i32.const 1))
      (then
        (i32.store8 (local.get $at) (i32.add (call $toboolean (local.get $L) (local.get $index)) (i32.const 1)))
        (return (i32.add (local.get $at) (i32.const 1)))))
    (if (i32.or (i32.ge_u (local.get $depth) (i32.const 32)) (i32.eqz (call $checkstack (local.get $L) (i32.const 6))))
      (then (call $refuse_payload (local.get $L) (i32.const 2) (i32.const 0))))
    (local.set $top (call $gettop (local.get $L)))
    (if (i32.eq (local.get $type) (i32.const 7))
      (then
        (call $plain (local.get $L) (local.get $index))
        (local.set $at (call $flat (local.get $L) (i32.add (local.get $top) (i32.const 1)) (local.get $at) (i32.const 31)))
        (call $settop (local.get $L) (local.get $top))
        (return (local.get $at))))
    (if (i32.ne (local.get $type) (i32.const 5))
      (then (call $refuse_payload (local.get $L) (i32.const 3) (local.get $type))))
    (i32.store8 (local.get $at) (i32.const 5))
    (local.set $start (i32.add (local.get $at) (i32.const 1)))
    (local.set $at (i32.add (local.get $at) (i32.const 9)))
    (local.set $list (call $length (local.get $L) (local.get $index)))
    (call $room (local.get $L) (local.get $at) (local.get $list))
    (i32.store align=1 (local.get $start) (local.get $list))
    (block $listed (loop $each
      (br_if $listed (i32.ge_u (local.get $i) (local.get $list)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (if (i32.eqz (call $rawgeti (local.get $L) (local.get $index) (i64.extend_i32_u (local.get $i))))
        (then (call $refuse_payload (local.get $L) (i32.const 4) (local.get $i))))
      (local.set $at (call $flat (local.get $L) (i32.add (local.get $top) (i32.const 1)) (local.get $at)
        (i32.add (local.get $depth) (i32.const 1))))
      (call $settop (local.get $L) (local.get $top))
      (br $each)))
    (call $tag (local.get $L) (i32.const 0))
    (block $named (loop $each
      (br_if $named (i32.eqz (call $next (local.get $L) (local.get $index))))
      (local.set $names (i32.add (local.get $names) (i32.const 1)))
      (if (local.get $list)
        (then (if (i32.gt_u (local.get $names) (local.get $list))
          (then (call $refuse_payload (local.get $L) (i32.const 5) (i32.const 0)))))
        (else
          (if (i32.ne (call $type (local.get $L) (i32.add (local.get $top) (i32.const 1))) (i32.const 4))
            (then (call $refuse_payload (local.get $L) (i32.const 6) (i32.const 0))))
          (local.set $at (call $flat_string (local.get $L) (i32.add (local.get $top) (i32.const 1)) (local.get $at)))
          (local.set $at (call $flat (local.get $L) (i32.add (local.get $top) (i32.const 2)) (local.get $at)
            (i32.add (local.get $depth) (i32.const 1))))))
      (call $settop (local.get $L) (i32.add (local.get $top) (i32.const 1)))
      (br $each)))
    (i32.store offset=4 align=1 (local.get $start) (select (i32.const 0) (local.get $names) (local.get $list)))
    (local.get $at))

  (func $length (export "length") (param $L i32) (param $index i32) (result i32)
    (i32.wrap_i64 (call $rawlen (local.get $L) (local.get $index))))
  (func (export "list_get") (param $L i32) (param $index i32) (param $at i32) (result i32)
    (call $rawgeti (local.get $L) (local.get $index) (i64.extend_i32_s (local.get $at))))
  (func (export "list_set") (param $L i32) (param $index i32) (param $at i32)
    (call $rawseti (local.get $L) (local.get $index) (i64.extend_i32_s (local.get $at))))

  ;; Functions of JavaScript's that Lua's table must hold.
  (func (export "spent") (call $spent))
  (func (export "hook") (param $L i32) (param $record i32) (call $hook (local.get $L)))

  ;; Forgets what earlier calls left on the C stack below `top`: some of it is copied into the heap as padding.
  (func (export "wipe") (param $top i32)
    (if (i32.ge_u (global.get $low) (local.get $top)) (then (return)))
    (memory.fill (global.get $low) (i32.const 0) (i32.sub (local.get $top) (global.get $low)))
    (global.set $low (local.get $top))))
