import { useState } from "preact/hooks";
import { t } from "../../shared/i18n";
import { me } from "../access";
import { helpShown } from "../keyboard/help";
import { allowNotifications } from "../notify/permission";
import { chime } from "../notify/sound";
import { soundOn } from "../store";
import { LanguageSwitch } from "../ui/language-switch";
import { Setting } from "../ui/setting";
import { Switch } from "../ui/switch";
import { SignInCodes } from "./sign-in-codes";

/** What concerns only this agent, mostly only this device. */
export function PersonalSection() {
  return (
    <>
      <Setting title={t("language")} text={t("settings.language.text")}>
        <LanguageSwitch />
      </Setting>
      <Setting title={t("settings.sound")} text={t("settings.sound.text")}>
        <Switch
          label={t("settings.sound")}
          on={soundOn.value}
          testId="sound-switch"
          onChange={(on) => {
            soundOn.value = on;
            if (on) chime();
          }}
        />
      </Setting>
      <Notifications />
      <Setting title={t("keys.title")} text={t("settings.keys.text")}>
        <button
          class="button plain small"
          type="button"
          onClick={() => {
            helpShown.value = true;
          }}
        >
          {t("settings.keys.show")}
        </button>
      </Setting>
      <SignInCodes />
      <Setting title={t("settings.recovery")} text={t("settings.recovery.text")}>
        <span class="pill">{t("settings.recovery.left", { count: me.value?.recovery_codes_left ?? 0 })}</span>
      </Setting>
    </>
  );
}

function Notifications() {
  const supported = "Notification" in window && isSecureContext;
  const [permission, setPermission] = useState(supported ? Notification.permission : "denied");
  if (!supported) return null;
  return (
    <Setting title={t("notify.title")} text={t(`notify.${permission}.text`)}>
      {permission === "default" ? (
        <button
          class="button plain small"
          type="button"
          onClick={() => void allowNotifications().then(() => setPermission(Notification.permission))}
        >
          {t("notify.yes")}
        </button>
      ) : (
        <span class="pill">{t(`notify.${permission}`)}</span>
      )}
    </Setting>
  );
}
