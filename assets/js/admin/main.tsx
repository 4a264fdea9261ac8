import { render } from "preact";
import { startI18n } from "../shared/i18n";
import { access } from "./access";
import { arrive, follow, followLaterLinks, takeAnswerToken } from "./answer/link";
import { App } from "./app";
import { takeSetupToken } from "./auth/setup-link";
import { greetInOwnColours } from "./business";
import { followUnread } from "./notify/title";
import { keepStrayFilesOut } from "./stray-files";

// Before anything else, and before anything can fail.
const link = takeAnswerToken();

await startI18n({
  tr: () => import("locale:admin.tr"),
  en: () => import("locale:admin.en"),
});

const token = takeSetupToken();
if (link) void follow(link);
else if (token) access.value = { state: "setup", token };
else void arrive();
followLaterLinks();

addEventListener("online", () => {
  if (access.value.state === "unreachable") void arrive();
});

followUnread();
keepStrayFilesOut();
void greetInOwnColours();
const root = document.getElementById("app");
if (root) render(<App />, root);
