import { useEffect } from "preact/hooks";
import { t } from "../shared/i18n";
import { ConnectionLine } from "../shared/ui/connection-line";
import { AnswerBanner } from "./answer/banner";
import { CallPlace } from "./calls/place";
import { Rings } from "./calls/rings";
import { ConversationPane } from "./conversation/pane";
import { useFollowFocus } from "./keyboard/follow-focus";
import { Help, helpShown } from "./keyboard/help";
import { useShortcuts } from "./keyboard/shortcuts";
import { connection, retryNow, startLive } from "./live";
import { route } from "./route";
import { SettingsView } from "./settings/settings";
import { ThreadsPane } from "./threads/pane";
import { VisitorPane } from "./visitor/pane";

/** The panel: threads, conversation, visitor side by side; which one a small screen shows is the route's word. */
export function Desk() {
  useEffect(startLive, []);
  useShortcuts();
  useFollowFocus();
  const at = route.value;
  const shown = at.view === "conversation" && at.visitor ? "visitor" : at.view;
  return (
    <div class="shell">
      <ConnectionLine status={connection} retry={retryNow} />
      <AnswerBanner />
      <main class="desk" data-shown={shown}>
        <h1 class="visually-hidden">{t("panel")}</h1>
        <ThreadsPane />
        <CallPlace />
        {at.view === "settings" ? <SettingsView section={at.section} /> : <ConversationPane />}
        {at.view === "conversation" && <VisitorPane key={at.room} room={at.room} />}
      </main>
      <Rings />
      {helpShown.value && <Help />}
    </div>
  );
}
