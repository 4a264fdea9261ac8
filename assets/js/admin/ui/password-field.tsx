import eye from "icon:eye";
import eyeOff from "icon:eye-off";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { t } from "../../shared/i18n";
import { IconButton } from "../../shared/ui/icon-button";
import { Field } from "./field";

interface Props {
  label: string;
  value: string;
  onInput: (value: string) => void;
  autoComplete: "current-password" | "new-password";
  hint?: ComponentChildren;
  error?: string | undefined;
  testId: string;
}

export function PasswordField({ testId, autoComplete, ...rest }: Props) {
  const [shown, setShown] = useState(false);
  return (
    <Field
      {...rest}
      type={shown ? "text" : "password"}
      name="password"
      autocomplete={autoComplete}
      autocapitalize="off"
      spellcheck={false}
      maxLength={200}
      data-testid={testId}
      end={
        <IconButton
          icon={shown ? eyeOff : eye}
          label={t(shown ? "password.hide" : "password.show")}
          aria-pressed={shown}
          onClick={() => setShown(!shown)}
        />
      }
    />
  );
}
