// What cannot be sent says why, in the person's own words, and what is next to do.
import assert from "node:assert/strict";

import { kept } from "../support/uploads.mjs";
import { jpeg } from "../support/pictures.mjs";
import { photo, text } from "./support/files.mjs";
import { newSession, scene, setTheStage, stage } from "./support/stage.mjs";

setTheStage({ env: { KONUSMA_UPLOAD_MAX_MB: "1" } });

const file = (name, bytes, mimeType = "application/octet-stream") => ({ name, mimeType, buffer: Buffer.from(bytes) });

function program() {
  const head = Buffer.alloc(512);
  head.write("MZ");
  head.writeUInt32LE(128, 60);
  head.write("PE\0\0d\x86", 128, "latin1");
  return head;
}

const broken = jpeg(640, 480).subarray(0, 400);
const unknown = [0, 1, 2, 3, 0xff, 0xfe, 0xfd, 0, 7];

/** `seen`: what the page itself can tell before it is sent; the others the server refuses. */
const CASES = [
  { what: "a program", file: file("kurulum.exe", program()), seen: true, tr: /Program dosyaları gönderilemez|Program/, en: /Programs cannot be sent/ },
  { what: "more than the limit", file: text("büyük.txt", 1_100_000), seen: true, tr: /çok büyük, sınır 1\sMB/i, en: /too big: the limit is 1\sMB/i },
  { what: "nothing at all", file: file("boş.txt", "", "text/plain"), seen: true, tr: /Dosya boş/, en: /file is empty/ },
  { what: "a web page", file: file("sayfa.html", "<!DOCTYPE html><p>x", "text/html"), seen: true, tr: /Bu tür dosyalar gönderilemiyor/, en: /kind of file cannot be sent/ },
  { what: "bytes of no known kind", file: file("veri.bin", unknown), tr: /Bu tür dosyalar gönderilemiyor/, en: /kind of file cannot be sent/ },
  { what: "a damaged photo", file: file("bozuk.jpg", broken, "image/jpeg"), tr: /Resim bozuk/, en: /picture is damaged/ },
];

for (const [locale, language] of [["tr-TR", "tr"], ["en-GB", "en"]]) {
  for (const { what, file: refused, seen, ...words } of CASES) {
    scene(`${what} is refused in words, ${language}`, async (enter) => {
      const visitor = await enter.visitor({ locale });
      visitor.person.forgive(/status of 4(15|22)/);
      await visitor.introduce("Deneyen");
      const before = await kept(stage.server);
      await visitor.choose(refused);
      if (seen) {
        await visitor.page.locator('[data-testid="tray-item"][data-state="failed"]').filter({ hasText: words[language] }).waitFor();
        await visitor.get("tray-remove").click();
        await visitor.get("tray").waitFor({ state: "detached" });
      } else {
        await visitor.sendTray();
        const row = visitor.uploadRow(refused.name);
        await row.filter({ hasText: words[language] }).waitFor();
        assert.equal(await row.getAttribute("data-state"), "failed");
        await row.getByTestId("upload-discard").click();
        await row.waitFor({ state: "detached" });
      }
      assert.equal(await visitor.get("message").count(), 0);
      assert.deepEqual(await kept(stage.server), before);
    });
  }
}

scene("the server, too, says that it is too large", async (enter) => {
  const visitor = await enter.visitor();
  visitor.person.forgive(/status of 413/);
  // A page from before the owner lowered the limit.
  await visitor.page.route("**/api/info", async (route) => {
    const response = await route.fetch();
    const info = await response.json();
    await route.fulfill({ response, json: { ...info, uploads: { ...info.uploads, max_bytes: 99_000_000 } } });
  });
  await visitor.page.reload();
  await visitor.introduce("Eski Sayfa");
  await visitor.choose(text("büyük.txt", 1_100_000));
  await visitor.sendTray();
  await visitor.uploadRow("büyük.txt").filter({ hasText: /çok büyük, sınır 1\sMB/i }).waitFor();
});

scene("the good ones of several go, the bad one stays to be read; try again tries again", async (enter) => {
  const session = await newSession({ name: "Karışık" });
  const visitor = await enter.returning(session);
  visitor.person.forgive(/status of 422/);
  await visitor.choose(photo("iyi.jpg"), file("bozuk.jpg", broken, "image/jpeg"), text("son.txt", 10));
  await visitor.sendTray("üçü birden");
  await visitor.get("message").nth(1).waitFor();
  const row = visitor.uploadRow("bozuk.jpg");
  await row.filter({ hasText: /Resim bozuk/ }).waitFor();
  const again = visitor.page.waitForResponse("**/api/uploads");
  await row.getByTestId("upload-retry").click();
  assert.equal((await again).status(), 422);
  await row.filter({ hasText: /Resim bozuk/ }).waitFor();
  assert.equal(await visitor.get("message").count(), 2);
});
