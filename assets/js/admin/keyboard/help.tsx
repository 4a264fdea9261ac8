import { signal } from "@preact/signals";
import { t } from "../../shared/i18n";
import { Dialog } from "../../shared/ui/dialog";

export const helpShown = signal(false);

const KEYS: [keys: string[], text: string][] = [
  [["j", "k"], "keys.step"],
  [["Enter"], "keys.open"],
  [["/"], "keys.search"],
  [["r"], "keys.reply"],
  [["e"], "keys.close"],
  [["c"], "keys.ring"],
  [["Esc"], "keys.leave"],
  [["?"], "keys.help"],
];
const WRITING: [keys: string[], text: string][] = [
  [["Enter"], "keys.send"],
  [["Shift", "Enter"], "keys.break"],
  [["/"], "keys.canned"],
  [["Alt", "↑"], "keys.answer"],
];

export function Help() {
  return (
    <Dialog
      title={t("keys.title")}
      onClose={() => {
        helpShown.value = false;
      }}
    >
      <Keys title={t("keys.in-list")} rows={KEYS} />
      <Keys title={t("keys.in-composer")} rows={WRITING} />
    </Dialog>
  );
}

function Keys({ title, rows }: { title: string; rows: typeof KEYS }) {
  return (
    <section class="keys">
      <h3>{title}</h3>
      <dl>
        {rows.map(([keys, text]) => (
          <div key={text}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{t(text)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
