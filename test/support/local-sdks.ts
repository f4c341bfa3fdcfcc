/** For vitest, before the tests that import the program: the local SDKs, which `npm ci` leaves uncompiled. */
export { compileSdks as setup } from "@tag-to-endpoint/toolchain";
