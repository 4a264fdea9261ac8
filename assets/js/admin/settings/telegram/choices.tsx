import { useId, useState } from "preact/hooks";
import { t } from "../../../shared/i18n";
import { toast } from "../../../shared/ui/toast";
import { Setting } from "../../ui/setting";
import { Switch } from "../../ui/switch";
import type { TelegramChoices } from "../../wire";
import { TimeZone } from "../time-zone";
import { change, telegram } from "./state";

const NIGHT = { from: "22:00", to: "08:00" };

/** When agents are told, without which sound, in which language. */
export function Choices() {
  const [draft, setDraft] = useState<TelegramChoices | null>(null);
  const [busy, setBusy] = useState(false);
  const stored = telegram.value?.settings;
  if (!stored) return null;
  const shown = draft ?? stored;
  const edit = (part: Partial<TelegramChoices>) => setDraft({ ...shown, ...part });
  const { quiet } = shown;

  async function save(): Promise<void> {
    setBusy(true);
    const fault = await change("PUT", "/settings", shown);
    setBusy(false);
    if (fault) return toast(fault, "bad");
    setDraft(null);
    toast(t("settings.saved"), "good");
  }

  return (
    <>
      <Setting
        title={t("settings.telegram.notify")}
        text={t(`settings.telegram.notify.${shown.notify}.text`)}
      >
        <Segmented
          name="notify"
          of={["away", "always"]}
          chosen={shown.notify}
          onChoose={(notify) => edit({ notify })}
        />
      </Setting>
      <Setting title={t("settings.telegram.quiet")} text={t("settings.telegram.quiet.text")}>
        <Switch
          label={t("settings.telegram.quiet")}
          on={quiet !== null}
          testId="telegram-quiet"
          onChange={(on) =>
            edit({
              quiet: on ? { ...NIGHT, time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone } : null,
            })
          }
        />
      </Setting>
      {quiet && (
        <div class="telegram-quiet">
          <Time name="from" value={quiet.from} onChange={(from) => edit({ quiet: { ...quiet, from } })} />
          <Time name="to" value={quiet.to} onChange={(to) => edit({ quiet: { ...quiet, to } })} />
          <TimeZone
            value={quiet.time_zone}
            disabled={false}
            onChange={(time_zone) => edit({ quiet: { ...quiet, time_zone } })}
          />
        </div>
      )}
      <Setting title={t("settings.telegram.language")}>
        <Segmented
          name="language"
          of={["tr", "en"]}
          chosen={shown.language}
          onChoose={(language) => edit({ language })}
        />
      </Setting>
      {draft && (
        <button
          class="button primary small"
          type="button"
          disabled={busy}
          data-testid="settings-save"
          onClick={() => void save()}
        >
          {t(busy ? "settings.saving" : "settings.save")}
        </button>
      )}
    </>
  );
}

interface SegmentedProps<T extends string> {
  name: string;
  of: T[];
  chosen: T;
  onChoose: (one: T) => void;
}

function Segmented<T extends string>({ name, of, chosen, onChoose }: SegmentedProps<T>) {
  return (
    <fieldset class="segmented">
      <legend class="visually-hidden">{t(`settings.telegram.${name}`)}</legend>
      {of.map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={chosen === one}
          data-testid={`telegram-${name}-${one}`}
          onClick={() => onChoose(one)}
        >
          {t(`settings.telegram.${name}.${one}`)}
        </button>
      ))}
    </fieldset>
  );
}

function Time({
  name,
  value,
  onChange,
}: {
  name: "from" | "to";
  value: string;
  onChange: (time: string) => void;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{t(`settings.telegram.quiet.${name}`)}</label>
      <input
        id={id}
        type="time"
        value={value}
        required
        data-testid={`telegram-quiet-${name}`}
        onInput={(event) => event.currentTarget.value && onChange(event.currentTarget.value)}
      />
    </div>
  );
}
