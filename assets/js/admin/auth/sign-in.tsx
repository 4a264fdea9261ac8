import { useState } from "preact/hooks";
import { t } from "../../shared/i18n";
import { access } from "../access";
import { AnswerNotice } from "../answer/notice";
import { businessName } from "../business";
import { CardPage } from "../ui/card-page";
import { Notice } from "../ui/notice";
import type { Challenge } from "../wire";
import { CodeStep } from "./code-step";
import { PasswordStep } from "./password-step";

/** User name and password, then the one-time code. */
export function SignIn() {
  const [username, setUsername] = useState("");
  const [challenge, setChallenge] = useState<Challenge | null>(null);
  const [startedAgain, setStartedAgain] = useState(false);
  const because = access.value.state === "out" ? access.value.because : "arrived";

  if (challenge) {
    const startAgain = (tookTooLong: boolean) => {
      setChallenge(null);
      setStartedAgain(tookTooLong);
    };
    return (
      <CardPage title={t("signin.code.title")} step="code">
        <CodeStep challenge={challenge} onStartAgain={startAgain} />
      </CardPage>
    );
  }
  return (
    <CardPage
      title={t("signin.title")}
      lead={
        businessName.value ? t("signin.lead", { business: businessName.value }) : t("signin.lead.nameless")
      }
      step="password"
    >
      <AnswerNotice />
      {startedAgain && <Notice tone="plain">{t("signin.took-too-long")}</Notice>}
      {!startedAgain && because === "expired" && <Notice tone="plain">{t("signin.expired")}</Notice>}
      {!startedAgain && because === "left" && <Notice tone="plain">{t("signin.left")}</Notice>}
      <PasswordStep username={username} onUsername={setUsername} onChallenge={setChallenge} />
    </CardPage>
  );
}
