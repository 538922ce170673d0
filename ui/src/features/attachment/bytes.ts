/* Files on their way over the bridge, which carries text only. */

import type { AttachmentView } from '../../bridge';

/** The largest attachment, in bytes; the core says so in words. */
const MOST = 20 * 1024 * 1024;

/** The file in base64; of one that is too large just so much that the core refuses it as that. */
export function toBase64(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => {
      const address = String(reader.result);
      const comma = address.indexOf(',');
      resolve(comma < 0 ? '' : address.slice(comma + 1));
    };
    reader.onerror = () => reject(new Error('the file cannot be read'));
    reader.readAsDataURL(file.slice(0, MOST + 4));
  });
}

/** The bytes of what came in base64. */
export function fromBase64(content: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
}

/** Whether the file itself is on this device. */
export function hasArrived({ local }: AttachmentView): boolean {
  return local.arrived >= local.chunks;
}
