// Names as hostile as they come: what is kept of them, and what goes out with the file (RFC 6266), read by other people's parser.
import assert from "node:assert/strict";
import { after, before } from "node:test";

import contentDisposition from "content-disposition";

import { check } from "../support/check.mjs";
import { pdf } from "../support/documents.mjs";
import { expectJson, expectProblem, get, request } from "../support/http.mjs";
import { newVisitor } from "../support/people.mjs";
import { png } from "../support/pictures.mjs";
import { Server } from "../support/server.mjs";
import { visitorSocket } from "../support/sockets.mjs";
import { file, headersOf, multipart, send, sendMessage } from "../support/uploads.mjs";

const NAME_CHARACTERS = 200;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069/\\]/u;

let server;
let visitor;
before(async () => {
  server = await Server.start();
  visitor = await newVisitor(server);
});
after(() => server.stop());

/** What must hold of every name, and of the link and the header made of it. */
async function assertHarmless({ name, url, mime }, extension) {
  assert.doesNotMatch(name, UNSAFE);
  assert.ok([...name].length <= NAME_CHARACTERS, `${[...name].length} characters`);
  assert.ok(name.endsWith(extension), name);
  assert.ok(![".", "..", ""].includes(name));
  assert.match(url, /^\/files\/[\w-]{16}\/[A-Za-z0-9._-]+\?/);
  assert.doesNotMatch(url, /\/\.{1,2}\?/, "no path that a browser would resolve");
  const { status, headers } = await get(server, url);
  assert.equal(status, 200);
  const header = headers["content-disposition"];
  assert.match(header, /^[\x20-\x7e]+$/, "ASCII alone");
  const { type, parameters } = contentDisposition.parse(header);
  assert.equal(type, mime.startsWith("image/") ? "inline" : "attachment");
  assert.equal(parameters.filename, name, header);
  assert.deepEqual(Object.keys(parameters).filter((key) => key !== "filename*"), ["filename"], header);
  // What a program that knows no filename* makes of it.
  const plain = contentDisposition.parse(header.replace(/; *filename\*=[^;]*/, ""));
  assert.ok(!/[/\\"%]/.test(plain.parameters.filename), header);
  assert.ok(plain.parameters.filename.endsWith(extension), header);
  for (const line of ["x-evil", "set-cookie", "evil"]) assert.equal(headers[line], undefined);
}

const PLAIN = [
  ["a plain one", "liste.txt", "liste.txt"],
  ["Turkish", "Şişli çiçekçi – ıĞü.txt", "Şişli çiçekçi – ıĞü.txt"],
  ["Chinese", "玫瑰花价格.txt", "玫瑰花价格.txt"],
  ["emoji", "🌹👩‍🌾.txt", undefined],
  ["spaces and dots", "a b..c.txt", undefined],
  ["a path", "../../../etc/passwd.txt", "passwd.txt"],
  ["an absolute path", "/etc/cron.d/evil.txt", "evil.txt"],
  ["a path of Windows", "C:\\Users\\Ayşe\\Desktop\\gül.txt", "gül.txt"],
  ["a path upwards of Windows", "..\\..\\evil.txt", "evil.txt"],
  ["a path that ends in a slash", "evil/", undefined],
  ["an escaped path", "%2e%2e%2f%2e%2e%2fevil.txt", undefined],
  ["a twice escaped path", "%252e%252e%252fevil.txt", undefined],
  ["a full-width slash", "..／..／evil.txt", undefined],
  ["RTL override", "fatura\u202Efdp.txt", "faturafdp.txt"],
  ["all bidi controls", "a\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u2066\u2067\u2068\u2069b.txt", "ab.txt"],
  ["a tab", "a\tb.txt", undefined],
  ["line separators", "a\u2028b\u2029c.txt", undefined],
  ["4 KiB", `${"x".repeat(4096)}.txt`, undefined],
  ["4 KiB of two bytes each", `${"ş".repeat(4096)}.txt`, undefined],
  ["4 KiB of emoji", `${"🌹".repeat(1024)}.txt`, undefined],
  ["4 KiB of an extension", `a.${"x".repeat(4096)}`, undefined],
  ["exactly as many as there may be", `${"y".repeat(NAME_CHARACTERS - 4)}.txt`, `${"y".repeat(NAME_CHARACTERS - 4)}.txt`],
  ["nothing", "", "file.txt"],
  ["spaces", "   ", "file.txt"],
  ["bidi controls alone", "\u202e\u200f", "file.txt"],
  ["a dot", ".", undefined],
  ["two dots", "..", undefined],
  ["many dots", "........", undefined],
  ["a hidden file", ".htaccess", undefined],
  ["a trailing dot", "evil.bat.", undefined],
  ["trailing spaces", "evil.bat   ", undefined],
  ["a stream of NTFS", "a.txt::$DATA", undefined],
  ["a device of Windows", "CON", "CON.txt"],
  ["a program's", "run.bat", "run.bat.txt"],
  ["a page's", "index.html", "index.html.txt"],
  ["a link's", "menü.desktop", "menü.desktop.txt"],
  ["a query", "a.txt?exp=1&sig=x#y", undefined],
  ["HTML", "<img src=x onerror=alert(1)>.txt", undefined],
  ["quotes and semicolons", "a\";filename=\"evil.exe\";b='c'.txt", undefined],
  ["a backslash before a quote", 'a\\".txt', undefined],
  ["RFC 8187 by hand", "UTF-8''evil%2Eexe.txt", undefined],
  ["percent signs", "100%25 %0D%0AX-Evil:1.txt", undefined],
  ["SQL", "'; DROP TABLE uploads;--.txt", undefined],
];

for (const [what, name, expected] of PLAIN) {
  check(`${what}: ${JSON.stringify(name).slice(0, 50)}`, async () => {
    const uploaded = expectJson(await send(server, visitor, file(name, `words for ${what}`, "text/plain")), 201);
    if (expected !== undefined) assert.equal(uploaded.name, expected);
    await assertHarmless(uploaded, ".txt");
  });
}

check("the extension is that of the type, also behind another", async () => {
  for (const [name, bytes, extension] of [
    ["invoice.pdf.exe", pdf(), ".pdf"],
    ["invoice.pdf", pdf(), ".pdf"],
    ["INVOICE.PDF", pdf(), ".PDF"],
    ["photo.svg", png(), ".png"],
    ["photo.php.png", png(), ".png"],
    ["photo", png(), ".png"],
  ]) {
    const uploaded = expectJson(await send(server, visitor, file(name, bytes)), 201);
    assert.ok(uploaded.name.toLowerCase().endsWith(extension.toLowerCase()), uploaded.name);
    await assertHarmless(uploaded, uploaded.name.slice(-4));
    if (name.toLowerCase().endsWith(extension.toLowerCase())) assert.equal(uploaded.name, name);
  }
});

/** Header lines of a part that no browser writes: taken with a harmless name, or refused as a body that is none. */
const RAW = [
  ["controls", Buffer.from('Content-Disposition: form-data; name="file"; filename="a\u0001\u0007\u001b[31m\u007fb.txt"')],
  ["controls alone", Buffer.from('Content-Disposition: form-data; name="file"; filename="\u0001\u0002\u0003"')],
  ["a NUL", Buffer.from('Content-Disposition: form-data; name="file"; filename="a\0b.exe\0.txt"')],
  ["a bare CR", Buffer.from('Content-Disposition: form-data; name="file"; filename="a\rX-Evil: 1.txt"')],
  ["a bare LF", Buffer.from('Content-Disposition: form-data; name="file"; filename="a\nX-Evil: 1.txt"')],
  ["CRLF and a header", Buffer.from('Content-Disposition: form-data; name="file"; filename="a\r\nX-Evil: 1\r\nb.txt"')],
  ["CRLF CRLF", Buffer.from('Content-Disposition: form-data; name="file"; filename="a\r\n\r\nb.txt"')],
  ["bytes that are no UTF-8", Buffer.concat([Buffer.from('Content-Disposition: form-data; name="file"; filename="a'), Buffer.from([0xff, 0xfe, 0xc3]), Buffer.from('.txt"')])],
  ["Latin-1", Buffer.from('Content-Disposition: form-data; name="file"; filename="g\u00fcl.txt"', "latin1")],
  ["no quotes", Buffer.from("Content-Disposition: form-data; name=file; filename=../evil.txt")],
  ["no closing quote", Buffer.from('Content-Disposition: form-data; name="file"; filename="../evil.txt')],
  ["two names", Buffer.from('Content-Disposition: form-data; name="file"; filename="a.txt"; filename="../evil.txt"')],
  ["filename*", Buffer.from("Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"; filename*=UTF-8''..%2f..%2fevil%0d%0aX-Evil:1.txt")],
  ["filename* alone", Buffer.from("Content-Disposition: form-data; name=\"file\"; filename*=UTF-8''%2e%2e%2fevil.txt")],
  ["encoded words", Buffer.from('Content-Disposition: form-data; name="file"; filename="=?utf-8?B?Li4vZXZpbA==?=.txt"')],
  ["a folded line", Buffer.from('Content-Disposition: form-data;\r\n name="file";\r\n filename="a.txt"')],
  ["another case", Buffer.from('content-disposition: FORM-DATA; NAME="file"; FILENAME="a.txt"')],
  ["attachment", Buffer.from('Content-Disposition: attachment; name="file"; filename="a.txt"')],
];

for (const [what, head] of RAW) {
  check(`in the part's header, ${what}: harmless or refused`, async () => {
    const { type, body } = multipart([{ head, bytes: `words for ${what}` }]);
    const headers = { "Content-Type": type, ...(await headersOf(server, visitor)) };
    const answer = await request(server, "POST", "/api/uploads", { body, headers });
    if (answer.status === 201) await assertHarmless(JSON.parse(answer.text), ".txt");
    else expectProblem(answer, 400, "invalid_body");
  });
}

check("a hostile name goes to everybody as the same harmless one", async () => {
  const uploaded = expectJson(await send(server, visitor, file('../"><script>\u202egnp.exe', png(30, 20))), 201);
  const [phone, laptop] = [await visitorSocket(server, visitor), await visitorSocket(server, visitor)];
  const ack = await sendMessage(phone, uploaded);
  const heard = await laptop.next("message", (m) => m.id === ack.id);
  assert.equal(heard.upload.name, uploaded.name);
  await assertHarmless(heard.upload, ".png");
});
