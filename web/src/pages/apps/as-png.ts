/** The cell in which clients show art. */
const WIDTH = 600;
const HEIGHT = 800;

/**
 * A picture of any kind that this browser shows, as the host takes it: a PNG, cut to 3:4 around the middle. The host
 * itself decodes nothing but PNG: less that a stranger's file could break.
 *
 * @throws where the browser cannot show it
 */
export async function asPng(file: Blob): Promise<Blob> {
  const picture = await createImageBitmap(file);
  try {
    const scale = Math.max(WIDTH / picture.width, HEIGHT / picture.height);
    const [width, height] = [picture.width * scale, picture.height * scale];
    const canvas = document.createElement('canvas');
    canvas.width = WIDTH;
    canvas.height = HEIGHT;
    const context = canvas.getContext('2d')!;
    context.imageSmoothingQuality = 'high';
    context.drawImage(picture, (WIDTH - width) / 2, (HEIGHT - height) / 2, width, height);
    const png = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
    if (!png) throw new Error('no picture came of it');
    return png;
  } finally {
    picture.close();
  }
}
