/**
 * Checks of the fields of plain data from the log. A proposal of a newer or broken server must not reach the hub: what
 * has another form is malformed, and what is of an unknown kind is of a newer version.
 */

/** Whether a value has the form of a field. Throws UnknownKind for a kind of a newer version. */
export type Check = (value: unknown) => boolean;

/** Something of a kind that this version does not know: it must not be skipped, since others may settle it. */
export class UnknownKind extends Error {}

/** A check for every field of every kind of a union. A new field or kind does not compile until it has its check. */
export type KindFields<Union extends { readonly kind: string }> = {
  readonly [Kind in Union['kind']]: {
    readonly [Field in keyof Omit<Extract<Union, { readonly kind: Kind }>, 'kind'>]-?: Check;
  };
};

/** The checks of each field, by kind. */
export type ChecksByKind = ReadonlyMap<string, readonly (readonly [field: string, isValid: Check])[]>;

export function checksOf(fields: Readonly<Record<string, Readonly<Record<string, Check>>>>): ChecksByKind {
  return new Map(Object.entries(fields).map(([kind, checks]) => [kind, Object.entries(checks)]));
}

/** Checks an object of one of these kinds. `what` names its kind in the error, in the plural. */
export function ofKinds(what: string, checksByKind: ChecksByKind): Check {
  return (value) => {
    if (!isObject(value) || typeof value.kind !== 'string') return false;
    return fieldsOf(what, value.kind, checksByKind).every(([field, isValid]) => isValid(value[field]));
  };
}

/** The checks for a kind. @throws UnknownKind */
export function fieldsOf(what: string, kind: string, checksByKind: ChecksByKind) {
  const checks = checksByKind.get(kind);
  if (checks === undefined) throw new UnknownKind(`${what} of the kind ${JSON.stringify(kind.slice(0, 40))}`);
  return checks;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object with these fields, and perhaps others. */
export function shape(fields: Readonly<Record<string, Check>>): Check {
  const checks = Object.entries(fields);
  return (value) => isObject(value) && checks.every(([field, isValid]) => isValid(value[field]));
}

export const string: Check = (value) => typeof value === 'string';
export const boolean: Check = (value) => typeof value === 'boolean';
export const integer: Check = (value) => Number.isSafeInteger(value);
export const finite: Check = (value) => typeof value === 'number' && Number.isFinite(value);
export const strings: Check = listOf(string);
export const texts: Check = (value) => Array.isArray(value) && value.length > 0 && value.every(string);

export function listOf(isValid: Check): Check {
  return (value) => Array.isArray(value) && value.every(isValid);
}

export function orNull(isValid: Check): Check {
  return (value) => value === null || isValid(value);
}

export function optional(isValid: Check): Check {
  return (value) => value === undefined || isValid(value);
}

export function oneOf(...values: readonly string[]): Check {
  return (value) => typeof value === 'string' && values.includes(value);
}

export const roomName = shape({ shown: string, fold: string });
export const userName = shape({ shown: string, fold: string, skeletons: strings });
export const typedName = shape({ typed: string, fold: string, shown: orNull(string) });
