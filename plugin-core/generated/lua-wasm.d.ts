// What scripts/harden-lua.mjs writes beside this file.

/** WebAssembly, raw deflate, base64. */
export declare const lua: string
export declare const bindings: string
export declare const sha256: string
