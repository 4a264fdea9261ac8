import arrowLeft from "icon:arrow-left";
import chevron from "icon:chevron-right";
import close from "icon:x";
import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../shared/i18n";
import { Icon } from "../../shared/ui/icon";
import { IconButton } from "../../shared/ui/icon-button";
import { Skeleton } from "../../shared/ui/skeleton";
import { isOwner } from "../access";
import { go, goBack } from "../route";
import { BusinessSection } from "./business";
import { CallsSection } from "./calls";
import { edited } from "./draft";
import { FilesSection } from "./files";
import { HoursSection } from "./hours";
import { LoginsSection } from "./logins";
import { PersonalSection } from "./personal";
import { RepliesSection } from "./replies";
import { SaveBar } from "./save-bar";
import { TelegramSection } from "./telegram";

/** The sections in the order an owner meets them; `shared` ones are the business's and only the owner changes them. */
const SECTIONS: { name: string; shared: boolean; view: ComponentType }[] = [
  { name: "personal", shared: false, view: PersonalSection },
  { name: "logins", shared: false, view: LoginsSection },
  { name: "business", shared: true, view: BusinessSection },
  { name: "hours", shared: true, view: HoursSection },
  { name: "telegram", shared: true, view: TelegramSection },
  { name: "replies", shared: true, view: RepliesSection },
  { name: "files", shared: true, view: FilesSection },
  { name: "calls", shared: true, view: CallsSection },
];

export function SettingsView({ section }: { section: string }) {
  const chosen = SECTIONS.find(({ name }) => name === section);
  const shown = chosen ?? SECTIONS[0];
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [section]);
  if (!shown) return null;
  const readOnly = shown.shared && !isOwner.value;
  return (
    <section class="settings" data-chosen={chosen ? "yes" : "no"} aria-label={t("settings")}>
      <nav class="settings-nav" aria-label={t("settings.sections")}>
        <header class="bar">
          <IconButton
            class="back"
            icon={arrowLeft}
            label={t("back-to-threads")}
            onClick={leave}
            data-testid="settings-back"
          />
          <div class="bar-text">
            <h2>{t("settings")}</h2>
          </div>
        </header>
        <ul>
          {SECTIONS.map(({ name }) => (
            <li key={name}>
              <a
                href={`#settings/${name}`}
                aria-current={name === shown.name ? "page" : undefined}
                data-testid={`settings-${name}`}
                onClick={(event) => {
                  event.preventDefault();
                  go({ view: "settings", section: name }, chosen ? "replace" : "push");
                }}
              >
                <b>{t(`settings.${name}`)}</b>
                <small>{t(`settings.${name}.short`)}</small>
                <Icon body={chevron} />
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="settings-body">
        <header class="bar">
          <IconButton
            class="back"
            icon={arrowLeft}
            label={t("back-to-settings")}
            onClick={() => goBack({ view: "settings", section: "" })}
          />
          <div class="bar-text">
            <h2 ref={heading} tabIndex={-1}>
              {t(`settings.${shown.name}`)}
            </h2>
          </div>
          <IconButton
            class="leave-settings"
            icon={close}
            label={t("close")}
            onClick={leave}
            data-testid="settings-close"
          />
        </header>
        <div
          class="settings-scroll"
          // Where all controls are disabled nothing else inside could take the focus and scroll it.
          tabIndex={readOnly ? 0 : undefined}
        >
          <div class="settings-column">
            {readOnly && <p class="settings-lead">{t("settings.read-only")}</p>}
            {shown.shared && !edited.value ? <Skeleton label={t("loading")} lines={5} /> : <shown.view />}
          </div>
        </div>
        <SaveBar />
      </div>
    </section>
  );
}

const leave = () => go({ view: "threads" });
