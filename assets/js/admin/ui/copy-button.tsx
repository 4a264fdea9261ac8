import check from "icon:check";
import copy from "icon:copy";
import { useState } from "preact/hooks";
import { t } from "../../shared/i18n";
import { Icon } from "../../shared/ui/icon";
import { IconButton } from "../../shared/ui/icon-button";

const DONE_MS = 2_000;

interface Props {
  text: string;
  label: string;
  /** A button with its label instead of an icon. */
  shown?: boolean;
}

export function CopyButton({ text, label, shown = false }: Props) {
  const [done, setDone] = useState(false);
  async function act(): Promise<void> {
    if (!(await copied(text))) return;
    setDone(true);
    window.setTimeout(() => setDone(false), DONE_MS);
  }
  const icon = done ? check : copy;
  const said = done ? t("copied") : label;
  return (
    <>
      {shown ? (
        <button class="button plain" type="button" onClick={act}>
          <Icon body={icon} />
          {said}
        </button>
      ) : (
        <IconButton icon={icon} label={said} onClick={act} />
      )}
      <span class="visually-hidden" role="status">
        {done ? t("copied") : ""}
      </span>
    </>
  );
}

/** The clipboard API exists only in secure contexts; a first set-up often runs over plain http. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "visually-hidden";
    document.body.append(field);
    field.select();
    const worked = document.execCommand("copy");
    field.remove();
    return worked;
  }
}
