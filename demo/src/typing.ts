// Keys that are typed into a text field are not the game's: the views and the HUD listen on the window, and hear of none.

/** Keys that go up are let through: one that was held when the field took over must not stay held. */
export function keepKeys(field: HTMLElement): void {
  field.addEventListener('keydown', event => event.stopPropagation())
}
