import { render } from "preact";
import { startI18n } from "../shared/i18n";
import { access, checkAccess } from "./access";
import { App } from "./app";
import { takeSetupToken } from "./auth/setup-link";
import { greetInOwnColours } from "./business";
import { followUnread } from "./notify/title";
import { keepStrayFilesOut } from "./stray-files";

await startI18n({
  tr: () => import("locale:admin.tr"),
  en: () => import("locale:admin.en"),
});

const token = takeSetupToken();
if (token) access.value = { state: "setup", token };
else void checkAccess();

addEventListener("online", () => {
  if (access.value.state === "unreachable") void checkAccess();
});

followUnread();
keepStrayFilesOut();
void greetInOwnColours();
const root = document.getElementById("app");
if (root) render(<App />, root);
