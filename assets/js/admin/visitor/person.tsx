import { t } from "../../shared/i18n";
import type { Thread } from "../../shared/types";
import { patchThread } from "../actions";
import { EditableLine } from "../ui/editable-line";

/** Deliberately loose: the server decides what an address is. */
const EMAIL = /^\S+@\S+$/;

export function Person({ thread }: { thread: Thread }) {
  const { room, name, email } = thread;
  return (
    <div class="person">
      <EditableLine
        class="person-name"
        label={t("visitor.name")}
        value={name}
        maxLength={80}
        valid={(value) => value !== ""}
        save={(value) => patchThread(room, { name: value })}
      />
      <EditableLine
        class="person-email"
        label={t("visitor.email")}
        value={email ?? ""}
        placeholder={t("visitor.email.add")}
        inputMode="email"
        maxLength={254}
        valid={(value) => value === "" || EMAIL.test(value)}
        save={(value) => patchThread(room, { email: value })}
      />
    </div>
  );
}
