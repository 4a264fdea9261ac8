// Files as people have them, in the form that Playwright's chooser takes.
import { pdf } from "../../support/documents.mjs";
import { jpeg } from "../../support/pictures.mjs";
import { sha256 } from "../../support/uploads.mjs";

export const photo = (name = "foto.jpg", width = 640, height = 480) => ({ name, mimeType: "image/jpeg", buffer: jpeg(width, height) });

export const document = (name = "fatura.pdf", words = name) => ({ name, mimeType: "application/pdf", buffer: pdf("", words) });

/** Text of this many bytes: no page makes it smaller before it is sent. */
export const text = (name, bytes) => ({ name, mimeType: "text/plain", buffer: Buffer.alloc(bytes, `${name}: satır\n`) });

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
