// Looks at a screenshot: a blank page has one colour, a drawn one many.

import type { Page } from 'playwright-core'

/** How many colours a PNG has. The browser reads it: any of its pages will do. */
export function coloursOf(page: Page, png: Buffer): Promise<number> {
  return page.evaluate<number>(`(async () => {
    const answer = await fetch('data:image/png;base64,${png.toString('base64')}')
    const image = await createImageBitmap(await answer.blob())
    const drawing = new OffscreenCanvas(image.width, image.height).getContext('2d')
    drawing.drawImage(image, 0, 0)
    const { data } = drawing.getImageData(0, 0, image.width, image.height)
    return new Set(new Uint32Array(data.buffer)).size
  })()`)
}
