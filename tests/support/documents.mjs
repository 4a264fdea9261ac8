// Documents and archives made by code.
import { crc32, deflateRawSync } from "./zlib.mjs";

/** One page without words; `catalog` goes into the document's root, which is where active content hangs. */
export function pdf(catalog = "", words = "") {
  const objects = [
    `<< /Type /Catalog /Pages 2 0 R ${catalog} >>`,
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
  ];
  let body = "%PDF-1.7\n%\u00e2\u00e3\u00cf\u00d3\n";
  const at = objects.map((object, i) => {
    const here = body.length;
    body += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return here;
  });
  if (words) body += `% ${words}\n`;
  const table = body.length;
  body += `xref\n0 4\n0000000000 65535 f \n${at.map((n) => `${String(n).padStart(10, "0")} 00000 n \n`).join("")}`;
  body += `trailer << /Size 4 /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`;
  return Buffer.from(body, "latin1");
}

/** Entries are `[name, bytes]`, or `[name, {deflated, size}]` for what would be too long to hold unpacked. */
export function zip(entries) {
  const parts = [];
  const directory = [];
  let at = 0;
  for (const [name, content] of entries) {
    const packed = Buffer.isBuffer(content) || typeof content === "string" ? undefined : content;
    const plain = packed ? undefined : Buffer.from(content);
    const bytes = packed ? packed.deflated : deflateRawSync(plain);
    const [crc, size] = packed ? [0, packed.size] : [crc32(plain), plain.length];
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x0800, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc, 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(Math.min(size, 0xffffffff), 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, Buffer.from(name), bytes]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02"), Buffer.from([20, 0]), common, rest, Buffer.from(name)]));
    parts.push(local);
    at += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(list.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...parts, list, Buffer.from("PK\x05\x06"), end]);
}

const CONTENT_TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>';

export const docx = (more = []) => zip([["[Content_Types].xml", CONTENT_TYPES], ["_rels/.rels", "<Relationships/>"], ["word/document.xml", "<w:document/>"], ...more]);

export const xlsx = () => zip([["[Content_Types].xml", CONTENT_TYPES], ["_rels/.rels", "<Relationships/>"], ["xl/workbook.xml", "<workbook/>"]]);

/** OpenDocument: the first entry is called `mimetype` and is not packed. */
export function odt() {
  const mime = "application/vnd.oasis.opendocument.text";
  const head = Buffer.alloc(26);
  head.writeUInt16LE(20, 0);
  head.writeUInt32LE(crc32(Buffer.from(mime)), 10);
  head.writeUInt32LE(mime.length, 14);
  head.writeUInt32LE(mime.length, 18);
  head.writeUInt16LE(8, 22);
  const local = Buffer.concat([Buffer.from("PK\x03\x04"), head, Buffer.from(`mimetype${mime}`)]);
  const entry = Buffer.concat([Buffer.from("PK\x01\x02"), Buffer.from([20, 0]), head, Buffer.alloc(14), Buffer.from("mimetype")]);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(entry.length, 8);
  end.writeUInt32LE(local.length, 12);
  return Buffer.concat([local, entry, Buffer.from("PK\x05\x06"), end]);
}
