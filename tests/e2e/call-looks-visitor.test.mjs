import { visitorCallStates } from "./support/call-states.mjs";
import { walks } from "./support/call-walk.mjs";
import { WITH_RELAY } from "./support/calls.mjs";
import { setTheStage } from "./support/stage.mjs";

setTheStage(WITH_RELAY);
walks("visitor", visitorCallStates);
