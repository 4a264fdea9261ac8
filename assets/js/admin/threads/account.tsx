import logOut from "icon:log-out";
import settingsIcon from "icon:settings";
import { useState } from "preact/hooks";
import { t } from "../../shared/i18n";
import { Avatar } from "../../shared/ui/avatar";
import { IconButton } from "../../shared/ui/icon-button";
import { toast } from "../../shared/ui/toast";
import { me, signOut } from "../access";
import { connection } from "../live";
import { problemText } from "../problem";
import { go } from "../route";
import { discardAll } from "../settings/drafts";
import { agentsOnline } from "../store";

/** Who is signed in, and the two ways out of the list: settings and the door. */
export function Account() {
  const [leaving, setLeaving] = useState(false);
  const agent = me.value;
  if (!agent) return null;
  const online = connection.value.state === "online";

  async function leave(): Promise<void> {
    setLeaving(true);
    try {
      await signOut();
      discardAll();
    } catch (error) {
      toast(problemText(error), "bad");
      setLeaving(false);
    }
  }

  return (
    <footer class="account">
      <Avatar name={agent.name} here={online} />
      <div class="bar-text">
        <b>{agent.name}</b>
        <small>{online ? t("agents-online", { count: agentsOnline.value }) : t("account.offline")}</small>
      </div>
      <IconButton
        icon={settingsIcon}
        label={t("settings")}
        data-testid="settings-button"
        onClick={() => go({ view: "settings", section: "" })}
      />
      <IconButton
        icon={logOut}
        label={t("sign-out")}
        data-testid="logout-button"
        disabled={leaving}
        onClick={() => void leave()}
      />
    </footer>
  );
}
