import { useEffect, useState } from "preact/hooks";
import { ApiError, api } from "../../shared/api";
import { t } from "../../shared/i18n";
import { Skeleton } from "../../shared/ui/skeleton";
import { checkAccess } from "../access";
import { problemText } from "../problem";
import { CardPage } from "../ui/card-page";
import { Notice } from "../ui/notice";
import type { SetupOffer } from "../wire";
import { AuthenticatorStep } from "./authenticator-step";
import { type Details, DetailsStep } from "./details-step";
import { RecoveryStep } from "./recovery-step";
import { Steps } from "./steps";

type Stage = "details" | "authenticator" | "recovery";
type Offer =
  | { state: "loading" }
  | { state: "used" }
  | { state: "failed"; why: string }
  | { state: "ready"; offer: SetupOffer };

/** From the one-time link to the panel: who you are, your authenticator, your recovery codes. */
export function Setup({ token, onDone }: { token: string; onDone: () => void }) {
  const [known, setKnown] = useState<Offer>({ state: "loading" });
  const [stage, setStage] = useState<Stage>("details");
  const [details, setDetails] = useState<Details>({
    business_name: "",
    name: "",
    username: "",
    password: "",
  });
  const [faults, setFaults] = useState<Partial<Record<keyof Details, string>>>({});
  const [codes, setCodes] = useState<string[]>([]);

  async function load(): Promise<void> {
    setKnown({ state: "loading" });
    try {
      const offer = await api<SetupOffer>("POST", "/api/admin/setup", { token });
      setDetails((before) => ({ ...before, name: offer.name ?? "", username: offer.username ?? "" }));
      setKnown({ state: "ready", offer });
    } catch (error) {
      const used = error instanceof ApiError && error.code === "link";
      setKnown(used ? { state: "used" } : { state: "failed", why: problemText(error) });
    }
  }
  useEffect(() => void load(), [token]);

  if (known.state === "loading") {
    return (
      <CardPage title={t("setup.title")} step="loading">
        <Skeleton label={t("loading")} lines={4} />
      </CardPage>
    );
  }
  if (known.state === "used") return <UsedLink onDone={onDone} />;
  if (known.state === "failed") {
    return (
      <CardPage title={t("setup.title")} step="failed">
        <Notice tone="bad">{known.why}</Notice>
        <button class="button primary" type="button" onClick={() => void load()}>
          {t("try-again")}
        </button>
      </CardPage>
    );
  }

  const { offer } = known;
  async function finish(code: string): Promise<void> {
    const { business_name, ...person } = details;
    const body = { token, ...person, code, ...(offer.purpose === "owner" ? { business_name } : {}) };
    try {
      const done = await api<{ recovery_codes: string[] }>("POST", "/api/admin/setup/finish", body);
      setCodes(done.recovery_codes);
      setStage("recovery");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === "link") return setKnown({ state: "used" });
      const field = error.code === "invalid_field" ? error.body.field : undefined;
      if (!field || !(field in details)) throw error;
      setFaults({ [field]: t(`setup.${field}.refused`) });
      setStage("details");
    }
  }

  const title = stage === "details" ? t(`setup.${offer.purpose}.title`) : t(`setup.${stage}.title`);
  return (
    <CardPage title={title} step={stage} lead={lead(stage, offer)}>
      <Steps at={["details", "authenticator", "recovery"].indexOf(stage) + 1} of={3} />
      {stage === "details" && (
        <DetailsStep
          purpose={offer.purpose}
          details={details}
          faults={faults}
          onChange={setDetails}
          onDone={() => {
            setFaults({});
            setStage("authenticator");
          }}
        />
      )}
      {stage === "authenticator" && (
        <AuthenticatorStep totp={offer.totp} onCode={finish} onBack={() => setStage("details")} />
      )}
      {stage === "recovery" && (
        <RecoveryStep
          codes={codes}
          username={details.username}
          onDone={() => {
            onDone();
            void checkAccess();
          }}
        />
      )}
    </CardPage>
  );
}

function lead(stage: Stage, offer: SetupOffer): string {
  if (stage === "details")
    return t(`setup.${offer.purpose}.lead`, { business: offer.business_name ?? "Konuşma" });
  return t(`setup.${stage}.lead`);
}

function UsedLink({ onDone }: { onDone: () => void }) {
  return (
    <CardPage title={t("setup.used.title")} lead={t("setup.used.lead")} step="used">
      <p class="card-lead">{t("setup.used.help")}</p>
      <button
        class="button primary"
        type="button"
        data-testid="setup-signin"
        onClick={() => {
          onDone();
          void checkAccess();
        }}
      >
        {t("setup.used.signin")}
      </button>
    </CardPage>
  );
}
