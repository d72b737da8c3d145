/** A calm frame around each face, where the box's own detections say that it is. */

/** @typedef {import("../messages.ts").FaceBox} FaceBox */

/**
 * Lays a frame over each face. The picture covers the mirror and is mirrored, so a share of the
 * picture becomes a place in the mirror by the same scale and crop.
 * @param {HTMLElement} layer
 * @param {{width: number, height: number}} picture In pixels; zero while there is none.
 * @param {readonly FaceBox[]} boxes
 */
export function drawFrames(layer, picture, boxes) {
  const { clientWidth: width, clientHeight: height } = layer;
  const scale = Math.max(width / (picture.width || 1), height / (picture.height || 1));
  const shown = { width: picture.width * scale, height: picture.height * scale };
  const left = (width - shown.width) / 2;
  const top = (height - shown.height) / 2;
  while (layer.children.length > boxes.length) layer.lastElementChild?.remove();
  const nearest = Math.max(...boxes.map((box) => box.width * box.height));
  boxes.forEach((box, i) => {
    const frame = layer.children[i] ?? layer.appendChild(document.createElement("div"));
    const isNearest = box.width * box.height === nearest;
    frame.className = `face${box.reasons.length === 0 ? " ready" : ""}${isNearest ? " nearest" : ""}`;
    // A detector's box ends at the forehead; a person expects the whole head inside.
    const room = { x: box.width * 0.06, up: box.height * 0.4, down: box.height * 0.12 };
    const { style } = /** @type {HTMLElement} */ (frame);
    style.setProperty("--x", `${left + (1 - box.x - box.width - room.x) * shown.width}px`);
    style.setProperty("--y", `${top + (box.y - room.up) * shown.height}px`);
    style.setProperty("--width", `${(box.width + 2 * room.x) * shown.width}px`);
    style.setProperty("--height", `${(box.height + room.up + room.down) * shown.height}px`);
  });
}
