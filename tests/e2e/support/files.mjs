// Files as people have them, in the form that Playwright's chooser takes.
import { pdf } from "../../support/documents.mjs";
import { jpeg } from "../../support/pictures.mjs";
import { sha256 } from "../../support/uploads.mjs";

export const photo = (name = "foto.jpg", width = 640, height = 480) => ({ name, mimeType: "image/jpeg", buffer: jpeg(width, height) });

export const document = (name = "fatura.pdf", words = name) => ({ name, mimeType: "application/pdf", buffer: pdf("", words) });

/** Text of this many bytes: no page makes it smaller before it is sent. */
export const text = (name, bytes) => ({ name, mimeType: "text/plain", buffer: Buffer.alloc(bytes, "satir\n") });

/** A photo worth looking at, for pictures of pages: a flower under a sky, painted by the browser. */
export async function painted(page, name, width, height, hue) {
  const base64 = await page.evaluate(
    async ([w, h, colour]) => {
      const canvas = new OffscreenCanvas(w, h);
      const paper = canvas.getContext("2d");
      const sky = paper.createLinearGradient(0, 0, 0, h);
      sky.addColorStop(0, "#bcd6e6");
      sky.addColorStop(0.6, "#f3e3cf");
      sky.addColorStop(1, "#6f8f58");
      paper.fillStyle = sky;
      paper.fillRect(0, 0, w, h);
      const size = Math.min(w, h) * 0.3;
      paper.translate(w / 2, h * 0.45);
      for (let i = 0; i < 24; i += 1) {
        paper.rotate(2.4);
        paper.fillStyle = `hsl(${colour} ${60 + (i % 3) * 8}% ${35 + i}%)`;
        paper.beginPath();
        paper.ellipse(size * (1 - i / 26), 0, size * 0.55, size * 0.34, 0, 0, 7);
        paper.fill();
      }
      const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.85 });
      return btoa(String.fromCharCode(...new Uint8Array(await blob.arrayBuffer()).slice(0)));
    },
    [width, height, hue],
  );
  return { name, mimeType: "image/jpeg", buffer: Buffer.from(base64, "base64") };
}

/** The files of the page's own kind, inside the page: for a paste or a drop that no driver can make. */
export function inPage(page, files) {
  return page.evaluateHandle((all) => {
    const transfer = new DataTransfer();
    for (const { name, type, base64 } of all) {
      const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      transfer.items.add(new File([bytes], name, { type }));
    }
    return transfer;
  }, files.map(({ name, mimeType, buffer }) => ({ name, type: mimeType, base64: buffer.toString("base64") })));
}

/** All a stream holds, as a download comes. */
export async function bytesOf(download) {
  const parts = [];
  for await (const part of await download.createReadStream()) parts.push(part);
  return Buffer.concat(parts);
}

/** Answers the download that `act` causes. */
export async function downloadBy(page, act) {
  const [download] = await Promise.all([page.waitForEvent("download"), act()]);
  return { name: download.suggestedFilename(), hash: sha256(await bytesOf(download)) };
}
