import calendar from "icon:calendar";
import clock from "icon:clock";
import cornerDownRight from "icon:corner-down-right";
import file from "icon:file-text";
import history from "icon:history";
import languages from "icon:languages";
import mapPin from "icon:map-pin";
import monitor from "icon:monitor";
import phone from "icon:smartphone";
import type { ComponentChildren } from "preact";
import { formatMoment, locale, t } from "../../shared/i18n";
import type { Thread } from "../../shared/types";
import { Icon } from "../../shared/ui/icon";
import { deviceName, isPhone } from "../rules/device";
import { readablePath, webAddress } from "../rules/page";
import { now } from "../store";

/** What the visitor's browser told. Whatever is not known takes no room. */
export function Facts({ thread }: { thread: Thread }) {
  const device = deviceName(thread.user_agent);
  const referrer = hostOf(thread.referrer);
  return (
    <dl class="facts">
      {thread.page_url && (
        <Fact icon={file} name={t("fact.page")}>
          <SafeLink url={thread.page_url} />
        </Fact>
      )}
      {referrer && (
        <Fact icon={cornerDownRight} name={t("fact.referrer")}>
          {t("fact.came-from", { host: referrer })}
        </Fact>
      )}
      {thread.locale && (
        <Fact icon={languages} name={t("fact.language")}>
          {languageName(thread.locale)}
        </Fact>
      )}
      {thread.time_zone && <LocalTime zone={thread.time_zone} />}
      {device && (
        <Fact icon={isPhone(thread.user_agent) ? phone : monitor} name={t("fact.device")}>
          {device}
        </Fact>
      )}
      {thread.address && (
        <Fact icon={mapPin} name={t("fact.address")}>
          {thread.address}
        </Fact>
      )}
      <Fact icon={calendar} name={t("fact.first-seen")}>
        {formatMoment(thread.created_at)}
      </Fact>
      {(thread.earlier ?? 0) > 0 && (
        <Fact icon={history} name={t("fact.earlier")}>
          {t("fact.earlier-count", { count: thread.earlier ?? 0 })}
        </Fact>
      )}
    </dl>
  );
}

/** What the clock shows where the visitor is: an agent thinks twice before calling at night. */
function LocalTime({ zone }: { zone: string }) {
  const time = localTime(zone, now.value);
  return time ? (
    <Fact icon={clock} name={t("fact.local-time")}>
      {t("fact.local-time-is", { time })}
    </Fact>
  ) : null;
}

function localTime(zone: string, at: number): string | null {
  try {
    return new Intl.DateTimeFormat(locale.value, {
      hour: "2-digit",
      minute: "2-digit",
      timeZone: zone,
    }).format(at);
  } catch {
    // The visitor's browser may know zones that this one does not.
    return null;
  }
}

function Fact({ icon, name, children }: { icon: string; name: string; children: ComponentChildren }) {
  return (
    <div title={name}>
      <dt>
        <Icon body={icon} />
        <span class="visually-hidden">{name}</span>
      </dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The visitor's browser said this address: only web addresses become links. */
function SafeLink({ url }: { url: string }) {
  const parsed = webAddress(url);
  if (!parsed) return <>{url}</>;
  return (
    <a href={parsed.href} target="_blank" rel="noopener noreferrer nofollow" title={parsed.href}>
      {parsed.pathname === "/" ? parsed.host : readablePath(parsed)}
    </a>
  );
}

const hostOf = (url: string | undefined): string | undefined =>
  url ? webAddress(url)?.host.replace(/^www\./, "") : undefined;

function languageName(tag: string): string {
  try {
    const name =
      new Intl.DisplayNames(locale.value, { type: "language" }).of(tag.split("-")[0] ?? tag) ?? tag;
    return name.charAt(0).toLocaleUpperCase(locale.value) + name.slice(1);
  } catch {
    return tag;
  }
}
