import { useState } from "preact/hooks";
import { t } from "../../shared/i18n";
import { PASSWORD_MIN, strengthOf } from "../rules/password";
import { suggestedUsername, USERNAME } from "../rules/username";
import { Field } from "../ui/field";
import { PasswordField } from "../ui/password-field";
import type { SetupOffer } from "../wire";
import { StrengthMeter } from "./strength-meter";

export interface Details {
  business_name: string;
  name: string;
  username: string;
  password: string;
}
type Faults = Partial<Record<keyof Details, string>>;

interface Props {
  purpose: SetupOffer["purpose"];
  details: Details;
  /** What the server refused. */
  faults: Faults;
  onChange: (details: Details) => void;
  onDone: () => void;
}

export function DetailsStep({ purpose, details, faults: refused, onChange, onDone }: Props) {
  const [faults, setFaults] = useState<Faults>(refused);
  const [ownUsername, setOwnUsername] = useState(details.username !== "");
  const change = (fields: Partial<Details>) => {
    onChange({ ...details, ...fields });
    const left = { ...faults };
    for (const key of Object.keys(fields)) delete left[key as keyof Details];
    setFaults(left);
  };

  function submit(event: Event): void {
    event.preventDefault();
    const found = faultsOf(details, purpose);
    setFaults(found);
    if (Object.keys(found).length === 0) {
      onDone();
      return;
    }
    const form = event.currentTarget as HTMLFormElement;
    requestAnimationFrame(() => form.querySelector<HTMLElement>("[aria-invalid]")?.focus());
  }

  return (
    <form class="form" onSubmit={submit} noValidate>
      {purpose === "owner" && (
        <Field
          label={t("setup.business_name")}
          hint={t("setup.business_name.hint")}
          error={faults.business_name}
          value={details.business_name}
          onInput={(business_name) => change({ business_name })}
          autocomplete="organization"
          maxLength={80}
          focused
          data-testid="setup-business"
        />
      )}
      <Field
        label={t("setup.name")}
        hint={t("setup.name.hint")}
        error={faults.name}
        value={details.name}
        onInput={(name) => change(ownUsername ? { name } : { name, username: suggestedUsername(name) })}
        autocomplete="name"
        maxLength={80}
        focused={purpose === "agent"}
        data-testid="setup-name"
      />
      <Field
        label={t("username")}
        hint={purpose === "reset" ? undefined : t("setup.username.hint")}
        error={faults.username}
        value={details.username}
        onInput={(username) => {
          setOwnUsername(true);
          change({ username: username.toLowerCase() });
        }}
        readOnly={purpose === "reset"}
        name="username"
        autocomplete="username"
        autocapitalize="off"
        spellcheck={false}
        maxLength={40}
        data-testid="setup-username"
      />
      <PasswordField
        label={t(purpose === "reset" ? "setup.password.new" : "password")}
        hint={
          <StrengthMeter
            strength={strengthOf(details.password, Object.values({ ...details, password: "" }))}
            empty={!details.password}
          />
        }
        error={faults.password}
        value={details.password}
        onInput={(password) => change({ password })}
        autoComplete="new-password"
        testId="setup-password"
      />
      <button class="button primary" type="submit" data-testid="setup-next">
        {t("continue")}
      </button>
    </form>
  );
}

function faultsOf(details: Details, purpose: SetupOffer["purpose"]): Faults {
  const faults: Faults = {};
  if (purpose === "owner" && !details.business_name.trim())
    faults.business_name = t("setup.business_name.missing");
  if (!details.name.trim()) faults.name = t("setup.name.missing");
  if (!USERNAME.test(details.username)) faults.username = t("setup.username.invalid");
  if (details.password.length < PASSWORD_MIN)
    faults.password = t("setup.password.short", { count: PASSWORD_MIN });
  return faults;
}
