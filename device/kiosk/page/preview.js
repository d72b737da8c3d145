/** Pictures of the box's camera, drawn as they come: raw, so that nothing is unpacked a second time. */

/** What a message with a picture begins with; then width and height, 16 bits each, big-endian. */
const pictureMark = 0x46;
const headBytes = 6;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {() => void} onDrawn Called when there is room for the next picture.
 */
export function createPreview(canvas, onDrawn) {
  const context = canvas.getContext("2d", { alpha: false });
  /** @type {ImageData | undefined} */
  let pixels;
  return {
    /** The newest picture's size in pixels; 0 while there was none. */
    get size() {
      return { width: pixels?.width ?? 0, height: pixels?.height ?? 0 };
    },
    /** Shows a message's picture; a message that is none is left alone. @param {ArrayBuffer} message */
    draw(message) {
      const head = new DataView(message);
      if (message.byteLength < headBytes || head.getUint8(0) !== pictureMark) return;
      const [width, height] = [head.getUint16(2), head.getUint16(4)];
      if (message.byteLength !== headBytes + width * height * 3 || width * height === 0) return;
      if (pixels?.width !== width || pixels.height !== height) {
        pixels = new ImageData(width, height);
        [canvas.width, canvas.height] = [width, height];
        canvas.hidden = false;
      }
      spread(new Uint8Array(message, headBytes), pixels.data);
      context?.putImageData(pixels, 0, 0);
      onDrawn();
    },
    clear() {
      pixels = undefined;
      canvas.hidden = true;
    },
  };
}

/** RGB to RGBA, opaque, in whole words. @param {Uint8Array} rgb @param {Uint8ClampedArray} rgba */
function spread(rgb, rgba) {
  const words = new Uint32Array(rgba.buffer);
  for (let i = 0, from = 0; i < words.length; i++, from += 3) {
    const red = rgb[from] ?? 0;
    const green = rgb[from + 1] ?? 0;
    const blue = rgb[from + 2] ?? 0;
    words[i] = 0xff000000 | (blue << 16) | (green << 8) | red;
  }
}
