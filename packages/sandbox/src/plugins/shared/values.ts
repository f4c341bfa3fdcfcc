/**
 * Property values as the engine sends them, and back. The wire format is a protobuf Struct in which secrets,
 * unknowns, assets and archives are marked by signatures.
 * https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/rpc.go
 */
import { Struct } from "google-protobuf/google/protobuf/struct_pb.js";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";

/** Every unknown of the wire, whatever its type, is sent back as an unknown string, as the Go SDK does. */
const UNKNOWN_WIRE = new Set([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // bool
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9", // string
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
  "030794c1-ac77-496b-92df-f27374a8bd58", // asset
  "e48ece36-62e2-4504-bad9-02848725956a", // archive
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);
const UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A value that the engine does not know yet (previews only). */
export class Unknown {
  toString(): string {
    return "(unknown)";
  }
}
export const UNKNOWN = new Unknown();

/** A value that the engine keeps encrypted. */
export class Secret {
  readonly value: Value;
  constructor(value: Value) {
    this.value = value;
  }
}

/** An asset or archive, passed on as it came. */
export class Opaque {
  readonly wire: Record<string, unknown>;
  constructor(wire: Record<string, unknown>) {
    this.wire = wire;
  }
}

export type Value =
  | null
  | boolean
  | number
  | string
  | Unknown
  | Secret
  | Opaque
  | Value[]
  | { [key: string]: Value };
export type Props = { [key: string]: Value };

/** A file as an asset. `hash` is the sha-256 of its content. */
export function pathAsset(path: string, hash: string): Opaque {
  return new Opaque({ [SIGNATURE]: ASSET, path, hash });
}

/** An archive made of named assets. */
export function assetArchive(assets: Record<string, Opaque>, hash: string): Opaque {
  const wire = Object.fromEntries(Object.entries(assets).map(([name, asset]) => [name, asset.wire]));
  return new Opaque({ [SIGNATURE]: ARCHIVE, assets: wire, hash });
}

/** True for a plain object, that is, one with properties of its own to look into. */
export function isProps(value: unknown): value is Props {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Unknown || value instanceof Secret || value instanceof Opaque)
  );
}

/** Reads a Struct of the wire. A missing Struct is an empty object. */
export function decode(struct: Struct | undefined): Props {
  const decoded = decodeValue(struct?.toJavaScript() ?? {});
  return isProps(decoded) ? decoded : {};
}

function decodeValue(wire: unknown): Value {
  if (wire === null || wire === undefined) {
    return null;
  }
  if (typeof wire === "string") {
    return UNKNOWN_WIRE.has(wire) ? UNKNOWN : wire;
  }
  if (typeof wire === "boolean" || typeof wire === "number") {
    return wire;
  }
  if (Array.isArray(wire)) {
    return wire.map(decodeValue);
  }
  const object = wire as Record<string, unknown>;
  if (object[SIGNATURE] === SECRET) {
    return new Secret(decodeValue(object.value));
  }
  if (typeof object[SIGNATURE] === "string") {
    return new Opaque(object);
  }
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, decodeValue(value)]));
}

/** Writes a Struct of the wire; undefined properties are left out. */
export function encode(props: Props): Struct {
  return Struct.fromJavaScript(encodeValue(props) as never);
}

function encodeValue(value: Value): unknown {
  if (value instanceof Unknown) {
    return UNKNOWN_STRING;
  }
  if (value instanceof Secret) {
    return { [SIGNATURE]: SECRET, value: encodeValue(value.value) };
  }
  if (value instanceof Opaque) {
    return value.wire;
  }
  if (Array.isArray(value)) {
    return value.map(encodeValue);
  }
  if (isProps(value)) {
    const known = Object.entries(value).filter(([, item]) => item !== undefined && item !== null);
    return Object.fromEntries(known.map(([key, item]) => [key, encodeValue(item)]));
  }
  return value;
}

/** The value without its secret marks. */
export function reveal(value: Value): Value {
  if (value instanceof Secret) {
    return reveal(value.value);
  }
  if (Array.isArray(value)) {
    return value.map(reveal);
  }
  return isProps(value) ? revealProps(value) : value;
}

/** The properties without their secret marks. */
export function revealProps(props: Props): Props {
  return Object.fromEntries(Object.entries(props).map(([key, value]) => [key, reveal(value)]));
}

/** True where a secret is anywhere inside. */
export function hasSecret(value: Value | undefined): boolean {
  if (value instanceof Secret) {
    return true;
  }
  if (Array.isArray(value)) {
    return value.some(hasSecret);
  }
  return isProps(value) && Object.values(value).some(hasSecret);
}

/** True where an unknown is anywhere inside. */
export function hasUnknown(value: Value | undefined): boolean {
  if (value instanceof Unknown) {
    return true;
  }
  if (value instanceof Secret) {
    return hasUnknown(value.value);
  }
  if (Array.isArray(value)) {
    return value.some(hasUnknown);
  }
  return isProps(value) && Object.values(value).some(hasUnknown);
}

/**
 * Carries the secret marks of inputs over to the outputs of the same name, as the engine does for providers
 * that do not understand secrets: an array with a secret element becomes secret as a whole.
 */
export function markLike(output: Value, input: Value | undefined): Value {
  if (input === undefined || output instanceof Secret) {
    return output;
  }
  if (input instanceof Secret || (Array.isArray(input) && hasSecret(input))) {
    return new Secret(output);
  }
  if (isProps(input) && isProps(output)) {
    return Object.fromEntries(
      Object.entries(output).map(([key, value]) => [key, markLike(value, input[key])]),
    );
  }
  return output;
}

/** Deep equality of revealed values; a missing property equals null. */
export function equal(left: Value | undefined, right: Value | undefined): boolean {
  const a = left ?? null;
  const b = right ?? null;
  if (a === b) {
    return true;
  }
  if (a instanceof Opaque && b instanceof Opaque) {
    return JSON.stringify(a.wire) === JSON.stringify(b.wire);
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => equal(item, b[index]));
  }
  if (isProps(a) && isProps(b)) {
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => equal(a[key], b[key]));
  }
  return false;
}
