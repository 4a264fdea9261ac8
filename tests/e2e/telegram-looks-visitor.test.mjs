import { setTheStageWithBot } from "./support/telegram.mjs";
import { visitorStates, walks } from "./support/telegram-states.mjs";

setTheStageWithBot();
walks("visitor", visitorStates);
