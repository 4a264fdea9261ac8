import { later } from "../../shared/later";

/** *Test my connection*, when somebody wants it. */
export const connectionTest = later(() => import("../../shared/connection-test/part"));

/** Over the thread that is open: whoever cannot connect is in the middle of something. */
export const testConnection = (): void => connectionTest.use((part) => void part.openConnectionTest());
