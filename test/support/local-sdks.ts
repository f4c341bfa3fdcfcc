/** For vitest, before the tests that import the program: the local SDKs, which `npm ci` leaves uncompiled. */
import { compileSdks } from "../../lib/pulumi/sdks.ts";

export const setup = (): Promise<void> => compileSdks();
