/** The camera of this browser, and pictures from it. */

const pictureWidthMax = 640;
const jpegQuality = 0.85;

/** @typedef {"insecure" | "refused" | "absent" | "busy"} CameraTrouble */

/** Why there is no camera; `trouble` names the state that the page shows. */
export class CameraError extends Error {
  /** @param {CameraTrouble} trouble */
  constructor(trouble) {
    super(trouble);
    this.trouble = trouble;
  }
}

/** @returns {Promise<boolean>} True where the person has allowed the camera before. */
export async function isCameraAllowed() {
  try {
    const name = /** @type {PermissionName} */ ("camera");
    return (await navigator.permissions.query({ name })).state === "granted";
  } catch {
    return false; // Some browsers do not know the question; then we ask by a button.
  }
}

/**
 * Asks for the camera and shows it. Throws CameraError.
 * @param {HTMLVideoElement} video
 * @param {() => void} onGone called when the camera is unplugged or taken away
 */
export async function startCamera(video, onGone) {
  if (!window.isSecureContext || !navigator.mediaDevices) throw new CameraError("insecure");
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 720 } },
    });
    for (const track of stream.getVideoTracks()) track.addEventListener("ended", onGone);
    video.srcObject = stream;
    await video.play();
  } catch (error) {
    throw new CameraError(troubleOf(error));
  }
}

/** @param {HTMLVideoElement} video */
export function stopCamera(video) {
  const stream = /** @type {MediaStream | null} */ (video.srcObject);
  for (const track of stream?.getTracks() ?? []) track.stop();
  video.srcObject = null;
}

/** @param {unknown} error @returns {CameraTrouble} */
function troubleOf(error) {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "refused";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "absent";
  return "busy";
}

/** @returns {(video: HTMLVideoElement) => Promise<Blob | undefined>} takes one JPEG, if there is one */
export function pictureTaker() {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { alpha: false });
  return async (video) => {
    if (!context || video.readyState < 2 || video.videoWidth === 0) return undefined;
    const scale = Math.min(1, pictureWidthMax / video.videoWidth);
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", jpegQuality));
    return blob ?? undefined;
  };
}
