// Every import of the maths library is here: published, its packages are inlined, so that a game pays for the functions it uses.

export { default as acos } from '@stdlib/math-base-special-acos'
export { default as asin } from '@stdlib/math-base-special-asin'
export { default as atan } from '@stdlib/math-base-special-atan'
export { default as atan2 } from '@stdlib/math-base-special-atan2'
export { default as cos } from '@stdlib/math-base-special-cos'
export { default as exp } from '@stdlib/math-base-special-exp'
export { default as hypot } from '@stdlib/math-base-special-hypot'
export { default as log } from '@stdlib/math-base-special-ln'
export { default as pow } from '@stdlib/math-base-special-pow'
export { default as sin } from '@stdlib/math-base-special-sin'
export { default as tan } from '@stdlib/math-base-special-tan'
