/**
 * Prints the public types of the library as text, member by member, for a snapshot. Types that a program cannot import
 * are expanded where they are used, so the text does not depend on files and internal names.
 */
import ts from 'typescript';

export function publicTypesOf(entry: string): string {
  const program = ts.createProgram([entry], {
    strict: true,
    exactOptionalPropertyTypes: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
  });
  const source = program.getSourceFile(entry);
  const module = source && program.getTypeChecker().getSymbolAtLocation(source);
  if (!module) throw new Error(`cannot read ${entry}: not a module; build dist/ first`);
  return new TypePrinter(program.getTypeChecker(), module).print();
}

class TypePrinter {
  readonly #checker: ts.TypeChecker;
  /** The exported symbols and their names. */
  readonly #exports = new Map<ts.Symbol, string>();

  constructor(checker: ts.TypeChecker, module: ts.Symbol) {
    this.#checker = checker;
    for (const symbol of checker.getExportsOfModule(module)) {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      this.#exports.set(target, symbol.name);
    }
  }

  print(): string {
    const texts = [...this.#exports].map(([symbol, name]) => `${name}${this.#export(symbol)}\n`);
    return texts.sort().join('\n');
  }

  #export(symbol: ts.Symbol): string {
    const type = this.#checker.getDeclaredTypeOfSymbol(symbol);
    const parameters = typeParametersOf(symbol.declarations?.[0]);
    if (!(symbol.flags & ts.SymbolFlags.Class)) return `${parameters} = ${this.#structure(type, '')}`;
    const constructor = this.#checker.getTypeOfSymbol(symbol);
    const made = constructor
      .getConstructSignatures()
      .map((signature) => `\nnew ${this.#signature(signature, '')}`);
    return ` = class ${this.#structure(type, '')}${made.join('')}`;
  }

  /** The name of an exported type, or the structure of another one. */
  #type(type: ts.Type, indent: string): string {
    const symbol = type.aliasSymbol ?? type.symbol;
    const name = symbol && this.#exports.get(symbol);
    if (name === undefined) return this.#structure(type, indent);
    const parameters = type.aliasTypeArguments ?? this.#checker.getTypeArguments(type as ts.TypeReference);
    return name + this.#list(type.aliasSymbol ? parameters : [], indent);
  }

  #structure(type: ts.Type, indent: string): string {
    if (type.isUnion()) return this.#union(type.types, indent);
    if (type.isIntersection()) return type.types.map((part) => this.#type(part, indent)).join(' & ');
    if (!(type.flags & ts.TypeFlags.Object)) return this.#checker.typeToString(type);
    if (this.#checker.isArrayType(type) || this.#isForeign(type)) {
      const parameters = this.#checker.getTypeArguments(type as ts.TypeReference);
      return this.#foreignName(type.symbol) + this.#list(parameters, indent);
    }
    return this.#object(type, indent);
  }

  #union(types: readonly ts.Type[], indent: string): string {
    const texts = new Set(types.map((part) => this.#type(part, indent)));
    if (texts.delete('true') && texts.delete('false')) texts.add('boolean');
    return [...texts].sort().join(' | ');
  }

  /** The name with its module, because Node has several types named Server. */
  #foreignName(symbol: ts.Symbol): string {
    return this.#checker.getFullyQualifiedName(symbol).replaceAll('"', '');
  }

  /** Whether the type belongs to Node or to the language. */
  #isForeign({ symbol }: ts.Type): boolean {
    const file = symbol?.declarations?.[0]?.getSourceFile().fileName ?? '';
    return file.includes('/node_modules/') && !symbol.name.startsWith('__');
  }

  #object(type: ts.Type, indent: string): string {
    const inner = `${indent}  `;
    const calls = type.getCallSignatures().map((signature) => this.#signature(signature, inner));
    const members = this.#checker
      .getPropertiesOfType(type)
      .filter((member) => !isPrivate(member) && !this.#isInherited(member))
      .map((member) => this.#member(member, inner))
      .sort();
    if (members.length === 0 && calls.length === 1) return calls.join('');
    return `{\n${[...calls, ...members].map((line) => `${inner}${line}\n`).join('')}${indent}}`;
  }

  /** Whether the member comes from a class of Node or of the language, such as Error. */
  #isInherited(member: ts.Symbol): boolean {
    const file = member.declarations?.[0]?.getSourceFile().fileName ?? '';
    return file.includes('/node_modules/');
  }

  #member(member: ts.Symbol, indent: string): string {
    const declaration = member.valueDeclaration;
    const isReadonly =
      declaration !== undefined &&
      (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Readonly ||
        (member.flags & ts.SymbolFlags.Accessor) === ts.SymbolFlags.GetAccessor);
    const mark = member.flags & ts.SymbolFlags.Optional ? '?' : '';
    return `${isReadonly ? 'readonly ' : ''}${member.name}${mark}: ${this.#type(this.#checker.getTypeOfSymbol(member), indent)}`;
  }

  /** A signature without the names of its parameters, which are not part of the type. */
  #signature(signature: ts.Signature, indent: string): string {
    const parameters = signature.getParameters().map((parameter) => {
      const declaration = parameter.valueDeclaration;
      const isOptional =
        declaration !== undefined &&
        ts.isParameter(declaration) &&
        this.#checker.isOptionalParameter(declaration);
      return (isOptional ? '?' : '') + this.#type(this.#checker.getTypeOfSymbol(parameter), indent);
    });
    return `${typeParametersOf(signature.getDeclaration())}(${parameters.join(', ')}) => ${this.#type(signature.getReturnType(), indent)}`;
  }

  #list(types: readonly ts.Type[], indent: string): string {
    return types.length === 0 ? '' : `<${types.map((type) => this.#type(type, indent)).join(', ')}>`;
  }
}

/** `<Name extends PartylineEventName>`, as declared. */
function typeParametersOf(declaration: ts.Declaration | undefined): string {
  if (!declaration || !('typeParameters' in declaration) || ts.isConstructorDeclaration(declaration))
    return '';
  const { typeParameters } = declaration as ts.SignatureDeclaration;
  return typeParameters ? `<${typeParameters.map((parameter) => parameter.getText()).join(', ')}>` : '';
}

function isPrivate({ valueDeclaration }: ts.Symbol): boolean {
  const name = valueDeclaration && ts.getNameOfDeclaration(valueDeclaration);
  return name !== undefined && ts.isPrivateIdentifier(name);
}
